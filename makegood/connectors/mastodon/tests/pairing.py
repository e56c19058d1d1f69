"""How the tests turn what a server showed into what we make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from makegood.activity import Activity
from makegood.connectors.mastodon.shapes import View, activity

PAIRS = Path(__file__).parent / "pairs"
VIEWS = {
    "mastodon": View(host="social.example", domain="social.example", software="mastodon"),
    "snac": View(host="127.0.0.1:8001", domain="127.0.0.1:8001", software="snac"),
    "pleroma": View(host="pleroma.example", domain="pleroma.example", software="pleroma"),
    "gotosocial": View(host="gts.example", domain="gts.example", software="gotosocial"),
}


def ours(name: str, theirs: dict[str, Any]) -> Activity:
    """Our activity for a status; the pair's name begins with the software that showed it."""
    return activity(theirs, VIEWS[name.partition("-")[0]])

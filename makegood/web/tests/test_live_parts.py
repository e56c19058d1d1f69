"""Parts that keep themselves up to date leave alone what a member sends from inside them."""

from __future__ import annotations

import re
from pathlib import Path

import makegood.web

TEMPLATES = Path(makegood.web.__file__).parent / "templates"
LIVE = re.compile(r"<\w+\b[^<]*hx-trigger=\"mg:changed[^<]*hx-sync=[^<]*?>")


def test_a_refresh_never_takes_back_what_is_sent_from_inside() -> None:
    """htmx hands hx-sync down: without this word a button's request would be cut off by the next refresh around it."""
    found = {
        path.relative_to(TEMPLATES).as_posix(): LIVE.findall(path.read_text()) for path in TEMPLATES.rglob("*.html")
    }
    live = [(name, tag) for name, tags in found.items() for tag in tags]
    assert {"inbox/side_case.html", "inbox/conversation.html", "inbox/page.html", "contacts/page.html"} <= {
        name for name, _ in live
    }
    assert [name for name, tag in live if 'hx-disinherit="hx-sync"' not in tag] == []

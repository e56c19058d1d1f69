"""How the tests turn what Stripe shows into what we make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from makegood.connectors.payments.stripe.shapes import event_of, payment_of, refund_of

__all__ = ["PAIRS", "ours"]

PAIRS = Path(__file__).parent / "pairs"


def ours(name: str, theirs: dict[str, Any]) -> dict[str, Any]:
    """Our shape of a pair as JSON; the pair's name says what it is."""
    kind = name.split("-")[1]
    if kind == "event":
        made: Any = event_of(json.dumps(theirs).encode())
    else:
        made = payment_of(theirs) if kind == "charge" else refund_of(theirs)
    found: dict[str, Any] = json.loads(msgspec.json.encode(made))
    return found

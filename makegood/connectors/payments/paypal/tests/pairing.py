"""How the tests turn what PayPal shows into what we make of it. Written by hand after the documented shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from makegood.connectors.payments.paypal.shapes import listed_of, payment_of, payment_of_listed, refund_of, with_payer

__all__ = ["PAIRS", "main", "ours"]

PAIRS = Path(__file__).parent / "pairs"


def ours(name: str, theirs: dict[str, Any]) -> Any:
    """Our shape of a pair as JSON; the pair's name says what it is."""
    kind = name.split("-")[0]
    if kind == "capture":
        refunds = [refund_of(each, theirs["capture"]["id"]) for each in theirs.get("refunds", ())]
        made: Any = with_payer(payment_of(theirs["capture"], refunds), theirs.get("payer"))
    elif kind == "refund":
        made = refund_of(theirs)
    else:
        listed = listed_of(theirs)
        made = listed.back or (payment_of_listed(listed) if listed.is_payment else None)
    return json.loads(msgspec.json.encode(made))


def main() -> None:
    """Writes our half of each pair anew: `python -m makegood.connectors.payments.paypal.tests.pairing`."""
    for path in sorted(PAIRS.glob("*.json")):
        theirs = json.loads(path.read_text("utf-8"))["theirs"]
        text = json.dumps({"theirs": theirs, "ours": ours(path.stem, theirs)}, indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()

"""Writes the pairs anew: `python -m makegood.connectors.payments.stripe.tests.make_pairs`.

Those named `localstripe` are recorded from localstripe 1.15 behind tests/servers/keeping.py; the others are written by
hand after the documented shapes (https://docs.stripe.com/api/charges/object and its neighbours), and only what is ours
is written anew.
"""

from __future__ import annotations

import json
from typing import Any

from makegood.connectors.payments.stripe.tests.pairing import PAIRS, ours

__all__ = ["main"]


def write(name: str, theirs: Any) -> None:
    """One pair."""
    text = json.dumps({"theirs": theirs, "ours": ours(name, theirs)}, indent=2, ensure_ascii=False)
    (PAIRS / f"{name}.json").write_text(f"{text}\n", "utf-8")


def main() -> None:
    """All of them."""
    from tests.servers.localstripe import stripe_server

    with stripe_server() as server:
        charge = server.charge(4999, email="maya@example.com", name="Maya Lund", metadata={"order_id": "1042"})
        refund = server.refund(charge["id"], 1200, makegood_key="6f1c3f1e-6f0b-4a54-9d4f-0b8f2d6c7e01")
        write("localstripe-charge", charge)
        write("localstripe-charge-refunded", server.call("GET", f"/v1/charges/{charge['id']}"))
        write("localstripe-refund", refund)
        write(
            "localstripe-event", next(each for each in server.settle()["events"] if each["type"] == "charge.refunded")
        )
    for path in sorted(PAIRS.glob("documented-*.json")):
        write(path.stem, json.loads(path.read_text("utf-8"))["theirs"])


if __name__ == "__main__":
    main()

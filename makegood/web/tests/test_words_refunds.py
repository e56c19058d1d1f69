"""What the journal says of refunds."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.journal.api import Entry
from makegood.web.words import said

EUR = {"amount_minor": 1234, "currency": "EUR"}


@pytest.mark.parametrize(
    ("verb", "data", "words"),
    [
        ("refund.begun", EUR, "set off a refund of 12.34 EUR"),
        ("refund.begun", {**EUR, "way": "payout"}, "set off a payout of 12.34 EUR"),
        ("refund.sending", {**EUR, "attempt": 1}, "is paying 12.34 EUR back"),
        (
            "refund.sending",
            {**EUR, "attempt": 2},
            "is paying 12.34 EUR back, attempt 2; it asks first what came of the last one",
        ),
        ("refund.paid", {"amount_minor": 500, "currency": "JPY"}, "paid 500 JPY back"),
        ("refund.paid", {**EUR, "found": True}, "found that 12.34 EUR had been paid back by an earlier attempt"),
        ("refund.postponed", {**EUR, "seconds": 1}, "looks after the refund again in 1 second"),
        ("refund.refused", {**EUR, "sentence": "No."}, "could not pay 12.34 EUR back. No."),
        ("refund.elsewhere", EUR, "paid nothing, as somebody had refunded 12.34 EUR at the processor"),
        ("refund.twice", EUR, "saw a second refund of 12.34 EUR at the processor"),
        ("refund.arrived", {}, "saw that money has arrived"),
    ],
)
def test_words(verb: str, data: dict[str, Any], words: str) -> None:
    assert said(Entry(verb=verb, data=data)) == words

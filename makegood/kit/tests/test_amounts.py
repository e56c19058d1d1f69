"""Money in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from makegood.kit.amounts import amount_words, span_words


@pytest.mark.parametrize(
    ("minor", "currency", "language", "words"),
    [
        (123456, "EUR", "en", "1,234.56 EUR"),
        (123456, "EUR", "de", "1.234,56 EUR"),
        (-50, "EUR", "en", "-0.50 EUR"),
        (1500, "JPY", "en", "1,500 JPY"),
        (1500, "KWD", "en", "1.500 KWD"),
    ],
)
def test_an_amount(minor: int, currency: str, language: str, words: str) -> None:
    with translation.override(language):
        assert amount_words(minor, currency) == words


def test_an_estimate_has_no_cents_unless_it_is_small() -> None:
    assert amount_words(41_250, "EUR", rounded=True) == "413 EUR"
    assert amount_words(999, "EUR", rounded=True) == "9.99 EUR"
    assert span_words(18_010, 34_049, "EUR") == "180–340 EUR"
    assert span_words(18_010, 18_020, "EUR") == "180 EUR"


def test_what_is_no_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="no currency"):
        amount_words(1, "euro")

"""Amounts as people type them."""

from __future__ import annotations

import pytest

from makegood.web.forms_remedies import read_amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("35", "EUR", 3500),
        ("35,5", "EUR", 3550),
        ("35.00", "EUR", 3500),
        ("1 234.50", "EUR", 123450),
        ("1.234,50 EUR", "EUR", 123450),
        ("1,234.50", "EUR", 123450),
        ("€ 9.99", "EUR", 999),
        (".50", "EUR", 50),
        ("500", "JPY", 500),
        ("1.500", "KWD", 1500),
        ("1’234.50", "CHF", 123450),
    ],
)
def test_amounts_as_people_write_them(typed: str, currency: str, minor: int) -> None:
    assert read_amount(typed, currency) == minor


@pytest.mark.parametrize(
    "typed", ["1.234", "1,234", "-5", "5-", "ten", "1.2.3", "1,234,567", "5.999", "", "９", "1e5", "5 USD"]
)
def test_what_could_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_amount(typed, "EUR")


def test_yen_have_no_cents() -> None:
    with pytest.raises(ValueError, match="500"):
        read_amount("500.50", "JPY")

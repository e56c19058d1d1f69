from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.kit.money import MOST_MINOR, exponent, from_minor, to_minor

CURRENCIES = some.sampled_from(["JPY", "KRW", "EUR", "USD", "CHF", "KWD", "TND", "CLF"])
MINOR = some.integers(min_value=-MOST_MINOR, max_value=MOST_MINOR)


@pytest.mark.parametrize(
    ("currency", "places"),
    [
        ("EUR", 2),
        ("JPY", 0),
        ("ISK", 0),
        ("UGX", 0),
        ("XOF", 0),
        ("HUF", 2),
        ("MGA", 2),
        ("KWD", 3),
        ("TND", 3),
        ("UYW", 4),
    ],
)
def test_decimals_of_a_currency(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", "E R", "€", "ＥＵＲ", "EUR\n"])
def test_what_is_no_currency(code: str) -> None:
    with pytest.raises(ValueError, match="three capitals"):
        exponent(code)
    with pytest.raises(ValueError, match="three capitals"):
        to_minor("1.00", code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.3", "EUR", 1230),
        ("12", "EUR", 1200),
        (".5", "EUR", 50),
        ("5.", "EUR", 500),
        ("-12.34", "EUR", -1234),
        ("+1", "EUR", 100),
        (" 1.00 ", "EUR", 100),
        ("0", "EUR", 0),
        ("-0.00", "EUR", 0),
        ("500.00", "JPY", 500),
        ("1.5", "KWD", 1500),
        ("0.0001", "CLF", 1),
        (Decimal("19.99"), "USD", 1999),
        (Decimal("2E+1"), "USD", 2000),
        (7, "JPY", 7),
        # A shop that keeps three decimals of euros; a tax that was not rounded.
        ("10.005", "EUR", 1001),
        ("-10.005", "EUR", -1001),
        ("10.004999999", "EUR", 1000),
        ("0.5", "JPY", 1),
    ],
)
def test_decimals_become_minor_units(amount: str | Decimal | int, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "",
            " ",
            ".",
            "-",
            "1,00",
            "1.000,00",
            "1 000",
            "1_000",
            "1e3",
            "0x10",
            "NaN",
            "Infinity",
            "twelve",
            "12.3.4",
        ),
        *("١٢", "１２", "--1", "1-", "9" * 61, Decimal("NaN"), Decimal("-Infinity"), 12.34, True, None, [], b"1"),
    ],
)
def test_what_is_no_amount(amount: Any) -> None:
    with pytest.raises(ValueError, match="no amount"):
        to_minor(amount, "EUR")


@pytest.mark.parametrize("amount", ["9" * 20, "-" + "9" * 59, Decimal("1E+40"), 10**30])
def test_too_much_money(amount: Any) -> None:
    with pytest.raises(ValueError, match="too much"):
        to_minor(amount, "EUR")


def test_an_endless_exponent_costs_nothing() -> None:
    with pytest.raises(ValueError, match="too much"):
        to_minor(Decimal("1E+999999"), "EUR")


@given(MINOR, CURRENCIES)
def test_there_and_back(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(MINOR, CURRENCIES, some.integers(min_value=0, max_value=6))
def test_zeros_behind_change_nothing(minor: int, currency: str, zeros: int) -> None:
    written = from_minor(minor, currency)
    assert to_minor(written + ("" if "." in written else ".") + "0" * zeros, currency) == minor


@given(some.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False), CURRENCIES)
def test_rounding_is_to_the_nearest_and_ties_go_away_from_zero(amount: Decimal, currency: str) -> None:
    exact = Fraction(amount) * 10 ** exponent(currency)
    off = to_minor(amount, currency) - exact
    assert abs(off) <= Fraction(1, 2)
    assert abs(off) < Fraction(1, 2) or (off > 0) == (exact > 0)


@given(some.text(max_size=20), CURRENCIES)
def test_any_text_is_an_amount_or_a_value_error(text: str, currency: str) -> None:
    try:
        found = to_minor(text, currency)
    except ValueError:
        return
    assert isinstance(found, int)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (1234, "EUR", "12.34"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (0, "EUR", "0.00"),
        (500, "JPY", "500"),
        (1, "KWD", "0.001"),
    ],
)
def test_minor_units_become_decimals(minor: int, currency: str, written: str) -> None:
    assert from_minor(minor, currency) == written

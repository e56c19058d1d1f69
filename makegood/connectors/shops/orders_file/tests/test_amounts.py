"""Amounts as people and spreadsheets write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.shops.orders_file.amounts import currency_in, decimal_mark, minor_in, quantity_in
from makegood.kit.money import exponent


@pytest.mark.parametrize(
    ("written", "decimal", "currency", "minor"),
    [
        ("12.34", ".", "EUR", 1234),
        ("12,34", ",", "EUR", 1234),
        ("1.234,50 €", ",", "EUR", 123450),
        ("€ 1.234", ",", "EUR", 123400),
        ("$1,234.56", ".", "USD", 123456),
        ("1'234.50 CHF", ".", "CHF", 123450),
        ("1’234.50", ".", "CHF", 123450),
        ("Fr. 12.50", ".", "CHF", 1250),
        ("12,50 kr.", ",", "SEK", 1250),
        ("1\u202f234,50\u00a0€", ",", "EUR", 123450),
        ("1,00,000.00", ".", "INR", 10000000),
        ("¥500", ".", "JPY", 500),
        ("1.234", ".", "KWD", 1234),
        (".5", ".", "EUR", 50),
        ("5.", ".", "EUR", 500),
        ("-5", ".", "EUR", -500),
        ("−5", ".", "EUR", -500),
        ("5-", ".", "EUR", -500),
        ("(5.00)", ".", "EUR", -500),
        ("€-5", ".", "EUR", -500),
        ("12.345", ".", "EUR", 1235),
    ],
)
def test_what_is_an_amount(written: str, decimal: str, currency: str, minor: int) -> None:
    assert minor_in(written, decimal, currency) == minor


@pytest.mark.parametrize(
    ("written", "decimal"),
    [
        ("", "."),
        ("free", "."),
        ("12,34", "."),
        ("12.34", ","),
        ("1,23,4", "."),
        ("1,2345", "."),
        ("1.2.3", "."),
        (",5", "."),
        ("1234,567,890", "."),
        ("12 or 13", "."),
        ("٣", "."),
        ("9" * 41, "."),
        ("999999999999999999999", "."),
    ],
)
def test_what_is_no_amount_is_never_guessed(written: str, decimal: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        minor_in(written, decimal, "EUR")


STYLES = some.sampled_from([(".", ","), (".", "'"), (",", "."), (",", " "), (",", "\u202f"), (".", "")])


@given(
    minor=some.integers(-(10**14), 10**14),
    currency=some.sampled_from(["EUR", "JPY", "KWD"]),
    style=STYLES,
    sign=some.sampled_from(["-{}", "{}-", "({})", "−{}"]),
    around=some.sampled_from(["{}", "€{}", "{} EUR", "$ {}"]),
)
def test_whatever_is_written_is_read(minor: int, currency: str, style: tuple[str, str], sign: str, around: str) -> None:
    decimal, grouping = style
    digits = exponent(currency)
    whole, part = divmod(abs(minor), 10**digits)
    figures = f"{whole:,}".replace(",", grouping) + (f"{decimal}{part:0{digits}}" if digits else "")
    written = sign.format(around.format(figures)) if minor < 0 else around.format(figures)
    assert minor_in(written, decimal, currency) == minor


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("5 €", "EUR"),
        ("EUR 5", "EUR"),
        ("£5", "GBP"),
        ("US$5", "USD"),
        ("$5", ""),
        ("5 kr", ""),
        ("5", ""),
        ("-5 zł", "PLN"),
    ],
)
def test_the_currency_beside_an_amount(written: str, currency: str) -> None:
    assert currency_in(written) == currency


def test_words_beside_an_amount_are_no_currency() -> None:
    with pytest.raises(ValueError, match="no amount"):
        currency_in("about 5")


@pytest.mark.parametrize(
    ("values", "mark", "certain", "says"),
    [
        (["1.234,50", "3,00"], ",", True, "“,” before the cents"),
        (["1,234.50"], ".", True, "“.” before the cents"),
        (["5,5"], ",", True, "“,”"),
        (["1.234.567"], ",", True, "“,”"),
        (["12.50", "1,5"], ".", False, "before the cents"),
        (["1.234", "2.345"], ",", False, "“1.234” is read as more than a thousand. Please check."),
        (["12", "", "x"], ".", True, ""),
    ],
)
def test_which_mark_stands_before_the_cents(values: list[str], mark: str, certain: bool, says: str) -> None:
    found, sentence, sure = decimal_mark(values)
    assert (found, sure) == (mark, certain)
    assert says in sentence


@pytest.mark.parametrize(("written", "pieces"), [("2", 2), ("2,00", 2), ("", 1), ("-1", -1), ("1.000", 1000)])
def test_pieces(written: str, pieces: int) -> None:
    assert quantity_in(written, ",") == pieces


@pytest.mark.parametrize("written", ["1,5", "two", "9999999999999"])
def test_what_is_no_number_of_pieces(written: str) -> None:
    with pytest.raises(ValueError, match="pieces"):
        quantity_in(written, ",")

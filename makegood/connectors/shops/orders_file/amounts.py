"""Amounts of money as people and spreadsheets write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from makegood.kit.money import to_minor

__all__ = ["currency_in", "decimal_mark", "minor_in", "quantity_in"]

# Signs that mean one currency; "$", "kr" and "¥" mean several, and say nothing.
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₪": "ILS",
    "₺": "TRY",
    "₫": "VND",
    "₴": "UAH",
    "zł": "PLN",
    "kč": "CZK",
    "r$": "BRL",
    "us$": "USD",
    "ca$": "CAD",
    "a$": "AUD",
}
_SILENT = {"$", "¥", "kr", "kr.", "fr.", ""}
_SPACES = str.maketrans(dict.fromkeys(" \t\xa0\u202f\u2009'’", ""))
_MINUS = str.maketrans(dict.fromkeys("−–—", "-"))
_NUMBER = re.compile(r"[0-9][0-9.,]*|[.,][0-9]+")
_BODY = re.compile(
    # A sign in front may end with a full stop (Fr. 12.50); any other mark there belongs to the figures (.50).
    r"(?P<before>(?:[^0-9.,]*[^\W\d_]\.)?[^0-9.,]*)(?P<number>[.,]?[0-9][0-9.,]*)(?P<after>[^0-9]*)"
)


def minor_in(written: str, decimal: str, currency: str) -> int:
    """What a cell says, in minor units of `currency`: "1.234,50 €" is 123450 with the decimal mark ",".

    Below nothing are "-5", "5-", "(5)". Raises ValueError with a sentence when it is no amount, or when marks stand
    where they make no sense: "1,23" where the mark is "." may be a hundred times too much, so it is asked about.
    """
    before, number, after = _parts(written)
    grouping = "," if decimal == "." else "."
    whole, mark, part = number.partition(decimal)
    if grouping in part or not _grouped(whole, grouping) or (mark and not part.isdecimal() and part):
        raise ValueError(f"“{written.strip()[:40]}” cannot be read with “{decimal}” before the cents.")
    around = before + after
    negative = "-" in around or ("(" in before and ")" in after)
    minor = to_minor(f"{whole.replace(grouping, '') or '0'}.{part or '0'}", currency)
    return -minor if negative else minor


def currency_in(written: str) -> str:
    """The currency that a cell names, by its code or by a sign that means only one; "" when it does not."""
    before, _, after = _parts(written)
    for around in (before, after):
        word = around.strip("-+()").casefold()
        if word in _SILENT:
            continue
        if word in _SIGNS:
            return _SIGNS[word]
        if re.fullmatch(r"[a-z]{3}", word):
            return word.upper()
        raise ValueError(f"“{written.strip()[:40]}” is no amount of money.")
    return ""


def decimal_mark(values: Iterable[str]) -> tuple[str, str, bool]:
    """The mark before the cents in these cells, a sentence that says why, and whether that is certain."""
    likely = {".": 0, ",": 0}
    thousands: dict[str, str] = {}
    for value in values:
        found = _NUMBER.search(value.translate(_SPACES))
        number = found[0] if found else ""
        last = max(number.rfind("."), number.rfind(","))
        if last < 0:
            continue
        mark, other = number[last], "," if number[last] == "." else "."
        if other in number or (number.count(mark) == 1 and len(number) - last - 1 != 3):
            likely[mark] += 1
        elif number.count(mark) > 1:
            likely[other] += 1
        else:
            thousands.setdefault(mark, value.strip())
    if likely["."] or likely[","]:
        mark = max(likely, key=lambda each: likely[each])
        return mark, f"Amounts are read with “{mark}” before the cents.", not (likely["."] and likely[","])
    if thousands:
        mark, value = next(iter(thousands.items()))
        other = "," if mark == "." else "."
        return other, f"“{value[:40]}” is read as more than a thousand. Please check.", False
    return ".", "", True


def quantity_in(written: str, decimal: str) -> int:
    """How many: "2", "2,00", "-1". Raises ValueError with a sentence for parts of a piece and what is no number."""
    if not written.strip():
        return 1
    try:
        hundredths = minor_in(written, decimal, "XXX")
    except ValueError as error:
        raise ValueError(f"“{written.strip()[:40]}” is no number of pieces.") from error
    if hundredths % 100 or abs(hundredths) > 10**9:
        raise ValueError(f"“{written.strip()[:40]}” is no whole number of pieces.")
    return hundredths // 100


def _parts(written: str) -> tuple[str, str, str]:
    """What stands before the figures, the figures with their marks, and what stands behind them."""
    squeezed = written.translate(_MINUS).translate(_SPACES)
    found = _BODY.fullmatch(squeezed)
    if found is None or len(squeezed) > 40:
        raise ValueError(f"“{written.strip()[:40]}” is no amount of money.")
    return found["before"], found["number"], found["after"]


def _grouped(whole: str, grouping: str) -> bool:
    """Whether the figures before the mark are grouped as people do: by three, or in the Indian way by two."""
    if grouping not in whole:
        return whole.isdecimal() or whole == ""
    first, *groups, last = whole.split(grouping)
    sizes = {len(group) for group in groups}
    return 1 <= len(first) <= 3 and len(last) == 3 and (sizes <= {3} or (sizes <= {2} and len(first) <= 2))

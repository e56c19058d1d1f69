"""Money as people read it, in their own language."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from makegood.kit import money

__all__ = ["amount_words", "span_words"]

ROUND_FROM = 10
"""From so many whole units on, an estimate is said without cents."""


def _number(minor: int, currency: str, *, rounded: bool) -> str:
    exact = Decimal(money.from_minor(minor, currency))
    if rounded:
        exact = exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return str(formats.number_format(exact, use_l10n=True, force_grouping=True))


def amount_words(minor: int, currency: str, *, rounded: bool = False) -> str:
    """An amount: 123456 EUR is "1,234.56 EUR", in whole units "1,235 EUR". ValueError for what is no currency."""
    whole = rounded and abs(minor) >= ROUND_FROM * 10 ** money.exponent(currency)
    return f"{_number(minor, currency, rounded=whole)} {currency}"


def span_words(low: int, high: int, currency: str) -> str:
    """A range of amounts in whole units: "180–340 EUR"; one amount where both ends read alike."""
    ends = [_number(end, currency, rounded=True) for end in (low, high)]
    if ends[0] == ends[1]:
        return f"{ends[0]} {currency}"
    return _("%(low)s–%(high)s %(currency)s") % {"low": ends[0], "high": ends[1], "currency": currency}

"""Money as whole numbers of a currency's smallest unit, and the decimals that shops and processors write."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

__all__ = ["MOST_MINOR", "exponent", "from_minor", "to_minor"]

MOST_MINOR = 2**63 - 1
"""What a 64-bit column of a database holds."""

# The minor units that are not 2, from list one of ISO 4217, as its maintenance agency publishes it (2026):
# https://www.six-group.com/dam/download/financial-information/data-center/iso-currrency/lists/list-one.xml
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_EXPONENTS = {
    **dict.fromkeys(_NONE.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    **dict.fromkeys(_FOUR.split(), 4),
}

_MOST_DIGITS = 20
_LONGEST = 60
"""Characters of an amount that are read."""

_CODE = re.compile(r"[A-Z]{3}")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


def exponent(currency: str) -> int:
    """How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD.

    `currency` is a code of ISO 4217, in capitals. Three letters that are on no list are taken to have 2: the standard
    gains currencies, and that is what nearly all have. Raises ValueError for anything else. Processors count a few
    currencies in their own way (https://docs.stripe.com/currencies#special-cases): that is for their connectors.
    """
    if not _CODE.fullmatch(currency):
        raise ValueError(f"{currency[:20]!r} is no currency: a code of three capitals is wanted, such as EUR.")
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str | Decimal | int, currency: str) -> int:
    """A decimal amount in minor units: "12.34" EUR is 1234, "500.00" JPY is 500, "1.5" KWD is 1500.

    `amount` is digits with at most one point (no thousands marks, no exponent), a Decimal, or whole units. What is
    finer than the currency's smallest unit is rounded half away from zero, as PHP and shops do
    (https://www.php.net/manual/en/function.round.php). A float is no amount. Raises ValueError for what is no finite
    amount or does not fit into 64 bits.
    """
    places, exact = exponent(currency), _decimal(amount)
    # Compared first: an exponent of a million would be a million digits.
    if exact.adjusted() <= _MOST_DIGITS:
        with localcontext() as context:
            context.prec = 2 * _LONGEST
            minor = int(exact.scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        if abs(minor) <= MOST_MINOR:
            return minor
    raise ValueError(f"{str(amount)[:40]!r} is too much money.")


def from_minor(minor: int, currency: str) -> str:
    """Minor units as the decimal that shops and processors take: 1234 EUR is "12.34", 500 JPY is "500".

    For people use the page's own way of writing money. Raises ValueError for what is no currency.
    """
    places = exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{'-' if minor < 0 else ''}{whole}{'.' if part else ''}{part}"


def _decimal(amount: str | Decimal | int) -> Decimal:
    if isinstance(amount, Decimal) and amount.is_finite():
        return amount
    if isinstance(amount, int) and not isinstance(amount, bool):
        return Decimal(amount)
    if isinstance(amount, str) and len(amount) <= _LONGEST and _PLAIN.fullmatch(amount.strip()):
        return Decimal(amount.strip())
    raise ValueError(f"{str(amount)[:40]!r} is no amount of money.")

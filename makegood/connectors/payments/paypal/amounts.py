"""PayPal's amounts (decimals in text) and ours (minor units)."""

from __future__ import annotations

from makegood.connectors.contract import Trouble, Verdict
from makegood.kit.money import exponent, from_minor, to_minor

__all__ = ["from_paypal", "to_paypal"]

# No decimals here, whatever ISO 4217 says: https://developer.paypal.com/api/rest/reference/currency-codes/
_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def from_paypal(value: str, currency: str) -> int:
    """Minor units of "12.34" EUR, "1000" HUF. Raises ValueError for what is no amount."""
    return to_minor(value, currency)


def to_paypal(amount_minor: int, currency: str) -> str:
    """What PayPal wants for minor units. Raises `Trouble` (REFUSE) for what it can't give back."""
    if amount_minor <= 0:
        raise Trouble(Verdict.REFUSE, "Please choose an amount that is more than nothing.")
    if currency not in _WHOLE:
        return from_minor(amount_minor, currency)
    whole, rest = divmod(amount_minor, 10 ** exponent(currency))
    if rest:
        raise Trouble(Verdict.REFUSE, f"PayPal knows no parts of 1 {currency}. Please round the amount.")
    return str(whole)

"""Stripe's amounts and ours: both whole numbers of the smallest unit, but of three currencies not the same unit."""

from __future__ import annotations

from makegood.connectors.contract import Trouble, Verdict
from makegood.kit.money import exponent

__all__ = ["from_stripe", "to_stripe"]

# Decimals where Stripe does not count as ISO 4217 does: ISK and UGX with two that are always 00, MGA with none.
# https://docs.stripe.com/currencies#special-cases, https://docs.stripe.com/currencies#zero-decimal
_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}


def from_stripe(amount: int, currency: str) -> tuple[int, str]:
    """Minor units and the code in capitals. Raises ValueError for what is no such amount."""
    code = currency.upper()
    shift = exponent(code) - _DECIMALS.get(code, exponent(code))
    if shift >= 0:
        return amount * 10**shift, code
    whole, rest = divmod(amount, 10**-shift)
    if rest:
        raise ValueError(f"{amount} {code} has decimals that this currency does not have.")
    return whole, code


def to_stripe(amount_minor: int, currency: str) -> int:
    """What Stripe wants for minor units. Raises `Trouble` (REFUSE) for what it can't give back.

    Of currencies with three decimals the last digit must be 0: https://docs.stripe.com/currencies#three-decimal
    """
    if amount_minor <= 0:
        raise Trouble(Verdict.REFUSE, "Please choose an amount that is more than nothing.")
    places = exponent(currency)
    step = 10 if places == 3 else 10 ** max(0, places - _DECIMALS.get(currency, places))
    if amount_minor % step:
        raise Trouble(
            Verdict.REFUSE, f"Stripe can’t give back parts that small of {currency}. Please round the amount."
        )
    shift = _DECIMALS.get(currency, places) - places
    return int(amount_minor * 10**shift) if shift >= 0 else int(amount_minor // 10**-shift)

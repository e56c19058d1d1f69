"""Gives money back, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.payments.contract import Refunded, RefundWish
from makegood.connectors.payments.rules import same, there_is_room
from makegood.connectors.payments.stripe import errors
from makegood.connectors.payments.stripe.amounts import to_stripe
from makegood.connectors.payments.stripe.calls import Calls, open_stripe
from makegood.connectors.payments.stripe.capability import WHO
from makegood.connectors.payments.stripe.read import charge_id, payment_now
from makegood.connectors.payments.stripe.shapes import KEY_NAME, refund_of

__all__ = ["find_refund", "refund"]

_LONGEST = 500
"""Letters of a value of metadata: https://docs.stripe.com/api/metadata"""


async def refund(credentials: Mapping[str, Any], wish: RefundWish) -> Refunded:
    """Gives back what is wished, or returns the refund that already stands under its key.

    The payment is looked at first, then its refunds, and only then is anything sent: what is refused here (another
    currency, more than is left, a dispute) was never asked for, and a refund of ours from an earlier attempt is found
    whether Stripe still knows the key (24 hours) or not. The wish must be the same each time, its metadata too. Raises
    `Trouble`.
    """
    amount = to_stripe(wish.amount_minor, wish.currency)
    async with open_stripe(credentials) as calls:
        payment = await payment_now(calls, wish.payment_id)
        standing = await _standing(calls, payment.id, wish)
        if standing is not None:
            return standing
        there_is_room(payment, wish, WHO, errors.DISPUTED)
        metadata = {name: text[:_LONGEST] for name, text in wish.metadata.items()}
        metadata |= {"makegood_reason": wish.reason[:_LONGEST]} if wish.reason else {}
        metadata[KEY_NAME] = wish.key
        made = await calls.post("/v1/refunds", wish.key, charge=payment.id, amount=amount, metadata=metadata)
    return same(_read(made), wish, WHO)


async def find_refund(credentials: Mapping[str, Any], wish: RefundWish) -> Refunded | None:
    """The refund of this payment that has the wish's key in its metadata, by Stripe's list of them."""
    async with open_stripe(credentials) as calls:
        return await _standing(calls, await charge_id(calls, wish.payment_id), wish)


async def _standing(calls: Calls, charge: str, wish: RefundWish) -> Refunded | None:
    refunds = [_read(raw) for raw in await calls.every("/v1/refunds", charge=charge)]
    return next((same(each, wish, WHO) for each in refunds if each.key == wish.key), None)


def _read(raw: Mapping[str, Any]) -> Refunded:
    try:
        return refund_of(raw)
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"refund: {error}") from error

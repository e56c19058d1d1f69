"""Gives money back the way it came, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import Refunded, RefundWish
from makegood.connectors.payments.paypal import errors
from makegood.connectors.payments.paypal.amounts import to_paypal
from makegood.connectors.payments.paypal.calls import Calls, open_paypal
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.read import LATE, WINDOW, period
from makegood.connectors.payments.paypal.shapes import KEY_MARK, listed_of, refund_of
from makegood.connectors.payments.paypal.whole import Whole, whole
from makegood.connectors.payments.rules import same, there_is_room
from makegood.kit import clock

__all__ = ["find_refund", "refund"]

_LOOK_AGAIN = 3600.0
_LATER = "PayPal tells of refunds up to three hours later. We look again by ourselves before anything is sent."
_MOST_PAGES = 20


async def refund(credentials: Mapping[str, Any], wish: RefundWish) -> Refunded:
    """Gives back what is wished, or returns the refund that already stands under its key.

    The key is `PayPal-Request-Id`, which PayPal knows for 45 days, and stands in the refund's `custom_id` for ever.
    `wish.reason` and `wish.metadata` stay with us: PayPal has no place for them that the customer does not see. Raises
    `Trouble`.
    """
    value = to_paypal(wish.amount_minor, wish.currency)
    async with open_paypal(credentials) as calls:
        found = await whole(calls, wish.payment_id)
        standing = await _standing(calls, found, wish)
        if standing is not None:
            return standing
        there_is_room(found.payment, wish, WHO, errors.DISPUTED)
        body = {"amount": {"value": value, "currency_code": wish.currency}, "custom_id": f"{KEY_MARK}{wish.key}"}
        made = await calls.post(f"/v2/payments/captures/{quote(wish.payment_id, safe='')}/refund", body, key=wish.key)
        # The answer to a repeated request may be the short one.
        if not isinstance(made.get("amount"), dict) or not made.get("create_time"):
            made = await calls.get(f"/v2/payments/refunds/{quote(str(made.get('id')), safe='')}")
    try:
        return same(refund_of(made, wish.payment_id), wish, WHO)
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"refund: {error}") from error


async def find_refund(credentials: Mapping[str, Any], wish: RefundWish) -> Refunded | None:
    """The refund of this payment that has the wish's key, by PayPal's own record. Raises `Trouble`.

    RETRY where PayPal can't say yet: its order is gone, the payment was touched within hours, and refunds are listed
    late. Should that moment deceive, `PayPal-Request-Id` still keeps a second request from paying twice.
    """
    async with open_paypal(credentials) as calls:
        return await _standing(calls, await whole(calls, wish.payment_id), wish)


async def _standing(calls: Calls, found: Whole, wish: RefundWish) -> Refunded | None:
    own = next((each for each in found.refunds if each.key == wish.key), None)
    if own is not None:
        return same(own, wish, WHO)
    if found.certain:
        return None
    try:
        listed = await _listed(calls, wish, found.payment.at)
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"listed: {error}") from error
    if listed is None and clock.now() - found.touched < LATE:
        raise Trouble(Verdict.RETRY, _LATER, retry_after=_LOOK_AGAIN, detail=f"{wish.payment_id} without its order")
    return None if listed is None else same(listed, wish, WHO)


async def _listed(calls: Calls, wish: RefundWish, since: datetime) -> Refunded | None:
    """Among all refunds listed since the payment was made."""
    now = clock.now()
    while since < now:
        until = min(since + WINDOW, now)
        asked = {**period(since, until), "transaction_type": "T1107", "page_size": 500}
        for page in range(1, _MOST_PAGES):
            told = await calls.get("/v1/reporting/transactions", **asked, page=page)
            for raw in told.get("transaction_details") or ():
                back = listed_of(raw).back
                if back is not None and (back.payment_id, back.key) == (wish.payment_id, wish.key):
                    return back
            if page >= int(told.get("total_pages") or 1):
                break
        since = until
    return None

"""Noting in the shop a refund that was made at the processor, without moving money a second time.

Vendure's refundOrder asks the handler of the payment's method to send the money back, and real handlers do
(https://docs.vendure.io/current/core/core-concepts/payment, "Refunds"). A handler that has no such function, and a
payment whose method the shop no longer has, only leave a refund that is pending; settleRefund then gives it its number.
Only those are taken that way: Vendure's dummy handler, methods that are gone, and those the shop's owner has named when
connecting (`noted`). For every other method the refund is written into the order's history as a private note, which the
back office shows, and Vendure's own sums stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.vendure import queries
from makegood.connectors.shops.vendure.api import Api, open_api, refusal
from makegood.connectors.shops.vendure.shapes import from_minor_there, to_minor_here
from makegood.kit.money import from_minor
from makegood.kit.text import excerpt, squash

__all__ = ["record_refund"]

STILL = frozenset({"dummy-payment-handler"})
"""Handlers that send no money: https://docs.vendure.io/current/core/reference/typescript-api/payment/dummy-payment-handler"""
NO_ORDER = "The shop does not have this order any more. Please check there, and note the refund by hand."
OTHER_MONEY = "This order was paid in {paid}, the refund is in {refund}. Please check both."
TOO_MUCH = (
    "The shop says that at most {most} of this order can still be refunded. Please check what was refunded there."
)
NOT_NOTED = "{who} did not take the note of this refund ({code}). Please note it there by hand."


class _Refund(msgspec.Struct, rename="camel"):
    id: str
    state: str
    total: int
    reason: str | None = None
    transaction_id: str | None = None


class _Payment(msgspec.Struct, rename="camel"):
    id: str
    method: str
    state: str
    amount: int
    refunds: list[_Refund] = []

    @property
    def left(self) -> int:
        return self.amount - sum(refund.total for refund in self.refunds if refund.state != "Failed")


class _Note(msgspec.Struct):
    id: str
    data: Any = None


class _Notes(msgspec.Struct):
    items: list[_Note] = []


class _Order(msgspec.Struct, rename="camel"):
    id: str
    code: str
    currency_code: str
    payments: list[_Payment] | None = None
    history: _Notes = msgspec.field(default_factory=_Notes)


async def record_refund(
    credentials: Mapping[str, Any], order_id: str, amount_minor: int, currency: str, key: str, words: str
) -> str:
    """Notes a refund of `amount_minor` that stands at the processor, and returns what it is in the shop: a refund's id,
    or "note-" and a note's. `key` is written beside `words`, and what bears it already is returned. Raises Trouble:
    REFUSE for an order, currency or amount that does not fit.
    """
    if amount_minor <= 0:
        raise Trouble(Verdict.REFUSE, "Please give an amount above nothing.")
    async with open_api(credentials) as api:
        order = await _order(api, order_id)
        if order.currency_code != currency:
            raise Trouble(Verdict.REFUSE, OTHER_MONEY.format(paid=order.currency_code, refund=currency))
        payments = [payment for payment in order.payments or [] if payment.state in ("Settled", "Authorized")]
        if standing := _standing(order, payments, key):
            return await _settled(api, standing, key) if isinstance(standing, _Refund) else f"note-{standing.id}"
        precision = int(credentials.get("precision", 2))
        try:
            amount = from_minor_there(amount_minor, currency, precision)
        except ValueError as error:
            raise Trouble(Verdict.REFUSE, f"{error} Please note the refund there by hand.") from error
        most = sum(payment.left for payment in payments)
        if amount > most:
            raise _too_much(most, currency, precision)
        still = await _still(api, credentials, payments)
        reason = f"{excerpt(squash(words), 200)} ({key})"
        fitting = [payment for payment in payments if payment.left >= amount]
        if still and fitting:
            return await _refunded(api, fitting[0], amount, currency, precision, key, reason)
        return await _noted(api, order, f"Refunded {from_minor(amount_minor, currency)} {currency}: {reason}", key)


async def _order(api: Api, order_id: str) -> _Order:
    data = await api.ask(queries.REFUNDABLE, "read orders", "ReadOrder", id=order_id)
    if data.get("order") is None:
        raise Trouble(Verdict.REFUSE, NO_ORDER, detail=order_id[:100])
    try:
        return msgspec.convert(data["order"], _Order)
    except msgspec.ValidationError as error:
        raise verdicts.no_sense(api.who, f"order: {error}") from error


def _standing(order: _Order, payments: list[_Payment], key: str) -> _Refund | _Note | None:
    """What bears this key already. The reason has it from the first moment, the number only once it is settled."""
    for payment in payments:
        for refund in payment.refunds:
            if refund.state != "Failed" and (
                refund.transaction_id == key or (refund.reason or "").endswith(f"({key})")
            ):
                return refund
    for note in order.history.items:
        if isinstance(note.data, dict) and str(note.data.get("note", "")).endswith(f"({key})"):
            return note
    return None


async def _still(api: Api, credentials: Mapping[str, Any], payments: list[_Payment]) -> bool:
    """Whether a refund in the shop sends no money, by none of these payments' methods: what is left of one payment is
    taken from the next, so all of them must be so.
    """
    named = set(credentials.get("noted", ()))
    others = {payment.method for payment in payments} - named
    if not others:
        return True
    data = await api.ask(queries.METHODS, "see the ways of paying", "ReadPaymentMethod")
    known = {
        str(row["code"]): str((row.get("handler") or {}).get("code"))
        for row in (data.get("paymentMethods") or {}).get("items") or []
    }
    return all(known[method] in STILL for method in others if method in known)


async def _refunded(
    api: Api, payment: _Payment, amount: int, currency: str, precision: int, key: str, reason: str
) -> str:
    # The older parts of the amount must be there: without them Vendure 3.7.3 fails on its own database.
    wish = {"paymentId": payment.id, "amount": amount, "reason": reason, "lines": [], "shipping": 0, "adjustment": 0}
    made = (await api.ask(queries.REFUND, "refund orders", "UpdateOrder", input=wish)).get("refundOrder") or {}
    code = refusal(made)
    if code == "REFUND_AMOUNT_ERROR":
        raise _too_much(int(made.get("maximumRefundable") or 0), currency, precision)
    if code:
        raise Trouble(Verdict.REFUSE, NOT_NOTED.format(who=api.who, code=code.replace("_", " ").lower()), detail=code)
    return await _settled(api, _Refund(str(made["id"]), str(made["state"]), amount), key)


async def _settled(api: Api, refund: _Refund, key: str) -> str:
    if refund.state == "Pending":
        wish = {"id": refund.id, "transactionId": key}
        made = (await api.ask(queries.SETTLE_REFUND, "settle refunds", "UpdateOrder", input=wish)).get("settleRefund")
        if code := refusal(made or {}):
            raise Trouble(
                Verdict.REFUSE, NOT_NOTED.format(who=api.who, code=code.replace("_", " ").lower()), detail=code
            )
    return refund.id


async def _noted(api: Api, order: _Order, note: str, key: str) -> str:
    wish = {"id": order.id, "note": note, "isPublic": False}
    await api.ask(queries.ADD_NOTE, "write notes on orders", "UpdateOrder", input=wish)
    found = _standing(await _order(api, order.id), [], key)
    return f"note-{found.id}" if found else f"note-{key}"


def _too_much(most: int, currency: str, precision: int) -> Trouble:
    left = from_minor(max(0, to_minor_here(most, currency, precision)), currency)
    return Trouble(Verdict.REFUSE, TOO_MUCH.format(most=f"{left} {currency}"), detail="REFUND_AMOUNT_ERROR")

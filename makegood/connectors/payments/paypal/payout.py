"""Pays to an address that the customer gave: https://developer.paypal.com/docs/api/payments.payouts-batch/v1/"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PaidOut, PayoutWish, RefundState
from makegood.connectors.payments.paypal.amounts import from_paypal, to_paypal
from makegood.connectors.payments.paypal.calls import Calls, open_paypal
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.errors import Fault
from makegood.kit import clock
from makegood.kit.text import excerpt

__all__ = ["pay_out"]

_BATCH = re.compile(r"/v1/payments/payouts/([^/?]+)$")
_NO_ADDRESS = "Please check the address: it does not look like an e-mail address."
_OTHER = "PayPal has another payout under the same key. Please look there what was paid."

_ITEMS = {
    "SUCCESS": RefundState.DONE,
    "FAILED": RefundState.FAILED,
    "DENIED": RefundState.FAILED,
    "BLOCKED": RefundState.FAILED,
    "RETURNED": RefundState.CANCELLED,
    "REFUNDED": RefundState.CANCELLED,
    "REVERSED": RefundState.CANCELLED,
}
_BATCHES = {"DENIED": RefundState.FAILED, "CANCELED": RefundState.CANCELLED}


class _SenderHeader(msgspec.Struct):
    sender_batch_id: str = ""


class _Header(msgspec.Struct):
    payout_batch_id: str
    batch_status: str = "PENDING"
    time_created: str = ""
    sender_batch_header: _SenderHeader | None = None


class _Money(msgspec.Struct):
    value: str
    currency: str


class _Wanted(msgspec.Struct):
    receiver: str = ""
    amount: _Money | None = None


class _Item(msgspec.Struct):
    transaction_status: str = "PENDING"
    payout_item: _Wanted | None = None


class _Batch(msgspec.Struct):
    batch_header: _Header
    items: list[_Item] = []


async def pay_out(credentials: Mapping[str, Any], wish: PayoutWish) -> PaidOut:
    """Pays, or tells how the payout under this key stands: the same key pays once within 30 days.

    The key is `sender_batch_id`. PayPal can't be asked for it, but refuses to pay it again and names the first batch:
    so repeating is the way to ask. `wish.words` are seen by the customer. Raises `Trouble`.
    """
    address = wish.email.strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise Trouble(Verdict.REFUSE, _NO_ADDRESS)
    body = {
        "sender_batch_header": {"sender_batch_id": wish.key, "email_subject": excerpt(wish.words, 255) or "A payment"},
        "items": [
            {
                "recipient_type": "EMAIL",
                "amount": {"value": to_paypal(wish.amount_minor, wish.currency), "currency": wish.currency},
                "receiver": address,
                "note": wish.words[:1000],
                "sender_item_id": wish.key[:63],
            }
        ],
    }
    async with open_paypal(credentials) as calls:
        try:
            found = await calls.post("/v1/payments/payouts", body)
        except Fault as fault:
            first = _first(fault)
            if not first:
                raise
            return await _standing(calls, first, wish)
    return _paid(found, wish)


def _first(fault: Fault) -> str:
    """The batch that an earlier request with this key made, as the refusal names it."""
    if fault.status not in {400, 409, 422}:
        return ""
    links = [_BATCH.search(link.href) for link in fault.said.links]
    return next((found[1] for found in links if found), "")


async def _standing(calls: Calls, batch: str, wish: PayoutWish) -> PaidOut:
    """https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#payouts_get"""
    return _paid(await calls.get(f"/v1/payments/payouts/{batch}"), wish)


def _paid(raw: Mapping[str, Any], wish: PayoutWish) -> PaidOut:
    """The payout in our shape, if it is the wished one."""
    try:
        batch = msgspec.convert(raw, _Batch)
        header = batch.batch_header
        item = batch.items[0] if batch.items else _Item()
        made = datetime.fromisoformat(header.time_created) if header.time_created else clock.now()
        same = item.payout_item is None or _is_wished(item.payout_item, wish)
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"payout: {error}") from error
    if not same or (header.sender_batch_header and header.sender_batch_header.sender_batch_id not in {"", wish.key}):
        raise Trouble(Verdict.BUG, _OTHER, detail=header.payout_batch_id)
    state = _BATCHES.get(header.batch_status) or _ITEMS.get(item.transaction_status, RefundState.PENDING)
    return PaidOut(header.payout_batch_id, wish.amount_minor, wish.currency, state, made, wish.key)


def _is_wished(wanted: _Wanted, wish: PayoutWish) -> bool:
    money = wanted.amount
    paid = None if money is None else (from_paypal(money.value, money.currency), money.currency)
    return paid in {None, (wish.amount_minor, wish.currency)} and wanted.receiver.lower() in {"", wish.email.lower()}

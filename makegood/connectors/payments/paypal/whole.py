"""One payment with everything about it: the capture, the refunds that its order lists, and whether a case is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments import rules
from makegood.connectors.payments.contract import Payment, Refunded
from makegood.connectors.payments.paypal.calls import SANDBOX, Calls
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.errors import Fault
from makegood.connectors.payments.paypal.shapes import capture_in, payment_of, refund_of, with_payer

__all__ = ["UNKNOWN", "Whole", "whole"]

UNKNOWN = rules.UNKNOWN.format(who=WHO)


@dataclass(frozen=True)
class Whole:
    """A payment and its refunds.

    `certain`: these are all refunds there are. Where PayPal no longer shows the order, they can't be listed, and only
    a capture that was never refunded has certainly none. `touched` is when the payment last changed.
    """

    payment: Payment
    refunds: tuple[Refunded, ...]
    certain: bool
    touched: datetime


async def whole(calls: Calls, name: str) -> Whole:
    """The capture `name`. Raises `Trouble`: REFUSE where PayPal does not know it."""
    try:
        capture = await calls.get(f"/v2/payments/captures/{quote(name, safe='')}")
    except Fault as fault:
        if fault.status == 404:
            raise Trouble(Verdict.REFUSE, UNKNOWN, detail=fault.detail) from fault
        raise
    try:
        order = await _order(calls, capture)
        refunds = _refunds(order, name)
        disputed = await _disputed(calls, name)
        payment = payment_of(capture, refunds, disputed=disputed, sandbox=calls.base == SANDBOX)
        touched = datetime.fromisoformat(str(capture.get("update_time") or capture["create_time"]))
    except ValueError as error:
        raise verdicts.no_sense(WHO, f"capture {name}: {error}") from error
    if order is not None:
        payment = with_payer(payment, order.get("payer"))
    certain = order is not None or capture.get("status") not in {"REFUNDED", "PARTIALLY_REFUNDED"}
    return Whole(payment, refunds, certain, touched if touched.tzinfo else touched.replace(tzinfo=UTC))


async def _order(calls: Calls, capture: Mapping[str, Any]) -> dict[str, Any] | None:
    """https://developer.paypal.com/docs/api/orders/v2/#orders_get: None where the payment has none, or no longer."""
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    if not related.get("order_id"):
        return None
    try:
        return await calls.get(f"/v2/checkout/orders/{quote(str(related['order_id']), safe='')}")
    except Fault as fault:
        if fault.status in {403, 404}:
            return None
        raise


def _refunds(order: Mapping[str, Any] | None, capture: str) -> tuple[Refunded, ...]:
    units = (order or {}).get("purchase_units") or ()
    found = [raw for unit in units for raw in (unit.get("payments") or {}).get("refunds") or ()]
    own = [refund_of(raw, capture) for raw in found if capture_in(raw) in {capture, ""}]
    return tuple(sorted(own, key=lambda each: each.at))


async def _disputed(calls: Calls, name: str) -> bool:
    """https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_list; no where the app may not ask."""
    try:
        found = await calls.get("/v1/customer/disputes", disputed_transaction_id=name, page_size=10)
    except Fault as fault:
        if fault.status in {400, 403, 404}:
            return False
        raise
    items = [each for each in found.get("items") or () if isinstance(each, Mapping)]
    return any(each.get("status") != "RESOLVED" for each in items)

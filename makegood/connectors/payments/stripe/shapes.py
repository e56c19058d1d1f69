"""Stripe's charges, refunds and events in our shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from makegood.connectors.payments.contract import ChargeState, PayEvent, Payment, Refunded, RefundState
from makegood.connectors.payments.stripe.amounts import from_stripe
from makegood.connectors.verdicts import NOT_JSON

__all__ = ["KEY_NAME", "SETTLED", "contested", "event_of", "payment_of", "refund_of"]

KEY_NAME = "makegood_key"
"""Under which metadata of a refund our own key stands."""

SETTLED = frozenset({"won", "prevented", "warning_closed", "warning_needs_response", "warning_under_review"})
"""Disputes for which no money was taken, or not for good: https://docs.stripe.com/api/disputes/object"""

_ORDER_NAMES = ("ordernumber", "orderno", "ordernr", "ordercode", "ordername", "orderreference", "order", "orderid")
_BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay", "visa": "Visa"}
_METHODS = {"sepa_debit": "SEPA direct debit", "ideal": "iDEAL", "us_bank_account": "bank account", "link": "Link"}
_STATES = {
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.CANCELLED,
}


class _Payer(msgspec.Struct):
    email: str | None = None
    name: str | None = None


class _Charge(msgspec.Struct):
    """https://docs.stripe.com/api/charges/object, as far as we need it."""

    id: str
    amount: int
    currency: str
    created: int
    status: str
    captured: bool = True
    amount_captured: int | None = None
    amount_refunded: int = 0
    refunded: bool = False
    disputed: bool = False
    livemode: bool = False
    billing_details: _Payer | None = None
    receipt_email: str | None = None
    customer: str | dict[str, Any] | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    payment_intent: str | dict[str, Any] | None = None
    payment_method_details: dict[str, Any] | None = None


class _Refund(msgspec.Struct):
    """https://docs.stripe.com/api/refunds/object"""

    id: str
    amount: int
    currency: str
    created: int
    status: str | None = None
    charge: str | dict[str, Any] | None = None
    payment_intent: str | dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    reason: str | None = None


class _Data(msgspec.Struct):
    object: dict[str, Any] = {}


class _Event(msgspec.Struct):
    """https://docs.stripe.com/api/events/object"""

    id: str
    type: str
    created: int | str | None = None
    data: _Data = msgspec.field(default_factory=_Data)


def _name(thing: Any) -> str:
    """The id of what may be written out or only named."""
    found = thing.get("id") if isinstance(thing, Mapping) else thing
    return found if isinstance(found, str) else ""


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is no moment") from error


def contested(statuses: list[str]) -> bool:
    """Whether a dispute with one of these statuses took the money away, or may yet."""
    return any(status not in SETTLED for status in statuses)


def payment_of(raw: Mapping[str, Any], *, disputed: bool | None = None) -> Payment:
    """A charge. `disputed` is what its disputes say, None where nobody asked: then any dispute counts.

    Raises ValueError for what is no charge.
    """
    charge = msgspec.convert(raw, _Charge)
    released = not charge.captured and charge.refunded
    taken = charge.amount if charge.amount_captured is None or not charge.captured else charge.amount_captured
    amount, currency = from_stripe(taken, charge.currency)
    untaken = charge.amount - taken
    back, _ = from_stripe(0 if released else max(0, charge.amount_refunded - untaken), charge.currency)
    payer = charge.billing_details or _Payer()
    intent = _name(charge.payment_intent)
    method, fingerprint = _method(charge.payment_method_details or {})
    return Payment(
        id=charge.id,
        amount_minor=amount,
        currency=currency,
        at=_moment(charge.created),
        state=_state(charge, charge.disputed if disputed is None else disputed, released),
        refunded_minor=back,
        refs=(intent,) if intent else (),
        order_number=_order(charge.metadata or {}),
        email=payer.email or charge.receipt_email or "",
        name=payer.name or "",
        customer_id=_name(charge.customer),
        description=charge.description or "",
        method=method,
        fingerprint=fingerprint,
        url=f"https://dashboard.stripe.com/{'' if charge.livemode else 'test/'}payments/{intent or charge.id}",
    )


def _state(charge: _Charge, disputed: bool, released: bool) -> ChargeState:
    if charge.status == "failed" or released:
        return ChargeState.FAILED
    if disputed:
        return ChargeState.DISPUTED
    return ChargeState.PAID if charge.status == "succeeded" and charge.captured else ChargeState.PENDING


def _order(metadata: Mapping[str, Any]) -> str:
    """The shop's number where one of the names that shops use is there; a number before an id."""
    known = {re.sub(r"[^a-z]", "", name.lower()): str(value) for name, value in metadata.items() if value}
    return next((known[name].strip() for name in _ORDER_NAMES if name in known), "")


def _method(details: Mapping[str, Any]) -> tuple[str, str]:
    """How it was paid in words, and the fingerprint: https://docs.stripe.com/api/charges/object"""
    kind = str(details.get("type") or "")
    told = details.get(kind)
    more: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    words = _METHODS.get(kind, kind.replace("_", " "))
    if kind == "card":
        brand = str(more.get("brand") or "card")
        words = _BRANDS.get(brand, brand.replace("_", " ").title())
    last = f" ending {more['last4']}" if more.get("last4") else ""
    return f"{words[:1].upper()}{words[1:]}{last}", str(more.get("fingerprint") or "")


def refund_of(raw: Mapping[str, Any]) -> Refunded:
    """A refund. Raises ValueError for what is none, or belongs to no payment."""
    refund = msgspec.convert(raw, _Refund)
    payment = _name(refund.charge) or _name(refund.payment_intent)
    if not payment:
        raise ValueError(f"{refund.id} belongs to no payment")
    amount, currency = from_stripe(refund.amount, refund.currency)
    metadata = refund.metadata or {}
    return Refunded(
        id=refund.id,
        payment_id=payment,
        amount_minor=amount,
        currency=currency,
        state=_STATES.get(refund.status or "", RefundState.PENDING),
        at=_moment(refund.created),
        key=str(metadata.get(KEY_NAME, "")),
        reason=str(metadata.get("makegood_reason") or refund.reason or ""),
    )


def event_of(body: bytes) -> PayEvent:
    """A webhook's body, already verified. Raises ValueError for what is no event."""
    try:
        event = msgspec.json.decode(body, type=_Event)
    except NOT_JSON as error:
        raise ValueError(str(error)[:200]) from error
    thing = event.data.object
    paid = {
        "charge": _name(thing),
        "refund": _name(thing.get("charge")) or _name(thing.get("payment_intent")),
        "dispute": _name(thing.get("charge")) or _name(thing.get("payment_intent")),
        "payment_intent": _name(thing.get("latest_charge")) or _name(thing),
    }.get(str(thing.get("object")), "")
    at = _moment(event.created) if isinstance(event.created, int) else None
    return PayEvent(id=event.id, kind=event.type, at=at, payments=(paid,) if paid else ())

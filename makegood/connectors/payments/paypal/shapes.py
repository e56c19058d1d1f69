"""PayPal's captures, refunds and listed transactions in our shape. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from makegood.connectors.payments.contract import ChargeState, Payment, Refunded, RefundState
from makegood.connectors.payments.paypal.amounts import from_paypal

__all__ = [
    "KEY_MARK",
    "Listed",
    "capture_in",
    "listed_of",
    "payment_of",
    "payment_of_listed",
    "refund_of",
    "with_payer",
]

KEY_MARK = "makegood-"
"""Before our own key in a refund's `custom_id`, which takes letters, figures, and -_.,"""

_ORDER = re.compile(r"#?[\w-]{1,30}")
_CAPTURE = re.compile(r"/v2/payments/captures/([^/?]+)$")

# https://developer.paypal.com/docs/api/payments/v2/#definition-capture_status
_CAPTURED = {
    "COMPLETED": ChargeState.PAID,
    "PARTIALLY_REFUNDED": ChargeState.PAID,
    "REFUNDED": ChargeState.PAID,
    "PENDING": ChargeState.PENDING,
}
# https://developer.paypal.com/docs/api/payments/v2/#definition-refund_status
_REFUNDED = {"COMPLETED": RefundState.DONE, "FAILED": RefundState.FAILED, "CANCELLED": RefundState.CANCELLED}
# https://developer.paypal.com/docs/api/transaction-search/v1/: transaction_status
_LISTED = {"D": ChargeState.FAILED, "P": ChargeState.PENDING}
_LISTED_BACK = {"D": RefundState.FAILED, "P": RefundState.PENDING, "V": RefundState.CANCELLED}
_GONE = {RefundState.FAILED, RefundState.CANCELLED}


class _Money(msgspec.Struct):
    value: str
    currency_code: str


class _Link(msgspec.Struct):
    href: str = ""
    rel: str = ""


class _Ids(msgspec.Struct):
    order_id: str = ""


class _Supplement(msgspec.Struct):
    related_ids: _Ids | None = None


class _Capture(msgspec.Struct):
    """https://developer.paypal.com/docs/api/payments/v2/#captures_get, as far as we need it."""

    id: str
    status: str
    amount: _Money
    create_time: str
    invoice_id: str | None = None
    custom_id: str | None = None
    supplementary_data: _Supplement | None = None


class _Refund(msgspec.Struct):
    """https://developer.paypal.com/docs/api/payments/v2/#refunds_get"""

    id: str
    status: str
    amount: _Money
    create_time: str
    custom_id: str | None = None
    note_to_payer: str | None = None
    links: list[_Link] = []


class _Name(msgspec.Struct):
    given_name: str = ""
    surname: str = ""
    alternate_full_name: str = ""


class _Payer(msgspec.Struct):
    """The payer of an order (`payer_id`, `name`) or of a listed transaction (`account_id`, `payer_name`)."""

    email_address: str = ""
    payer_id: str = ""
    account_id: str = ""
    name: _Name | None = None
    payer_name: _Name | None = None


class _Info(msgspec.Struct):
    """https://developer.paypal.com/docs/api/transaction-search/v1/#definition-transaction_info"""

    transaction_id: str
    transaction_event_code: str
    transaction_initiation_date: str
    transaction_amount: _Money
    transaction_status: str = "S"
    transaction_updated_date: str = ""
    paypal_reference_id: str = ""
    invoice_id: str = ""
    custom_field: str = ""
    transaction_subject: str = ""


class Listed(msgspec.Struct):
    """A listed transaction. `back` where it is a refund that the shop made; `payment` where somebody paid."""

    transaction_info: _Info
    payer_info: _Payer | None = None

    @property
    def id(self) -> str:
        """PayPal's id: of a payment, the capture's; of a refund, the refund's."""
        return self.transaction_info.transaction_id

    @property
    def version(self) -> str:
        """Changes when it does."""
        return f"{self.transaction_info.transaction_updated_date} {self.transaction_info.transaction_status}"

    @property
    def at(self) -> datetime:
        """When it began."""
        return _moment(self.transaction_info.transaction_initiation_date)

    @property
    def is_payment(self) -> bool:
        """T00..: https://developer.paypal.com/docs/transaction-search/transaction-event-codes/"""
        info = self.transaction_info
        return info.transaction_event_code.startswith("T00") and not info.transaction_amount.value.startswith("-")

    @property
    def back(self) -> Refunded | None:
        """The refund (T1107) that it is."""
        info = self.transaction_info
        if info.transaction_event_code != "T1107" or not info.paypal_reference_id:
            return None
        money = info.transaction_amount
        return Refunded(
            id=info.transaction_id,
            payment_id=info.paypal_reference_id,
            amount_minor=abs(from_paypal(money.value, money.currency_code)),
            currency=money.currency_code,
            state=_LISTED_BACK.get(info.transaction_status, RefundState.DONE),
            at=self.at,
            key=_key(info.custom_field),
        )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _key(custom: str | None) -> str:
    return custom.removeprefix(KEY_MARK) if custom and custom.startswith(KEY_MARK) else ""


def _order(*candidates: str | None) -> str:
    return next((each.strip() for each in candidates if each and _ORDER.fullmatch(each.strip())), "")


def _url(name: str, sandbox: bool) -> str:
    return f"https://www.{'sandbox.' if sandbox else ''}paypal.com/activity/payment/{name}"


def refund_of(raw: Mapping[str, Any], payment_id: str = "") -> Refunded:
    """A refund, of the payment that it links to where none is named. Raises ValueError for what is none."""
    refund = msgspec.convert(raw, _Refund)
    paid = payment_id or capture_in(raw)
    if not paid:
        raise ValueError(f"{refund.id} belongs to no payment")
    return Refunded(
        id=refund.id,
        payment_id=paid,
        amount_minor=from_paypal(refund.amount.value, refund.amount.currency_code),
        currency=refund.amount.currency_code,
        state=_REFUNDED.get(refund.status, RefundState.PENDING),
        at=_moment(refund.create_time),
        key=_key(refund.custom_id),
        reason=refund.note_to_payer or "",
    )


def capture_in(raw: Mapping[str, Any]) -> str:
    """The capture that a refund is of, by its link "up"; "" where it has none."""
    for link in raw.get("links") or ():
        found = (
            _CAPTURE.search(str(link.get("href"))) if isinstance(link, Mapping) and link.get("rel") == "up" else None
        )
        if found:
            return found[1]
    return ""


def payment_of(
    raw: Mapping[str, Any], refunds: Sequence[Refunded], *, disputed: bool = False, sandbox: bool = False
) -> Payment:
    """A capture with the refunds that are known of it. Raises ValueError for what is none."""
    capture = msgspec.convert(raw, _Capture)
    amount = from_paypal(capture.amount.value, capture.amount.currency_code)
    back = sum(each.amount_minor for each in refunds if each.state not in _GONE)
    state = _CAPTURED.get(capture.status, ChargeState.FAILED)
    related = capture.supplementary_data.related_ids if capture.supplementary_data else None
    return Payment(
        id=capture.id,
        amount_minor=amount,
        currency=capture.amount.currency_code,
        at=_moment(capture.create_time),
        state=ChargeState.DISPUTED if disputed and state is ChargeState.PAID else state,
        refunded_minor=amount if capture.status == "REFUNDED" else back,
        refs=(related.order_id,) if related and related.order_id else (),
        order_number=_order(capture.invoice_id, capture.custom_id),
        method="PayPal",
        url=_url(capture.id, sandbox),
    )


def with_payer(payment: Payment, raw: Any) -> Payment:
    """The payment with who paid, where it is told."""
    try:
        payer = msgspec.convert(raw, _Payer)
    except msgspec.ValidationError:
        return payment
    name = payer.name or payer.payer_name or _Name()
    account = payer.payer_id or payer.account_id
    return replace(
        payment,
        email=payer.email_address,
        name=name.alternate_full_name or f"{name.given_name} {name.surname}".strip(),
        customer_id=account,
        fingerprint=account,
    )


def listed_of(raw: Mapping[str, Any]) -> Listed:
    """A listed transaction. Raises ValueError for what is none."""
    return msgspec.convert(raw, Listed)


def payment_of_listed(listed: Listed, *, sandbox: bool = False) -> Payment:
    """A payment as it is listed. Raises ValueError for what can't be read."""
    info = listed.transaction_info
    money = info.transaction_amount
    amount = from_paypal(money.value, money.currency_code)
    found = Payment(
        id=info.transaction_id,
        amount_minor=amount,
        currency=money.currency_code,
        at=listed.at,
        state=_LISTED.get(info.transaction_status, ChargeState.PAID),
        refunded_minor=amount if info.transaction_status == "V" else 0,
        order_number=_order(info.invoice_id, info.custom_field),
        description=info.transaction_subject,
        method="PayPal",
        url=_url(info.transaction_id, sandbox),
    )
    return with_payer(found, msgspec.to_builtins(listed.payer_info)) if listed.payer_info else found

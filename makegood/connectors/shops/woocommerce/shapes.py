"""WooCommerce's orders, refunds and customers to ours; pure.

The shapes: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from makegood.connectors.shops.contract import (
    OrderState,
    ShopCustomer,
    ShopFulfilment,
    ShopLine,
    ShopOrder,
    ShopRefund,
)
from makegood.kit.clock import to_utc
from makegood.kit.money import to_minor
from makegood.kit.text import clean, html_to_text

__all__ = ["UNSAID", "changed_at", "customer", "order", "refund"]

UNSAID = frozenset({"auto-draft", "checkout-draft", "draft", "new"})
"""States of what is in a basket still: not placed, so no order to us."""

_TRACKING = "_wc_shipment_tracking_items"

_STATES = {
    "pending": OrderState.OPEN,
    "on-hold": OrderState.OPEN,
    "failed": OrderState.OPEN,
    "processing": OrderState.PAID,
    "completed": OrderState.SHIPPED,
    "cancelled": OrderState.CANCELLED,
    # Of the extension Advanced Shipment Tracking: https://docs.zorem.com/docs/ast-free/
    "partial-shipped": OrderState.PART_SHIPPED,
    "shipped": OrderState.SHIPPED,
    "delivered": OrderState.DELIVERED,
}

Amount = str | int | float | None


class _Address(msgspec.Struct):
    first_name: str | None = ""
    last_name: str | None = ""
    company: str | None = ""
    city: str | None = ""
    country: str | None = ""
    email: str | None = ""
    phone: str | None = ""

    @property
    def name(self) -> str:
        person = _join(" ", self.first_name, self.last_name)
        return person or clean(self.company or "").strip()


class _Meta(msgspec.Struct):
    key: str | None = ""
    value: Any = None


class _Line(msgspec.Struct):
    id: int
    name: str | None = ""
    parent_name: str | None = None
    product_id: int | None = 0
    variation_id: int | None = 0
    quantity: float | int | None = 0
    total: Amount = "0"
    total_tax: Amount = "0"
    sku: str | None = ""
    meta_data: list[_Meta] = []


class _Order(msgspec.Struct):
    id: int
    status: str
    currency: str
    total: Amount
    date_created_gmt: str
    number: str | int | None = None
    date_modified_gmt: str | None = None
    date_paid_gmt: str | None = None
    date_completed_gmt: str | None = None
    discount_total: Amount = "0"
    discount_tax: Amount = "0"
    shipping_total: Amount = "0"
    shipping_tax: Amount = "0"
    total_tax: Amount = "0"
    customer_id: int | None = 0
    billing: _Address = msgspec.field(default_factory=_Address)
    shipping: _Address = msgspec.field(default_factory=_Address)
    transaction_id: str | None = ""
    line_items: list[_Line] = []
    meta_data: list[_Meta] = []


class _Refund(msgspec.Struct):
    id: int
    amount: Amount
    date_created_gmt: str
    reason: str | None = ""


class _Customer(msgspec.Struct):
    id: int
    email: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    username: str | None = ""
    date_created_gmt: str | None = None
    billing: _Address = msgspec.field(default_factory=_Address)


def order(
    raw: Mapping[str, Any], base: str, refunds: Sequence[Mapping[str, Any]] = (), buyer: ShopCustomer | None = None
) -> ShopOrder:
    """An order of /orders. `refunds` are those of /orders/<id>/refunds; `buyer` is who has an account there.

    Amounts include tax, as the customer paid them. `lines` are products: a fee is in the total only. Raises ValueError
    for what makes no sense.
    """
    found = _convert(raw, _Order)
    currency = found.currency.upper()
    placed = _moment(found.date_created_gmt)
    return ShopOrder(
        id=str(found.id),
        number=clean(str(found.number or found.id)).strip().lstrip("#"),
        currency=currency,
        total_minor=_minor(currency, found.total),
        placed_at=placed,
        state=_state(found),
        changed_at=_moment(found.date_modified_gmt) if found.date_modified_gmt else placed,
        customer=buyer,
        email=clean(found.billing.email or "").strip(),
        name=found.billing.name or found.shipping.name,
        shipping_minor=_minor(currency, found.shipping_total, found.shipping_tax),
        tax_minor=_minor(currency, found.total_tax),
        discount_minor=_minor(currency, found.discount_total, found.discount_tax),
        payment_refs=tuple(filter(None, [clean(found.transaction_id or "").strip()])),
        destination=_destination(found),
        url=f"{base}/wp-admin/post.php?post={found.id}&action=edit",
        lines=tuple(_line(line, currency) for line in found.line_items),
        fulfilments=_fulfilments(found),
        refunds=tuple(refund(one, currency) for one in refunds),
    )


def refund(raw: Mapping[str, Any], currency: str) -> ShopRefund:
    """A refund of /orders/<id>/refunds, whose amount is positive there. It knows no processor's id."""
    found = _convert(raw, _Refund)
    return ShopRefund(
        id=str(found.id),
        amount_minor=_minor(currency, found.amount),
        currency=currency,
        at=_moment(found.date_created_gmt),
        reason=clean(found.reason or "").strip(),
    )


def customer(raw: Mapping[str, Any], base: str) -> ShopCustomer:
    """Somebody with an account, of /customers. WooCommerce checks no address, so none is verified."""
    found = _convert(raw, _Customer)
    return ShopCustomer(
        id=str(found.id),
        name=_join(" ", found.first_name, found.last_name) or found.billing.name or clean(found.username or ""),
        email=clean(found.email or found.billing.email or "").strip(),
        phone=clean(found.billing.phone or "").strip(),
        created_at=_moment(found.date_created_gmt) if found.date_created_gmt else None,
        url=f"{base}/wp-admin/user-edit.php?user_id={found.id}",
    )


def changed_at(raw: Mapping[str, Any]) -> datetime | None:
    """When an order was changed last, None where it does not say."""
    said = raw.get("date_modified_gmt") or raw.get("date_created_gmt")
    try:
        return _moment(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _convert(raw: Mapping[str, Any], wanted: Any) -> Any:
    # PHP writes an empty object as []; plugins write numbers as text.
    mended = {name: value for name, value in raw.items() if not (name in {"billing", "shipping"} and value == [])}
    return msgspec.convert(mended, wanted, strict=False)


def _moment(text: str) -> datetime:
    return to_utc(datetime.fromisoformat(text))


def _minor(currency: str, *amounts: Amount) -> int:
    """The sum of decimals as the shop writes them, in minor units; rounded once, at the end."""
    try:
        total = sum((Decimal(str(amount)) for amount in amounts if amount not in (None, "")), Decimal(0))
    except InvalidOperation as error:
        raise ValueError(f"{str(amounts)[:60]} is no amount of money.") from error
    return to_minor(total, currency)


def _state(found: _Order) -> OrderState:
    """`completed` says that the shop is done with it, not that it has arrived.

    `refunded` is given back in full: of what was sent, that it was sent still holds. A state of the shop's own making
    is paid or not (https://woocommerce.com/document/managing-orders/order-statuses/).
    """
    status = found.status.removeprefix("wc-")
    if status in _STATES:
        return _STATES[status]
    if status == "refunded":
        return OrderState.SHIPPED if found.date_completed_gmt else OrderState.CANCELLED
    return OrderState.PAID if found.date_paid_gmt else OrderState.OPEN


def _line(found: _Line, currency: str) -> ShopLine:
    quantity = found.quantity or 0
    return ShopLine(
        id=str(found.id),
        name=html_to_text(found.name or found.parent_name or ""),
        # Some shops sell by weight: half a kilogram is one thing to send.
        quantity=max(1, round(quantity)) if quantity else 0,
        total_minor=_minor(currency, found.total, found.total_tax),
        sku=clean(found.sku or "").strip(),
        product_id=str(found.product_id or ""),
    )


def _destination(found: _Order) -> str:
    there = found.shipping if found.shipping.city or found.shipping.country else found.billing
    return _join(", ", there.city, there.country)


def _fulfilments(found: _Order) -> tuple[ShopFulfilment, ...]:
    """Parcels, where the extension Shipment Tracking or one that keeps to its data noted them.

    https://woocommerce.com/document/shipment-tracking/
    """
    parcels: list[ShopFulfilment] = []
    for meta in found.meta_data:
        if meta.key == _TRACKING:
            # PHP writes a list with a gap in its numbers as an object.
            items = list(meta.value.values()) if isinstance(meta.value, dict) else meta.value
            parcels += [_parcel(each) for each in items if isinstance(each, dict)] if isinstance(items, list) else []
    return tuple(parcels)


def _parcel(item: Mapping[str, Any]) -> ShopFulfilment:
    def first(*names: str) -> str:
        said = (item.get(name) for name in names)
        return next((clean(str(text)).strip() for text in said if isinstance(text, str | int) and text), "")

    number = first("tracking_number")
    link = first("formatted_tracking_link", "ast_tracking_link", "custom_tracking_link")
    return ShopFulfilment(
        id=first("tracking_id") or number,
        carrier=first("formatted_tracking_provider", "custom_tracking_provider", "tracking_provider"),
        tracking=number,
        tracking_url=link if link.startswith(("https://", "http://")) else "",
        shipped_at=_seconds(first("date_shipped")),
    )


def _seconds(said: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _join(between: str, *parts: str | None) -> str:
    return between.join(filter(None, (clean(part or "").strip() for part in parts)))

"""From Vendure's rows to orders and customers. Pure.

Money there is whole numbers of 10 to the minus `precision` of the main unit, 2 unless the shop says otherwise, whatever
the currency: 500 yen are 50000 (https://docs.vendure.io/current/core/reference/typescript-api/money/money-strategy).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
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
from makegood.kit import clock
from makegood.kit.money import exponent
from makegood.kit.text import squash

__all__ = ["View", "customer_of", "from_minor_there", "order_of", "to_minor_here"]

STATES: dict[str, OrderState] = {
    # https://docs.vendure.io/current/core/core-concepts/orders; authorised is promised, not paid, and where a part has
    # arrived, another may not have left.
    "ArrangingPayment": OrderState.OPEN,
    "PaymentAuthorized": OrderState.OPEN,
    "PaymentSettled": OrderState.PAID,
    "PartiallyShipped": OrderState.PART_SHIPPED,
    "Shipped": OrderState.SHIPPED,
    "PartiallyDelivered": OrderState.PART_SHIPPED,
    "Delivered": OrderState.DELIVERED,
    "Cancelled": OrderState.CANCELLED,
}
PAID = ("Authorized", "Settled")
"""States of a payment that has come about: not declined, failed or cancelled."""


@dataclass(frozen=True)
class View:
    """What is needed to read a shop's rows: its digits behind the point, and where its back office is."""

    precision: int = 2
    dashboard: str = ""


class _User(msgspec.Struct):
    verified: bool = False


class _Customer(msgspec.Struct, rename="camel"):
    id: str
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    phone_number: str | None = None
    email_address: str = ""
    user: _User | None = None


class _Address(msgspec.Struct, rename="camel"):
    full_name: str | None = None
    city: str | None = None
    country: str | None = None


class _Tax(msgspec.Struct, rename="camel"):
    tax_total: int


class _Discount(msgspec.Struct, rename="camel"):
    amount_with_tax: int


class _Surcharge(msgspec.Struct, rename="camel"):
    id: str
    price_with_tax: int
    description: str = ""
    sku: str | None = None


class _Variant(msgspec.Struct, rename="camel"):
    sku: str = ""
    name: str = ""
    product_id: str = ""


class _Line(msgspec.Struct, rename="camel"):
    id: str
    quantity: int
    prorated_line_price_with_tax: int
    prorated_unit_price_with_tax: int
    product_variant: _Variant
    order_placed_quantity: int = 0


class _Fulfilment(msgspec.Struct, rename="camel"):
    id: str
    state: str
    updated_at: datetime
    method: str = ""
    tracking_code: str | None = None


class _Refund(msgspec.Struct, rename="camel"):
    id: str
    state: str
    total: int
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    transaction_id: str | None = None


class _Payment(msgspec.Struct, rename="camel"):
    id: str
    state: str
    amount: int
    updated_at: datetime
    transaction_id: str | None = None
    refunds: list[_Refund] = []


class _Entry(msgspec.Struct, rename="camel"):
    type: str
    created_at: datetime
    data: Any = None


class _History(msgspec.Struct):
    items: list[_Entry] = []


class _Order(msgspec.Struct, rename="camel"):
    id: str
    code: str
    state: str
    updated_at: datetime
    order_placed_at: datetime
    currency_code: str
    total_with_tax: int
    shipping_with_tax: int = 0
    type: str = "Regular"
    customer: _Customer | None = None
    shipping_address: _Address | None = None
    tax_summary: list[_Tax] = []
    discounts: list[_Discount] = []
    surcharges: list[_Surcharge] = []
    lines: list[_Line] = []
    fulfillments: list[_Fulfilment] | None = None
    payments: list[_Payment] | None = None
    history: _History = msgspec.field(default_factory=_History)


def to_minor_here(amount: int, currency: str, precision: int) -> int:
    """A shop's whole number in minor units of the currency; halves are rounded up, as shops do."""
    exact = Decimal(amount).scaleb(exponent(currency) - precision)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_minor_there(minor: int, currency: str, precision: int) -> int:
    """Minor units as the shop writes them. Raises ValueError when it has too few digits for that."""
    exact = Decimal(minor).scaleb(precision - exponent(currency))
    if exact != int(exact):
        raise ValueError(f"The shop counts {currency} with {precision} digits behind the point only.")
    return int(exact)


def customer_of(row: Any, view: View) -> ShopCustomer:
    """A customer. Raises ValueError on a row that makes no sense."""
    return _customer(msgspec.convert(row, _Customer), view)


def _customer(found: _Customer, view: View) -> ShopCustomer:
    return ShopCustomer(
        id=found.id,
        name=squash(f"{found.first_name} {found.last_name}"),
        email=found.email_address.strip(),
        phone=squash(found.phone_number or ""),
        verified=found.user is not None and found.user.verified,
        created_at=clock.to_utc(found.created_at),
        url=f"{view.dashboard}/customers/{found.id}" if view.dashboard else "",
    )


def order_of(row: Any, view: View) -> ShopOrder | None:
    """An order; None for a part of one that a marketplace made for a seller, which the whole order holds already.

    Raises ValueError on a row that makes no sense.
    """
    found = msgspec.convert(row, _Order)
    if found.type == "Seller":
        return None
    currency, payments = found.currency_code, found.payments or []

    def minor(amount: int) -> int:
        return to_minor_here(amount, currency, view.precision)

    # A line that was taken out counts nothing any more; what the customer paid, they paid all the same.
    paid = sum(payment.amount for payment in payments if payment.state in PAID)
    person = _customer(found.customer, view) if found.customer else None
    address = found.shipping_address or _Address()
    return ShopOrder(
        id=found.id,
        number=found.code,
        currency=currency,
        total_minor=minor(max(found.total_with_tax, paid)),
        placed_at=clock.to_utc(found.order_placed_at),
        state=STATES.get(found.state, OrderState.PAID),
        changed_at=_changed_at(found, payments),
        customer=person,
        email=person.email if person else "",
        name=person.name if person else squash(address.full_name or ""),
        shipping_minor=minor(found.shipping_with_tax),
        tax_minor=minor(sum(tax.tax_total for tax in found.tax_summary)),
        discount_minor=-minor(sum(discount.amount_with_tax for discount in found.discounts)),
        payment_refs=tuple(p.transaction_id for p in payments if p.transaction_id and p.state in PAID),
        destination=", ".join(part for part in (squash(address.city or ""), squash(address.country or "")) if part),
        url=f"{view.dashboard}/orders/{found.id}" if view.dashboard else "",
        lines=_lines(found, view),
        fulfilments=tuple(_fulfilment(each, found.history.items) for each in found.fulfillments or []),
        refunds=tuple(
            ShopRefund(
                id=refund.id,
                amount_minor=minor(refund.total),
                currency=currency,
                at=clock.to_utc(refund.created_at),
                reason=squash(refund.reason or ""),
                payment_ref=refund.transaction_id or "",
            )
            for payment in payments
            for refund in payment.refunds
            if refund.state != "Failed"
        ),
    )


def _changed_at(found: _Order, payments: list[_Payment]) -> datetime:
    """Vendure leaves an order's own date alone when a parcel or a refund changes: the newest of all counts."""
    moments = [found.updated_at, found.order_placed_at]
    moments += [entry.created_at for entry in found.history.items]
    moments += [each.updated_at for each in found.fulfillments or []]
    moments += [each.updated_at for each in payments]
    moments += [refund.updated_at for each in payments for refund in each.refunds]
    return clock.to_utc(max(moments))


def _lines(found: _Order, view: View) -> tuple[ShopLine, ...]:
    cancelled = found.state == "Cancelled"
    lines = []
    for line in found.lines:
        quantity, total = line.quantity, line.prorated_line_price_with_tax
        if quantity == 0 and not cancelled:
            continue
        if quantity == 0:
            quantity, total = line.order_placed_quantity, line.prorated_unit_price_with_tax * line.order_placed_quantity
        lines.append(
            ShopLine(
                id=line.id,
                name=squash(line.product_variant.name),
                quantity=quantity,
                total_minor=to_minor_here(total, found.currency_code, view.precision),
                sku=line.product_variant.sku,
                product_id=line.product_variant.product_id,
            )
        )
    for extra in found.surcharges:
        total = to_minor_here(extra.price_with_tax, found.currency_code, view.precision)
        lines.append(ShopLine(f"surcharge-{extra.id}", squash(extra.description), 1, total, sku=extra.sku or ""))
    return tuple(lines)


def _fulfilment(found: _Fulfilment, entries: list[_Entry]) -> ShopFulfilment:
    moments = {}
    for entry in entries:
        data = entry.data if isinstance(entry.data, dict) else {}
        if entry.type == "ORDER_FULFILLMENT_TRANSITION" and str(data.get("fulfillmentId")) == found.id:
            moments[str(data.get("to"))] = clock.to_utc(entry.created_at)
    return ShopFulfilment(
        id=found.id,
        state=found.state,
        carrier=squash(found.method),
        tracking=squash(found.tracking_code or ""),
        shipped_at=moments.get("Shipped"),
        delivered_at=moments.get("Delivered"),
    )

"""Shopify's orders and customers to ours; pure.

Amounts are those the customer saw and paid (`presentmentMoney`):
https://shopify.dev/docs/api/admin-graphql/2026-10/objects/MoneyBag
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
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
from makegood.kit.text import clean

__all__ = ["admin_page", "customer", "gid", "order"]

_TOOK = frozenset({"AUTHORIZATION", "CAPTURE", "EMV_AUTHORIZATION", "SALE"})
_UNPAID = frozenset({"PENDING", "AUTHORIZED", "PARTIALLY_PAID", "EXPIRED"})


class _Money(msgspec.Struct, rename="camel"):
    amount: str
    currency_code: str


class _Bag(msgspec.Struct, rename="camel"):
    presentment_money: _Money


class _Allocation(msgspec.Struct, rename="camel"):
    allocated_amount_set: _Bag


class _Tax(msgspec.Struct, rename="camel"):
    price_set: _Bag


class _Product(msgspec.Struct, rename="camel"):
    id: str
    product_type: str | None = ""


class _Item(msgspec.Struct, rename="camel"):
    unit_cost: _Money | None = None


class _Variant(msgspec.Struct, rename="camel"):
    inventory_item: _Item | None = None


class _Line(msgspec.Struct, rename="camel"):
    id: str
    name: str
    quantity: int
    original_total_set: _Bag
    sku: str | None = ""
    discount_allocations: list[_Allocation] = []
    tax_lines: list[_Tax] = []
    product: _Product | None = None
    variant: _Variant | None = None


class _Lines(msgspec.Struct):
    nodes: list[_Line] = []


class _Tracking(msgspec.Struct):
    company: str | None = ""
    number: str | None = ""
    url: str | None = ""


class _Fulfilment(msgspec.Struct, rename="camel"):
    legacy_resource_id: str
    status: str
    created_at: datetime
    display_status: str | None = None
    in_transit_at: datetime | None = None
    delivered_at: datetime | None = None
    estimated_delivery_at: datetime | None = None
    tracking_info: list[_Tracking] = []


class _Transaction(msgspec.Struct, rename="camel"):
    kind: str
    status: str
    payment_id: str | None = None


class _Transactions(msgspec.Struct):
    nodes: list[_Transaction] = []


class _Refund(msgspec.Struct, rename="camel"):
    legacy_resource_id: str
    processed_at: datetime
    total_refunded_set: _Bag
    created_at: datetime | None = None
    note: str | None = ""
    transactions: _Transactions = msgspec.field(default_factory=_Transactions)


class _Address(msgspec.Struct):
    name: str | None = ""
    city: str | None = ""
    country: str | None = ""


class _Email(msgspec.Struct, rename="camel"):
    email_address: str | None = ""


class _Phone(msgspec.Struct, rename="camel"):
    phone_number: str | None = ""


class _Customer(msgspec.Struct, rename="camel"):
    legacy_resource_id: str
    created_at: datetime
    display_name: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    verified_email: bool | None = False
    default_email_address: _Email | None = None
    default_phone_number: _Phone | None = None


class _Order(msgspec.Struct, rename="camel"):
    legacy_resource_id: str
    name: str
    processed_at: datetime
    updated_at: datetime
    presentment_currency_code: str
    total_price_set: _Bag
    taxes_included: bool
    display_fulfillment_status: str
    display_financial_status: str | None = None
    email: str | None = ""
    cancelled_at: datetime | None = None
    total_shipping_price_set: _Bag | None = None
    total_tax_set: _Bag | None = None
    total_discounts_set: _Bag | None = None
    shipping_address: _Address | None = None
    billing_address: _Address | None = None
    customer: _Customer | None = None
    line_items: _Lines = msgspec.field(default_factory=_Lines)
    fulfillments: list[_Fulfilment] = []
    transactions: list[_Transaction] = []
    refunds: list[_Refund] = []


def gid(kind: str, number: str) -> str:
    """Shopify's long id of something, such as an Order: https://shopify.dev/docs/api/usage/gids"""
    return f"gid://shopify/{kind}/{number}"


def admin_page(shop: str, what: str, number: str) -> str:
    """The page of an order, customer or discount in the shop's back office."""
    return f"https://admin.shopify.com/store/{shop.removesuffix('.myshopify.com')}/{what}/{number}"


def order(raw: Mapping[str, Any], shop: str) -> ShopOrder:
    """An `Order` with all its lines.

    `total_minor` is before refunds and with later additions (`totalPriceSet`). `lines` include tax. `discount_minor`,
    `shipping_minor` and `tax_minor` are as Shopify has them. Raises ValueError for what makes no sense.
    """
    found = msgspec.convert(raw, _Order, strict=False)
    currency = found.presentment_currency_code
    return ShopOrder(
        id=found.legacy_resource_id,
        number=clean(found.name).strip().lstrip("#"),
        currency=currency,
        total_minor=_minor(currency, [found.total_price_set]),
        placed_at=to_utc(found.processed_at),
        state=_state(found),
        changed_at=to_utc(found.updated_at),
        customer=_made(found.customer, shop) if found.customer else None,
        email=clean(found.email or "").strip(),
        name=_name(found),
        shipping_minor=_minor(currency, [found.total_shipping_price_set]),
        tax_minor=_minor(currency, [found.total_tax_set]),
        discount_minor=_minor(currency, [found.total_discounts_set]),
        promised_at=_latest([each.estimated_delivery_at for each in found.fulfillments]),
        payment_refs=_payments(found.transactions, _TOOK),
        destination=_destination(found),
        url=admin_page(shop, "orders", found.legacy_resource_id),
        lines=tuple(_line(each, currency, tax_included=found.taxes_included) for each in found.line_items.nodes),
        fulfilments=tuple(parcel for each in found.fulfillments for parcel in _parcels(each)),
        # One of nothing only puts goods back in stock.
        refunds=tuple(each for each in (_refund(each, currency) for each in found.refunds) if each.amount_minor),
    )


def customer(raw: Mapping[str, Any], shop: str) -> ShopCustomer:
    """A `Customer`. Their address is verified when they showed that it is theirs, or when the shop entered it."""
    return _made(msgspec.convert(raw, _Customer, strict=False), shop)


def _made(found: _Customer, shop: str) -> ShopCustomer:
    email = found.default_email_address.email_address if found.default_email_address else ""
    phone = found.default_phone_number.phone_number if found.default_phone_number else ""
    full = " ".join(filter(None, [found.first_name, found.last_name]))
    return ShopCustomer(
        id=found.legacy_resource_id,
        # The display name of somebody without a name is their address.
        name=clean(full or ("" if found.display_name == email else found.display_name or "")).strip(),
        email=clean(email or "").strip(),
        phone=clean(phone or "").strip(),
        verified=bool(email and found.verified_email),
        created_at=to_utc(found.created_at),
        url=admin_page(shop, "customers", found.legacy_resource_id),
    )


def _minor(currency: str, plus: Sequence[_Bag | None], minus: Sequence[_Bag | None] = ()) -> int:
    """The sum of amounts in minor units. Raises ValueError where one is in another currency."""
    total = Decimal(0)
    for sign, bags in ((1, plus), (-1, minus)):
        for money in (bag.presentment_money for bag in bags if bag is not None):
            if money.currency_code != currency:
                raise ValueError(f"an amount is in {money.currency_code[:10]} and not in {currency}")
            amount = Decimal(money.amount)
            if not amount.is_finite():
                raise ValueError(f"{str(money.amount)[:40]} is no amount of money")
            total += sign * amount
    return to_minor(total, currency)


def _state(found: _Order) -> OrderState:
    """https://shopify.dev/docs/api/admin-graphql/2026-10/enums/OrderDisplayFulfillmentStatus"""
    sent = found.display_fulfillment_status
    parcels = [each for each in found.fulfillments if each.status == "SUCCESS"]
    if sent == "FULFILLED":
        there = parcels and all(each.delivered_at or each.display_status == "DELIVERED" for each in parcels)
        return OrderState.DELIVERED if there else OrderState.SHIPPED
    if found.cancelled_at is not None or found.display_financial_status == "VOIDED":
        return OrderState.CANCELLED
    if sent == "PARTIALLY_FULFILLED":
        return OrderState.PART_SHIPPED
    return OrderState.OPEN if found.display_financial_status in _UNPAID else OrderState.PAID


def _line(found: _Line, currency: str, *, tax_included: bool) -> ShopLine:
    """What a line cost is its price, less its share of every discount, and its tax where the price is without."""
    taxes = [] if tax_included else [each.price_set for each in found.tax_lines]
    discounts = [each.allocated_amount_set for each in found.discount_allocations]
    return ShopLine(
        id=found.id.rpartition("/")[2],
        name=clean(found.name).strip(),
        quantity=found.quantity,
        total_minor=_minor(currency, [found.original_total_set, *taxes], discounts),
        sku=clean(found.sku or "").strip(),
        product_id=found.product.id.rpartition("/")[2] if found.product else "",
        category=clean(found.product.product_type or "").strip() if found.product else "",
        cost_minor=_cost(found, currency),
    )


def _cost(found: _Line, currency: str) -> int | None:
    """What the line costs the shop today, where it is known and in the order's currency."""
    item = found.variant.inventory_item if found.variant else None
    if item is None or item.unit_cost is None or item.unit_cost.currency_code != currency:
        return None
    return to_minor(Decimal(item.unit_cost.amount) * found.quantity, currency)


def _parcels(found: _Fulfilment) -> list[ShopFulfilment]:
    """One for each tracking number; one where there is none. Cancelled ones are none."""
    if found.status in {"CANCELLED", "ERROR", "FAILURE"}:
        return []
    numbers = found.tracking_info or [_Tracking()]
    return [
        ShopFulfilment(
            id=found.legacy_resource_id if len(numbers) == 1 else f"{found.legacy_resource_id}-{place}",
            state=(found.display_status or found.status).lower().replace("_", " "),
            carrier=clean(each.company or "").strip(),
            tracking=clean(each.number or "").strip(),
            tracking_url=each.url if each.url and each.url.startswith(("https://", "http://")) else "",
            shipped_at=to_utc(found.in_transit_at or found.created_at),
            delivered_at=to_utc(found.delivered_at) if found.delivered_at else None,
        )
        for place, each in enumerate(numbers, 1)
    ]


def _refund(found: _Refund, currency: str) -> ShopRefund:
    refs = _payments(found.transactions.nodes, frozenset({"REFUND"}))
    return ShopRefund(
        id=found.legacy_resource_id,
        amount_minor=_minor(currency, [found.total_refunded_set]),
        currency=currency,
        at=to_utc(found.created_at or found.processed_at),
        reason=clean(found.note or "").strip(),
        payment_ref=refs[0] if refs else "",
    )


def _payments(transactions: Sequence[_Transaction], kinds: frozenset[str]) -> tuple[str, ...]:
    good = [each.payment_id for each in transactions if each.kind in kinds and each.status in {"SUCCESS", "PENDING"}]
    return tuple(dict.fromkeys(clean(each) for each in good if each))


def _name(found: _Order) -> str:
    for address in (found.billing_address, found.shipping_address):
        if address is not None and address.name:
            return clean(address.name).strip()
    return ""


def _destination(found: _Order) -> str:
    there = found.shipping_address
    return ", ".join(clean(each) for each in (there.city, there.country) if each) if there else ""


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    known = [to_utc(each) for each in moments if each is not None]
    return max(known, default=None)

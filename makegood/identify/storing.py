"""What shops bring, stored: customers and orders. Each page is one transaction.

What is older never overwrites what is newer, and what comes twice is there once: in whatever order pages and webhooks
arrive, the newest state stands in the end. An order is as old as the shop says (`changed_at`); between two of one
moment the one decides that was asked for later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from makegood.connectors.shops.contract import OrderState, ShopCustomer, ShopOrder, ShopPage
from makegood.identify.addresses import phone_key
from makegood.identify.charging import link_orders
from makegood.identify.forgetting import ORDER_OF_NOBODY, PARTS_OF_NOBODY, erased_key, forget_customers
from makegood.identify.models import Customer, Fulfilment, Order, OrderLine, OrderLink, OrderRef, OrderRefund, Source
from makegood.identify.numbers import number_key
from makegood.identify.recognising import link_said
from makegood.identify.rows import BATCH, ask_again, cut, lock_sources, replace_children
from makegood.identify.suggesting import suggest_for
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["forget_customer", "store_shop_page"]

Known = dict[str, Customer]


@transaction.atomic
def store_shop_page(source: Source, page: ShopPage, asked_at: datetime | None = None) -> int:
    """Stores a page that was asked for at `asked_at` (now); returns how many orders are new or have changed.

    The cursor is the reader's: it stores it in the same transaction.
    """
    asked_at = asked_at or clock.now()
    lock_sources(source.workspace_id)
    customers = _store_customers(source, page, asked_at)
    changed = _store_orders(source, page.orders, customers, asked_at)
    _mark_gone(source, page.gone, asked_at)
    if changed:
        link_orders(source.workspace_id, changed)
        link_said(source.workspace_id, changed)
        _tell(changed)
    return len(changed)


def _who(order: ShopOrder) -> ShopCustomer:
    """The order's customer; a guest is known by their address, one without any by the order."""
    if order.customer is not None:
        return order.customer
    address = order.email.strip().lower()
    return ShopCustomer(id=f"guest:{address or f'order:{order.id}'}", name=order.name, email=address)


def _store_customers(source: Source, page: ShopPage, asked_at: datetime) -> Known:
    newest: dict[str, tuple[datetime, ShopCustomer]] = {}
    said = [(order.changed_at, _who(order)) for order in page.orders]
    said += [(asked_at, customer) for customer in page.customers]
    for moment, who in said:
        key = who.id[:300]
        if key not in newest or newest[key][0] <= moment:
            newest[key] = (moment, who)
    # Who was erased is known again, and stays without a name.
    erased = {erased_key(source.pk, key): key for key in newest if "@" in key}
    mine = Customer.objects.within(source.workspace_id).filter(source=source, external_id__in=[*newest, *erased])
    known: Known = {erased.get(row.external_id, row.external_id): row for row in mine}
    fresh, changed = [], []
    for key, (moment, who) in newest.items():
        values = _customer_values(who)
        row = known.get(key)
        if row is None:
            row = Customer(
                workspace_id=source.workspace_id, source=source, external_id=key, changed_at=moment, **values
            )
            known[key] = row
            fresh.append(row)
        elif row.erased_at is None and row.changed_at <= moment:
            row.changed_at = moment
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    Customer.objects.within(source.workspace_id).bulk_create(fresh, batch_size=BATCH)
    if changed:
        names = ["changed_at", *_customer_values(ShopCustomer(id=""))]
        Customer.objects.within(source.workspace_id).bulk_update(changed, names, batch_size=BATCH)
    suggest_for(source.workspace_id, [*fresh, *changed])
    return known


def _customer_values(who: ShopCustomer) -> dict[str, Any]:
    return cut(
        Customer,
        {
            "name": who.name.strip(),
            "email": who.email.strip().lower(),
            "phone": who.phone.strip(),
            "phone_key": phone_key(who.phone),
            "verified": who.verified,
            "url": who.url,
            "since": who.created_at,
        },
    )


def _store_orders(source: Source, orders: Sequence[ShopOrder], customers: Known, asked_at: datetime) -> list[Order]:
    newest: dict[str, ShopOrder] = {}
    for order in orders:
        held = newest.get(order.id[:300])
        if held is None or held.changed_at <= order.changed_at:
            newest[order.id[:300]] = order
    mine = Order.objects.within(source.workspace_id).filter(source=source, external_id__in=newest)
    known = {row.external_id: row for row in mine}
    fresh, changed, overtaken = [], [], []
    for key, order in newest.items():
        values = _order_values(order, customers[_who(order).id[:300]], asked_at)
        row = known.get(key)
        if row is None:
            row = Order(workspace_id=source.workspace_id, source=source, external_id=key, **values)
            fresh.append((row, order))
        elif (row.changed_at, row.read_at) <= (order.changed_at, asked_at):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append((row, order))
        elif row.changed_at == order.changed_at and _differs(row, values):
            overtaken.append(order.id)
    rows = Order.objects.within(source.workspace_id)
    rows.bulk_create([row for row, _order in fresh], batch_size=BATCH)
    if changed:
        rows.bulk_update([row for row, _order in changed], sorted(_names(changed[0])), batch_size=BATCH)
    pairs = [*fresh, *changed]
    _store_parts(source.workspace_id, pairs)
    ask_again(source, asked_at, orders=overtaken)
    return [row for row, _order in pairs]


def _names(pair: tuple[Order, ShopOrder]) -> set[str]:
    return set(_order_values(pair[1], pair[0].customer, pair[0].read_at))


def _differs(row: Order, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items() if name != "read_at")


def _order_values(order: ShopOrder, customer: Customer, asked_at: datetime) -> dict[str, Any]:
    parcels = order.fulfilments
    sent = [each.shipped_at for each in parcels if each.shipped_at]
    arrived = [each.delivered_at for each in parcels if each.delivered_at]
    all_there = bool(parcels) and len(arrived) == len(parcels) and order.state != OrderState.PART_SHIPPED
    values = cut(
        Order,
        {
            "customer": customer,
            "number": order.number,
            "number_key": number_key(order.number),
            "currency": order.currency,
            "total_minor": order.total_minor,
            "shipping_minor": order.shipping_minor,
            "tax_minor": order.tax_minor,
            "discount_minor": order.discount_minor,
            "refunded_minor": sum(each.amount_minor for each in order.refunds if each.currency == order.currency),
            "state": str(order.state),
            "placed_at": order.placed_at,
            "promised_at": order.promised_at,
            "shipped_at": min(sent, default=None),
            "delivered_at": max(arrived) if all_there else None,
            "changed_at": order.changed_at,
            "read_at": asked_at,
            "payment_refs": [ref[:300] for ref in order.payment_refs],
            "destination": order.destination,
            "url": order.url,
            "gone_at": None,
        },
    )
    return values | ORDER_OF_NOBODY if customer.erased_at is not None else values


def _store_parts(workspace_id: int, pairs: Sequence[tuple[Order, ShopOrder]]) -> None:
    keys = [row.pk for row, _order in pairs]
    if not keys:
        return
    lines: dict[tuple[int, str], Mapping[str, Any]] = {}
    parcels: dict[tuple[int, str], Mapping[str, Any]] = {}
    refunds: dict[tuple[int, str], Mapping[str, Any]] = {}
    refs: dict[tuple[int, str], Mapping[str, Any]] = {}
    for row, order in pairs:
        for line in order.lines:
            lines[row.pk, line.id[:300]] = cut(OrderLine, _without_id(line))
        for parcel in order.fulfilments:
            parcels[row.pk, parcel.id[:300]] = _part(Fulfilment, row, parcel)
        for refund in order.refunds:
            refunds[row.pk, refund.id[:300]] = _part(OrderRefund, row, refund)
        for ref in order.payment_refs:
            refs[row.pk, ref[:300]] = {}
    parts: tuple[tuple[QuerySet[Any], str, dict[tuple[int, str], Mapping[str, Any]]], ...] = (
        (OrderLine.objects.within(workspace_id), "external_id", lines),
        (Fulfilment.objects.within(workspace_id), "external_id", parcels),
        (OrderRefund.objects.within(workspace_id), "external_id", refunds),
        (OrderRef.objects.within(workspace_id), "value", refs),
    )
    for rows, key, wanted in parts:
        replace_children(rows, workspace_id, "order", keys, key, wanted)


def _part(model: type[Fulfilment] | type[OrderRefund], row: Order, part: Any) -> dict[str, Any]:
    values = cut(model, _without_id(part))
    return values | PARTS_OF_NOBODY[model] if row.customer.erased_at is not None else values


def _without_id(part: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(part).items() if name != "id"}


def _mark_gone(source: Source, gone: Iterable[str], asked_at: datetime) -> None:
    rows = Order.objects.within(source.workspace_id).filter(
        source=source, external_id__in=[key[:300] for key in gone], read_at__lte=asked_at, gone_at__isnull=True
    )
    rows.update(gone_at=asked_at, read_at=asked_at)


def _tell(orders: Sequence[Order]) -> None:
    """The conversations that are about these orders have changed."""
    links = OrderLink.objects.within(orders[0].workspace_id).filter(order__in=orders, removed_at__isnull=True)
    known = links.select_related("conversation", "order")
    journal.record_all(
        [
            journal.line(link.workspace_id, "order.changed", link.conversation, order=link.order_id)
            for link in known[:BATCH]
        ]
    )


@transaction.atomic
def forget_customer(source: Source, external_id: str) -> None:
    """The shop must have this customer's data erased: who they are is gone here too; their orders stay as records."""
    rows = Customer.objects.within(source.workspace_id).filter(source=source, external_id=external_id[:300])
    forget_customers(source.workspace_id, rows.select_for_update())

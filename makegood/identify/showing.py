"""Orders and payments as they stand beside a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q

from makegood.accounts.api import Membership
from makegood.desk.api import Conversation, sees_all, visible
from makegood.identify.identities import contact_of, customers_of
from makegood.identify.models import (
    Charge,
    ChargeRefund,
    Contact,
    Customer,
    Fulfilment,
    Order,
    OrderLine,
    OrderLink,
    OrderRefund,
)
from makegood.kit import clock

__all__ = ["Bought", "DoubleCharge", "OrderView", "double_charges", "orders_for"]

MOST_ORDERS = 20
MOST_CHARGES = 20


@dataclass(frozen=True)
class DoubleCharge:
    """A payment that looks like another one made twice. `reasons` are [[kind, words], ...], the strongest first."""

    charge: Charge
    of: Charge
    reasons: list[list[str]]

    @property
    def open_minor(self) -> int:
        """What of it has not been given back yet, in minor units of its currency; 0 once one of the two has been."""
        if self.of.refunded_minor >= self.of.amount_minor:
            return 0
        return max(0, self.charge.amount_minor - self.charge.refunded_minor)

    @property
    def disputed(self) -> bool:
        """Whether the customer's bank takes one of them back already: refunding as well would pay twice."""
        return Charge.State.DISPUTED in (self.charge.state, self.of.state)


@dataclass(frozen=True)
class OrderView:
    """An order with all that belongs to it, from prefetched rows."""

    order: Order
    link: OrderLink | None
    """Why it stands here; None for another order of the same customer."""
    theirs: bool
    """Whether the author is tied to its customer. Who else names its number may know no more than that."""
    lines: list[OrderLine]
    parcels: list[Fulfilment]
    refunds: list[OrderRefund]
    charges: list[Charge]
    now: datetime

    @property
    def days_late(self) -> int:
        """Whole days by which delivery is, or was, behind what was promised; 0 when it is not, or nothing was."""
        if self.order.promised_at is None or self.order.state == Order.State.CANCELLED:
            return 0
        return max(0, ((self.order.delivered_at or self.now) - self.order.promised_at).days)


@dataclass(frozen=True)
class Bought:
    """What the author of a conversation bought and paid, as far as it is known."""

    contact: Contact | None = None
    customers: list[Customer] = field(default_factory=list)
    orders: list[OrderView] = field(default_factory=list)
    loose: list[Charge] = field(default_factory=list)
    """Payments of theirs without an order."""
    doubles: list[DoubleCharge] = field(default_factory=list)


def orders_for(viewer: Membership, conversation: Conversation) -> Bought:
    """The orders a conversation is about, then the other ones of its author's customers, the newest first.

    At most `MOST_ORDERS`, in at most 14 queries. A member who sees only what is shared with them sees what the
    conversation is about, and nothing else of the customer.
    """
    if not visible(viewer).filter(pk=conversation.pk).exists():
        return Bought()
    contact = contact_of(conversation)
    customers = customers_of(contact) if contact else []
    inside = conversation.workspace_id
    links = {
        link.order_id: link
        for link in OrderLink.objects.within(inside)
        .filter(conversation=conversation, removed_at__isnull=True)
        .select_related("by", "message")
        .order_by("-at", "-id")[:MOST_ORDERS]
    }
    rows = _with_parts(Order.objects.within(inside).filter(pk__in=links))
    more = Order.objects.within(inside).filter(customer__in=customers, gone_at__isnull=True).exclude(pk__in=links)
    if customers and sees_all(viewer) and len(rows) < MOST_ORDERS:
        rows += _with_parts(more, MOST_ORDERS - len(rows))
    known, now = {customer.pk for customer in customers}, clock.now()
    views = [_view(row, links.get(row.pk), row.customer_id in known, now) for row in rows]
    mine = customers if sees_all(viewer) else []
    loose = _loose(inside, mine)
    return Bought(contact, mine, views, loose, double_charges(inside, rows, mine))


def _with_parts(orders: Any, most: int = MOST_ORDERS) -> list[Order]:
    charges = Charge.objects.across("those of orders that were asked for").order_by("at", "id")
    refunds = ChargeRefund.objects.across("those of orders that were asked for").order_by("at", "id")
    found = orders.select_related("customer", "source").prefetch_related(
        "lines", "fulfilments", "refunds", Prefetch("charges", charges), Prefetch("charges__refunds", refunds)
    )
    return list(found.order_by("-placed_at", "-id")[:most])


def _view(row: Order, link: OrderLink | None, theirs: bool, now: datetime) -> OrderView:
    return OrderView(
        order=row,
        link=link,
        theirs=theirs,
        lines=sorted(row.lines.all(), key=lambda line: line.pk),
        parcels=sorted(row.fulfilments.all(), key=lambda parcel: parcel.pk),
        refunds=sorted(row.refunds.all(), key=lambda refund: (refund.at, refund.pk)),
        charges=list(row.charges.all()),
        now=now,
    )


def _loose(workspace_id: int, customers: Sequence[Customer]) -> list[Charge]:
    emails = {customer.email for customer in customers} - {""}
    if not emails:
        return []
    rows = Charge.objects.within(workspace_id).filter(email__in=emails, order__isnull=True)
    return list(rows.prefetch_related("refunds").order_by("-at", "-id")[:MOST_CHARGES])


def double_charges(workspace: Any, orders: Iterable[Order], customers: Iterable[Customer] = ()) -> list[DoubleCharge]:
    """The payments of these orders, or by these customers, that look like one made twice, the newest first. 1 query."""
    emails = {customer.email for customer in customers} - {""}
    keys = [order.pk for order in orders]
    # The one too many may have no order: the one that stays has.
    about = Q(order__in=keys) | Q(double_of__order__in=keys) | Q(email__in=emails)
    rows = Charge.objects.within(workspace).filter(about, double_of__isnull=False)
    found = rows.select_related("double_of", "source").order_by("-at", "-id")[:MOST_CHARGES]
    return [DoubleCharge(row, row.double_of, row.double_because) for row in found if row.double_of is not None]

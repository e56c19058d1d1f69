"""What stays of orders: what customers spent, refunds subtracted, and what of it the shop keeps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from makegood.identify.models import Charge, Identity, Order, OrderLine

__all__ = ["Paid", "Spent", "kept_minor", "net_minor", "orders_of", "spending"]

CHUNK = 5_000
RECEIVED = (Charge.State.PAID, Charge.State.DISPUTED)


@dataclass(frozen=True)
class Paid:
    """What was paid for an order and given back, by the processor's record, in minor units."""

    paid: int = 0
    back: int = 0


@dataclass(frozen=True)
class Spent:
    """One order: what stays of its total, what was given back, and what of it the shop keeps, in minor units."""

    placed_at: datetime
    currency: str
    net_minor: int
    refunded_minor: int
    kept_minor: int


def net_minor(total: int, refunded: int, paid: Paid) -> int:
    """What stays of an order of `total` with the shop.

    Where the processor's payments cover it, they say so: of somebody charged twice and given one payment back all of
    the order stays. Else the shop's own `refunded` is taken off.
    """
    if 0 < total <= paid.paid:
        return min(total, max(paid.paid - paid.back, 0))
    return max(total - refunded, 0)


def kept_minor(net: int, total: int, tax: int, cost: int | None, margin_percent: int) -> int:
    """What the shop keeps of an order (its contribution): less tax and its own cost where that is on record, else by
    the margin. Nothing of one that was given back altogether.
    """
    if net <= 0 or total <= 0:
        return 0
    if cost is None:
        return net * margin_percent // 100
    return net - tax * net // total - cost


def _live(workspace: Any) -> Any:
    return Order.objects.within(workspace).exclude(state=Order.State.CANCELLED).filter(gone_at__isnull=True)


def _payments(workspace: Any, **about: Any) -> dict[int, Paid]:
    rows = Charge.objects.within(workspace).filter(order__isnull=False, state__in=RECEIVED, **about).order_by()
    sums = rows.values_list("order_id", "currency").annotate(Sum("amount_minor"), Sum("refunded_minor"))
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for order, _currency, paid, back in sums:
        found[order].update(paid=paid, back=back)
    return {order: Paid(each["paid"], each["back"]) for order, each in found.items()}


def spending(workspace: Any, currency: str) -> Iterator[tuple[str, datetime, int]]:
    """Every order in this currency as (who, when it was placed, what stays of it), for the models. 4 queries.

    The sample shop's count only where there are no others. Who is the contact where a customer is tied to one: somebody
    who ordered twice as a guest is one person.
    """
    tied = Identity.objects.within(workspace).filter(kind=Identity.Kind.CUSTOMER, ended_at__isnull=True)
    people = dict(tied.filter(customer__isnull=False).values_list("customer_id", "contact_id"))
    payments = _payments(workspace, order__currency=currency, currency=currency)
    rows = _live(workspace).filter(currency=currency).order_by()
    if rows.filter(source__is_sample=False).exists():
        rows = rows.filter(source__is_sample=False)
    facts = rows.values_list("pk", "customer_id", "placed_at", "total_minor", "refunded_minor")
    for key, customer, placed_at, total, refunded in facts.iterator(chunk_size=CHUNK):
        contact = people.get(customer)
        who = f"contact:{contact}" if contact else f"customer:{customer}"
        yield who, placed_at, net_minor(total, refunded, payments.get(key, Paid()))


def orders_of(workspace: Any, customers: Sequence[int], margin_percent: int) -> list[Spent]:
    """The orders of these customers (ids) that stand, oldest first. 3 queries."""
    if not customers:
        return []
    rows = list(_live(workspace).filter(customer__in=customers).order_by("placed_at", "pk"))
    keys = [row.pk for row in rows]
    payments = _payments(workspace, order__in=keys)
    costs = _costs(workspace, keys)
    return [_spent(row, payments.get(row.pk, Paid()), costs.get(row.pk), margin_percent) for row in rows]


def _spent(row: Order, paid: Paid, cost: int | None, margin_percent: int) -> Spent:
    net = net_minor(row.total_minor, row.refunded_minor, paid)
    kept = kept_minor(net, row.total_minor, row.tax_minor, cost, margin_percent)
    return Spent(row.placed_at, row.currency, net, row.total_minor - net, kept)


def _costs(workspace: Any, orders: Iterable[int]) -> dict[int, int]:
    """What the goods of these orders cost, of those where every line says it."""
    rows = OrderLine.objects.within(workspace).filter(order__in=list(orders)).order_by().values_list("order_id")
    sums = rows.annotate(cost=Sum("cost_minor"), silent=Count("pk", filter=Q(cost_minor__isnull=True)))
    return {order: cost for order, cost, silent in sums if not silent}

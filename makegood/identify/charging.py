"""What processors bring, stored: payments and refunds; which order each pays for, and which of them is one too many.

Processors do not say when a payment last changed. So what was asked for earlier never overwrites what was asked for
later; where the two differ, the payment is asked for once more, as either may have been overtaken on its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from makegood.connectors.payments.contract import Payment, PayPage, Refunded
from makegood.identify.doubles import WINDOW, Paid, Placed, find_doubles
from makegood.identify.forgetting import PAID_BY_NOBODY
from makegood.identify.models import Charge, ChargeRef, ChargeRefund, Order, OrderRef, Source
from makegood.identify.numbers import number_key
from makegood.identify.rows import BATCH, ask_again, cut, lock_sources, replace_children
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = ["link_orders", "store_pay_page"]

AROUND = timedelta(days=30)
MOST_AROUND = 2_000


@transaction.atomic
def store_pay_page(source: Source, page: PayPage, asked_at: datetime | None = None) -> int:
    """Stores a page that was asked for at `asked_at` (now); returns how many payments are new or have changed.

    The cursor is the reader's: it stores it in the same transaction.
    """
    asked_at = asked_at or clock.now()
    lock_sources(source.workspace_id)
    changed, overtaken = _store_payments(source, page.payments, asked_at)
    touched, unknown = _store_refunds(source, page.refunds, asked_at)
    ask_again(source, asked_at, payments=[*overtaken, *unknown])
    link_charges(source.workspace_id, [row.pk for row in changed])
    find_again(source.workspace_id, {row.pk for row in changed} | touched)
    return len(changed)


def _store_payments(
    source: Source, payments: Sequence[Payment], asked_at: datetime
) -> tuple[list[Charge], list[str]]:  # fmt: skip
    """The rows that are new or have changed, and the ids of those to be asked for again."""
    wanted = {payment.id[:300]: payment for payment in payments}
    mine = Charge.objects.within(source.workspace_id).filter(source=source, external_id__in=wanted)
    known = {row.external_id: row for row in mine}
    fresh, changed, overtaken, names = [], [], [], set()
    for key, payment in wanted.items():
        row = known.get(key)
        values = _charge_values(payment, row is not None and row.erased_at is not None)
        if row is None:
            fresh.append(
                Charge(workspace_id=source.workspace_id, source=source, external_id=key, read_at=asked_at, **values)
            )
            continue
        differs = any(getattr(row, name) != value for name, value in values.items())
        if row.read_at > asked_at:
            overtaken += [payment.id] if differs else []
            continue
        row.read_at = asked_at
        names |= {"read_at", *values}
        for name, value in values.items():
            setattr(row, name, value)
        changed.append(row)
    rows = Charge.objects.within(source.workspace_id)
    rows.bulk_create(fresh, batch_size=BATCH)
    if changed:
        rows.bulk_update(changed, sorted(names), batch_size=BATCH)
    stored = [*fresh, *changed]
    refs: dict[tuple[int, str], dict[str, Any]] = {
        (row.pk, ref[:300]): {} for row in stored for ref in wanted[row.external_id].refs
    }
    if stored:
        held = ChargeRef.objects.within(source.workspace_id)
        replace_children(held, source.workspace_id, "charge", [row.pk for row in stored], "value", refs)
    return stored, overtaken


def _charge_values(payment: Payment, by_nobody: bool) -> dict[str, Any]:
    values = cut(
        Charge,
        {
            "order_number": payment.order_number,
            "number_key": number_key(payment.order_number),
            "state": str(payment.state),
            "amount_minor": payment.amount_minor,
            "refunded_minor": payment.refunded_minor,
            "currency": payment.currency,
            "at": payment.at,
            "email": payment.email.strip().lower(),
            "name": payment.name.strip(),
            "payer_ref": payment.customer_id,
            "description": payment.description,
            "method": payment.method,
            "fingerprint": payment.fingerprint,
            "url": payment.url,
        },
    )
    return values | PAID_BY_NOBODY if by_nobody else values


def _store_refunds(source: Source, refunds: Sequence[Refunded], asked_at: datetime) -> tuple[set[int], list[str]]:
    """The ids of the charges whose refunds have changed, and the ids of payments that nobody has told us of yet."""
    wanted = {(each.payment_id[:300], each.id[:300]): each for each in refunds}
    charges = dict(
        Charge.objects.within(source.workspace_id)
        .filter(source=source, external_id__in={payment for payment, _id in wanted})
        .values_list("external_id", "pk")
    )
    unknown = [each.payment_id for (payment, _id), each in wanted.items() if payment not in charges]
    rows = ChargeRefund.objects.within(source.workspace_id)
    known = {(row.charge_id, row.external_id): row for row in rows.filter(charge__in=charges.values())}
    fresh, changed, names = [], [], set()
    moved: set[int] = set()
    for (payment, key), refund in wanted.items():
        if payment not in charges:
            continue
        values = _refund_values(refund, asked_at)
        row = known.get((charges[payment], key))
        if row is None:
            fresh.append(
                ChargeRefund(workspace_id=source.workspace_id, charge_id=charges[payment], external_id=key, **values)
            )
            moved.add(charges[payment])
        elif row.read_at <= asked_at:
            if (row.state, row.amount_minor) != (values["state"], values["amount_minor"]):
                moved.add(charges[payment])
            names |= set(values)
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
        elif row.state != values["state"]:
            unknown.append(refund.payment_id)
    rows.bulk_create(fresh, batch_size=BATCH)
    if changed:
        rows.bulk_update(changed, sorted(names), batch_size=BATCH)
    if source.caught_up_at is not None:
        # An open page shows what has gone back; of years of old refunds nobody has to be told.
        lines = [journal.line(source.workspace_id, "charge.refunded", Charge(pk=pk)) for pk in sorted(moved)]
        journal.record_all(lines)
    return {row.charge_id for row in [*fresh, *changed]}, unknown


def _refund_values(refund: Refunded, asked_at: datetime) -> dict[str, Any]:
    return cut(
        ChargeRefund,
        {
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "state": str(refund.state),
            "key": refund.key,
            "reason": refund.reason,
            "at": refund.at,
            "read_at": asked_at,
        },
    )


def link_orders(workspace_id: int, orders: Sequence[Order]) -> None:
    """These orders are new or have changed: which payments are theirs. In the caller's transaction."""
    mine = Charge.objects.within(workspace_id)
    values = [ref for order in orders for ref in order.payment_refs]
    by_ref = ChargeRef.objects.within(workspace_id).filter(value__in=values).values_list("charge_id", flat=True)
    keys = {order.number_key for order in orders if order.number_key}
    touched = set(by_ref) | set(mine.filter(external_id__in=values).values_list("pk", flat=True))
    touched |= set(mine.filter(Q(order__in=orders) | Q(number_key__in=keys)).values_list("pk", flat=True))
    link_charges(workspace_id, touched)
    emails = {order.customer.email for order in orders if order.customer.email}
    around = mine.filter(email__in=emails, amount_minor__in={order.total_minor for order in orders})
    moments = [order.placed_at for order in orders]
    around = around.filter(at__range=(min(moments) - AROUND, max(moments) + AROUND))
    find_again(workspace_id, touched | set(around.values_list("pk", flat=True)[:MOST_AROUND]))


def link_charges(workspace_id: int, keys: Iterable[int]) -> None:
    """Finds for these payments (ids) the order each pays for: the one whose record names it, else the one it names."""
    rows = list(Charge.objects.within(workspace_id).filter(pk__in=list(keys)))
    refs: dict[int, set[str]] = {row.pk: {row.external_id} for row in rows}
    for charge, value in (
        ChargeRef.objects.within(workspace_id).filter(charge__in=rows).values_list("charge_id", "value")
    ):
        refs[charge].add(value)
    named = OrderRef.objects.within(workspace_id).filter(value__in=set().union(*refs.values()) if refs else [])
    by_ref: defaultdict[str, list[Order]] = defaultdict(list)
    for each in named.select_related("order__customer"):
        by_ref[each.value].append(each.order)
    by_number: defaultdict[str, list[Order]] = defaultdict(list)
    numbered = Order.objects.within(workspace_id).filter(number_key__in={row.number_key for row in rows} - {""})
    for order in numbered.select_related("customer"):
        by_number[order.number_key].append(order)
    changed, erased = [], []
    for row in rows:
        found = _pays_for(row, [order for ref in sorted(refs[row.pk]) for order in by_ref[ref]])
        found = found or _pays_for(row, by_number[row.number_key] if row.number_key else [])
        if row.order_id != (found.pk if found else None):
            row.order = found
            changed.append(row)
        if found is not None and found.customer.erased_at is not None and row.erased_at is None:
            erased.append(row.pk)
    if changed:
        Charge.objects.within(workspace_id).bulk_update(changed, ["order"], batch_size=BATCH)
    if erased:
        paid = Charge.objects.within(workspace_id).filter(pk__in=erased)
        paid.update(**PAID_BY_NOBODY, erased_at=clock.now())


def _pays_for(charge: Charge, orders: Sequence[Order]) -> Order | None:
    """The one order it can be; of several, the one of the same address, and none when that doesn't decide."""
    alike = list({order.pk: order for order in orders if order.currency == charge.currency}.values())
    if len(alike) > 1:
        alike = [order for order in alike if charge.email and order.customer.email == charge.email]
    return alike[0] if len(alike) == 1 else None


def find_again(workspace_id: int, keys: set[int]) -> None:
    """Looks again which payments around these (ids) are one too many. In the caller's transaction."""
    mine = Charge.objects.within(workspace_id)
    seeds = list(mine.filter(pk__in=keys))
    if not seeds:
        return
    moments = [row.at for row in seeds]
    payers = Q(pk__in=keys)
    for name in ("email", "fingerprint", "payer_ref"):
        payers |= Q(**{f"{name}__in": {getattr(row, name) for row in seeds} - {""}})
    around = mine.filter(
        payers,
        amount_minor__in={row.amount_minor for row in seeds},
        at__range=(min(moments) - AROUND, max(moments) + AROUND),
    )
    rows = list(around.order_by("-at", "-id")[:MOST_AROUND])
    found = find_doubles([_paid(row) for row in rows], _placed(workspace_id, rows))
    changed, lines = [], []
    for row in rows:
        double = found.get(row.pk)
        of, because = (double.of, double.reasons) if double else (None, [])
        if (row.double_of_id, row.double_because) == (of, because):
            continue
        if of is not None and row.double_of_id is None:
            lines.append(journal.line(workspace_id, "charge.doubled", row, of=of))
        row.double_of_id, row.double_because = of, because
        changed.append(row)
    if changed:
        mine.bulk_update(changed, ["double_of", "double_because"], batch_size=BATCH)
        journal.record_all(lines)


def _paid(row: Charge) -> Paid:
    payer = {("email", row.email), ("card", row.fingerprint), (f"payer:{row.source_id}", row.payer_ref)}
    return Paid(
        id=row.pk,
        amount_minor=row.amount_minor,
        currency=row.currency,
        at=row.at,
        counts=row.state in (Charge.State.PAID, Charge.State.DISPUTED),
        payer=frozenset(pair for pair in payer if pair[1]),
        order=row.order_id,
        number=row.number_key,
        description=row.description,
    )


def _placed(workspace_id: int, rows: Sequence[Charge]) -> list[Placed]:
    moments = [row.at for row in rows]
    orders = Order.objects.within(workspace_id).filter(
        total_minor__in={row.amount_minor for row in rows},
        customer__email__in={row.email for row in rows} - {""},
        placed_at__range=(min(moments) - WINDOW, max(moments) + WINDOW),
        gone_at__isnull=True,
    )
    known = orders.values_list("pk", "number_key", "total_minor", "currency", "customer__email", "placed_at")
    return [Placed(*each) for each in known.order_by("-placed_at")[:MOST_AROUND]]

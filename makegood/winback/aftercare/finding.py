"""Looking for orders after which it is time to ask. It makes mails ready; it sends none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, keyset
from makegood.winback.aftercare import erasing, rules
from makegood.winback.aftercare.consents import agreed_among, hash_of
from makegood.winback.aftercare.house import plan_from
from makegood.winback.aftercare.rules import Bought, Plan
from makegood.winback.aftercare.standing import standings
from makegood.winback.models import AftercareMessage, AftercareSettings, Consent

__all__ = ["make_ready"]

BATCH = 500
MOST_PAGES = 20
"""Of orders, in one run of the step; the next goes on."""
EVERY = timedelta(minutes=30)
WINDOW = timedelta(days=180)
"""How long ago an order may have been placed."""
State, Skip = AftercareMessage.State, AftercareMessage.Skip


def make_ready() -> int:
    """Looks at the recent orders of every shop whose turn it is, a page at a time. Returns how many mails were made."""
    made = 0
    for _page in range(MOST_PAGES):
        found = _look()
        if found is None:
            return made
        made += found
    jobs.wake("aftercare")
    return made


@transaction.atomic
def _look() -> int | None:
    """One page of one shop; None where no shop's turn has come."""
    now = clock.now()
    due = AftercareSettings.objects.across("one step asks for all shops").filter(look_at__lte=now)
    row = due.select_for_update(skip_locked=True, of=("self",)).order_by("look_at", "pk").first()
    if row is None:
        return None
    if not row.after:
        # First, so that what nobody sent does not stand before a newer purchase.
        _pass_old(row.workspace_id)
    orders = _orders(row) if row.active else []
    made = _take(row, orders)
    if len(orders) == BATCH:
        row.after = keyset.after_row(orders[-1].placed_at, orders[-1].pk)
    else:
        row.after, row.look_at = "", now + EVERY
        erasing.forget_erased(row.workspace_id)
    row.save(update_fields=["after", "look_at"])
    return made


def _orders(row: AftercareSettings) -> list[identify.Order]:
    rows = identify.Order.objects.within(row.workspace_id).filter(placed_at__gte=clock.now() - WINDOW)
    if key := keyset.read(row.after):
        rows = rows.filter(Q(placed_at__lt=key[0]) | Q(placed_at=key[0], id__lt=key[1]))
    rows = rows.filter(source__is_sample=False).select_related("customer")
    return list(rows.order_by("-placed_at", "-id")[:BATCH])


def _take(row: AftercareSettings, orders: list[identify.Order]) -> int:
    """Makes the mails of those orders whose time has come and whose customers agreed: of others nothing is kept."""
    now, plan = clock.now(), plan_from(row)
    due = [each for each in orders if now - rules.FRESH < _due_at(each, plan) <= now and each.customer.email]
    if not due:
        return 0
    known = AftercareMessage.objects.within(row.workspace_id).filter(order__in=due)
    done = set(known.values_list("order_id", flat=True))
    marks = {each.pk: hash_of(row.workspace_id, each.customer.email) for each in due if each.pk not in done}
    agreed = agreed_among(row.workspace_id, marks.values())
    asked = [each for each in due if marks.get(each.pk) in agreed]
    return _make(row.workspace_id, asked, plan, {each.pk: agreed[marks[each.pk]] for each in asked})


def _due_at(order: identify.Order, plan: Plan) -> Any:
    return rules.due_at(Bought(order.placed_at, order.shipped_at, order.delivered_at), plan)


def _make(workspace_id: int, orders: list[identify.Order], plan: Plan, consents: dict[int, Consent]) -> int:
    if not orders:
        return 0
    found = standings(workspace_id, orders, plan)
    rows, taken = [], set[str]()
    for order in orders:
        consent = consents[order.pk]
        why = rules.skip_reason(found[order.pk])
        if not why and consent.address_hash in taken:
            why = Skip.TOO_SOON
        if not why:
            taken.add(consent.address_hash)
        rows.append(
            AftercareMessage(
                workspace_id=workspace_id,
                order=order,
                address_hash=consent.address_hash,
                state=State.SKIPPED if why else State.READY,
                skipped_because=why,
                language=consent.language or plan.language,
            )
        )
    AftercareMessage.objects.within(workspace_id).bulk_create(rows)
    journal.record_all([_line(row) for row in rows])
    return len(taken)


def _line(row: AftercareMessage) -> journal.Entry:
    if row.state == State.READY:
        return journal.line(row.workspace_id, "aftercare.ready", row, order=row.order_id)
    return journal.line(row.workspace_id, "aftercare.skipped", row, order=row.order_id, because=row.skipped_because)


def _pass_old(workspace_id: int) -> None:
    rows = AftercareMessage.objects.within(workspace_id).filter(state=State.READY)
    old = list(rows.filter(made_at__lt=clock.now() - rules.READY_FOR).order_by("made_at", "pk")[:BATCH])
    for row in old:
        row.state, row.skipped_because = State.SKIPPED, Skip.OLD
    AftercareMessage.objects.within(workspace_id).bulk_update(old, ["state", "skipped_because"], batch_size=100)
    journal.record_all([_line(row) for row in old])

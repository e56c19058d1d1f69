"""What the processor's record says later: money that arrived or came back, refunds nobody could vouch for, and refunds
that somebody else made.

The record is what reading and webhooks have stored (`ChargeRefund`); webhooks that come twice or out of order only
have it read again. Refunds that are followed (`look_at`) are also asked for now and then, less and less often.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.connectors.contract import Trouble
from makegood.connectors.payments.contract import RefundState
from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import noting, outcome
from makegood.resolve.asking_processor import Standing, desk_for
from makegood.resolve.models import Refund
from makegood.resolve.refunds import GONE_BACK, LIVE, RefundError, facts, locked_charge, made_elsewhere, with_all
from makegood.resolve.rules import amount_words

__all__ = ["pay_all_the_same", "settle", "settle_unknown"]

log = logging.getLogger(__name__)
State = Refund.State
BATCH = 100
MOST_ASKED = 50
MOST_SECONDS = 40.0
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=6)
GONE = (RefundState.FAILED, RefundState.CANCELLED)
OPEN = (State.UNKNOWN, State.REFUSED)
"""Not paid as far as we know: the record may know better."""
STANDING = (State.DONE, State.ELSEWHERE)


def _all() -> Any:
    return Refund.objects.across("the step follows the money of all workspaces")


def _followed() -> Any:
    return _all().filter(look_at__isnull=False)


def settle() -> None:
    """The step: takes over what the record says, asks for what is due to be looked at, and tells the shops."""
    take_record()
    if ask_due():
        take_record()
    noting.note_in_shops()


def take_record() -> None:
    """Compares the refunds that are followed with the record that is stored."""
    for name, act in (("external_id", _went_on), ("key", _was_made)):
        state = _in_record(name).values("state")[:1]
        rows = _followed().annotate(record=Subquery(state))
        if name == "external_id":
            news = Q(record=RefundState.DONE, arrived_at__isnull=True) | Q(record__in=GONE)
            rows = rows.filter(news, state__in=STANDING)
        else:
            rows = rows.filter(state__in=OPEN, record__isnull=False)
        _each(rows, act)
    twice = _in_record("external_id", amount_minor=OuterRef("amount_minor"), state__in=GONE_BACK)
    _each(_followed().filter(Exists(twice), state=State.DONE), _made_twice)


def _in_record(name: str, **more: Any) -> Any:
    """The record's rows of a refund's charge: the one itself by `name`, or with `more` any other."""
    mine = OuterRef("processor_id" if name == "external_id" else name)
    rows = identify.ChargeRefund.objects.across("the step follows the money of all workspaces")
    rows = rows.filter(charge=OuterRef("charge"))
    return rows.filter(**more).exclude(external_id=mine) if more else rows.filter(**{name: mine})


def _each(rows: Any, act: Callable[[Refund], object]) -> None:
    """Does it to each of these refunds, a batch at a time. One that fails stops no other."""
    after = 0
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        after = keys[-1]
        for key in keys:
            try:
                act(with_all(_all()).get(pk=key))
            except Exception:
                log.exception("refund %s", key)


def _record_of(row: Refund, **by: Any) -> identify.ChargeRefund | None:
    rows = identify.ChargeRefund.objects.within(row.workspace_id).filter(charge=row.charge_id)
    return rows.filter(**by).first()


@transaction.atomic
def _went_on(row: Refund) -> None:
    """A refund that is paid has arrived, or come back."""
    record = _record_of(row, external_id=row.processor_id)
    if record is None:
        return
    _move_on(row, Standing(record.external_id, record.amount_minor, record.currency, record.state))


def _move_on(row: Refund, standing: Standing) -> None:
    held = _all().filter(pk=row.pk, state__in=STANDING)
    if standing.state in GONE:
        outcome.came_back(held, row, standing.id, standing.state)
    elif standing.state == RefundState.DONE and row.arrived_at is None:
        arrived = held.filter(arrived_at__isnull=True).update(
            arrived_at=clock.now(), processor_state=RefundState.DONE, look_at=_end(row)
        )
        if arrived:
            journal.record(row.workspace_id, "refund.arrived", row.remedy.conversation, **facts(row))
            if row.remedy.told_at is None:
                words = {"amount": amount_words(row.amount_minor, row.currency)}
                outcome.tell(row, _("sees that %(amount)s has arrived. Tell them, if you haven’t yet.") % words)


def _end(row: Refund) -> datetime:
    return (row.done_at or row.first_sent_at or row.at) + outcome.FOLLOW


@transaction.atomic
def _was_made(row: Refund) -> None:
    """One that we did not know to be paid stands in the record under its key."""
    record = _record_of(row, key=row.key)
    if record is not None:
        _found_standing(row, Standing(record.external_id, record.amount_minor, record.currency, record.state))


def _found_standing(row: Refund, standing: Standing) -> None:
    """Call it in a transaction."""
    if (standing.amount_minor, standing.currency) != (row.amount_minor, row.currency):
        log.warning("refund %s stands with another amount: %s", row.pk, standing)
        return
    locked_charge(row.workspace_id, row.charge_id)
    held = _all().filter(pk=row.pk, state__in=OPEN)
    if standing.state in GONE:
        outcome.came_back(held, row, standing.id, standing.state)
        return
    rows = Refund.objects.within(row.workspace_id).filter(remedy=row.remedy_id, state__in=LIVE)
    other = rows.exclude(pk=row.pk).first()
    if other is not None:
        # Somebody said that it was not paid, and had it begun anew. One that is still to be paid will find this one.
        paid_again = other.state == State.DONE
        if paid_again or other.state == State.ELSEWHERE:
            noted = held.update(look_at=None, processor_id=standing.id)
            if noted and paid_again:
                _tell_twice(row, standing.id)
        return
    outcome.paid(held, row, standing.id, standing.state, found=True)


@transaction.atomic
def _made_twice(row: Refund) -> None:
    """Somebody gave the same amount back on the same charge while, or after, we did: nobody meant that twice."""
    ours = set(
        Refund.objects.within(row.workspace_id)
        .filter(charge=row.charge_id, state__in=LIVE)
        .values_list("key", "processor_id")
    )
    names = {name for pair in ours for name in pair if name} | set(row.known)
    record = identify.ChargeRefund.objects.within(row.workspace_id).filter(
        charge=row.charge_id, amount_minor=row.amount_minor, state__in=GONE_BACK
    )
    new = [ident for ident, key in record.values_list("external_id", "key") if ident not in names and key not in names]
    if new and _all().filter(pk=row.pk, state=State.DONE).update(known=[*row.known, *new]):
        _tell_twice(row, new[0])


def _tell_twice(row: Refund, ident: str) -> None:
    journal.record(row.workspace_id, "refund.twice", row.remedy.conversation, at=ident, **facts(row))
    words = {"amount": amount_words(row.amount_minor, row.currency)}
    outcome.tell(row, _("sees a second refund of %(amount)s on this payment. Look at the processor.") % words)


def ask_due() -> int:
    """Asks the processors for the refunds whose time has come; returns for how many it asked."""
    now = clock.now()
    keys = list(_followed().filter(look_at__lte=now).order_by("look_at").values_list("pk", flat=True)[:MOST_ASKED])
    return sum(_ask(key) for key in keys)


def _ask(key: int) -> bool:
    row: Refund = with_all(_all()).get(pk=key)
    again = _next_look(row)
    if not _all().filter(pk=key, look_at=row.look_at).update(look_at=again) or again is None:
        return False
    if row.source.state == identify.Source.State.DISCONNECTED:
        return False
    try:
        there = desk_for(row)
        by_key = row.state in OPEN or (row.state == State.DONE and row.way == Refund.Way.PAYOUT)
        if by_key and there.find is not None:
            _looked_up(row, async_to_sync(_timed)(there.find))
        else:
            async_to_sync(_timed)(there.read_charge)
    except (Trouble, TimeoutError) as trouble:
        log.info("looking at refund %s: %r", row.pk, trouble)
        return False
    except Exception:
        log.exception("looking at refund %s", row.pk)
        return False
    return True


async def _timed(ask: Callable[[], Any]) -> Any:
    async with asyncio.timeout(MOST_SECONDS):
        return await ask()


def _next_look(row: Refund) -> datetime | None:
    """Less and less often: after as long as a quarter of the time it has been followed for; None after `FOLLOW`."""
    now, end = clock.now(), _end(row)
    if now >= end:
        return None
    if row.arrived_at is not None:
        return end
    since = row.done_at or row.first_sent_at or row.at
    return min(end, now + min(LATEST, max(SOONEST, (now - since) / 4)))


@transaction.atomic
def _looked_up(row: Refund, standing: Standing | None) -> None:
    if standing is not None:
        (_move_on if row.state == State.DONE else _found_standing)(row, standing)
    elif row.state == State.UNKNOWN:
        sentence = _("By %(processor)s’s record it was not paid. Look there yourself, then say here what happened.")
        _all().filter(pk=row.pk, state=State.UNKNOWN).update(sentence=sentence % {"processor": row.source.name})


@transaction.atomic
def settle_unknown(refund: Refund, membership: Membership, happened: bool) -> Refund:
    """A member who has looked says whether an unknown refund was paid. Not paid, it can be tried again.

    Raises `RefundError` where they may not, or it is unknown no more.
    """
    _may(refund, membership)
    row: Refund = with_all(Refund.objects.within(refund.workspace_id)).get(pk=refund.pk)
    held = Refund.objects.within(row.workspace_id).filter(pk=row.pk, state=State.UNKNOWN)
    if happened:
        changed = outcome.paid(held, row, made_elsewhere(row), RefundState.PENDING, by=membership.user)
    else:
        changed = outcome.refused(held, row, _("It was not paid."), by=membership.user)
    if not changed:
        raise RefundError(_("What became of this is known by now. Look again."))
    row.refresh_from_db()
    return row


def pay_all_the_same(refund: Refund, membership: Membership) -> Refund:
    """The refund that was made elsewhere was for something else: this one is paid as well. Raises `RefundError`."""
    _may(refund, membership)
    row: Refund = with_all(Refund.objects.within(refund.workspace_id)).get(pk=refund.pk)
    held = Refund.objects.within(row.workspace_id).filter(pk=row.pk, state=State.ELSEWHERE)
    if not outcome.taken_for_another(held, row, membership.user):
        raise RefundError(_("This is not waiting any more. Look again."))
    row.refresh_from_db()
    return row


def _may(refund: Refund, membership: Membership) -> None:
    if membership.workspace_id != refund.workspace_id or not allows(membership.role, Right.APPROVE):
        raise RefundError(_("Somebody who may approve has to say this."))

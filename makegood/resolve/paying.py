"""Pay once. due -> sending (lease, attempt, key) -> done | refused | unknown | elsewhere.

The lease is committed before the processor hears anything. Before each sending the charge is read anew, and under the
charge's lock it is decided whether this much can still go back and whether somebody gave it back meanwhile; the moment
of handing over is committed there too. Whoever finds a row that was begun before asks the processor for its key first.
A key is only sent again without having looked while the processor certainly remembers it; where that is over and the
processor cannot be asked, a person is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import RefundState
from makegood.connectors.payments.registry import processor
from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.resolve import outcome
from makegood.resolve.asking_processor import Desk, Standing, desk_for
from makegood.resolve.models import Refund
from makegood.resolve.refunds import Way, facts, locked_charge, made_elsewhere, why_not, with_all

__all__ = ["LEASE", "MOST_SECONDS", "pay_due"]

log = logging.getLogger(__name__)
State = Refund.State
LEASE = timedelta(seconds=60)
MOST_SECONDS = 50.0
MOST_LANES = 8
LOOK_SECONDS = 1.0
LONGEST_PAUSE = 300.0
MOST_FAILURES = 20
"""With the pauses between them, an hour and some minutes: a longer outage is for a person to judge."""
Settle = Callable[[Refund], object]


def _all() -> Any:
    return Refund.objects.across("the step pays back for all workspaces")


def pay_due() -> None:
    """The step: pays every refund whose time has come, those of one processor's account one after the other."""
    async_to_sync(_pay_all)()


async def _pay_all() -> None:
    """One lane a source, so that a processor that hangs holds up nobody else's money. The database is spoken to in the
    thread that called `pay_due`, one call at a time. What stops one lane is raised once the others are through.
    """
    lanes: dict[int, asyncio.Task[None]] = {}
    stopped: dict[int, asyncio.Task[None]] = {}
    while True:
        for source in await sync_to_async(_waiting_sources)():
            if source not in lanes and source not in stopped and len(lanes) < MOST_LANES:
                lanes[source] = asyncio.create_task(_lane(source))
        if not lanes:
            break
        await asyncio.wait(lanes.values(), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for source in [source for source, lane in lanes.items() if lane.done()]:
            lane = lanes.pop(source)
            if lane.exception() is not None:
                stopped[source] = lane
    for lane in stopped.values():
        await lane


async def _lane(source: int) -> None:
    while (key := await sync_to_async(_next)(source)) is not None:
        row = await sync_to_async(_lease)(key)
        if row is not None:
            settle = await _attempt(row)
            await sync_to_async(settle)(row)


def _is_due() -> Q:
    now = clock.now()
    return Q(state=State.DUE, send_after__lte=now) | Q(state=State.SENDING, lease_until__lte=now)


def _waiting_sources() -> list[int]:
    return list(_all().filter(_is_due()).values_list("source", flat=True).distinct()[: 2 * MOST_LANES])


def _next(source: int) -> int | None:
    keys = _all().filter(_is_due(), source=source).order_by("attempt", "send_after", "pk")
    # Those never tried come first: one that brings the worker down each time holds up nobody else's money.
    found: int | None = keys.values_list("pk", flat=True).first()
    return found


@transaction.atomic
def _lease(key: int) -> Refund | None:
    """Takes the row, or None when somebody else has. Committed before the processor hears anything."""
    stranded = _all().filter(pk=key, state=State.SENDING).exists()
    taken = (
        _all()
        .filter(_is_due(), pk=key)
        .update(state=State.SENDING, lease_until=clock.now() + LEASE, attempt=F("attempt") + 1)
    )
    if not taken:
        return None
    row: Refund = with_all(_all()).get(pk=key)
    if stranded:
        jobs.note_lease_expiry("refund")
    journal.record(row.workspace_id, "refund.sending", row.remedy.conversation, attempt=row.attempt, **facts(row))
    return row


def _mine(row: Refund) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, state=State.SENDING, attempt=row.attempt)


async def _attempt(row: Refund) -> Settle:
    """Tries once; what is to be written down."""
    if row.source.state == identify.Source.State.DISCONNECTED:
        title = processor(row.source.kind).capability.title
        sentence = _("%(processor)s is not connected. Connect it again, then try again.") % {"processor": title}
        return _given_up(sentence)
    try:
        # Ended before the lease is, so that nothing of this attempt can still be under way at the next.
        async with asyncio.timeout(MOST_SECONDS):
            return await _pay(row, await sync_to_async(desk_for)(row))
    except Trouble as trouble:
        return _troubled(trouble)
    except TimeoutError as error:
        sentence = _("The processor took too long. Makegood asks it whether the money went out, and tries again.")
        return _troubled(Trouble(Verdict.RETRY, sentence, detail=repr(error)))
    except Exception as error:
        log.exception("refund %s", row.pk)
        sentence = _("Something unexpected came back. Makegood asks the processor whether the money went out.")
        return _troubled(Trouble(Verdict.RETRY, sentence, detail=repr(error)))


async def _pay(row: Refund, there: Desk) -> Settle:
    """Finds what an earlier attempt did, or decides anew and sends."""
    handed_before = row.first_sent_at is not None
    if (row.attempt > 1 or handed_before) and there.find is not None:
        standing = await there.find()
        if standing is not None:
            return _stands(standing, found=True)
    elif handed_before and not _remembered(row):
        return _unknown("")
    await there.read_charge()
    if not await sync_to_async(_hand_over)(row, blind=handed_before and there.find is None):
        return _nothing
    try:
        made = await there.send()
    except Trouble as trouble:
        if trouble.verdict not in (Verdict.REFUSE, Verdict.DISCONNECT):
            raise
        return await _turned_down(row, there, trouble, handed_before=handed_before)
    return _stands(made, found=False)


async def _turned_down(row: Refund, there: Desk, trouble: Trouble, *, handed_before: bool) -> Settle:
    """The processor will not do it. Because an earlier attempt has gone through meanwhile, or somebody else did it?"""
    if trouble.verdict is Verdict.DISCONNECT:
        await sync_to_async(_disconnected)(row, trouble)
    if handed_before and there.find is None:
        return _unknown(trouble.sentence)
    standing = await there.find() if handed_before and there.find is not None else None
    if standing is not None:
        return _stands(standing, found=True)
    if trouble.verdict is Verdict.REFUSE:
        with suppress(Trouble):
            await there.read_charge()
    return _refused_unless_elsewhere(trouble.sentence)


def _remembered(row: Refund) -> bool:
    """Whether the processor still knows the key from the first time, even if the next sending takes its longest."""
    can = processor(row.source.kind).capability
    life = can.payout_key_life if row.way == Refund.Way.PAYOUT else can.key_life
    assert row.first_sent_at is not None
    return clock.now() + timedelta(seconds=MOST_SECONDS) < row.first_sent_at + life


@transaction.atomic
def _hand_over(row: Refund, *, blind: bool) -> bool:
    """Decides under the charge's lock whether this may be sent now, and commits that it is. False: what became of it is
    written down. `blind`: it may have been sent before, and nobody could look.
    """
    charge = locked_charge(row.workspace_id, row.charge_id)
    held = _mine(row)
    if not held.exists():
        return False
    record = identify.ChargeRefund.objects.within(row.workspace_id).filter(charge=charge)
    own = record.filter(key=row.key).first()
    if own is not None:
        _stands(Standing(own.external_id, row.amount_minor, row.currency, own.state), found=True)(row)
        return False
    ident = made_elsewhere(row)
    if ident:
        outcome.elsewhere(held, row, ident)
        return False
    problem = why_not(charge, row.amount_minor, row.currency, Way(row.way, row.source, row.payout_to), without=row)
    if problem:
        (_unknown(problem) if blind else _refused(problem))(row)
        return False
    if row.first_sent_at is None:
        row.first_sent_at = clock.now()
        held.update(first_sent_at=row.first_sent_at)
    return True


def _stands(standing: Standing, *, found: bool) -> Settle:
    def settle(row: Refund) -> None:
        if (standing.amount_minor, standing.currency) != (row.amount_minor, row.currency):
            sentence = _("The processor has a refund under this key of another amount. Look at it there.")
            outcome.unknown(_mine(row), row, sentence)
        elif standing.state in (RefundState.FAILED, RefundState.CANCELLED):
            outcome.came_back(_mine(row), row, standing.id, standing.state)
        else:
            outcome.paid(_mine(row), row, standing.id, standing.state, found=found)

    return settle


def _refused(sentence: str) -> Settle:
    return lambda row: outcome.refused(_mine(row), row, sentence)


def _refused_unless_elsewhere(sentence: str) -> Settle:
    @transaction.atomic
    def settle(row: Refund) -> None:
        locked_charge(row.workspace_id, row.charge_id)
        ident = made_elsewhere(row)
        if ident:
            outcome.elsewhere(_mine(row), row, ident)
        else:
            outcome.refused(_mine(row), row, sentence)

    return settle


def _unknown(sentence: str) -> Settle:
    return lambda row: outcome.unknown(_mine(row), row, sentence)


def _nothing(row: Refund) -> None:
    """All is written down."""


def _given_up(sentence: str) -> Settle:
    """No further attempt: refused when it certainly never reached the processor, else a person has to look."""

    def settle(row: Refund) -> None:
        if _all().filter(pk=row.pk, first_sent_at__isnull=True).exists():
            outcome.refused(_mine(row), row, sentence)
        else:
            outcome.unknown(_mine(row), row, sentence)

    return settle


def _disconnected(row: Refund, trouble: Trouble) -> None:
    identify.source_failed(row.source, trouble.sentence, disconnect=True, due_at=clock.now())


def _troubled(trouble: Trouble) -> Settle:
    """What follows from a failure that leaves open whether it was paid, or that came before anything was sent."""

    @transaction.atomic
    def settle(row: Refund) -> None:
        log.info("refund %s: %s %s", row.pk, trouble.verdict, trouble.detail)
        if trouble.verdict is Verdict.DISCONNECT:
            _disconnected(row, trouble)
        if trouble.verdict in (Verdict.REFUSE, Verdict.DISCONNECT):
            _given_up(trouble.sentence)(row)
            return
        row.failures += trouble.verdict is not Verdict.WAIT
        if row.failures >= MOST_FAILURES:
            tried = _("Makegood has tried %(count)s times.") % {"count": row.failures}
            _given_up(f"{trouble.sentence} {tried}")(row)
        else:
            pause = min(LONGEST_PAUSE, 2.0 ** min(row.failures, 10))
            _postpone(row, trouble.retry_after or pause, trouble.sentence)

    return settle


def _postpone(row: Refund, seconds: float, sentence: str) -> None:
    """Stays "sending": an attempt may have gone through, so the next one asks first."""
    again = clock.now() + timedelta(seconds=seconds)
    if _mine(row).update(lease_until=again, sentence=sentence[:500], failures=row.failures):
        journal.record(
            row.workspace_id, "refund.postponed", row.remedy.conversation, seconds=round(seconds), **facts(row)
        )
        jobs.wake("refunds", delay=seconds + 0.1)

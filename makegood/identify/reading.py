"""Reading shops and processors: page after page, each with its cursor in one transaction."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.contract import PayPage
from makegood.connectors.shops.contract import Shop, ShopPage
from makegood.identify.charging import store_pay_page
from makegood.identify.models import Source
from makegood.identify.rows import lock_sources
from makegood.identify.sources import (
    FILE,
    READ_STATES,
    connector_of,
    credentials_of,
    keep_credentials,
    note_problems,
    source_failed,
)
from makegood.identify.storing import store_shop_page
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.crypto import DecryptError
from makegood.kit.pauses import back_off

__all__ = [
    "Asked",
    "ask_all",
    "fetch",
    "fetch_customers",
    "keep_page",
    "pause_after",
    "read_due",
    "refresh_charges",
]

log = logging.getLogger(__name__)
TOPIC = "sources"
LEASE_SECONDS = 180.0
AT_ONCE = 5
TURN_SECONDS = 5.0
FIRST_BACK_OFF, LONGEST_BACK_OFF = 10.0, 1800.0
LONGEST_PAUSE = timedelta(hours=24)
MOST_FETCHED = 50
Page = ShopPage | PayPage


@dataclass(frozen=True)
class Asked:
    """An answer, or the trouble instead of one, and when it was asked for with which credentials."""

    source: Source
    at: datetime
    credentials: Mapping[str, Any]
    page: Page | Trouble


def read_due() -> int:
    """The step: reads a page of each source whose time has come, several sources at once, and goes on while there is
    more. Returns how many pages were stored. After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while rows := _claim():
        for asked in ask_all(rows):
            count += _take(asked)
        if time.monotonic() >= until:
            jobs.wake(TOPIC)
            break
    return count


def _claim() -> list[Source]:
    due = (
        Source.objects.across("one step reads for all workspaces")
        .filter(state__in=READ_STATES, due_at__lte=clock.now())
        .exclude(kind=FILE)
    )
    return jobs.claim(due.order_by("due_at"), seconds=LEASE_SECONDS, limit=AT_ONCE)


def ask_all(
    rows: Sequence[Source], wants: Mapping[int, tuple[str, ...]] | None = None, *, people: bool = False
) -> list[Asked]:
    """What each source has to say, all asked at once: what is new, or the rows (ids) that are wanted of it: orders or
    payments, with `people` customers.
    """
    known: list[tuple[Source, dict[str, Any] | Trouble]] = []
    for row in rows:
        try:
            known.append((row, credentials_of(row)))
        except DecryptError as error:
            known.append((row, Trouble(Verdict.DISCONNECT, error.sentence)))
    return async_to_sync(_gather)(known, wants, people)


async def _gather(
    known: Sequence[tuple[Source, dict[str, Any] | Trouble]],
    wants: Mapping[int, tuple[str, ...]] | None,
    people: bool,
) -> list[Asked]:
    wanted = {row.pk: wants[row.pk] if wants is not None else None for row, _held in known}
    return list(await asyncio.gather(*(_ask(row, held, wanted[row.pk], people) for row, held in known)))


async def _ask(source: Source, held: dict[str, Any] | Trouble, ids: tuple[str, ...] | None, people: bool) -> Asked:
    at = clock.now()
    if isinstance(held, Trouble):
        return Asked(source, at, {}, held)
    found = connector_of(source)
    try:
        if ids is not None and people:
            assert isinstance(found, Shop)
            assert found.fetch_customers is not None
            return Asked(source, at, held, await found.fetch_customers(held, ids))
        if ids is not None:
            assert found.fetch is not None
            return Asked(source, at, held, await found.fetch(held, ids))
        assert found.read is not None
        return Asked(source, at, held, await found.read(held, source.cursor))
    except Trouble as trouble:
        return Asked(source, at, held, trouble)
    except Exception as error:
        log.exception("reading source %s failed", source.pk)
        sentence = "Something came back that Makegood could not read. Nothing is lost; it tries again."
        return Asked(source, at, held, Trouble(Verdict.BUG, sentence, detail=repr(error)))


def _take(asked: Asked) -> bool:
    page = asked.page
    if isinstance(page, Trouble):
        _failed(asked.source, page)
        return False
    try:
        return keep_page(asked, page)
    except Exception:
        log.exception("storing from source %s failed", asked.source.pk)
        sentence = "What came could not be stored. Nothing is lost; it tries again."
        _failed(asked.source, Trouble(Verdict.BUG, sentence))
        return False


@transaction.atomic
def keep_page(asked: Asked, page: Page) -> bool:
    """Stores a page and the cursor behind it. False when the source was paused, removed or taken over meanwhile: then
    nothing of it is kept, and the next reading brings it.
    """
    source, now = asked.source, clock.now()
    lock_sources(source.workspace_id)
    rows = Source.objects.within(source.workspace_id)
    fresh = rows.filter(pk=source.pk).first()
    if fresh is None or fresh.attempt != source.attempt or fresh.state not in READ_STATES:
        return False
    _store(source, page, asked.at)
    if page.credentials is not None:
        keep_credentials(source, page.credentials, read_with=asked.credentials)
    caught_up = not page.more and fresh.caught_up_at is None
    if fresh.state == Source.State.TROUBLE:
        journal.record(source.workspace_id, "source.recovered", source)
    if caught_up:
        journal.record(source.workspace_id, "source.caught_up", source)
    rows.filter(pk=source.pk).update(
        cursor=dict(page.cursor),
        state=Source.State.WORKING,
        caught_up_at=now if caught_up else fresh.caught_up_at,
        due_at=now if page.more else now + _pause(source, page),
        lease_until=None,
        failures=0,
        last_error="",
        last_good_at=now,
        problems=note_problems(fresh.problems, page.problems, now) if page.problems else fresh.problems,
    )
    return True


def _store(source: Source, page: Page, asked_at: datetime) -> int:
    if isinstance(page, ShopPage):
        return store_shop_page(source, page, asked_at)
    return store_pay_page(source, page, asked_at)


def _pause(source: Source, page: Page) -> timedelta:
    seconds = page.next_after if page.next_after is not None else connector_of(source).capability.poll_seconds
    return min(LONGEST_PAUSE, timedelta(seconds=max(1.0, seconds)))


def pause_after(trouble: Trouble, failures: int) -> timedelta:
    """How long to wait after this many failures in a row: what the other side asked for, else a back-off of ours."""
    asked = trouble.retry_after
    wait = asked if asked is not None else back_off(failures, FIRST_BACK_OFF, LONGEST_BACK_OFF)
    return min(LONGEST_PAUSE, timedelta(seconds=max(1.0, wait)))


def _failed(source: Source, trouble: Trouble) -> None:
    log.info("source %s: %s %s", source.pk, trouble.verdict, trouble.detail)
    due = clock.now() + pause_after(trouble, source.failures)
    source_failed(source, trouble.sentence, disconnect=trouble.verdict is Verdict.DISCONNECT, due_at=due)


def fetch(source: Source, ids: Sequence[str]) -> int:
    """Asks the source how these orders or payments (its ids) stand now, and stores it. Returns how many have changed.

    It talks to the network, so it is never called inside a transaction. Raises `Trouble`.
    """
    return _fetch(source, ids, people=False)


def fetch_customers(source: Source, ids: Sequence[str]) -> None:
    """Asks the shop who these customers (its ids) are now, and stores it. As `fetch` otherwise."""
    _fetch(source, ids, people=True)


def _fetch(source: Source, ids: Sequence[str], *, people: bool) -> int:
    count = 0
    for start in range(0, len(ids), MOST_FETCHED):
        lot = tuple(ids[start : start + MOST_FETCHED])
        (asked,) = ask_all([source], {source.pk: lot}, people=people)
        if isinstance(asked.page, Trouble):
            raise asked.page
        count += _store(source, asked.page, asked.at)
        if asked.page.credentials is not None:
            keep_credentials(source, asked.page.credentials, read_with=asked.credentials)
    return count


def refresh_charges(source: Source, ids: Sequence[str]) -> None:
    """Has the processor say now how these payments (its ids) and their refunds stand, and stores it.

    Used before and after money goes back. Never inside a transaction. Raises `Trouble`.
    """
    fetch(source, ids)

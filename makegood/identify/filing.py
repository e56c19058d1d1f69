"""Orders out of files: brought in, their columns said by a member, read in the background from where it was cut.

All files of a workspace are one source, so that this month's export and last month's meet in the same orders.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopPage
from makegood.connectors.shops.orders_file import TARGETS, Choices, Position, Proposal, Sniffed, read_pages, sniff
from makegood.connectors.shops.orders_file import propose as propose_choices
from makegood.identify.models import MoneySettings, Source
from makegood.identify.rows import lock_sources
from makegood.identify.sources import FILE, READ_STATES, SHOP, new_hook, note_problems
from makegood.identify.storing import store_shop_page
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.text import clean
from makegood.listen import api as listen

__all__ = [
    "ORDER_TARGETS",
    "begin_order_file",
    "forget_order_file",
    "order_choices",
    "preview_orders",
    "propose_order_file",
    "read_order_files",
    "start_order_file",
]

log = logging.getLogger(__name__)
TOPIC = "order_files"
ORDER_TARGETS = TARGETS
LEASE_SECONDS = 60.0
"""Renewed with each page. A file of a million orders is looked through once before its first page, in half of that."""
KEPT = 20


def begin_order_file(workspace: Any, by: Any, filename: str, chunks: Iterator[bytes]) -> Source:
    """Takes a file in and reads its head, so that its columns can be chosen. Raises `Trouble`.

    One that was brought in before and never started is forgotten.
    """
    path = listen.keep_upload(chunks, filename)
    try:
        sniffed = sniff(path)
        return _keep(workspace, by, clean(filename)[:200], path, sniffed)
    except BaseException:
        listen.drop_upload(path)
        raise


@transaction.atomic
def _keep(workspace: Any, by: Any, name: str, path: Path, sniffed: Sniffed) -> Source:
    rows = Source.objects.within(workspace).filter(kind=FILE)
    row = rows.select_for_update().first()
    fresh = row is None
    if row is None:
        named = str(_("Orders from files"))
        row = Source(workspace=workspace, side=SHOP, kind=FILE, name=named, address=FILE, hook=new_hook(), due_at=None)
    if draft := row.facts.get("draft"):
        listen.forget_upload(draft["path"])
    row.facts = {**row.facts, "draft": {"path": str(path), "name": name, "sniffed": msgspec.to_builtins(sniffed)}}
    row.removed_at, row.connected_by = None, by
    if row.state == Source.State.DISCONNECTED:
        row.state, row.last_error = Source.State.WORKING, ""
    row.save()
    journal.record(workspace.pk, "source.connected" if fresh else "source.file_brought", row, actor=by)
    return row


def propose_order_file(source: Source) -> Proposal:
    """Likely choices for the file that waits, and what only a person can say. Raises `Trouble` when it is gone."""
    path, sniffed = _draft(source)
    money = MoneySettings.objects.within(source.workspace_id).first()
    try:
        return propose_choices(path, sniffed, _zone(source), money.currency if money else "")
    except OSError as error:
        raise Trouble(Verdict.REFUSE, _("The file is gone. Please upload it again.")) from error


def preview_orders(source: Source, choices: Choices) -> ShopPage:
    """The first page of the file as it would be read. Raises `Trouble` with a sentence for the person who chooses."""
    path, sniffed = _draft(source)
    return next(islice(read_pages(path, sniffed, choices), 1), ShopPage())


def order_choices(
    source: Source, mapping: Mapping[str, str], decimal: str, currency: str, *, day_first: bool
) -> Choices:
    """A member's choices for the file that waits; dates are in the workspace's time zone."""
    return Choices(dict(mapping), _zone(source), day_first=day_first, decimal=decimal, currency=currency)


def _draft(source: Source) -> tuple[Path, Sniffed]:
    draft = source.facts["draft"]
    return Path(draft["path"]), msgspec.convert(draft["sniffed"], Sniffed)


def _zone(source: Source) -> ZoneInfo:
    return ZoneInfo(source.workspace.timezone)


def start_order_file(source: Source, by: Any, choices: Choices) -> None:
    """Has the file that waits read, in the background. Raises `Trouble` when the choices do not fit it."""
    preview_orders(source, choices)
    with transaction.atomic():
        rows = Source.objects.within(source.workspace_id).filter(pk=source.pk)
        row = rows.select_for_update().get()
        draft = row.facts.pop("draft", None)
        if draft is None:
            return
        if reading := row.cursor.get("path"):
            listen.forget_upload(reading)
        known = {name: getattr(choices, name) for name in ("mapping", "day_first", "decimal", "currency")}
        row.cursor = {**draft, "choices": {**known, "mapping": dict(choices.mapping)}, "offset": 0, "line": 1}
        row.facts = {**row.facts, "reading": {"name": draft["name"], "done": 0, "of": draft["sniffed"]["size_bytes"]}}
        row.state, row.due_at, row.lease_until, row.attempt = Source.State.WORKING, clock.now(), None, row.attempt + 1
        row.last_error, row.problems, row.failures = "", [], 0
        row.save()
        journal.record(source.workspace_id, "source.file_started", row, actor=by)
        jobs.wake(TOPIC)


@transaction.atomic
def forget_order_file(source: Source, by: Any) -> None:
    """Forgets the file that waits, and stops the one that is being read; what was read of it stays."""
    row = Source.objects.within(source.workspace_id).select_for_update().get(pk=source.pk)
    for path in (row.facts.get("draft", {}).get("path"), row.cursor.get("path")):
        if path:
            listen.forget_upload(path)
    row.facts = {name: value for name, value in row.facts.items() if name not in ("draft", "reading")}
    row.cursor, row.due_at, row.lease_until, row.attempt = {}, None, None, row.attempt + 1
    row.save()
    journal.record(source.workspace_id, "source.file_forgotten", row, actor=by)


def read_order_files() -> None:
    """The step: reads the files that were started, each to its end."""
    due = Source.objects.across("files of all workspaces are read by one step").filter(
        kind=FILE, state__in=READ_STATES, due_at__lte=clock.now()
    )
    for source in jobs.claim(due.order_by("due_at"), seconds=LEASE_SECONDS, limit=1):
        try:
            _read(source)
        except Trouble as trouble:
            _end(source, trouble.sentence)
        except Exception:
            log.exception("the orders file of source %s could not be read", source.pk)
            _end(source, _("This file could not be read. What was read of it stays. Please tell us about it."))
        jobs.wake(TOPIC)


def _read(source: Source) -> None:
    held = source.cursor
    sniffed = msgspec.convert(held["sniffed"], Sniffed)
    choices = Choices(**held["choices"], timezone=_zone(source))
    start = Position(held["offset"], held["line"]) if held["offset"] else None
    for page in read_pages(Path(held["path"]), sniffed, choices, start):
        if not _take(source, page):
            return
    _end(source)


@transaction.atomic
def _take(source: Source, page: ShopPage) -> bool:
    """One page and the place behind it. False when somebody stopped the file, or took it over, meanwhile."""
    lock_sources(source.workspace_id)
    row = Source.objects.within(source.workspace_id).get(pk=source.pk)
    if row.attempt != source.attempt or row.state not in READ_STATES or not row.cursor:
        return False
    store_shop_page(source, page)
    now = clock.now()
    row.cursor = {**row.cursor, **page.cursor}
    row.facts["reading"] = {**row.facts["reading"], "done": page.cursor["offset"]}
    row.problems = note_problems(row.problems, page.problems, now)
    row.lease_until, row.last_good_at = now + timedelta(seconds=LEASE_SECONDS), now
    row.save(update_fields=["cursor", "facts", "problems", "lease_until", "last_good_at"])
    return True


@transaction.atomic
def _end(source: Source, sentence: str = "") -> None:
    """The end of a file, good or bad. The file itself is not kept."""
    row = Source.objects.within(source.workspace_id).select_for_update().get(pk=source.pk)
    if row.attempt != source.attempt or not row.cursor:
        return
    now = clock.now()
    listen.forget_upload(row.cursor["path"])
    done = {"name": row.cursor["name"], "at": now.isoformat(), "sentence": sentence}
    row.facts = {name: value for name, value in row.facts.items() if name != "reading"}
    row.facts["files"] = [*row.facts.get("files", []), done][-KEPT:]
    row.cursor, row.due_at, row.lease_until = {}, None, None
    row.caught_up_at, row.last_error = now, sentence[:500]
    row.state = Source.State.TROUBLE if sentence else Source.State.WORKING
    row.save()
    journal.record(row.workspace_id, "source.caught_up", row)

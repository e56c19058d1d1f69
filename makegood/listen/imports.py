"""Files on their way in: batch after batch, resumable at any row, memory flat."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from makegood.connectors.contract import Trouble
from makegood.connectors.files import TARGETS, Position, Row, Sniffed, guess_mapping, read_rows, sniff
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.kit.text import clean
from makegood.listen.flow import Hit, is_behind, store
from makegood.listen.models import Channel, ImportRun
from makegood.listen.uploads import drop_upload, forget_upload, keep_upload

__all__ = ["IMPORT_TARGETS", "begin", "cancel", "preview", "run_due", "start"]

IMPORT_TARGETS = tuple(target for target in TARGETS if target != "network")
"""What a column can be mapped to. All that a file brings is on the network "file", whatever a column says."""

BATCH = 500
TURN_SECONDS = 1.0
# Renewed with each batch. After a crash it is all that keeps the next worker waiting; one that is only slow finds
# that `attempt` has moved on, and stops.
LEASE_SECONDS = 10.0
MOST_UNSORTED = 3_000
"""A file waits while more than this is unsorted: a live complaint must not stand behind a million old rows."""
LOOK_AGAIN_SECONDS = 1.0
KEPT_REFUSALS = 50


def begin(workspace: Any, by: Any, filename: str, chunks: Iterator[bytes]) -> ImportRun:
    """Takes a file in and reads its head, so that its columns can be mapped. Raises `Trouble`."""
    path = keep_upload(chunks, filename)
    try:
        # Looking into the file may copy it, which is no thing to do with the database locked.
        return _keep(workspace, by, clean(filename), path, sniff(path))
    except BaseException:
        drop_upload(path)
        raise


@transaction.atomic
def _keep(workspace: Any, by: Any, filename: str, path: Path, sniffed: Sniffed) -> ImportRun:
    guessed = guess_mapping(sniffed.columns, sniffed.samples)
    channel = Channel.objects.create(
        workspace=workspace,
        network="file",
        kind=Channel.Kind.IMPORT,
        name=filename[:200],
        address=path.name,
        take_all=True,
    )
    run = ImportRun.objects.create(
        workspace=workspace,
        channel=channel,
        created_by=by,
        filename=filename[:255],
        path=str(path),
        sniffed=msgspec.to_builtins(sniffed),
        mapping={target: guessed[target] for target in IMPORT_TARGETS if target in guessed},
        bytes_total=sniffed.size_bytes,
    )
    journal.record(workspace.pk, "import.begun", run, actor=by)
    return run


def preview(run: ImportRun, mapping: Mapping[str, str], rows: int = 5) -> list[Row]:
    """The first records of the file as they would be read with this mapping. Raises `Trouble`."""
    return list(islice(_rows(run, {target: column for target, column in mapping.items() if column}), rows))


def _rows(run: ImportRun, mapping: Mapping[str, str]) -> Iterator[Row]:
    start = msgspec.convert(run.position, Position) if run.position else None
    zone = ZoneInfo(run.workspace.timezone)
    return read_rows(Path(run.path), msgspec.convert(run.sniffed, Sniffed), mapping, start, timezone=zone)


def start(run: ImportRun, by: Any, mapping: Mapping[str, str], recent_days: int) -> None:
    """The columns are mapped: let the worker read it. Raises `Trouble` when they cannot be."""
    chosen = {target: column for target, column in mapping.items() if column}
    preview(run, chosen, rows=1)
    with transaction.atomic():
        rows = ImportRun.objects.within(run.workspace_id).filter(pk=run.pk, state=ImportRun.State.MAPPING)
        if rows.update(mapping=chosen, recent_days=recent_days, state=ImportRun.State.QUEUED):
            journal.record(run.workspace_id, "import.started", run, actor=by)
            jobs.wake("imports")


@transaction.atomic
def cancel(run: ImportRun, by: Any) -> None:
    """Stops it where it is. What was read stays; a file of which nothing was read yet is forgotten."""
    mine = ImportRun.objects.within(run.workspace_id)
    open_states = [ImportRun.State.MAPPING, ImportRun.State.QUEUED, ImportRun.State.RUNNING]
    fresh = mine.select_for_update().filter(pk=run.pk, state__in=open_states).first()
    if fresh is None:
        return
    journal.record(run.workspace_id, "import.stopped", run, actor=by)
    forget_upload(run.path)
    if fresh.state == ImportRun.State.MAPPING:
        Channel.objects.within(run.workspace_id).filter(pk=run.channel_id).delete()
        return
    mine.filter(pk=run.pk).update(state=ImportRun.State.CANCELLED, finished_at=clock.now())


def run_due() -> None:
    """The step: reads a waiting file for a moment, then lets other work in and comes back."""
    waiting = ImportRun.objects.across("imports of all workspaces are read by one step").filter(
        state__in=[ImportRun.State.QUEUED, ImportRun.State.RUNNING]
    )
    pause = LOOK_AGAIN_SECONDS
    for run in jobs.claim(waiting.order_by("id"), seconds=LEASE_SECONDS, limit=1):
        try:
            pause = 0.0 if _turn(run) else LOOK_AGAIN_SECONDS
        except Trouble as trouble:
            _finish(run, ImportRun.State.FAILED, trouble.sentence)
        except OSError as error:
            sentence = f"The file could not be read any more ({error.strerror}). Import it again."
            _finish(run, ImportRun.State.FAILED, sentence)
    if waiting.exists():
        jobs.wake("imports", delay=pause)


def _turn(run: ImportRun) -> bool:
    """Reads on. False when sorting has to catch up first."""
    rows = _rows(run, run.mapping)
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        if is_behind(MOST_UNSORTED):
            jobs.release(run)
            return False
        batch = list(islice(rows, BATCH))
        if not batch:
            _finish(run, ImportRun.State.DONE)
            return True
        if not _take(run, batch):
            return True
    jobs.release(run)
    return True


@transaction.atomic
def _take(run: ImportRun, batch: list[Row]) -> bool:
    """One batch and the position behind it. False when somebody stopped the import meanwhile."""
    fresh = ImportRun.objects.within(run.workspace_id).select_for_update().filter(pk=run.pk).first()
    if fresh is None or fresh.state == ImportRun.State.CANCELLED or fresh.attempt != run.attempt:
        return False
    why = f"In the file {run.filename}"
    hits = [Hit(msgspec.structs.replace(row.activity, network="file"), why) for row in batch if row.activity]
    new = store(run.channel, hits, oldest=clock.now() - timedelta(days=run.recent_days))
    refused = [row.refusal for row in batch if row.refusal]
    last = batch[-1].position
    fresh.state = ImportRun.State.RUNNING
    fresh.position = msgspec.to_builtins(last)
    fresh.bytes_done = last.offset
    fresh.rows_heard += new
    fresh.rows_known += len(hits) - new
    fresh.rows_refused += len(refused)
    fresh.refusals = (fresh.refusals + refused)[:KEPT_REFUSALS]
    notes = dict.fromkeys([*fresh.sentence.splitlines(), *(row.note for row in batch if row.note)])
    fresh.sentence = "\n".join(notes)
    fresh.lease_until = clock.now() + timedelta(seconds=LEASE_SECONDS)
    fresh.save()
    journal.record(run.workspace_id, "import.progress", run, bytes_done=last.offset)
    return True


@transaction.atomic
def _finish(run: ImportRun, state: str, sentence: str = "") -> None:
    """The end, good or bad. Without a sentence, what there was to note on the way stays."""
    rows = ImportRun.objects.within(run.workspace_id).filter(pk=run.pk).exclude(state=ImportRun.State.CANCELLED)
    done = {"bytes_done": run.bytes_total} if state == ImportRun.State.DONE else {}
    said = {"sentence": sentence} if sentence else {}
    if rows.update(state=state, **said, finished_at=clock.now(), lease_until=None, **done):
        forget_upload(run.path)
        Channel.objects.within(run.workspace_id).filter(pk=run.channel_id).update(last_good_at=clock.now())
        journal.record(run.workspace_id, "import.done" if state == ImportRun.State.DONE else "import.failed", run)

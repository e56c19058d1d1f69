"""Files on their way in: batch after batch, resumable at any row, memory flat."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from makegood.connectors.files import Position, Row, Sniffed, guess_mapping, read_rows, sniff
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.flow import Hit, store
from makegood.listen.models import Channel, ImportRun

__all__ = ["begin", "cancel", "run_due", "start"]

BATCH = 500
TURN_SECONDS = 5.0
LEASE_SECONDS = 60.0
KEPT_REFUSALS = 50


def keep_upload(chunks: Iterator[bytes], filename: str) -> Path:
    """Stores an upload under a name of our own; the user's is only shown."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid.uuid4().hex}{Path(filename).suffix.lower()[:8]}"
    with path.open("xb") as out:
        for chunk in chunks:
            out.write(chunk)
    return path


def begin(workspace: Any, by: Any, filename: str, chunks: Iterator[bytes]) -> ImportRun:
    """Takes a file in and reads its head, so that its columns can be mapped. Raises `ValueError` with a sentence."""
    path = keep_upload(chunks, filename)
    try:
        sniffed = sniff(path)
    except ValueError:
        path.unlink(missing_ok=True)
        raise
    with transaction.atomic():
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
            mapping=guess_mapping(sniffed.columns, sniffed.samples),
            bytes_total=sniffed.size_bytes,
        )
        journal.record(workspace.pk, "import.begun", run, actor=by)
    return run


@transaction.atomic
def start(run: ImportRun, by: Any, mapping: Mapping[str, str], recent_days: int) -> None:
    """The columns are mapped: let the worker read it. Raises `ValueError` when no column holds the text."""
    if not mapping.get("text"):
        raise ValueError("Choose the column that holds what the customer wrote.")
    rows = ImportRun.objects.within(run.workspace_id).filter(pk=run.pk, state=ImportRun.State.MAPPING)
    chosen = {target: column for target, column in mapping.items() if column}
    if rows.update(mapping=chosen, recent_days=recent_days, state=ImportRun.State.QUEUED):
        journal.record(run.workspace_id, "import.started", run, actor=by)
        jobs.wake("imports")


@transaction.atomic
def cancel(run: ImportRun, by: Any) -> None:
    """Stops it where it is. What was read stays."""
    open_states = [ImportRun.State.MAPPING, ImportRun.State.QUEUED, ImportRun.State.RUNNING]
    rows = ImportRun.objects.within(run.workspace_id).filter(pk=run.pk, state__in=open_states)
    if rows.update(state=ImportRun.State.CANCELLED, finished_at=clock.now()):
        journal.record(run.workspace_id, "import.stopped", run, actor=by)


def run_due() -> None:
    """The step: reads waiting files for a few seconds each, then lets other work in and comes back."""
    waiting = ImportRun.objects.across("imports of all workspaces are read by one step").filter(
        state__in=[ImportRun.State.QUEUED, ImportRun.State.RUNNING]
    )
    for run in jobs.claim(waiting.order_by("id"), seconds=LEASE_SECONDS, limit=1):
        try:
            _turn(run)
        except OSError as error:
            _finish(run, ImportRun.State.FAILED, f"The file could not be read any more ({error.strerror}). Import it again.")
    if waiting.exists():
        jobs.wake("imports")


def _turn(run: ImportRun) -> None:
    sniffed = msgspec.convert(run.sniffed, Sniffed)
    position = msgspec.convert(run.position, Position) if run.position else Position()
    zone = run.workspace.timezone
    rows = read_rows(Path(run.path), sniffed, run.mapping, position, timezone=zone)
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        batch = list(islice(rows, BATCH))
        if not batch:
            _finish(run, ImportRun.State.DONE, "")
            return
        if not _take(run, batch):
            return
    jobs.release(run)


@transaction.atomic
def _take(run: ImportRun, batch: list[Row]) -> bool:
    """One batch and the position behind it. False when somebody stopped the import meanwhile."""
    fresh = ImportRun.objects.within(run.workspace_id).select_for_update().get(pk=run.pk)
    if fresh.state == ImportRun.State.CANCELLED or fresh.attempt != run.attempt:
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
    fresh.lease_until = clock.now() + timedelta(seconds=LEASE_SECONDS)
    fresh.save()
    journal.record(run.workspace_id, "import.progress", run, bytes_done=last.offset)
    return True


@transaction.atomic
def _finish(run: ImportRun, state: str, sentence: str) -> None:
    rows = ImportRun.objects.within(run.workspace_id).filter(pk=run.pk).exclude(state=ImportRun.State.CANCELLED)
    done = {"bytes_done": run.bytes_total} if state == ImportRun.State.DONE else {}
    if rows.update(state=state, sentence=sentence, finished_at=clock.now(), lease_until=None, **done):
        Channel.objects.within(run.workspace_id).filter(pk=run.channel_id).update(last_good_at=clock.now())
        journal.record(run.workspace_id, "import.done" if state == ImportRun.State.DONE else "import.failed", run)

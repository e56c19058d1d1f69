"""Work in the background: the front door.

A step is a function without arguments that does all the due rows of one kind and may be called at any time, by any
number of workers at once. `wake` asks for a step soon; the sweep calls every step each minute anyway, so a lost
wake-up costs a minute at most and a lost queue costs nothing else.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import psutil
from django.db import close_old_connections, models, transaction
from django.db.models import Q
from huey import crontab
from huey.storage import BaseSqlStorage

from makegood.jobs.models import SILENT_SECONDS, Heartbeat, LeaseExpiry
from makegood.jobs.queue import make_queue
from makegood.kit import clock

__all__ = [
    "SILENT_SECONDS",
    "Heartbeat",
    "Step",
    "beat",
    "beats",
    "claim",
    "lease_expiries",
    "note_lease_expiry",
    "prepare",
    "queue",
    "release",
    "set_steps",
    "sweep",
    "wake",
]

log = logging.getLogger(__name__)
Step = Callable[[], object]

queue: Any = make_queue()
_steps: dict[str, Step] = {}
# The steps that run in this process, with whether each was woken meanwhile, and when each last began. One thread a
# step, and one run for a heap of equal wake-ups: however much of one kind there is to do, the rest gets its turn.
_running: dict[str, bool] = {}
_begun: dict[str, float] = {}
LONGEST_WAIT = 60.0
EXPIRIES_KEPT = timedelta(days=30)
_guard = threading.Lock()


def prepare() -> None:
    """Makes the queue's own tables, where it keeps any. Safe to call again."""
    if isinstance(queue.storage, BaseSqlStorage):
        queue.storage.initialize_schema()


def set_steps(steps: Mapping[str, Step]) -> None:
    """Says which step each topic wakes. Called once, by the wiring in `makegood.site.pipeline`."""
    _steps.clear()
    _steps.update(steps)


def wake(topic: str, *, delay: float = 0.0) -> None:
    """Asks for the topic's step, `delay` seconds after the surrounding transaction has committed."""

    def enqueue() -> None:
        try:
            sent = time.time() + max(delay, 0.0)
            queue.enqueue(_run.s(topic, sent) if delay <= 0 else _run.s(topic, sent, delay=delay))
        except Exception:
            # The row is committed; the sweep will find it.
            log.exception("could not wake %s", topic)

    transaction.on_commit(enqueue)


@queue.task()  # type: ignore[untyped-decorator]
def _run(topic: str, sent: float = 0.0) -> None:
    step = _steps.get(topic)
    if step is None:
        log.error("nobody listens to the topic %s", topic)
        return
    if not _enter(topic, sent):
        return
    close_old_connections()
    try:
        step()
    except Exception:
        log.exception("the step %s failed; its rows stay due", topic)
    finally:
        close_old_connections()
        with _guard:
            again = _running.pop(topic)
        if again:
            queue.enqueue(_run.s(topic, time.time()))


def _enter(topic: str, sent: float) -> bool:
    """Whether the step is to run for a wake-up of the moment `sent` (seconds since 1970)."""
    now = time.time()
    with _guard:
        # It has begun since, so it sees the rows of this wake-up. A clock that was set back must not silence anyone.
        if 0 < _begun.get(topic, 0.0) - sent < LONGEST_WAIT:
            return False
        if topic in _running:
            _running[topic] = True
            return False
        _running[topic], _begun[topic] = False, now
        return True


@queue.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def _sweep_each_minute() -> None:
    sweep()


def sweep() -> None:
    """Runs every step once: finds what a lost wake-up or a crash left behind."""
    for topic in list(_steps):
        queue.enqueue(_run.s(topic, time.time()))


def claim(rows: models.QuerySet[Any], *, seconds: float, limit: int = 20) -> list[Any]:
    """Leases up to `limit` of the given rows to the caller and returns them fresh.

    The model has `lease_until` and `attempt`. A row whose lease still runs belongs to somebody else; the conditional
    update makes sure of it on any database, without row locks.
    """
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    taken, expired = [], 0
    for key, lease in list(rows.filter(free).values_list("pk", "lease_until")[:limit]):
        won = rows.filter(free, pk=key).update(
            lease_until=now + timedelta(seconds=seconds), attempt=models.F("attempt") + 1
        )
        if won:
            taken.append(rows.model._base_manager.get(pk=key))
            expired += lease is not None
    if expired:
        note_lease_expiry(str(rows.model._meta.model_name), expired)
    return taken


def note_lease_expiry(kind: str, count: int = 1) -> None:
    """Counts that work of this kind was taken up again after its lease ran out; in the caller's transaction, if any."""
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    LeaseExpiry.objects.get_or_create(kind=kind, hour=hour)
    LeaseExpiry.objects.filter(kind=kind, hour=hour).update(count=models.F("count") + count)
    LeaseExpiry.objects.filter(hour__lt=hour - EXPIRIES_KEPT).delete()


def lease_expiries(hours: int = 24) -> dict[str, int]:
    """How often work of each kind was taken up again in the last so many hours."""
    rows = LeaseExpiry.objects.filter(hour__gt=clock.now() - timedelta(hours=hours))
    return {
        row["kind"]: row["total"] for row in rows.values("kind").annotate(total=models.Sum("count")).order_by("kind")
    }


def release(row: Any) -> None:
    """Gives a leased row back."""
    type(row)._base_manager.filter(pk=row.pk).update(lease_until=None)


_started: datetime | None = None


def beat(name: str, **detail: Any) -> None:
    """Says that this process is alive, and how much memory it holds (`rss`, in bytes). Called every few seconds."""
    global _started
    now = clock.now()
    detail = {"rss": psutil.Process().memory_info().rss, **detail}
    _started = _started or now
    Heartbeat.objects.update_or_create(
        name=name, defaults={"pid": os.getpid(), "started_at": _started, "beat_at": now, "detail": detail}
    )


def beats() -> list[Heartbeat]:
    """The last sign of life of each process."""
    return list(Heartbeat.objects.order_by("name"))

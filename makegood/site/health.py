"""How the whole is: what each stage says about its channels and queues, and a page for probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["Beat", "ChannelState", "Report", "healthz", "pending_migrations", "report"]

SILENT_SECONDS = 30.0


@dataclass(frozen=True)
class ChannelState:
    """How a channel is. `lag` is how many seconds ago it last heard something or was checked with success."""

    workspace: str
    name: str
    mood: str
    sentence: str
    lag: float | None


@dataclass(frozen=True)
class Beat:
    """A process' last sign of life, `age` seconds ago, and what it said about itself."""

    name: str
    pid: int
    age: float
    detail: dict[str, object]

    @property
    def silent(self) -> bool:
        """Whether it has been quiet for longer than a healthy process is."""
        return self.age > SILENT_SECONDS


@dataclass(frozen=True)
class Report:
    """What the database says. `queues` holds the seconds each queue's oldest due row has waited, or None."""

    channels: list[ChannelState] = field(default_factory=list)
    queues: dict[str, float | None] = field(default_factory=dict)
    beats: list[Beat] = field(default_factory=list)


def report() -> Report:
    """Asks every front door. Raises django.db.Error when the database cannot be read."""
    now = clock.now()
    channels = []
    for health in listen.channel_health(None):
        row = health.channel
        lag = _seconds(now, max(filter(None, (row.last_good_at, row.last_heard_at)), default=None))
        channels.append(ChannelState(row.workspace.name, row.name, health.mood, health.sentence, lag))
    queues: dict[str, float | None] = {}
    for age in _queue_ages():
        queues |= age()
    beats = [Beat(row.name, row.pid, (now - row.beat_at).total_seconds(), dict(row.detail)) for row in jobs.beats()]
    return Report(channels, queues, beats)


def _queue_ages() -> list[Callable[[], dict[str, float | None]]]:
    from makegood.desk import api as desk
    from makegood.reply import api as reply
    from makegood.triage import api as triage

    return [listen.queue_age, triage.queue_age, desk.queue_age, reply.queue_age]


def _seconds(now: datetime, moment: datetime | None) -> float | None:
    return (now - moment).total_seconds() if moment else None


def pending_migrations() -> list[str]:
    """The migrations the database lacks, as "app.name". Raises django.db.Error when it cannot be reached."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "ok" when pages can be served and the database answers, else 503 and a sentence: for probes."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        sentence = "The database does not answer. “makegood check” says more.\n"
        return HttpResponse(sentence, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok\n", content_type="text/plain")


# The middleware must not ask the database who is there.
healthz.for_probes = True  # type: ignore[attr-defined]

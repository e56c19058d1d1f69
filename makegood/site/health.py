"""How the whole is: what each stage says about its channels and queues, and a page for probes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from makegood.identify import api as identify
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["ChannelState", "Report", "healthz", "pending_migrations", "report"]


@dataclass(frozen=True)
class ChannelState:
    """How a channel, a shop or a processor is. `lag` is how many seconds ago that went well."""

    workspace: str
    name: str
    mood: str
    sentence: str
    lag: float | None


@dataclass(frozen=True)
class Report:
    """What the database says. `queues` holds the seconds each queue's oldest due row has waited, or None."""

    channels: list[ChannelState] = field(default_factory=list)
    queues: dict[str, float | None] = field(default_factory=dict)
    beats: list[jobs.Heartbeat] = field(default_factory=list)


def report() -> Report:
    """Asks every front door. Raises django.db.Error when the database cannot be read."""
    now = clock.now()
    channels = []
    for health in listen.channel_health(None):
        row = health.channel
        lag = _seconds(now, health.good_at)
        channels.append(ChannelState(row.workspace.name, row.name, health.mood, health.sentence, lag))
    for each in identify.source_health(None):
        source = each.source
        lag = _seconds(now, source.last_good_at)
        channels.append(ChannelState(source.workspace.name, source.name, each.mood, each.sentence, lag))
    from makegood.web.doing import queue_ages

    return Report(channels, queue_ages(), jobs.beats())


def _seconds(now: datetime, moment: datetime | None) -> float | None:
    return (now - moment).total_seconds() if moment else None


def pending_migrations() -> list[str]:
    """The migrations the database lacks, as "app.name". Raises django.db.Error when it cannot be reached."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


NO_DATABASE = "The database does not answer. “makegood check” says more."


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "ok" when pages can be served and the database answers, else 503 and a sentence: for probes.

    With `?full` it answers in JSON, and 200 only when the worker and the listener are alive as well and no queue waits
    longer than it may. It tells no workspace's data.
    """
    full = "full" in request.GET
    try:
        if full:
            return _full()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        if full:
            return JsonResponse({"status": "trouble", "problems": [NO_DATABASE]}, status=503)
        return HttpResponse(f"{NO_DATABASE}\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok\n", content_type="text/plain")


def _full() -> JsonResponse:
    from makegood.web import doing

    queues, runners = doing.queues(), doing.runners()
    problems = [f"The {one.name} gives no sign of life." for one in runners if one.silent]
    problems += [f"{one.slug.capitalize()} wait for too long." for one in queues if one.late]
    told = {
        "status": "trouble" if problems else "ok",
        "problems": problems,
        "processes": {one.name: {"age": _tenths(one.age), "bound": jobs.SILENT_SECONDS} for one in runners},
        "queues": {one.slug: {"age": _tenths(one.age), "bound": one.bound} for one in queues},
    }
    return JsonResponse(told, status=503 if problems else 200)


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


# The middleware must not ask the database who is there.
healthz.for_probes = True  # type: ignore[attr-defined]

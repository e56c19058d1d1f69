"""A query on its way through kept posts: rows that a worker picks up, turn by turn, newest posts first."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from makegood.activity import Activity
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import flow
from makegood.listen.matching import hit_of
from makegood.listen.models import Channel, Hearing, Mention, Query
from makegood.listen.query import Match, QueryError, parse
from makegood.listen.replay import segments
from makegood.listen.replay.erasures import NETWORK
from makegood.listen.replay.gone import gone_after, unclean_after
from makegood.listen.replay.models import ReplayRun
from makegood.listen.replay.rules import moment
from makegood.listen.replay.searching import Step, count_before, look_through
from makegood.listen.replay.wishes import wants

__all__ = ["MOST_FOUND", "RECENT", "begin", "cancel", "run_due"]

TOPIC = "replays"
TURN_SECONDS = 1.0
# Long enough for a turn and a slow database; whoever is only slow finds that `attempt` has moved on, and stops.
LEASE_SECONDS = 15.0
COMMIT_HITS = 50
COMMIT_SECONDS = 0.3
MOST_FOUND = 1000
"""New mentions of one run. More would bury what is said now."""
MOST_UNSORTED = 1000
LOOK_AGAIN_SECONDS = 1.0
RECENT = timedelta(days=1)
"""Who wrote within the last day still waits for an answer; what is older is history, and no clock runs for it."""

State = ReplayRun.State
OPEN = (State.QUEUED, State.RUNNING)


@transaction.atomic
def begin(query: Query, by: Any) -> ReplayRun | None:
    """Lets a query look back through what is kept; one that was on its way for an older text ends. None where the
    workspace wants nothing kept, or nothing is, or the query is stopped.
    """
    if not query.active or not wants(query.workspace_id) or not segments.segments(settings.REPLAY_FOLDER):
        return None
    mine = ReplayRun.objects.within(query.workspace_id)
    now = clock.now()
    # Two members who save at the same moment come one after the other.
    Query.objects.within(query.workspace_id).select_for_update().get(pk=query.pk)
    mine.filter(query=query, state__in=OPEN).update(state=State.CANCELLED, finished_at=now, lease_until=None)
    run: ReplayRun = ReplayRun.objects.create(
        workspace_id=query.workspace_id,
        query=query,
        text=query.text,
        created_by=by,
        posts_total=count_before(settings.REPLAY_FOLDER),
    )
    journal.record(query.workspace_id, "replay.begun", query, actor=by)
    jobs.wake(TOPIC)
    return run


@transaction.atomic
def cancel(query: Query, by: Any) -> None:
    """Stops looking back. What was found stays."""
    rows = ReplayRun.objects.within(query.workspace_id).filter(query=query, state__in=OPEN)
    if rows.update(state=State.CANCELLED, finished_at=clock.now(), lease_until=None):
        journal.record(query.workspace_id, "replay.stopped", query, actor=by)


def run_due() -> None:
    """The step: goes on with the run that has waited longest, for a moment, then lets other work in."""
    waiting = ReplayRun.objects.across("one step looks back for all workspaces").filter(state__in=OPEN)
    pause = LOOK_AGAIN_SECONDS
    for run in jobs.claim(waiting.order_by("turned_at", "id"), seconds=LEASE_SECONDS, limit=1):
        pause = 0.0 if _turn(run) else LOOK_AGAIN_SECONDS
    if waiting.exists():
        jobs.wake(TOPIC, delay=pause)


@dataclass
class _Passed:
    """What was looked at since the last commit."""

    found: list[tuple[Activity, Match]] = field(default_factory=list)
    posts: int = 0
    before: int | None = None
    since_us: int = 0
    at: float = field(default_factory=time.monotonic)

    def add(self, step: Step) -> None:
        self.found += step.found
        self.posts += step.block.count
        self.before, self.since_us = step.block.first, step.block.since_us

    @property
    def is_due(self) -> bool:
        return len(self.found) >= COMMIT_HITS or (bool(self.found) and time.monotonic() - self.at >= COMMIT_SECONDS)


def _turn(run: ReplayRun) -> bool:
    """Looks on. False when sorting has to catch up first."""
    if flow.is_behind(MOST_UNSORTED):
        _put_back(run)
        return False
    channel = _stream(run.workspace_id)
    if channel is None:
        _finish(run, State.FAILED, "No channel listens to all public posts any more. Add it, then look back again.")
        return True
    try:
        query = parse(run.text)
    except QueryError as error:
        _finish(run, State.FAILED, error.message)
        return True
    until = time.monotonic() + TURN_SECONDS
    passed = _Passed()
    for step in look_through(settings.REPLAY_FOLDER, query, run.before):
        passed.add(step)
        late = time.monotonic() >= until
        if passed.is_due or late:
            if not _keep(run, channel, passed):
                return True
            if run.capped:
                _finish(run, State.DONE)
                return True
            passed = _Passed()
        if late:
            _put_back(run)
            return True
    if _keep(run, channel, passed):
        _finish(run, State.DONE)
    return True


def _stream(workspace_id: int) -> Channel | None:
    rows = Channel.objects.within(workspace_id).filter(kind=Channel.Kind.STREAM, network=NETWORK)
    return rows.order_by("id").first()


@transaction.atomic
def _keep(run: ReplayRun, channel: Channel, passed: _Passed) -> bool:
    """What was found and how far it went, in one go. False when somebody stopped it, or took it over, meanwhile."""
    fresh = ReplayRun.objects.within(run.workspace_id).select_for_update().filter(pk=run.pk).first()
    if fresh is None or fresh.state not in OPEN or fresh.attempt != run.attempt:
        return False
    query = Query.objects.within(run.workspace_id).get(pk=run.query_id)
    found = passed.found[: MOST_FOUND - fresh.found + 1]
    hits = [hit_of(activity, query.pk, query.name, match) for activity, match in found[: MOST_FOUND - fresh.found]]
    new = flow.store(channel, hits, oldest=run.created_at - RECENT)
    fresh.state = State.RUNNING
    fresh.found += new
    fresh.known += len(hits) - new
    fresh.capped = len(found) > len(hits)
    fresh.posts_done += passed.posts
    fresh.posts_total = max(fresh.posts_total, fresh.posts_done)
    fresh.seconds += time.monotonic() - passed.at
    if passed.before is not None:
        fresh.before, fresh.reached_at = passed.before, moment(passed.since_us, clock.now())
    fresh.lease_until = clock.now() + timedelta(seconds=LEASE_SECONDS)
    fresh.save()
    run.before, run.found, run.capped = fresh.before, fresh.found, fresh.capped
    return True


def _put_back(run: ReplayRun) -> None:
    """Others that wait come first."""
    ReplayRun.objects.within(run.workspace_id).filter(pk=run.pk, attempt=run.attempt).update(
        turned_at=clock.now(), lease_until=None
    )


@transaction.atomic
def _finish(run: ReplayRun, state: str, sentence: str = "") -> None:
    rows = ReplayRun.objects.within(run.workspace_id).filter(pk=run.pk, state__in=OPEN, attempt=run.attempt)
    done = {"posts_done": run.posts_total} if state == State.DONE and not run.capped else {}
    if not rows.update(state=state, sentence=sentence, finished_at=clock.now(), lease_until=None, **done):
        return
    _forget_late(run)
    query = Query.objects.within(run.workspace_id).get(pk=run.query_id)
    journal.record(run.workspace_id, "replay.done" if state == State.DONE else "replay.failed", query)


def _forget_late(run: ReplayRun) -> None:
    """What was deleted while it was being found. Deleted later still, it goes like every mention."""
    folder = settings.REPLAY_FOLDER
    gone = gone_after(folder, unclean_after(folder))
    if not gone:
        return
    mine = Mention.objects.within(run.workspace_id).filter(deleted_at__isnull=True)
    keys = Hearing.objects.within(run.workspace_id).filter(query_id=run.query_id, heard_at__gte=run.created_at)
    heard = mine.filter(pk__in=keys.values("mention_id")).values_list("network_id", flat=True)
    flow.redact([network_id for network_id in heard if gone.names(network_id)])

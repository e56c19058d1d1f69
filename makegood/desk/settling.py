"""Which clocks run on a conversation, which rest and which have ended: no I/O, it changes the rows it is given.

Of a conversation's queue and its moments everything follows, so that one function serves a new post, an answer, a
change of label, a reopening and a change of the rules alike.

- first answer: from their post to our first answer. next update: every later answer that is owed, from the post it is
  owed to; under a policy whose clocks don't rest, also from our last answer on.
- resolution: from the first post that asked for an answer until it is closed.
- While we wait for them the clocks rest, and go on with what was left. Where nothing is owed any more, they fall away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from makegood.clocks import api as clocks
from makegood.desk.models import Clock, Conversation

__all__ = ["Settled", "settle", "stop"]

K = Clock.Kind
Q = Conversation.Queue
KEPT_BY_ANSWER = (K.FIRST_ANSWER, K.NEXT_UPDATE)
FIELDS = (
    "policy_name",
    "reason",
    "started_at",
    "due_at",
    "target_minutes",
    "runs_from",
    "used_seconds",
    "paused_at",
    "warn_at",
    "warned_at",
    "broken_at",
    "stopped_at",
    "kept",
)


@dataclass
class Settled:
    """What came of it: rows to make, rows to save, and those that ended or broke with it."""

    fresh: list[Clock] = field(default_factory=list)
    changed: list[Clock] = field(default_factory=list)
    kept: list[Clock] = field(default_factory=list)
    broken: list[Clock] = field(default_factory=list)


@dataclass
class _Case:
    row: Conversation
    running: dict[str, Clock]
    terms: clocks.Terms
    now: datetime
    answered_at: datetime | None
    ended: Clock | None

    @property
    def stands(self) -> str:
        return self.row.snoozed_from if self.row.queue == Q.SNOOZED else self.row.queue

    def begin(self, kind: str, since: datetime) -> None:
        self.running[kind] = Clock(
            workspace_id=self.row.workspace_id, conversation=self.row, kind=kind, started_at=since, runs_from=since
        )


def settle(
    row: Conversation,
    rows: list[Clock],
    terms: clocks.Terms,
    now: datetime,
    answered_at: datetime | None = None,
) -> Settled:
    """Sets the clocks of a conversation by how it stands now, and its `due_at` to the next moment something is due.

    `rows` are its running clocks and its ended clocks of resolution. `answered_at` is given when an answer of ours, of
    that moment, is what has just happened; the conversation stands already as it does after it.
    """
    before = {each.pk: tuple(getattr(each, name) for name in FIELDS) for each in rows}
    promises = [each for each in rows if each.kind == K.PROMISE]
    ended = [each for each in rows if each.kind == K.RESOLUTION and each.stopped_at is not None]
    running = {each.kind: each for each in rows if each.kind != K.PROMISE and each.stopped_at is None}
    was_broken = {each.pk for each in rows if each.broken_at is not None}
    newest = max(ended, key=lambda each: each.stopped_at or now, default=None)
    case = _Case(row, running, terms, now, answered_at, newest)
    over = _answers(case)
    over += _resolution(case)
    alive = [each for each in case.running.values() if each.stopped_at is None]
    for each in alive:
        _time(each, case)
    touched = [*over, *alive]
    row.due_at = min((each.due_at for each in [*alive, *promises] if each.due_at is not None), default=None)
    return Settled(
        fresh=[each for each in touched if each.pk is None],
        changed=[each for each in touched if each.pk and before[each.pk] != tuple(getattr(each, n) for n in FIELDS)],
        kept=[each for each in over if each.kept],
        broken=[each for each in touched if each.broken_at is not None and each.pk not in was_broken],
    )


def _answers(case: _Case) -> list[Clock]:
    """The clocks that an answer stops. Returns those that have ended."""
    row, over = case.row, []
    owed = case.stands == Q.NEEDS_ANSWER and row.waiting_since is not None
    wanted = K.NEXT_UPDATE if row.answered_at is not None else K.FIRST_ANSWER
    for kind in KEPT_BY_ANSWER:
        found = case.running.get(kind)
        if found is None:
            continue
        if case.answered_at is not None:
            over.append(stop(found, case.answered_at, fulfilled=True))
        elif owed and kind != wanted:
            over.append(stop(found, case.now, fulfilled=False))
        elif case.stands == Q.WAITING:
            if case.terms.pauses and found.paused_at is None:
                _rest(found, case.terms.hours, case.now)
        elif not owed:
            over.append(stop(found, case.now, fulfilled=False))
    case.running = {kind: each for kind, each in case.running.items() if each.stopped_at is None}
    if owed and row.waiting_since is not None:
        _owe(case, wanted, row.waiting_since)
    elif case.stands == Q.WAITING and case.answered_at is not None and not case.terms.pauses:
        case.begin(K.NEXT_UPDATE, case.answered_at)
    return over


def _owe(case: _Case, kind: str, since: datetime) -> None:
    found = case.running.get(kind)
    if found is None:
        case.begin(kind, since)
    elif found.paused_at is not None:
        _go_on(found, case)
    elif not found.used_seconds and (kind == K.FIRST_ANSWER or case.terms.pauses):
        # What they said first may turn up later than what they said next.
        found.started_at = found.runs_from = since


def _resolution(case: _Case) -> list[Clock]:
    row, found = case.row, case.running.get(K.RESOLUTION)
    if case.terms.resolution is None:
        return [stop(found, case.now, fulfilled=False)] if found is not None else []
    if case.stands == Q.NEEDS_ANSWER:
        if found is None:
            _begin_resolution(case)
        elif found.paused_at is not None:
            _go_on(found, case)
        elif not found.used_seconds and row.answered_at is None and row.waiting_since is not None:
            found.started_at = found.runs_from = row.waiting_since
        return []
    if found is None:
        return []
    if case.stands == Q.WAITING:
        if case.terms.pauses and found.paused_at is None:
            _rest(found, case.terms.hours, case.answered_at or case.now)
        return []
    gone = row.latest.deleted_at is not None
    settled = case.stands == Q.CLOSED or row.answered_at is not None
    return [stop(found, case.now, fulfilled=settled and not gone)]


def _begin_resolution(case: _Case) -> None:
    """From the post that waits; but where nothing new was said since it was closed, the old clock goes on."""
    last, row = case.ended, case.row
    if last is not None and last.stopped_at is not None and row.latest.posted_at <= last.stopped_at:
        last.stopped_at = last.kept = None
        case.running[K.RESOLUTION] = last
        if last.paused_at is not None:
            _go_on(last, case)
    elif row.waiting_since is not None:
        case.begin(K.RESOLUTION, row.waiting_since)


def stop(found: Clock, at: datetime, *, fulfilled: bool) -> Clock:
    """Ends a clock. `fulfilled`: what was owed was done at `at`; else nothing is owed any more and it falls away."""
    due = found.due_at or found.broken_at
    if fulfilled and due is not None and at <= due:
        found.broken_at = None
    elif due is not None and at > due:
        found.broken_at = found.broken_at or due
    found.stopped_at = at
    if found.broken_at is not None:
        found.kept = False
    else:
        found.kept = True if fulfilled else None
    return found


def _rest(found: Clock, hours: clocks.Hours | None, at: datetime) -> None:
    if found.due_at is not None and found.due_at < at:
        found.broken_at = found.broken_at or found.due_at
    if found.runs_from is not None:
        gone = clocks.between(hours, found.runs_from, at)
        found.used_seconds += max(0, round(gone.total_seconds()))
    found.paused_at, found.runs_from, found.due_at, found.warn_at = at, None, None, None


def _go_on(found: Clock, case: _Case) -> None:
    """From the customer's newest post, or from now where it was not they who set it going."""
    posted = case.row.latest.posted_at
    since = posted if found.paused_at is not None and posted > found.paused_at else case.now
    found.runs_from, found.paused_at = since, None


def _time(found: Clock, case: _Case) -> None:
    """By when it is due and when to speak of it, under the terms that hold now."""
    terms = case.terms
    target = {K.FIRST_ANSWER: terms.answer, K.NEXT_UPDATE: terms.update}.get(K(found.kind), terms.resolution)
    assert target is not None
    found.policy_name, found.reason = terms.policy, terms.reason
    found.target_minutes = int(target.total_seconds() // 60)
    if found.runs_from is None:
        return
    used = timedelta(seconds=found.used_seconds)
    left = target - used
    if left <= timedelta():
        found.due_at = found.broken_at or found.runs_from
        found.warn_at = found.warn_at or found.due_at
        return
    try:
        due = clocks.add(terms.hours, found.runs_from, left)
        warn = clocks.warn_at(terms.hours, found.runs_from, used, target)
    except clocks.HoursError:
        # A shop that is hardly ever open still owes an answer: better counted around the clock than never.
        due, warn = found.runs_from + left, clocks.warn_at(None, found.runs_from, used, target)
    found.due_at, found.warn_at = due, warn
    if due > case.now:
        found.broken_at = None
    if warn > case.now:
        found.warned_at = None

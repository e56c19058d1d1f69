"""Clocks and promises as pages show them. Every list is bounded; a number of queries is said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncWeek

from makegood.accounts.api import Membership
from makegood.desk.models import Clock, Conversation
from makegood.desk.visibility import visible
from makegood.kit import clock

__all__ = ["Shown", "Week", "clocks_of", "kept_by_week", "promises_due", "promises_due_count"]

ENDED_SHOWN = 5
WEEKS = 8
K = Clock.Kind


@dataclass(frozen=True)
class Shown:
    """A clock with how it stands: runs, soon (80 % used), late, rests, kept, broken, gone."""

    clock: Clock
    state: str
    used: int
    """Per cent of the time from its start to its end that has passed; 100 once it is late."""


def clocks_of(row: Conversation) -> list[Shown]:
    """The clocks of a conversation: what runs, the next due first, what rests, the last five that ended. 2 queries."""
    mine = Clock.objects.within(row.workspace_id).filter(conversation=row).select_related("member")
    running = list(mine.filter(stopped_at__isnull=True).order_by(F("due_at").asc(nulls_last=True), "id")[:50])
    ended = mine.filter(stopped_at__isnull=False).filter(Q(kept__isnull=False) | Q(kind=K.PROMISE))
    now = clock.now()
    return [_shown(each, now) for each in [*running, *ended.order_by("-stopped_at", "-id")[:ENDED_SHOWN]]]


def _shown(row: Clock, now: datetime) -> Shown:
    if row.stopped_at is not None:
        state = "gone" if row.kept is None else "kept" if row.kept else "broken"
        return Shown(row, state, 100)
    if row.due_at is None:
        target = (row.target_minutes or 0) * 60
        return Shown(row, "rests", min(100, round(100 * row.used_seconds / target)) if target else 0)
    if row.due_at <= now:
        return Shown(row, "late", 100)
    whole = (row.due_at - row.started_at).total_seconds()
    gone = (now - row.started_at).total_seconds()
    state = "soon" if row.warn_at is not None and row.warn_at <= now else "runs"
    return Shown(row, state, max(0, min(99, round(100 * gone / whole))) if whole > 0 else 99)


def _owed(viewer: Membership, until: datetime) -> QuerySet[Clock]:
    rows = Clock.objects.within(viewer.workspace_id).filter(kind=K.PROMISE, stopped_at__isnull=True, due_at__lte=until)
    return rows.filter(conversation__in=visible(viewer))


def _end_of_day(zone: str, days: int) -> datetime:
    place = ZoneInfo(zone)
    day = clock.now().astimezone(place).date() + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=place)


def promises_due(viewer: Membership, zone: str, size: int, days: int = 1) -> list[Shown]:
    """Promises that are broken or due until the end of tomorrow (`days` ahead), the longest overdue first. 1 query."""
    rows = _owed(viewer, _end_of_day(zone, days)).select_related("conversation", "member").order_by("due_at", "id")
    now = clock.now()
    return [_shown(each, now) for each in rows[:size]]


def promises_due_count(viewer: Membership, zone: str, days: int = 1) -> int:
    """How many `promises_due` would be without an end, counted to 100. 1 query."""
    return _owed(viewer, _end_of_day(zone, days)).order_by()[:100].count()


@dataclass(frozen=True)
class Week:
    """One week's clocks; `first` is its Monday."""

    first: date
    kept: int
    broken: int


def kept_by_week(workspace_id: int, zone: str, weeks: int = WEEKS, kinds: Iterable[str] = K.values) -> list[Week]:
    """Clocks kept and broken in each of the last weeks, oldest first, in the shop's time zone. 2 queries.

    A clock counts as broken in the week in which it ran out, as kept in the week in which it was stopped in time.
    """
    place = ZoneInfo(zone)
    today = clock.now().astimezone(place).date()
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=weeks - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=place)
    rows = Clock.objects.within(workspace_id).filter(kind__in=list(kinds), conversation__is_sample=False)
    kept = _by_week(rows.filter(kept=True, stopped_at__gte=since), "stopped_at", place)
    broken = _by_week(rows.filter(broken_at__gte=since), "broken_at", place)
    span = [first + timedelta(weeks=number) for number in range(weeks)]
    return [Week(day, kept[day], broken[day]) for day in span]


def _by_week(rows: QuerySet[Clock], field: str, place: ZoneInfo) -> Counter[date]:
    grouped = rows.annotate(week=TruncWeek(field, tzinfo=place)).values("week").order_by("week").annotate(n=Count("id"))
    return Counter({row["week"].date(): row["n"] for row in grouped})

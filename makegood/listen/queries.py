"""Saved queries: keep, change, stop, and try out before saving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from makegood.activity import Activity
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.models import Hearing, Mention, Query, SampledPost
from makegood.listen.query import (
    Estimate,
    Hint,
    Match,
    QueryError,
    estimate,
    matches,
    near_miss,
    parse,
    tokens,
)

__all__ = [
    "Sampled",
    "Trial",
    "change",
    "explain",
    "heard_by_day",
    "is_sampling",
    "remove_query",
    "save",
    "try_out",
]

TRIED_SAMPLES = 4_000
TRIED_MENTIONS = 500
SHOWN = 8
LONGEST_SILENCE = 600.0
"""Seconds between two samples of a public stream after which nobody can have been listening."""


@transaction.atomic
def save(workspace: Any, by: Any, name: str, text: str) -> Query:
    """Keeps a new query. Raises `QueryError` when the text cannot be read."""
    parse(text)
    row = Query.objects.create(workspace=workspace, name=name.strip()[:120] or text[:60], text=text, created_by=by)
    journal.record(workspace.pk, "query.saved", row, actor=by)
    return row


@transaction.atomic
def change(query: Query, by: Any, *, name: str, text: str, active: bool) -> Query:
    """Changes a query; the listener takes it up within a second or two. Raises `QueryError`."""
    parse(text)
    query.name, query.text, query.active, query.changed_at = (
        name.strip()[:120] or text[:60],
        text,
        active,
        clock.now(),
    )
    query.save(update_fields=["name", "text", "active", "changed_at"])
    journal.record(query.workspace_id, "query.changed", query, actor=by, active=active)
    return query


@transaction.atomic
def remove_query(query: Query, by: Any) -> None:
    """Stops listening for it. What it has found stays."""
    journal.record(query.workspace_id, "query.removed", query, actor=by)
    query.delete()


@dataclass(frozen=True)
class Sampled:
    """A post the query was tried on, with the words that matched as (start, end) in text and title."""

    activity: Activity
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Trial:
    """What a query would have found among recent posts."""

    reading: str = ""
    mixes: bool = False
    hints: tuple[Hint, ...] = ()
    matched: tuple[Sampled, ...] = ()
    unmatched: tuple[Sampled, ...] = ()
    matched_count: int = 0
    tried: int = 0
    volume: Estimate | None = None
    error: QueryError | None = None
    own_matched: int = 0
    own_tried: int = 0
    terms: tuple[str, ...] = field(default=())


def _activities(rows: Sequence[Any]) -> list[Activity]:
    return [msgspec.convert(row, Activity) for row in rows if row]


def explain(text: str) -> Trial:
    """How a query is read, or what is wrong with it, without trying it on anything."""
    try:
        query = parse(text)
    except QueryError as error:
        return Trial(error=error)
    return Trial(reading=query.reading(), mixes=query.mixes_and_or, hints=query.hints, terms=tuple(query.words()))


def is_sampling() -> bool:
    """Whether there is any public post to try a query on."""
    return SampledPost.objects.exists()


def try_out(workspace: Any, text: str) -> Trial:
    """Tries a query on a random sample of recent public posts and on what the workspace has heard lately.

    Shows what would match, near misses first among what would not, and the posts a day to expect.
    """
    told = explain(text)
    if told.error is not None:
        return told
    query = parse(text)
    sample = list(SampledPost.objects.order_by("-id").values_list("activity", "share", "heard_at")[:TRIED_SAMPLES])
    heard = list(
        Mention.objects.within(workspace)
        .filter(deleted_at__isnull=True)
        .order_by("-heard_at")
        .values_list("activity", flat=True)[:TRIED_MENTIONS]
    )
    public, own = _activities([row[0] for row in sample]), _activities(heard)
    matched: dict[str, Sampled] = {}
    misses: dict[str, Sampled] = {}
    others: dict[str, Sampled] = {}
    counts = [0, 0]
    for where, activities in enumerate((own, public)):
        for activity in activities:
            doc = tokens(activity)
            match = matches(query, doc)
            if match is not None:
                counts[where] += 1
                _show(matched, _sampled(activity, match))
            elif len(misses) < SHOWN and near_miss(query, doc):
                _show(misses, Sampled(activity))
            else:
                _show(others, Sampled(activity))
    share = _share([row[1] for row in sample])
    volume = estimate(counts[1], len(public), _span([row[2] for row in sample]), share) if share else None
    return replace(
        told,
        matched=tuple(matched.values()),
        unmatched=(*misses.values(), *others.values())[:SHOWN],
        matched_count=counts[1],
        tried=len(public),
        own_matched=counts[0],
        own_tried=len(own),
        volume=volume,
    )


def _show(shown: dict[str, Sampled], sampled: Sampled) -> None:
    """Shows one more post, up to SHOWN, by its text: many copies of the same say no more than one."""
    if len(shown) < SHOWN:
        shown.setdefault(sampled.activity.text, sampled)


def _sampled(activity: Activity, match: Match) -> Sampled:
    def places(where: str) -> tuple[tuple[int, int], ...]:
        return tuple((hit.start, hit.end) for hit in match.terms if hit.where == where and hit.end > hit.start)

    return Sampled(activity, places("text"), places("title"))


def heard_by_day(workspace: Any, days: int = 7) -> dict[int, dict[date, int]]:
    """How many mentions each query of the workspace has heard on each of the last `days` days, by query id.

    Today is the last day; days without any are left out; they are those of the current time zone.
    """
    today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days - 1)
    rows = (
        Hearing.objects.within(workspace)
        .filter(query__isnull=False, heard_at__gte=first)
        .annotate(day=TruncDate("heard_at"))
        .values_list("query_id", "day")
        .annotate(heard=Count("mention_id", distinct=True))
    )
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for query_id, day, heard in rows:
        if query_id is not None:
            found[query_id][day] = heard
    return dict(found)


def _span(moments: Sequence[datetime]) -> float:
    """Seconds of listening that samples heard at these moments (newest first) stand for.

    A long silence between two of them means that nobody listened; it says nothing about how much there was.
    """
    steps = ((newer - older).total_seconds() for newer, older in pairwise(moments))
    return sum(step for step in steps if 0 < step <= LONGEST_SILENCE)


def _share(shares: Sequence[float]) -> float:
    """The share of all posts the sample holds: posts kept over posts there were (each stands for 1/share)."""
    stood_for = sum(1.0 / share for share in shares if share > 0)
    return min(1.0, len(shares) / stood_for) if stood_for else 0.0

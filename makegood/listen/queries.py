"""Saved queries: keep, change, stop, and try out before saving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from django.conf import settings
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
from makegood.listen.query import Query as Parsed
from makegood.listen.replay.flow import begin, cancel
from makegood.listen.replay.searching import Glimpse, glance
from makegood.listen.replay.wishes import wants

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
GLANCE_SECONDS = 0.25
"""For looking back through kept posts while somebody types."""
LONGEST_SILENCE = 600.0
"""Seconds between two samples of a public stream after which nobody can have been listening."""


@transaction.atomic
def save(workspace: Any, by: Any, name: str, text: str) -> Query:
    """Keeps a new query, which looks back where posts are kept. Raises `QueryError` when the text cannot be read."""
    parse(text)
    row = Query.objects.create(workspace=workspace, name=name.strip()[:120] or text[:60], text=text, created_by=by)
    journal.record(workspace.pk, "query.saved", row, actor=by)
    begin(row, by)
    return row


@transaction.atomic
def change(query: Query, by: Any, *, name: str, text: str, active: bool) -> Query:
    """Changes a query; the listener takes it up within a second or two. With another text it looks back anew; stopped,
    it looks back no further. Raises `QueryError`.
    """
    parse(text)
    anew = active and (text != query.text or not query.active)
    query.name, query.text, query.active, query.changed_at = (
        name.strip()[:120] or text[:60],
        text,
        active,
        clock.now(),
    )
    query.save(update_fields=["name", "text", "active", "changed_at"])
    journal.record(query.workspace_id, "query.changed", query, actor=by, active=active)
    if anew:
        begin(query, by)
    elif not active:
        cancel(query, by)
    return query


@transaction.atomic
def remove_query(query: Query, by: Any) -> None:
    """Stops listening for it. What it has found stays."""
    journal.record(query.workspace_id, "query.removed", query, actor=by)
    query.delete()


@dataclass(frozen=True)
class Sampled:
    """A post the query was tried on, with the words that matched as (start, end) in text and title, and the tags beside
    the text that did.
    """

    activity: Activity
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] = ()


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
    stored: bool = False
    """It was tried on all of the newest kept posts, not on some picked by chance; `seconds` of the stream."""
    seconds: float = 0.0
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
    """Tries a query on the newest public posts that are kept, or where none are on a random sample of recent ones, and
    on what the workspace has heard lately.

    Shows what would match, near misses first among what would not, and the posts a day to expect.
    """
    told = explain(text)
    if told.error is not None:
        return told
    query = parse(text)
    trial = _Trying(query)
    heard = list(
        Mention.objects.within(workspace)
        .filter(deleted_at__isnull=True)
        .order_by("-heard_at")
        .values_list("activity", flat=True)[:TRIED_MENTIONS]
    )
    own = _activities(heard)
    own_matched = sum(map(trial.on, own))
    told = replace(told, own_matched=own_matched, own_tried=len(own))
    glimpse = glance(settings.REPLAY_FOLDER, query, GLANCE_SECONDS, SHOWN) if wants(workspace) else Glimpse()
    told = _on_kept(told, trial, glimpse) if glimpse.tried else _on_sample(told, trial)
    return replace(
        told,
        matched=tuple(trial.matched.values()),
        unmatched=(*trial.misses.values(), *trial.others.values())[:SHOWN],
    )


def _on_kept(told: Trial, trial: _Trying, glimpse: Glimpse) -> Trial:
    """Tried on the newest posts that are kept: all there were, so that a count says how many there are."""
    for activity, match in glimpse.found:
        _show(trial.matched, _sampled(activity, match))
    for activity in glimpse.others:
        trial.on(activity)
    volume = estimate(glimpse.matched, glimpse.tried, glimpse.seconds, 1.0)
    return replace(
        told,
        matched_count=glimpse.matched,
        tried=glimpse.tried,
        volume=volume,
        stored=True,
        seconds=glimpse.seconds,
    )


def _on_sample(told: Trial, trial: _Trying) -> Trial:
    """Tried on posts picked by chance."""
    sample = list(SampledPost.objects.order_by("-id").values_list("activity", "share", "heard_at")[:TRIED_SAMPLES])
    public = _activities([row[0] for row in sample])
    matched = sum(map(trial.on, public))
    share = _share([row[1] for row in sample])
    volume = estimate(matched, len(public), _span([row[2] for row in sample]), share) if share else None
    return replace(told, matched_count=matched, tried=len(public), volume=volume)


@dataclass
class _Trying:
    """A query, and what it was tried on that is worth showing, by text."""

    query: Parsed
    matched: dict[str, Sampled] = field(default_factory=dict)
    misses: dict[str, Sampled] = field(default_factory=dict)
    others: dict[str, Sampled] = field(default_factory=dict)

    def on(self, activity: Activity) -> bool:
        """Whether it fits."""
        doc = tokens(activity)
        match = matches(self.query, doc)
        if match is not None:
            _show(self.matched, _sampled(activity, match))
        elif len(self.misses) < SHOWN and near_miss(self.query, doc):
            _show(self.misses, Sampled(activity))
        else:
            _show(self.others, Sampled(activity))
        return match is not None


def _show(shown: dict[str, Sampled], sampled: Sampled) -> None:
    """Shows one more post, up to SHOWN, by its text: many copies of the same say no more than one."""
    if len(shown) < SHOWN:
        shown.setdefault(sampled.activity.text, sampled)


def _sampled(activity: Activity, match: Match) -> Sampled:
    def places(where: str) -> tuple[tuple[int, int], ...]:
        return tuple((hit.start, hit.end) for hit in match.terms if hit.where == where and hit.end > hit.start)

    tags = dict.fromkeys(activity.tags[start] for start, _ in places("tag"))
    return Sampled(activity, places("text"), places("title"), tuple(tags))


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

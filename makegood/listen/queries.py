"""Saved queries: keep, change, stop, and try out before saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max, Min

from makegood.activity import Activity
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.models import Mention, Query, SampledPost
from makegood.listen.query import Estimate, QueryError, estimate, matches, near_miss, parse, tokens

__all__ = ["Trial", "change", "remove_query", "save", "try_out"]

TRIED_SAMPLES = 4_000
TRIED_MENTIONS = 500
SHOWN = 8


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
    query.name, query.text, query.active, query.changed_at = name.strip()[:120] or text[:60], text, active, clock.now()
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
    """A post the query was tried on, with the words that matched as (start, end)."""

    activity: Activity
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Trial:
    """What a query would have found among recent posts."""

    reading: str = ""
    mixes: bool = False
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


def try_out(workspace: Any, text: str) -> Trial:
    """Tries a query on a random sample of recent public posts and on what the workspace has heard lately.

    Shows what would match, near misses first among what would not, and the posts a day to expect.
    """
    try:
        query = parse(text)
    except QueryError as error:
        return Trial(error=error)
    sample = list(SampledPost.objects.order_by("-id").values_list("activity", "share")[:TRIED_SAMPLES])
    heard = list(
        Mention.objects.within(workspace)
        .filter(deleted_at__isnull=True)
        .order_by("-heard_at")
        .values_list("activity", flat=True)[:TRIED_MENTIONS]
    )
    public, own = _activities([row[0] for row in sample]), _activities(heard)
    matched: list[Sampled] = []
    misses: list[Sampled] = []
    others: list[Sampled] = []
    counts = [0, 0]
    for where, activities in enumerate((own, public)):
        for activity in activities:
            doc = tokens(activity)
            match = matches(query, doc)
            if match is not None:
                counts[where] += 1
                matched.append(Sampled(activity, tuple((term.start, term.end) for term in match.terms)))
            elif len(misses) < SHOWN and near_miss(query, doc):
                misses.append(Sampled(activity))
            elif len(others) < SHOWN:
                others.append(Sampled(activity))
    return Trial(
        reading=query.reading(),
        mixes=query.mixes_and_or,
        matched=tuple(matched[:SHOWN]),
        unmatched=tuple((misses + others)[:SHOWN]),
        matched_count=counts[1],
        tried=len(public),
        own_matched=counts[0],
        own_tried=len(own),
        volume=estimate(counts[1], len(public), _span(), _share([row[1] for row in sample])),
        terms=tuple(query.words()),
    )


def _span() -> float:
    """Seconds the newest samples reach back."""
    newest = SampledPost.objects.aggregate(last=Max("id"))["last"]
    if newest is None:
        return 0.0
    rows = SampledPost.objects.filter(id__gt=newest - TRIED_SAMPLES)
    ends = rows.aggregate(first=Min("heard_at"), last=Max("heard_at"))
    return float((ends["last"] - ends["first"]).total_seconds())


def _share(shares: Sequence[float]) -> float:
    """The share of all posts the sample holds: posts kept over posts there were (each kept one stands for 1/share)."""
    stood_for = sum(1.0 / share for share in shares if share > 0)
    return len(shares) / stood_for if stood_for else 0.0

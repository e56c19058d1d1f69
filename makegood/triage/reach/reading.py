"""How far a thread travels, for the page: each figure with its evidence and its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Count, Max, Q

from makegood.activity import Activity
from makegood.kit import clock
from makegood.listen.api import Copies, Mention, copies_of
from makegood.triage.models import Assessment
from makegood.triage.reach.flow import pace_of
from makegood.triage.reach.models import Snapshot, Spread
from makegood.triage.reach.rules import Pace, Point, gained, press_words
from makegood.triage.reader import Intent

__all__ = ["Earlier", "Reach", "reach_of"]

MOST_POINTS = 120


@dataclass(frozen=True)
class Earlier:
    """What the same author said here before: how many posts, how many of them complaints, and when the last was."""

    posts: int
    complaints: int
    last_at: datetime | None


@dataclass(frozen=True)
class Reach:
    """How far a thread travels.

    `spread` is None where nothing is followed, `pace` where the network has not counted anything yet. `an_hour` is how
    many voices came in the last hour before `spread.seen_at`. `verified` is what the network has checked of the author,
    `press` the words in their name that are usual for the press. `copies` are what others passed on in the same words.
    """

    followers: int | None
    followers_at: datetime
    verified: str
    press: tuple[str, ...]
    earlier: Earlier
    copies: Copies | None = None
    spread: Spread | None = None
    pace: Pace | None = None
    an_hour: int = 0
    points: Sequence[Snapshot] = ()

    @property
    def age(self) -> timedelta | None:
        """How old the post was when it was last counted."""
        return self.spread.seen_at - self.spread.began_at if self.spread and self.spread.seen_at else None

    @property
    def growing(self) -> bool:
        """Whether voices still come in."""
        return self.an_hour > 0


def reach_of(mention: Mention, followers: int | None = None, followers_at: datetime | None = None) -> Reach:
    """How far the thread of a mention travels. `followers` is what the network said at `followers_at` (aware), where
    that is newer than the mention. At most 10 queries.
    """
    author = msgspec.convert(mention.activity, Activity).author if mention.activity else None
    known = followers if followers is not None else author.followers if author else None
    told_at = followers_at if followers is not None and followers_at else mention.heard_at
    facts: dict[str, Any] = {
        "followers": known,
        "followers_at": told_at,
        "verified": author.verified if author else "",
        "press": press_words(author) if author else (),
        "earlier": _earlier(mention),
        "copies": copies_of(mention.workspace_id, [mention.pk]).get(mention.pk),
    }
    rows = Spread.objects.within(mention.workspace_id).filter(network=mention.network, thread_id=mention.thread_id)
    spread = rows.first()
    if spread is None or spread.seen_at is None:
        return Reach(**facts, spread=spread)
    points = list(spread.snapshots.order_by("-at")[:MOST_POINTS])[::-1]
    curve = [*(Point(each.at, each.voices) for each in points), Point(spread.seen_at, spread.voices)]
    rate = gained(curve, spread.began_at, spread.seen_at)
    pace = pace_of(spread, curve, clock.now())
    return Reach(**facts, spread=spread, pace=pace, an_hour=rate, points=points)


def _earlier(mention: Mention) -> Earlier:
    """1 query."""
    rows = Assessment.objects.within(mention.workspace_id).filter(
        mention__network=mention.network,
        mention__author_id=mention.author_id,
        mention__posted_at__lt=mention.posted_at,
        mention__deleted_at__isnull=True,
    )
    found = rows.exclude(mention__thread_id=mention.thread_id).aggregate(
        posts=Count("pk"), complaints=Count("pk", filter=Q(intent=Intent.COMPLAINT)), last=Max("mention__posted_at")
    )
    return Earlier(found["posts"], found["complaints"], found["last"])

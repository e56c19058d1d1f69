"""What is kept and what it takes, and how far queries have looked back: for pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from makegood.kit import clock
from makegood.listen.models import Hearing, Mention, Query
from makegood.listen.replay import rules, segments
from makegood.listen.replay.models import ReplayRun

__all__ = ["Store", "found_by", "replay_of", "store_state"]

TYPICAL_BYTES = 180.0
"""A kept post, as measured (docs/decisions/0040-replay.md); until there are enough of one's own to say."""
ENOUGH = 10_000
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Store:
    """What is kept on this machine: posts, bytes, from when to when; the cap and what is free on the disk, in bytes.

    `bytes_a_post` is measured where there is enough; `posts_a_day` is 0 where too little was heard to say; `days` is
    how far back it can reach.
    """

    cap: int
    posts: int = 0
    bytes: int = 0
    since: datetime | None = None
    until: datetime | None = None
    free: int = 0
    bytes_a_post: float = TYPICAL_BYTES
    posts_a_day: float = 0.0
    days: float = float(rules.DAYS)

    @property
    def is_short(self) -> bool:
        """Whether the disk leaves less room than the cap does."""
        return rules.cap_now(self.cap, self.bytes, self.free) < self.cap


def store_state() -> Store:
    """What is kept now. Reads the head of every block: some milliseconds a gigabyte."""
    folder, cap = settings.REPLAY_FOLDER, settings.REPLAY_BYTES
    paths = segments.segments(folder)
    if not paths:
        return Store(cap)
    blocks = [block for path in paths for block in segments.blocks(path) if block.kind == segments.POSTS]
    size = sum(block.stored for block in blocks)
    posts = sum(block.count for block in blocks)
    free = shutil.disk_usage(folder).free
    if not posts:
        return Store(cap, free=free)
    since, until = min(block.since_us for block in blocks), max(block.until_us for block in blocks)
    each = size / posts if posts >= ENOUGH else TYPICAL_BYTES
    a_day = posts * DAY_US / (until - since) if posts >= ENOUGH and until > since else 0.0
    now = clock.now()
    return Store(
        cap,
        posts,
        size,
        rules.moment(since, now),
        rules.moment(until, now),
        free,
        each,
        a_day,
        rules.reach(rules.cap_now(cap, size, free), a_day, each),
    )


def replay_of(query: Query) -> ReplayRun | None:
    """The last time a query looked back; None where it never has. 1 query."""
    return ReplayRun.objects.within(query.workspace_id).filter(query=query).order_by("-id").first()


def found_by(run: ReplayRun, most: int) -> list[tuple[Mention, list[tuple[int, int]]]]:
    """The newest of what a run has found, up to `most`, whatever has been heard for the query besides, each with the
    places of the words that matched. 2 queries.
    """
    heard = Hearing.objects.within(run.workspace_id).filter(query_id=run.query_id, heard_at__gte=run.created_at)
    rows = Mention.objects.within(run.workspace_id).filter(
        pk__in=heard.values("mention_id"), posted_at__lt=run.created_at, deleted_at__isnull=True
    )
    standing = rows.exclude(state=Mention.State.FOLDED)
    found = list(standing.defer("activity").order_by("-posted_at", "-id")[:most])
    terms = dict(heard.filter(mention__in=found).values_list("mention_id", "terms"))
    return [(row, [(start, end) for _term, start, end in terms.get(row.pk, []) if end > start]) for row in found]

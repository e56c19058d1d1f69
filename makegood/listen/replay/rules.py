"""How long kept posts stay, and how much of them: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

__all__ = [
    "CLEAN_EVERY",
    "DAYS",
    "RESERVE",
    "beyond_cap",
    "cap_now",
    "is_due",
    "is_stale",
    "is_too_old",
    "microseconds",
    "moment",
    "reach",
]

DAYS = 30
LIFE = timedelta(days=DAYS)
CLEAN_EVERY = timedelta(hours=12)
"""What is deleted there must be gone here within a day."""
UNHEARD = timedelta(hours=20)
"""For how long nothing may be heard. Then something that was deleted must go soon, and nobody has told us what."""
GAP_US = 3_600_000_000
"""Microseconds of the stream's own time that may be missing between two frames. In an hour something is always said:
if nothing came, deletions have been missed as well.
"""
RESERVE = 10**9
"""Bytes that stay free on the disk, whatever the cap says."""


def microseconds(at: datetime) -> int:
    """A moment as the stream counts: microseconds since 1970."""
    return int(at.timestamp() * 1_000_000)


def moment(us: int, like: datetime) -> datetime:
    """The moment of these microseconds since 1970, in the time zone of `like`."""
    return datetime.fromtimestamp(us / 1_000_000, like.tzinfo)


def is_too_old(until_us: int, now: datetime) -> bool:
    """Whether a segment whose last post came then is past its life."""
    return until_us < microseconds(now - LIFE)


def is_stale(written_us: int, now: datetime) -> bool:
    """Whether nothing was written for so long that what is kept can no longer be trusted to stand."""
    return written_us < microseconds(now - UNHEARD)


def is_due(clean_us: int, now: datetime) -> bool:
    """Whether a segment is to be gone through again for what was deleted (0: it never was)."""
    return clean_us < microseconds(now - CLEAN_EVERY)


def cap_now(cap: int, used: int, free: int) -> int:
    """Bytes that kept posts may take at this moment: the cap, or less where the disk would get too full."""
    return max(0, min(cap, used + free - RESERVE))


def beyond_cap(sizes: Sequence[int], cap: int) -> int:
    """How many of these segments (bytes, the oldest first) have to go so that the rest fits."""
    total, gone = sum(sizes), 0
    for size in sizes:
        if total <= cap:
            break
        total -= size
        gone += 1
    return gone


def reach(cap: int, posts_a_day: float, bytes_a_post: float) -> float:
    """Days that fit under a cap (bytes), up to the 30 that are kept at most; 30 where nothing is known yet."""
    a_day = posts_a_day * bytes_a_post
    return min(float(DAYS), cap / a_day) if a_day > 0 else float(DAYS)

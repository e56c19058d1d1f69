"""When to see whether something still stands as it was heard: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from makegood.connectors.registry import connector

__all__ = ["first_look", "next_look"]

AGES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=20))
"""Ages at which a young post is looked at again: most edits and second thoughts come soon."""
EACH_DAY = timedelta(hours=20)
"""Then once a day, a little sooner than that: what is deleted there must be gone here within a day."""
LIFE = timedelta(days=30)
"""Older posts are no longer looked at one by one; streams still tell of their deletion."""


def next_look(posted_at: datetime, now: datetime) -> datetime | None:
    """The moment of the next look at a post that was looked at `now`, None when it is too old for more."""
    age = now - posted_at
    if age >= LIFE:
        return None
    return next((posted_at + step for step in AGES if step > age), now + EACH_DAY)


def first_look(network: str, posted_at: datetime, now: datetime) -> datetime | None:
    """The moment of the first look at a post heard `now`; None where the network offers no look."""
    return next_look(min(posted_at, now), now) if connector(network).look is not None else None

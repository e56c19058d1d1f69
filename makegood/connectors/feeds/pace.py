"""How often to look at a feed: as often as it changes, no oftener than its publisher wants. Pure; all in
seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

__all__ = ["LONGEST", "SHORTEST", "adapt", "first_interval", "next_look"]

SHORTEST = 120.0
LONGEST = 6 * 3600.0
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def first_interval(posted: Iterable[datetime], now: datetime) -> float:
    """A first guess from the dates of the newest entries: a quarter of the usual gap, between 2 minutes and 6
    hours.
    """
    newest = sorted(posted, reverse=True)[:20]
    gaps = [(later - earlier).total_seconds() for later, earlier in zip([now, *newest], newest, strict=False)]
    return _clamp(median(gaps) / 4) if gaps else 3600.0


def adapt(interval: float, *, changed: bool) -> float:
    """The next interval: halved after news, half as long again without, between 2 minutes and 6
    hours.
    """
    return _clamp(interval / 2 if changed else interval * 1.5)


def next_look(
    interval: float, headers: Mapping[str, str], ttl: float, skip_hours: Sequence[int], now: datetime
) -> float:
    """Seconds until the next look: the interval, or longer when Cache-Control's max-age, the feed's ttl
    (https://www.rssboard.org/rss-specification#ltttlgtSubelementOfLtchannelgt) or its skipped hours (UTC) ask
    for it; never more than 6 hours, so that a wrong figure cannot silence a feed.
    """
    age = _MAX_AGE.search(headers.get("cache-control", ""))
    wait = _clamp(max(interval, ttl, float(age[1]) if age else 0.0))
    due = now + timedelta(seconds=wait)
    while due.hour in skip_hours and wait < LONGEST:
        full_hour = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        wait += (full_hour - due).total_seconds()
        due = full_hour
    return min(wait, LONGEST)


def _clamp(seconds: float) -> float:
    return min(LONGEST, max(SHORTEST, seconds))

"""Which days count: where nobody listened, no complaint is no sign of peace. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

__all__ = ["Outage", "filled", "outages", "silent_days", "unheard_days"]

DOWN_HOURS = 6
"""A channel that was down so many hours of a day was not heard that day ..."""
SHARE = 0.2
"""... and where those not heard bring so much of all complaints, the day counts for nothing."""
LOUD = 10
"""A day without any where so many are usual for the week-day is one on which something was broken."""
Outage = tuple[int, datetime, datetime]
"""A channel (id) that was not heard from one moment to another, both aware."""


def outages(lines: Iterable[tuple[int, str, datetime]], now: datetime) -> list[Outage]:
    """When channels were not heard, from what the journal says of them in order: (channel, verb, moment)."""
    begun: dict[int, datetime] = {}
    found: list[Outage] = []
    for channel, verb, at in lines:
        if verb in ("channel.trouble", "channel.paused"):
            begun.setdefault(channel, at)
        elif channel in begun:
            found.append((channel, begun.pop(channel), at))
    return found + [(channel, at, now) for channel, at in begun.items()]


def unheard_days(found: Sequence[Outage], brings: Mapping[int, int], zone: ZoneInfo) -> set[date]:
    """The days on which too much was not heard. `brings` is how many complaints each channel has brought."""
    whole = sum(brings.values())
    down: dict[date, dict[int, timedelta]] = {}
    for channel, since, until in found:
        day = since.astimezone(zone).date()
        while day <= until.astimezone(zone).date():
            first, after = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
            lost = min(until, after) - max(since, first)
            of_day = down.setdefault(day, {})
            of_day[channel] = of_day.get(channel, timedelta()) + lost
            day += timedelta(days=1)
    return {
        day
        for day, channels in down.items()
        if whole
        and sum(brings.get(key, 0) for key, lost in channels.items() if lost >= timedelta(hours=DOWN_HOURS))
        >= SHARE * whole
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def silent_days(counts: Mapping[date, int], first: date, last: date) -> set[date]:
    """The days without any complaint at all, where ten or more are usual for that day of the week."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    usual = {week: [counts.get(day, 0) for day in days if day.weekday() == week] for week in range(7)}
    return {day for day in days if not counts.get(day) and median(usual[day.weekday()]) >= LOUD}


def filled(counts: Mapping[date, int], first: date, last: date, without: Iterable[date]) -> dict[date, int | None]:
    """Every day from the first to the last with its count: 0 where there were none, None where nobody can tell."""
    unknown = set(without)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: None if day in unknown else counts.get(day, 0) for day in days}

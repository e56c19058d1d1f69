"""When a shop is open, and how its working time is counted: pure.

A week is opening spans in minutes from local midnight of each weekday; one that ends after 1440 runs over midnight.
A shop opens at the first moment at which the clock on its wall shows the opening time or later, and closes with the
last moment at which it shows less than the closing time. So a day is as long as it really is: a night shift has 23 or
25 hours' worth of day around it when the clocks change, and an opening time that the clocks skip opens when they jump.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

__all__ = [
    "DAY",
    "Hours",
    "HoursError",
    "Span",
    "add",
    "between",
    "closing_on",
    "is_open",
    "next_opening",
    "opening_on",
    "problem",
    "stretches",
]

Span = tuple[int, int]
DAY = 1440
MOST_SPANS = 6
LEAST_A_WEEK = 60
"""Minutes: with less, a target of some days would come due in years."""
HORIZON = 20 * 366
"""Days looked ahead. A week of an hour reaches the longest target of 30 days (720 hours) in under 14 years."""


class HoursError(ValueError):
    """Opening hours that can't be: a sentence that says why and what to do."""


@dataclass(frozen=True)
class Hours:
    """A shop's opening hours: the spans of Monday to Sunday in `zone`, and those of single days (none: closed)."""

    zone: str
    week: tuple[tuple[Span, ...], ...]
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The opening spans that begin on this day."""
        found = self.special.get(day)
        return self.week[day.weekday()] if found is None else found


def problem(week: Sequence[Sequence[Span]]) -> str | None:
    """What is wrong with a week of opening hours, as a sentence; None when nothing is."""
    if len(week) != 7:
        return _("A week has seven days. Give the hours of each, or none where the shop is closed.")
    for spans in week:
        if sentence := day_problem(spans):
            return sentence
    for number, spans in enumerate(week):
        following = week[(number + 1) % 7]
        if spans and following and max(end for _start, end in spans) - DAY > min(start for start, _end in following):
            return _("One day's hours run past midnight into the next day's. Let them end before the next ones begin.")
    total = sum(end - start for spans in week for start, end in spans)
    if not total:
        return _("With these hours the shop is never open, so nothing would ever be due. Open it on one day at least.")
    if total < LEAST_A_WEEK:
        return _("The shop has to be open for an hour a week at least, or an answer would be due in years.")
    return None


def day_problem(spans: Sequence[Span]) -> str | None:
    """What is wrong with one day's opening hours, as a sentence; None when nothing is."""
    if len(spans) > MOST_SPANS:
        return _("A day has six spans of opening hours at most.")
    for start, end in spans:
        if not (0 <= start < DAY and start < end <= start + DAY):
            return _("Opening hours begin between 00:00 and 23:59 and last for 24 hours at most.")
    ordered = sorted(spans)
    if any(before[1] > after[0] for before, after in pairwise(ordered)):
        return _("Two spans of opening hours on one day overlap. Join them, or let one end before the other begins.")
    return None


@lru_cache(maxsize=20_000)
def _moment(zone: str, wall: datetime, last: bool) -> datetime:
    """When the wall's clock shows `wall`, in UTC: the first time, or (`last`) the last; a skipped one is the jump."""
    place = ZoneInfo(zone)
    first, second = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last else first
    # Skipped: the two readings lie on both sides of the jump, which is found by halving.
    before, after = second, first
    offset = after.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(place).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _of_day(hours: Hours, day: date) -> list[tuple[datetime, datetime]]:
    found = []
    for start, end in sorted(hours.spans(day)):
        opens = _moment(hours.zone, _wall(day, start), last=False)
        closes = _moment(hours.zone, _wall(day, end), last=True)
        if opens < closes:
            found.append((opens, closes))
    return found


def stretches(hours: Hours, since: datetime, days: int = HORIZON) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing moments in UTC, in order and without overlap, from the one that `since` lies in or before.

    Stretches that touch, as around the clock, come as one a day at least.
    """
    # A span of the day before may run over midnight, and the offset may put the local day one off.
    day = since.astimezone(ZoneInfo(hours.zone)).date() - timedelta(days=2)
    reached = since
    waiting: list[tuple[datetime, datetime]] = []
    for number in range(days + 4):
        waiting = sorted(waiting + _of_day(hours, day + timedelta(days=number)))
        # Those of the next day begin after the latest of the day before yesterday: safe to hand out.
        safe = _moment(hours.zone, _wall(day + timedelta(days=number), 0), last=False)
        while waiting and waiting[0][0] < safe:
            opens, closes = waiting.pop(0)
            if closes > reached:
                yield max(opens, reached), closes
                reached = closes
    for opens, closes in waiting:
        if closes > reached:
            yield max(opens, reached), closes
            reached = closes


def add(hours: Hours | None, start: datetime, span: timedelta) -> datetime:
    """The moment in UTC by which so much opening time has passed since `start`; without hours the clock never rests.

    With none to pass it is `start` itself while open, else the next opening. Raises `HoursError` when the shop does
    not open often enough for it to happen within twenty years.
    """
    begin = start.astimezone(UTC)
    if hours is None:
        return begin + span
    left = max(span, timedelta())
    for opens, closes in stretches(hours, begin):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    raise HoursError(_("With these hours the shop is hardly ever open, so this would not come due in twenty years."))


def between(hours: Hours | None, start: datetime, end: datetime) -> timedelta:
    """The opening time between two moments; negative when `end` comes first. Without hours, all time counts."""
    if hours is None:
        return end - start
    if end < start:
        return -between(hours, end, start)
    begin, until = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    for opens, closes in stretches(hours, begin, (until - begin).days + 2):
        if opens >= until:
            break
        total += min(closes, until) - opens
    return total


def is_open(hours: Hours | None, at: datetime) -> bool:
    """Whether the shop is open at this moment. The moment of closing is closed."""
    if hours is None:
        return True
    first = next(stretches(hours, at.astimezone(UTC), 2), None)
    return first is not None and first[0] <= at


def next_opening(hours: Hours | None, at: datetime) -> datetime:
    """`at` itself while open, else the next moment at which the shop opens, in UTC."""
    return add(hours, at, timedelta())


def opening_on(hours: Hours, day: date) -> datetime | None:
    """When the shop first opens on this day, in UTC; None when it stays closed."""
    found = _of_day(hours, day)
    return found[0][0] if found else None


def closing_on(hours: Hours, day: date) -> datetime | None:
    """When the last of this day's opening spans ends, in UTC; None when it stays closed."""
    found = _of_day(hours, day)
    return found[-1][1] if found else None

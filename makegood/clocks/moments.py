"""From words of time to a moment: what day it is, when the shop closes on it. Pure."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import regex
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from makegood.clocks.hours import Hours, closing_on
from makegood.clocks.tongues.base import Tongue, When

__all__ = ["Here", "read", "resolve"]

EVENING = 18 * 60
"""When a day's work ends where no opening hours are set."""
DAYS_BACK = 10


class Here:
    """The shop's place in time: what day and hour it is there, and when it closes on which day."""

    def __init__(self, now: datetime, zone: str, hours: Hours | None) -> None:
        self.now = now.astimezone(UTC)
        self.hours = hours
        self.place = ZoneInfo(hours.zone if hours else zone)
        self.today = self.now.astimezone(self.place).date()

    def at(self, day: date, minutes: int) -> datetime:
        """That hour of that day in the shop, in UTC."""
        wall = datetime.combine(day, time(), self.place) + timedelta(minutes=minutes)
        return wall.astimezone(UTC)

    def close(self, day: date) -> datetime | None:
        """When work ends on a day; None when the shop stays closed on it."""
        if self.hours is None:
            return self.at(day, EVENING)
        return closing_on(self.hours, day)

    def works(self, day: date) -> bool:
        """Whether it is a working day: the shop opens, or without hours it is no weekend."""
        return self.close(day) is not None if self.hours is not None else day.weekday() < 5

    def end_of(self, day: date) -> tuple[datetime, str]:
        """By when something has to be done to be done by that day, and why."""
        named = date_format(day, "l, j F")
        closing = self.close(day)
        if closing is not None and closing > self.now:
            if self.hours is None:
                return closing, _("%(day)s, at the end of the day") % {"day": named}
            return closing, _("%(day)s, when you close") % {"day": named}
        for back in range(1, DAYS_BACK):
            earlier = self.close(day - timedelta(days=back))
            if earlier is not None and earlier > self.now:
                return earlier, _("you are closed on %(day)s, so it is when you close before that") % {"day": named}
        return self.at(day, 24 * 60 - 1), _("%(day)s, at the end of the day") % {"day": named}


def _number(tongue: Tongue, words: str) -> int:
    return int(words) if words.isdigit() else tongue.numbers[regex.sub(r"\s+", " ", words.lower())]


def _unit(tongue: Tongue, words: str) -> str:
    flat = regex.sub(r"\s+", " ", words.lower())
    return next(unit for form, unit in tongue.units.items() if regex.fullmatch(form, flat))


def _hour(tongue: Tongue, found: dict[str, str]) -> When | None:
    hour, minute = int(found["h"]), int(found.get("m") or 0)
    half = found.get("half", "").strip().lower()
    if half:
        later = half in tongue.afternoon
        hour = hour % 12 + 12 if later else hour % 12 if half.startswith("a") else hour
    return When("time", hour * 60 + minute) if hour < 24 and minute < 60 else None


def read(tongue: Tongue, match: regex.Match[str]) -> list[When]:
    """What an atom's match says: one moment, or a day and its part; empty when there is no such hour or date."""
    found = {name: text for name, text in match.groupdict().items() if text}
    if "weekday" in found:
        following = "following" in found or "of_next" in found
        day = [When("weekday", tongue.weekdays[found["weekday"].lower()], following=following)]
        return [*day, When("part", tongue.parts[found["part"].lower()])] if "part" in found else day
    if "day" in found:
        month = int(found["month_number"]) if "month_number" in found else tongue.months[found["month"].lower()]
        number, year = int(found["day"]), int(found.get("year", 0))
        fits = 1 <= month <= 12 and 1 <= number <= calendar.monthrange(year or 2024, month)[1]
        return [When("date", number, month, year)] if fits else []
    if "unit" in found:
        return [When("span", _number(tongue, found["n"]), unit=_unit(tongue, found["unit"]))]
    if "h" in found:
        hour = _hour(tongue, found)
        return [hour] if hour else []
    if "offset" in found:
        words = regex.sub(r"\s+", " ", found["offset"].lower())
        part = [When("part", tongue.parts[words])] if words in tongue.parts else []
        return [When("offset", tongue.offsets[words]), *part]
    if "part" in found:
        return [When("part", tongue.parts[regex.sub(r"\s+", " ", found["part"].lower())])]
    if "dom" in found:
        return [When("dom", int(found["dom"]))] if 1 <= int(found["dom"]) <= 31 else []
    for name, when in FIXED.items():
        if name in found:
            return [when]
    return []


FIXED = {
    "week": When("week", 0),
    "this_week": When("week", 0),
    "week_1": When("week", 1),
    "month_0": When("month", 0),
    "this_month": When("month", 0),
    "month_1": When("month", 1),
    "close": When("close"),
}


def _day(when: When, here: Here) -> date | None:
    today = here.today
    if when.kind == "offset":
        return today + timedelta(days=when.number)
    if when.kind == "weekday":
        if when.following:
            return today + timedelta(days=7 - today.weekday() + when.number)
        # Whoever means today says so: the same weekday is the next one.
        return today + timedelta(days=(when.number - today.weekday() - 1) % 7 + 1)
    if when.kind == "week":
        return today + timedelta(days=7 * when.number + 6 - today.weekday())
    if when.kind == "month":
        month = today.month - 1 + when.number
        year, month = today.year + month // 12, month % 12 + 1
        return date(year, month, calendar.monthrange(year, month)[1])
    if when.kind == "date":
        return _date(when, today)
    if when.kind == "dom":
        return _dom(when.number, today)
    return None


def _date(when: When, today: date) -> date | None:
    years = [when.year] if when.year else [today.year, today.year + 1]
    for year in years:
        if when.number <= calendar.monthrange(year, when.month)[1]:
            day = date(year, when.month, when.number)
            if day >= today:
                return day
    return None


def _dom(number: int, today: date) -> date | None:
    for ahead in range(13):
        month = today.month - 1 + ahead
        year, month = today.year + month // 12, month % 12 + 1
        if number <= calendar.monthrange(year, month)[1] and (day := date(year, month, number)) >= today:
            return day
    return None


def _span(when: When, here: Here) -> tuple[datetime, str]:
    n = when.number
    if when.unit in ("minutes", "hours"):
        length = timedelta(minutes=n) if when.unit == "minutes" else timedelta(hours=n)
        return here.now + length, _("counted from now, by the clock")
    if when.unit == "workdays":
        day, left = here.today, n
        for _ahead in range(400):
            if not left:
                break
            day += timedelta(days=1)
            left -= here.works(day)
        return here.end_of(day)[0], _("%(n)d working days from today: %(day)s") % {
            "n": n,
            "day": date_format(day, "l, j F"),
        }
    days = {"days": n, "weeks": 7 * n, "months": 30 * n}[when.unit]
    return here.end_of(here.today + timedelta(days=days))


def _last_working(day: date, first: date, here: Here) -> date:
    while day > first and not here.works(day):
        day -= timedelta(days=1)
    return day


def resolve(whens: list[When], here: Here, *, strict: bool) -> tuple[datetime, str] | None:
    """The moment (UTC) that these words mean together, and why; None when they mean none, or one that has passed.

    `strict`: what counts is before the day begins, as in "before Friday".
    """
    first = whens[0]
    if first.kind == "span":
        return _span(first, here)
    days = [day for when in whens if (day := _day(when, here)) is not None]
    minutes = next((when.number for when in whens if when.kind in ("time", "part")), None)
    if not days:
        if minutes is None:
            return here.end_of(here.today) if first.kind == "close" else None
        at = here.at(here.today, minutes)
        if at <= here.now and first.kind == "time":
            at = here.at(here.today + timedelta(days=1), minutes)
        return (at, _("at that hour, in the shop’s time")) if at > here.now else None
    day = days[0]
    if minutes is not None:
        at = here.at(day, minutes)
        closing = here.close(day) if any(when.kind == "part" and when.number == EVENING for when in whens) else None
        return (closing or at, date_format(day, "l, j F")) if at > here.now else None
    if first.kind in ("week", "month"):
        day = _last_working(day, here.today, here)
    if strict and first.kind in ("weekday", "date", "dom") and day > here.today:
        day = _last_working(day - timedelta(days=1), here.today, here)
    at, why = here.end_of(day)
    return (at, why) if at > here.now else None

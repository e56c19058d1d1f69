"""When something that was put off comes back: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.kit import clock

__all__ = ["LONGEST", "SPANS", "MomentError", "Preset", "moment_of", "presets", "read_moment"]

LONGEST = timedelta(days=366)
EVENING = time(18)
MORNING = time(9)
LAST_CALL = time(17)
"""From then on "this evening" is no evening any more, but an hour."""

SPANS: dict[str, object] = {
    "3h": gettext_lazy("In 3 hours"),
    "evening": gettext_lazy("This evening"),
    "tomorrow": gettext_lazy("Tomorrow morning"),
    "monday": gettext_lazy("Monday morning"),
    "3d": gettext_lazy("In 3 days"),
    "7d": gettext_lazy("In a week"),
}
OFFERED = ("3h", "evening", "tomorrow", "monday")


class MomentError(ValueError):
    """A moment nobody can put something off to: a sentence that says what to do."""


@dataclass(frozen=True)
class Preset:
    """A moment to choose by one key."""

    slug: str
    title: str
    at: datetime


def moment_of(slug: str, now: datetime, zone: str) -> datetime:
    """The moment that a slug of `SPANS` means at `now` in a shop's time zone; aware UTC.

    Spans of hours are true hours; mornings (9:00) and evenings (18:00) are the shop's, on days when its clock changes
    as well. After 17:00 the evening is tomorrow's. Raises `MomentError` for any other slug.
    """
    here = now.astimezone(ZoneInfo(zone))
    today = here.date()
    if slug == "3h":
        return clock.to_utc(now + timedelta(hours=3))
    if slug == "evening":
        day, hour = today + timedelta(days=int(here.time() >= LAST_CALL)), EVENING
    elif slug == "tomorrow":
        day, hour = today + timedelta(days=1), MORNING
    elif slug == "monday":
        day, hour = today + timedelta(days=7 - today.weekday()), MORNING
    elif slug in ("3d", "7d"):
        day, hour = today + timedelta(days=int(slug[0])), MORNING
    else:
        raise MomentError(_("Choose until when."))
    return clock.to_utc(datetime.combine(day, hour, ZoneInfo(zone)))


def presets(now: datetime, zone: str) -> list[Preset]:
    """What is offered at `now`, soonest first; no two of the same moment, and no evening when it has begun."""
    here = now.astimezone(ZoneInfo(zone))
    slugs = [slug for slug in OFFERED if slug != "evening" or here.time() < LAST_CALL]
    if here.weekday() == 6:
        slugs.remove("monday")
    found = [Preset(slug, str(SPANS[slug]), moment_of(slug, now, zone)) for slug in slugs]
    return sorted(found, key=lambda one: one.at)


def read_moment(text: str, now: datetime, zone: str) -> datetime:
    """A moment as a form gives it ("2026-03-29T02:30", the shop's time), in UTC.

    An hour that the clock skips is read as the hour after. Raises `MomentError` where there is none, or it has passed,
    or lies more than a year ahead.
    """
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise MomentError(_("Say until when: a day and a time.")) from error
    at = clock.to_utc(said if said.tzinfo is not None else said.replace(tzinfo=ZoneInfo(zone)))
    if at <= now:
        raise MomentError(_("That moment has passed. Choose one that is still to come."))
    if at > now + LONGEST:
        raise MomentError(_("That is more than a year from now. Choose an earlier day."))
    return at

"""What languages and moments are called in a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language_info

__all__ = ["day_words", "language_words", "moment_words"]


def language_words(code: str) -> str:
    """What a language is called; a code that nobody has words for stays as it is."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def moment_words(at: datetime, now: datetime, zone: str) -> str:
    """A moment on the clocks of `zone`: its hour today, with its weekday within a week, else its day."""
    place = ZoneInfo(zone)
    local, today = at.astimezone(place), now.astimezone(place).date()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(local, "D H:i" if local.date() - today < timedelta(days=7) else "j N")


def day_words(day: date) -> str:
    """A day, shortly."""
    return date_format(day, "j N")

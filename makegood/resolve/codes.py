"""Numbers and codes that people read out and type, without letters that look like others or make words; and until when
a code can be used.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from makegood.resolve.models import Remedy

__all__ = ["ends_at", "return_number", "voucher_code"]

log = logging.getLogger(__name__)
LASTS = timedelta(days=365)
LETTERS = "23456789BCDFGHJKMNPQRTVWXZ"
"""No vowels, so that no word comes out; neither 0 and O, 1, I and L, nor S beside 5."""


def return_number(at: datetime) -> str:
    """A number for a return, with its year: "R26-4K7TX". 26^5 a year, so whoever draws one looks whether it is free."""
    return f"R{at:%y}-{_some(5)}"


def voucher_code() -> str:
    """A code that nobody guesses: "MG-4K7TX-9PWCB-2D", 56 bits."""
    return f"MG-{_some(5)}-{_some(5)}-{_some(2)}"


def ends_at(remedy: Remedy) -> datetime:
    """Until when a voucher can be used: the end of the day that was chosen ({"until": "2027-05-04"}), else a year, by
    the shop's clocks. The same at every attempt.
    """
    zone = ZoneInfo(remedy.workspace.timezone)
    begun = remedy.decided_at or remedy.asked_at
    day = (begun + LASTS).astimezone(zone).date()
    try:
        day = datetime.fromisoformat(str(remedy.details.get("until") or day)).date()
    except ValueError:
        log.info("voucher %s: its last day cannot be read", remedy.pk)
    return datetime.combine(day, time(23, 59, 59), zone)


def _some(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))

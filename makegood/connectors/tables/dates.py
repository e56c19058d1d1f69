"""Reading the dates that exports are full of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

__all__ = ["day_first", "looks_like_date", "parse_date", "proven_order"]

_NUMBERS = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})"
    r"(?:,?[ T]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,9})?)?\s?([AaPp]\.?[Mm]\.?)?)?$"
)
_EPOCH = re.compile(r"\d{9,10}(\.\d{1,9})?$|\d{13}$|\d{16}$")
_WORDED = (
    *(
        "%a %b %d %H:%M:%S %z %Y",
        "%d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M",
        "%d %b %Y",
        "%d %B %Y %H:%M",
        "%d %B %Y",
    ),
    *("%b %d %Y %I:%M:%S %p", "%b %d %Y %I:%M %p", "%b %d %Y %H:%M:%S", "%b %d %Y %H:%M", "%b %d %Y"),
    *("%B %d %Y %I:%M %p", "%B %d %Y %H:%M", "%B %d %Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p"),
)


def proven_order(values: Iterable[str]) -> bool | None:
    """Whether the day stands first in dates such as 13/4/2026; None where every number could be a month."""
    seen = [match for value in values if (match := _NUMBERS.match(value.strip()))]
    if any(int(match[1]) > 12 for match in seen):
        return True
    return False if any(int(match[3]) > 12 for match in seen) else None


def day_first(values: Iterable[str]) -> tuple[bool, str]:
    """Whether 3/4/2026 means the third of April in a file with these values, and a sentence that says why."""
    seen = [match for value in values if (match := _NUMBERS.match(value.strip()))]
    proven = proven_order(match[0] for match in seen)
    if proven:
        return True, "Dates are read day first: one of them begins with a number above 12."
    if proven is False:
        return False, "Dates are read month first: the second number of one is above 12."
    if any(match[8] for match in seen):
        return False, "Dates are read month first, as is usual with am and pm. Please check."
    if any(match[2] == "." for match in seen):
        return True, "Dates are read day first, as is usual with dots."
    if seen:
        return True, "Dates such as 3/4/2026 are read day first: the 3rd of April. Please check."
    return True, ""


def parse_date(value: str, zone: tzinfo, *, day_first: bool) -> datetime | None:
    """The moment `value` means, in UTC, or None. Knows ISO 8601, seconds, milliseconds and microseconds since
    1970, RFC 2822, numbers with dots, slashes or dashes, and English month names. Without an offset it is in
    `zone`.
    """
    text = " ".join(value.split())
    with suppress(ValueError, OverflowError, OSError):
        found = _epoch(text) or _iso(text) or _numbers(text, day_first) or _mail(text) or _worded(text)
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    return None


def looks_like_date(value: str) -> bool:
    """Whether `value` is a date in any of these forms."""
    return parse_date(value, UTC, day_first=True) is not None or bool(_NUMBERS.match(value.strip()))


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    scale = {13: 1e3, 16: 1e6}.get(len(text), 1.0) if "." not in text else 1.0
    return datetime.fromtimestamp(float(text) / scale, UTC)


def _iso(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None


def _numbers(text: str, day_first: bool) -> datetime | None:
    match = _NUMBERS.match(text)
    if match is None:
        return None
    day, month = (int(match[1]), int(match[3])) if day_first else (int(match[3]), int(match[1]))
    # Two digits are read as Python's %y does (POSIX): 69 to 99 are of the last century.
    year = int(match[4]) if len(match[4]) == 4 else int(match[4]) + (1900 if int(match[4]) >= 69 else 2000)
    hour = int(match[5] or 0)
    half = (match[8] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    minute, second = int(match[6] or 0), int(match[7] or 0)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is the caller's


def _mail(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError):
        return parsedate_to_datetime(text)
    return None


def _worded(text: str) -> datetime | None:
    plain = text.replace(",", "").replace(" at ", " ")
    for form in _WORDED:
        with suppress(ValueError):
            found = datetime.strptime(plain, form)  # noqa: DTZ007 - the zone is the caller's
            return found.replace(tzinfo=UTC) if form.endswith("UTC") else found
    return None

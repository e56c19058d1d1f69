"""Which days count, where nobody listened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from makegood.winback.causes.days import filled, outages, silent_days, unheard_days

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


def test_an_outage_begins_once_and_ends_with_hearing_again() -> None:
    hour = timedelta(hours=1)
    lines = [
        (1, "channel.trouble", NOON),
        (1, "channel.trouble", NOON + hour),
        (2, "channel.recovered", NOON + hour),
        (1, "channel.recovered", NOON + 3 * hour),
        (2, "channel.paused", NOON + 4 * hour),
    ]
    now = NOON + 9 * hour
    assert outages(lines, now) == [(1, NOON, NOON + 3 * hour), (2, NOON + 4 * hour, now)]


@pytest.mark.parametrize(
    ("hours", "brings", "days"),
    [
        # From 14:00 in Berlin: ten hours of the 6th.
        (10, {1: 10}, {6}),
        (5, {1: 10}, set()),
        (24, {1: 10}, {6, 7}),
        (15, {1: 10}, {6}),
        (24, {1: 1, 2: 99}, set()),
        (24, {1: 20, 2: 80}, {6, 7}),
        (24, {}, set()),
    ],
)
def test_a_day_is_unheard_when_too_much_of_it_was(hours: int, brings: dict[int, int], days: set[int]) -> None:
    found = unheard_days([(1, NOON, NOON + timedelta(hours=hours))], brings, BERLIN)
    assert found == {date(2026, 5, day) for day in days}


def test_short_outages_of_one_day_add_up() -> None:
    spans = [(1, NOON + timedelta(hours=h), NOON + timedelta(hours=h + 2)) for h in (0, 3, 6)]
    assert unheard_days(spans, {1: 5}, BERLIN) == {date(2026, 5, 6)}


def test_silence_where_it_is_never_silent_is_no_count() -> None:
    first = date(2026, 4, 6)
    loud = {first + timedelta(days=n): 12 for n in range(28) if n != 10}
    assert silent_days(loud, first, first + timedelta(days=27)) == {first + timedelta(days=10)}
    quiet = dict.fromkeys(loud, 2)
    assert silent_days(quiet, first, first + timedelta(days=27)) == set()
    # Closed on Sundays: silence is what is usual then.
    sundays = {day: count for day, count in loud.items() if day.weekday() != 6}
    found = silent_days(sundays, first, first + timedelta(days=27))
    assert not any(day.weekday() == 6 for day in found)


def test_days_without_any_are_zero_and_unknown_ones_are_not() -> None:
    first = date(2026, 5, 1)
    days = filled({first: 3}, first, first + timedelta(days=2), [first + timedelta(days=1)])
    assert list(days.values()) == [3, None, 0]

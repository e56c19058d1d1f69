"""Business hours over time zones and both changes of the clock: a table, and properties against a slow reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.clocks import hours as h
from makegood.clocks.hours import Hours, add, between

M = timedelta(minutes=1)
OFFICE = (((540, 1080),),) * 5 + ((), ())
SPLIT = (((540, 750), (840, 1080)),) * 5 + (((600, 840),), ())
NIGHT = (((1320, 1560),),) * 7
"""22:00 to 2:00 every night."""
ALWAYS = (((0, 1440),),) * 7
EARLY = (((60, 240),),) * 7
"""1:00 to 4:00, where clocks change."""
ONCE = (((600, 660),),) + ((),) * 6


def at(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


BERLIN, YORK, HOWE, KOLKATA, APIA, PAULO, CAIRO = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Cairo",
)

# zone, week, from (the shop's wall), minutes, due (the shop's wall; "*" when it is the second time the wall shows it)
DUE = [
    (BERLIN, OFFICE, "2026-11-24T10:00", 60, "2026-11-24T11:00"),
    (BERLIN, OFFICE, "2026-11-24T17:30", 60, "2026-11-25T09:30"),
    (BERLIN, OFFICE, "2026-11-24T18:00", 60, "2026-11-25T10:00"),
    (BERLIN, OFFICE, "2026-11-24T17:00", 60, "2026-11-24T18:00"),
    (BERLIN, OFFICE, "2026-11-24T03:00", 60, "2026-11-24T10:00"),
    (BERLIN, OFFICE, "2026-11-28T22:00", 60, "2026-11-30T10:00"),
    (BERLIN, OFFICE, "2026-11-27T17:59", 2, "2026-11-30T09:01"),
    (BERLIN, OFFICE, "2026-11-23T09:00", 45 * 60, "2026-11-27T18:00"),
    (BERLIN, OFFICE, "2026-11-23T09:00", 45 * 60 + 1, "2026-11-30T09:01"),
    (BERLIN, OFFICE, "2026-12-31T17:00", 120, "2027-01-01T10:00"),
    (BERLIN, OFFICE, "2028-02-29T17:00", 120, "2028-03-01T10:00"),
    (BERLIN, SPLIT, "2026-11-24T12:00", 60, "2026-11-24T14:30"),
    (BERLIN, SPLIT, "2026-11-24T12:30", 1, "2026-11-24T14:01"),
    (BERLIN, SPLIT, "2026-11-28T13:30", 60, "2026-11-30T09:30"),
    (BERLIN, NIGHT, "2026-11-24T23:00", 120, "2026-11-25T01:00"),
    (BERLIN, NIGHT, "2026-11-24T12:00", 240, "2026-11-25T02:00"),
    (BERLIN, NIGHT, "2026-11-25T01:00", 120, "2026-11-25T23:00"),
    (BERLIN, ALWAYS, "2026-11-28T22:00", 1440, "2026-11-29T22:00"),
    # Berlin leaps from 2:00 to 3:00 on 29 March 2026 and falls back from 3:00 to 2:00 on 25 October 2026.
    (BERLIN, OFFICE, "2026-03-27T17:00", 120, "2026-03-30T10:00"),
    (BERLIN, OFFICE, "2026-10-23T17:00", 120, "2026-10-26T10:00"),
    (BERLIN, ALWAYS, "2026-03-28T12:00", 1440, "2026-03-29T13:00"),
    (BERLIN, ALWAYS, "2026-10-24T12:00", 1440, "2026-10-25T11:00"),
    (BERLIN, ALWAYS, "2026-03-29T00:00", 23 * 60, "2026-03-30T00:00"),
    (BERLIN, ALWAYS, "2026-10-25T00:00", 25 * 60, "2026-10-26T00:00"),
    (BERLIN, EARLY, "2026-03-29T00:00", 120, "2026-03-29T04:00"),
    (BERLIN, EARLY, "2026-03-29T00:00", 121, "2026-03-30T01:01"),
    (BERLIN, EARLY, "2026-10-25T00:00", 240, "2026-10-25T04:00"),
    (BERLIN, EARLY, "2026-10-25T00:00", 150, "2026-10-25T02:30*"),
    # From 22:00 to 2:00, which the wall never shows: it goes from 1:59 to 3:00.
    (BERLIN, NIGHT, "2026-03-28T22:00", 240, "2026-03-29T03:00"),
    (BERLIN, NIGHT, "2026-10-24T22:00", 240, "2026-10-25T02:00"),
    (BERLIN, NIGHT, "2026-10-24T22:00", 300, "2026-10-25T02:00*"),
    # New York: 8 March and 1 November 2026.
    (YORK, OFFICE, "2026-03-06T17:00", 120, "2026-03-09T10:00"),
    (YORK, OFFICE, "2026-10-30T17:00", 120, "2026-11-02T10:00"),
    (YORK, ALWAYS, "2026-03-07T12:00", 1440, "2026-03-08T13:00"),
    (YORK, ALWAYS, "2026-10-31T12:00", 1440, "2026-11-01T11:00"),
    (YORK, EARLY, "2026-03-08T00:00", 120, "2026-03-08T04:00"),
    (YORK, EARLY, "2026-11-01T00:00", 240, "2026-11-01T04:00"),
    (YORK, EARLY, "2026-11-01T00:00", 90, "2026-11-01T01:30*"),
    # Lord Howe moves by half an hour: 4 October and 5 April 2026.
    (HOWE, ALWAYS, "2026-10-04T00:00", 23 * 60 + 30, "2026-10-05T00:00"),
    (HOWE, ALWAYS, "2026-04-05T00:00", 24 * 60 + 30, "2026-04-06T00:00"),
    (HOWE, EARLY, "2026-10-04T00:00", 150, "2026-10-04T04:00"),
    (HOWE, EARLY, "2026-04-05T00:00", 210, "2026-04-05T04:00"),
    (HOWE, OFFICE, "2026-04-03T17:30", 60, "2026-04-06T09:30"),
    # Kolkata, half an hour off and never changing.
    (KOLKATA, OFFICE, "2026-03-27T17:30", 60, "2026-03-30T09:30"),
    (KOLKATA, ALWAYS, "2026-03-29T00:00", 1440, "2026-03-30T00:00"),
    # Apia had no 30 December 2011.
    (APIA, ALWAYS, "2011-12-29T12:00", 1440, "2011-12-31T12:00"),
    (APIA, OFFICE, "2011-12-29T17:00", 120, "2012-01-02T10:00"),
    (APIA, OFFICE, "2026-11-27T17:00", 120, "2026-11-30T10:00"),
    # Sao Paulo changes no more since 2019; then it fell back from midnight to 23:00 of the day before.
    (PAULO, ALWAYS, "2026-10-18T00:00", 1440, "2026-10-19T00:00"),
    (PAULO, ALWAYS, "2019-02-16T00:00", 25 * 60, "2019-02-17T00:00"),
    (PAULO, ALWAYS, "2018-11-04T01:00", 23 * 60, "2018-11-05T00:00"),
    (PAULO, OFFICE, "2019-02-15T17:00", 120, "2019-02-18T10:00"),
    # Cairo leaps at midnight: Friday 24 April 2026 begins at 1:00.
    (CAIRO, ALWAYS, "2026-04-24T01:00", 23 * 60, "2026-04-25T00:00"),
    ("UTC", OFFICE, "2026-11-28T22:00", 60, "2026-11-30T10:00"),
    ("Pacific/Kiritimati", OFFICE, "2026-11-28T22:00", 60, "2026-11-30T10:00"),
    ("Pacific/Niue", OFFICE, "2026-11-28T22:00", 60, "2026-11-30T10:00"),
    ("Asia/Kathmandu", SPLIT, "2026-11-24T12:15", 30, "2026-11-24T14:15"),
]


@pytest.mark.parametrize(("zone", "week", "start", "minutes", "due"), DUE)
def test_due(zone: str, week: tuple[tuple[h.Span, ...], ...], start: str, minutes: int, due: str) -> None:
    hours = Hours(zone, week)
    begun = at(zone, start)
    wanted = at(zone, due.rstrip("*"), int(due.endswith("*")))
    found = add(hours, begun, minutes * M)
    assert found == wanted
    assert between(hours, begun, found) == minutes * M


def test_a_night_in_autumn_is_an_hour_longer() -> None:
    """It closes when the wall shows 2:00 and stays there: at the second time, so that the night has five hours."""
    night = Hours(BERLIN, NIGHT)
    opens = at(BERLIN, "2026-10-24T22:00")
    assert add(night, opens, 300 * M) == at(BERLIN, "2026-10-25T02:00", fold=1)
    assert not h.is_open(night, at(BERLIN, "2026-10-25T02:00", fold=1))
    assert h.is_open(night, at(BERLIN, "2026-10-25T02:00", fold=0))


def test_an_opening_that_is_skipped_opens_with_the_leap() -> None:
    skipped = Hours(BERLIN, (((150, 240),),) * 7)
    assert h.next_opening(skipped, at(BERLIN, "2026-03-29T01:00")) == at(BERLIN, "2026-03-29T03:00")


def test_special_days_close_or_change_the_hours() -> None:
    hours = Hours(
        BERLIN, OFFICE, {date(2026, 12, 25): (), date(2026, 12, 24): ((540, 720),), date(2026, 12, 27): ((600, 660),)}
    )
    begun = at(BERLIN, "2026-12-24T11:30")
    assert add(hours, begun, 30 * M) == at(BERLIN, "2026-12-24T12:00")
    assert add(hours, begun, 60 * M) == at(BERLIN, "2026-12-27T10:30"), "a Sunday that is open, once"
    assert add(hours, begun, 100 * M) == at(BERLIN, "2026-12-28T09:10")
    assert h.closing_on(hours, date(2026, 12, 25)) is None
    assert h.opening_on(hours, date(2026, 12, 24)) == at(BERLIN, "2026-12-24T09:00")


def test_without_hours_time_never_rests() -> None:
    begun = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert add(None, begun, 90 * M) == begun + 90 * M
    assert between(None, begun, begun + 7 * M) == 7 * M
    assert h.is_open(None, begun)


@pytest.mark.parametrize(
    ("week", "words"),
    [
        (((),) * 7, "never open"),
        ((((540, 570),), *((),) * 6), "an hour a week"),
        (((),) * 6, "seven days"),
        ((((540, 540),), *OFFICE[1:]), "begin between"),
        ((((540, 500),), *OFFICE[1:]), "begin between"),
        ((((1440, 1500),), *OFFICE[1:]), "begin between"),
        ((((540, 720), (700, 800)), *OFFICE[1:]), "overlap"),
        ((((1320, 2000),), *OFFICE[1:]), "run past midnight"),
        ((((0, 60), (61, 70), (71, 80), (81, 90), (91, 95), (96, 97), (98, 99)), *OFFICE[1:]), "six spans"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_sentence(week: tuple[tuple[h.Span, ...], ...], words: str) -> None:
    sentence = h.problem(week)
    assert sentence is not None
    assert words in sentence


@pytest.mark.parametrize("week", [OFFICE, SPLIT, NIGHT, ALWAYS, EARLY, ONCE])
def test_hours_that_can_be_are_not(week: tuple[tuple[h.Span, ...], ...]) -> None:
    assert h.problem(week) is None


def test_a_shop_that_never_opens_is_refused_in_the_end() -> None:
    with pytest.raises(h.HoursError, match="twenty years"):
        add(Hours(BERLIN, ((),) * 7), datetime(2026, 1, 1, tzinfo=UTC), M)


def test_an_hour_a_week_reaches_the_longest_target() -> None:
    assert add(Hours(BERLIN, ONCE), at(BERLIN, "2026-01-01T00:00"), timedelta(days=30)).year == 2039


# The slow reading: every minute of a window is asked what the wall shows. A span is open from the first minute at which
# the wall shows its beginning or later, to the last at which it shows less than its end.
WINDOW = 12 * 1440


@lru_cache(maxsize=64)
def walls(zone: str, start: datetime) -> tuple[datetime, ...]:
    place = ZoneInfo(zone)
    return tuple((start + n * M).astimezone(place).replace(tzinfo=None) for n in range(WINDOW))


def open_minutes(hours: Hours, start: datetime) -> list[bool]:
    shown = walls(hours.zone, start)
    found = [False] * WINDOW
    day = shown[0].date() - timedelta(days=2)
    while day <= shown[-1].date() + timedelta(days=1):
        for begin, end in hours.spans(day):
            midnight = datetime(day.year, day.month, day.day)
            first = next((n for n, wall in enumerate(shown) if wall >= midnight + begin * M), WINDOW)
            last = next((n for n in range(WINDOW - 1, -1, -1) if shown[n] < midnight + end * M), -1)
            for n in range(first, last + 1):
                found[n] = True
        day += timedelta(days=1)
    return found


ZONES = st.sampled_from([BERLIN, YORK, HOWE, KOLKATA, PAULO, CAIRO, "UTC", "Asia/Kathmandu"])
CHANGES = [
    datetime(2026, 3, 26, tzinfo=UTC),
    datetime(2026, 10, 22, tzinfo=UTC),
    datetime(2026, 3, 5, tzinfo=UTC),
    datetime(2026, 10, 29, tzinfo=UTC),
    datetime(2026, 10, 1, tzinfo=UTC),
    datetime(2026, 4, 2, tzinfo=UTC),
    datetime(2018, 11, 1, tzinfo=UTC),
    datetime(2019, 2, 13, tzinfo=UTC),
    datetime(2026, 11, 20, tzinfo=UTC),
]


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[h.Span, ...], ...]:
    found = []
    for _day in range(7):
        cuts = sorted(draw(st.lists(st.integers(0, 96), max_size=4, unique=True)))
        pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
        found.append(tuple((a * 15, b * 15) for a, b in pairs if a < 96))
    late = draw(st.integers(0, 6))
    if found[late] and not found[(late + 1) % 7]:
        *rest, (start, _end) = found[late]
        found[late] = (*rest, (start, 1440 + 15 * draw(st.integers(1, 8))))
    return tuple(found)


@st.composite
def open_hours(draw: st.DrawFn) -> Hours:
    week = draw(weeks().filter(lambda each: h.problem(each) is None))
    first = draw(st.sampled_from(CHANGES)).date()
    closed = draw(st.lists(st.integers(0, 11), max_size=2))
    return Hours(draw(ZONES), week, {first + timedelta(days=n): () for n in closed})


MOMENTS = st.builds(lambda base, n: base + n * M, st.sampled_from(CHANGES), st.integers(0, 4 * 1440))
SPANS = st.integers(0, 6_000).map(lambda n: n * M)


@given(open_hours(), st.sampled_from(CHANGES), st.integers(1440, 3 * 1440), st.integers(0, 4 * 1440))
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_a_reading_minute_by_minute(hours: Hours, base: datetime, offset: int, length: int) -> None:
    start = base - timedelta(days=2)
    slow = open_minutes(hours, start)
    begin, end = start + offset * M, start + (offset + length) * M
    assert between(hours, begin, end) == sum(slow[offset : offset + length]) * M
    for number in range(offset, offset + length, 97):
        assert h.is_open(hours, start + number * M) == slow[number]


@given(open_hours(), MOMENTS, SPANS)
@settings(max_examples=150, deadline=None)
@example(Hours(BERLIN, ALWAYS), datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 2 * M)
def test_what_is_added_lies_between(hours: Hours, start: datetime, span: timedelta) -> None:
    assert between(hours, start, add(hours, start, span)) == span


@given(open_hours(), MOMENTS, SPANS, SPANS)
@settings(max_examples=100, deadline=None)
def test_later_or_longer_is_never_due_earlier(hours: Hours, start: datetime, one: timedelta, more: timedelta) -> None:
    assert add(hours, start, one) <= add(hours, start, one + more)
    if one:
        assert add(hours, start, one) <= add(hours, start + more, one)


@given(open_hours(), MOMENTS, st.integers(0, 3_000), st.integers(0, 3_000))
@settings(max_examples=100, deadline=None)
def test_spans_add_up(hours: Hours, start: datetime, first: int, second: int) -> None:
    middle, end = start + first * M, start + (first + second) * M
    assert between(hours, start, end) == between(hours, start, middle) + between(hours, middle, end)
    assert between(hours, end, start) == -between(hours, start, end)


@given(open_hours(), MOMENTS, SPANS.filter(bool))
@settings(max_examples=100, deadline=None)
def test_nothing_is_due_while_closed(hours: Hours, start: datetime, span: timedelta) -> None:
    due = add(hours, start, span)
    assert h.is_open(hours, due - timedelta(microseconds=1)), "the last minute of what was owed was an open one"
    assert h.is_open(hours, h.next_opening(hours, due))

"""When something that was put off comes back, on plain days and on the two days when the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.desk.moments import SPANS, MomentError, moment_of, presets, read_moment

BERLIN = "Europe/Berlin"
ZONES = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"]
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "slug", "wanted"),
    [
        # A Wednesday in winter: Berlin is an hour ahead of UTC.
        ("2026-01-14T10:00", "3h", "2026-01-14T13:00"),
        ("2026-01-14T10:00", "evening", "2026-01-14T17:00"),
        ("2026-01-14T15:59", "evening", "2026-01-14T17:00"),
        ("2026-01-14T16:00", "evening", "2026-01-15T17:00"),
        ("2026-01-14T10:00", "tomorrow", "2026-01-15T08:00"),
        ("2026-01-14T10:00", "monday", "2026-01-19T08:00"),
        ("2026-01-14T10:00", "3d", "2026-01-17T08:00"),
        ("2026-01-14T10:00", "7d", "2026-01-21T08:00"),
        # On a Monday it is the next one.
        ("2026-01-19T07:00", "monday", "2026-01-26T08:00"),
        # Just after midnight in Berlin it is still yesterday in UTC.
        ("2026-01-14T23:30", "tomorrow", "2026-01-16T08:00"),
        # The clock goes forward in the night to Sunday 29 March 2026: nine o'clock comes an hour sooner.
        ("2026-03-28T10:00", "tomorrow", "2026-03-29T07:00"),
        ("2026-03-28T23:30", "3h", "2026-03-29T02:30"),
        # And back in the night to Sunday 25 October 2026.
        ("2026-10-24T10:00", "tomorrow", "2026-10-25T08:00"),
        ("2026-10-24T22:30", "3h", "2026-10-25T01:30"),
    ],
)
def test_what_each_word_means(now: str, slug: str, wanted: str) -> None:
    assert moment_of(slug, at(now), BERLIN) == at(wanted)


@pytest.mark.parametrize("slug", ["", "yesterday", "0d", "99d", "3"])
def test_other_words_mean_nothing(slug: str) -> None:
    with pytest.raises(MomentError):
        moment_of(slug, at("2026-01-14T10:00"), BERLIN)


def test_what_is_offered_when() -> None:
    def slugs(now: str) -> list[str]:
        return [one.slug for one in presets(at(now), BERLIN)]

    assert slugs("2026-01-14T10:00") == ["3h", "evening", "tomorrow", "monday"]
    assert slugs("2026-01-14T14:30") == ["evening", "3h", "tomorrow", "monday"]
    assert slugs("2026-01-14T16:30") == ["3h", "tomorrow", "monday"]
    # On a Sunday tomorrow is Monday.
    assert slugs("2026-01-18T10:00") == ["3h", "evening", "tomorrow"]


@given(MOMENTS, ZONES)
def test_what_is_offered_lies_ahead_in_order_and_is_never_the_same(now: datetime, zone: str) -> None:
    found = presets(now, zone)
    moments = [one.at for one in found]
    assert moments == sorted(set(moments))
    assert all(now < one <= now + timedelta(days=8) for one in moments)
    for one in found:
        here = one.at.astimezone(ZoneInfo(zone))
        assert one.at.utcoffset() == timedelta(0)
        assert one.slug == "3h" or (here.hour, here.minute) in {(9, 0), (18, 0)}


@given(MOMENTS, ZONES, st.sampled_from(sorted(SPANS)))
def test_every_word_is_a_moment_to_come(now: datetime, zone: str, slug: str) -> None:
    assert now < moment_of(slug, now, zone) <= now + timedelta(days=8)


def test_a_moment_is_read_in_the_shops_time() -> None:
    now = at("2026-01-14T10:00")
    assert read_moment("2026-07-01T09:30", now, BERLIN) == at("2026-07-01T07:30")
    assert read_moment(" 2026-01-14T12:00+02:00 ", at("2026-01-14T09:00"), BERLIN) == at("2026-01-14T10:00")
    # Half past two does not exist on 29 March 2026; what comes of it is the hour after.
    assert read_moment("2026-03-29T02:30", now, BERLIN) == at("2026-03-29T01:30")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Say until when"),
        ("soon", "Say until when"),
        ("2026-02-30T10:00", "Say until when"),
        ("2026-01-14T10:59", "has passed"),
        ("2026-01-14T11:00", "has passed"),
        ("2027-06-01T10:00", "more than a year"),
    ],
)
def test_what_is_no_moment_to_come_is_refused(text: str, says: str) -> None:
    with pytest.raises(MomentError, match=says):
        read_moment(text, at("2026-01-14T10:00"), BERLIN)

"""Pure: quiet hours on the shop's clocks, digests, growth, parameters."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.alerts.models import AlertRule
from makegood.alerts.rules import TRIGGERS, Said, back_off, growth, is_quiet, problem_of, quiet_end, send_after

BERLIN = "Europe/Berlin"
NIGHT = (time(22), time(7))


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "quiet"),
    [
        ("2026-01-10 21:59", BERLIN, False),
        ("2026-01-10 22:00", BERLIN, True),
        ("2026-01-11 06:59", BERLIN, True),
        ("2026-01-11 07:00", BERLIN, False),
        ("2026-01-11 12:00", BERLIN, False),
        ("2026-07-10 22:30", "Asia/Kathmandu", True),
        ("2026-07-10 21:30", "America/St_Johns", False),
    ],
)
def test_the_night_is_the_shops(moment: str, zone: str, quiet: bool) -> None:
    assert is_quiet(at(moment, zone), zone, *NIGHT) is quiet


def test_quiet_hours_within_a_day_and_none() -> None:
    lunch = (time(12), time(13))
    assert is_quiet(at("2026-01-10 12:30"), "UTC", *lunch)
    assert not is_quiet(at("2026-01-10 13:00"), "UTC", *lunch)
    for none in ((None, None), (time(7), time(7)), (time(7), None)):
        assert not is_quiet(at("2026-01-10 07:00"), "UTC", *none)


@pytest.mark.parametrize(
    ("moment", "end", "expected"),
    [
        ("2026-01-10 23:00", time(7), "2026-01-11 07:00"),
        ("2026-01-11 03:00", time(7), "2026-01-11 07:00"),
        # Clocks go forward at 2:00 on 29 March 2026: the night is an hour shorter.
        ("2026-03-28 23:00", time(7), "2026-03-29 07:00"),
        # and 2:30 does not exist that night.
        ("2026-03-29 01:30", time(2, 30), "2026-03-29 03:30"),
        # Clocks go back at 3:00 on 25 October 2026.
        ("2026-10-24 23:00", time(7), "2026-10-25 07:00"),
    ],
)
def test_the_end_of_the_night(moment: str, end: time, expected: str) -> None:
    assert quiet_end(at(moment, BERLIN), BERLIN, end) == at(expected, BERLIN)


zones = some.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])


@given(
    some.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=some.just(UTC)),
    some.times(),
    some.times(),
    zones,
)
def test_what_is_held_goes_out_within_a_day_and_a_bit(moment: datetime, begin: time, end: time, zone: str) -> None:
    sent, held = send_after(moment, digest_minutes=0, begun=None, quiet=(begin, end), zone=zone)
    assert held == is_quiet(moment, zone, begin, end)
    assert moment <= sent <= moment + timedelta(hours=26)
    assert held or sent == moment


def test_digests_collect_and_nights_hold() -> None:
    noon = at("2026-01-10 12:00", BERLIN)
    soon = noon + timedelta(minutes=15)
    none = (None, None)
    assert send_after(noon, digest_minutes=15, begun=None, quiet=none, zone=BERLIN) == (soon, False)
    begun = noon + timedelta(minutes=4)
    assert send_after(noon, digest_minutes=15, begun=begun, quiet=none, zone=BERLIN) == (begun, False)
    late = at("2026-01-10 21:50", BERLIN)
    morning = at("2026-01-11 07:00", BERLIN)
    assert send_after(late, digest_minutes=15, begun=None, quiet=NIGHT, zone=BERLIN) == (morning, True)


def test_growth_counts_each_once_and_only_the_window() -> None:
    noon = at("2026-01-10 12:00")
    said = [Said(f"m{n % 4}", f"a{n % 3}", noon - timedelta(minutes=n)) for n in range(8)]
    assert growth(said, noon, 60) == (4, 3)
    assert growth(said, noon, 1) == (1, 1)
    assert growth([Said("m", "a", noon + timedelta(seconds=1))], noon, 60) == (0, 0)
    assert growth([], noon, 60) == (0, 0)


@pytest.mark.parametrize(
    ("trigger", "parameters", "fine"),
    [
        ("urgent", {}, True),
        ("followers", {"followers": 10_000}, True),
        ("followers", {"followers": -1}, False),
        ("followers", {}, False),
        ("followers", {"followers": "many"}, False),
        ("clock_warned", {"which": "promise"}, True),
        ("clock_warned", {"which": "sometimes"}, False),
        ("thread", {"messages": 10, "people": 5, "minutes": 0}, False),
        ("channel", {"minutes": 0, "silent_hours": 24}, True),
    ],
)
def test_parameters(trigger: str, parameters: dict[str, object], fine: bool) -> None:
    sentence = problem_of(trigger, parameters)
    assert (sentence is None) is fine
    assert sentence is None or sentence.endswith(".")


def test_every_trigger_has_its_rules_and_usual_parameters_are_fine() -> None:
    assert set(TRIGGERS) == set(AlertRule.Trigger)
    assert all(problem_of(name, trigger.usual()) is None for name, trigger in TRIGGERS.items())


def test_the_back_off_grows_and_ends_at_an_hour() -> None:
    waits = [back_off(attempt) for attempt in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (60.0, 60.0, 3600.0)

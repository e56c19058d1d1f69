"""How far behind a follower of a stream is: exact cases, and what must hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.listen.lag import BEHIND, WATCHED, WINDOW, Lag


def test_a_stream_that_nobody_followed_yet_is_not_behind() -> None:
    lag = Lag()
    assert (lag.now(100.0), lag.percentile(100.0), lag.is_losing(100.0)) == (0.0, None, False)


def test_silence_is_not_a_lag() -> None:
    lag = Lag()
    lag.waits(10.0)
    lag.took(10.2, 0.3, 5)
    assert lag.now(10.5) == 0.3
    assert lag.now(20.0) == 0.0


def test_what_waits_grows_older() -> None:
    lag = Lag()
    lag.took(10.0, 0.5, 1)
    lag.waits(11.0)
    assert lag.now(15.0) == pytest.approx(4.5)
    lag.waits(14.0)
    assert lag.now(16.0) == pytest.approx(5.5), "the first that waits counts"
    lag.settles()
    assert lag.now(17.0) == 0.0


def test_a_clock_that_is_ahead_of_the_servers_makes_no_negative_lag() -> None:
    lag = Lag()
    lag.took(10.0, -3.0, 1)
    assert lag.now(10.0) == 0.0


@given(st.lists(st.tuples(st.floats(0, 500), st.integers(1, 1000)), min_size=1, max_size=50))
def test_a_percentile_is_what_counting_gives_within_a_bucket(samples: list[tuple[float, int]]) -> None:
    lag = Lag()
    for number, (value, frames) in enumerate(samples):
        lag.took(number / 10, value, frames)
    every = sorted(value for value, frames in samples for _ in range(frames))
    wanted = every[max(0, -(-len(every) * 99 // 100) - 1)]
    found = lag.percentile(len(samples) / 10)
    assert found is not None
    assert wanted - 0.001 <= found <= max(0.011, wanted * 1.16)


def test_a_percentile_forgets_after_a_minute() -> None:
    lag = Lag()
    lag.took(0.0, 50.0, 1000)
    lag.took(WINDOW / 2, 0.1, 10)
    assert (lag.percentile(WINDOW / 2) or 0) > 40
    assert (lag.percentile(WINDOW + 5) or 9) < 1
    assert lag.percentile(WINDOW * 3) is None


def test_it_holds_no_more_than_a_minute_of_figures() -> None:
    lag = Lag()
    for second in range(10_000):
        lag.took(float(second), float(second % 7), 10)
        lag.is_losing(float(second))
    assert len(lag._slots) < WINDOW
    assert len(lag._track) < WATCHED + 3


def losing(lags: list[float]) -> list[bool]:
    """What it says each second of a stream with these lags."""
    lag, said = Lag(), []
    for second, value in enumerate(lags):
        lag.took(float(second), value, 100)
        said.append(lag.is_losing(float(second)))
    return said


def test_it_is_losing_when_it_is_far_behind_and_does_not_catch_up() -> None:
    assert losing([second * 0.9 for second in range(60)])[-1]


def test_it_is_not_losing_while_it_catches_up() -> None:
    assert not any(losing([max(0.0, 3000.0 - second * 20) for second in range(160)]))


def test_it_is_not_losing_when_it_is_only_a_little_behind() -> None:
    assert not any(losing([min(BEHIND - 1, second / 10) for second in range(200)]))


def test_it_is_said_after_a_while_and_not_at_once() -> None:
    said = losing([BEHIND + 5.0] * 60)
    assert said.index(True) == pytest.approx(WATCHED, abs=2)


def test_a_stream_that_is_stuck_is_losing() -> None:
    lag = Lag()
    lag.took(0.0, 0.1, 1)
    lag.waits(1.0)
    assert any(lag.is_losing(float(second)) for second in range(2, 60))

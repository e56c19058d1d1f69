"""The rise detector: its tails against scipy's, its false alarms, what it finds and what it keeps silent about."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from makegood.winback.causes.rises import (
    BASELINE_DAYS,
    ENOUGH_DAYS,
    GUARD_DAYS,
    Watch,
    at_most,
    judge,
    upper_tail,
)

FIRST = date(2026, 1, 5)
"""A Monday."""
WEEK = (1.6, 1.2, 1.0, 1.0, 0.9, 0.7, 0.6)
WATCH = Watch(per_month=0.33)


def series(counts: list[int | None]) -> dict[date, int | None]:
    """So many a day from a Monday on."""
    return {FIRST + timedelta(days=number): count for number, count in enumerate(counts)}


def drawn(mean: float, days: int, *, spread: float = 1.0, seed: int = 1) -> list[int]:
    """Counts with the pattern of a week; `spread` is their variance over their mean."""
    rng = np.random.default_rng(seed)
    means = mean * np.array([WEEK[number % 7] for number in range(days)])
    drawn = rng.negative_binomial(means / (spread - 1), 1 / spread) if spread > 1 else rng.poisson(means)
    return [int(each) for each in drawn]


def last(counts: list[int | None], watch: Watch = WATCH):  # type: ignore[no-untyped-def]
    return judge(series(counts), FIRST + timedelta(days=len(counts) - 1), watch)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.floats(0.01, 200), st.floats(1.0, 6.0))
def test_tails_are_those_of_scipy(count: int, mean: float, spread: float) -> None:
    variance = mean * spread
    if spread < 1.0001:
        known = float(stats.poisson.sf(count - 1, mean))
        variance = mean
    else:
        known = float(stats.nbinom.sf(count - 1, mean / (spread - 1), 1 / spread))
    assert upper_tail(count, mean, variance) == pytest.approx(known, rel=1e-6, abs=1e-14)


@given(st.floats(1e-6, 0.2), st.floats(0.01, 300), st.floats(1.0, 8.0))
@settings(max_examples=100, deadline=None)
def test_the_bound_is_the_smallest_that_holds(alpha: float, mean: float, spread: float) -> None:
    bound = at_most(alpha, mean, mean * spread)
    assert upper_tail(bound + 1, mean, mean * spread) <= alpha
    assert bound == 0 or upper_tail(bound, mean, mean * spread) > alpha


@pytest.mark.parametrize(
    ("counts", "known"),
    [
        ([1] * 20, 12),
        ([1] * (ENOUGH_DAYS + GUARD_DAYS), ENOUGH_DAYS - 1),
        # Twenty-eight days, but some of them unheard.
        ([1, None] * 30, 26),
    ],
)
def test_too_little_is_not_enough(counts: list[int | None], known: int) -> None:
    verdict = last(counts)
    assert verdict.evidence is None
    assert (verdict.known, verdict.needed) == (known, ENOUGH_DAYS)
    assert not verdict.rising
    assert not verdict.calm


def test_from_four_weeks_on_it_speaks() -> None:
    verdict = last([1] * (ENOUGH_DAYS + GUARD_DAYS + 1))
    assert verdict.known == ENOUGH_DAYS
    assert verdict.evidence is not None


def test_a_day_without_hearing_is_no_zero_and_says_nothing() -> None:
    heard = drawn(6, 90)
    assert last([*heard, None]).evidence is None
    holes: list[int | None] = [None if number % 3 == 0 else each for number, each in enumerate(heard)]
    zeros: list[int | None] = [0 if each is None else each for each in holes]
    with_holes, with_zeros = last([*holes, 9]).evidence, last([*zeros, 9]).evidence
    assert with_holes is not None
    assert with_zeros is not None
    # As a zero, the outage would have lowered what is expected by a third.
    assert with_holes.expected / with_holes.days > 1.3 * with_zeros.expected / with_zeros.days


def test_the_first_complaint_of_all_is_no_rise() -> None:
    quiet: list[int | None] = [0] * 98
    assert not last([*quiet, 1]).rising
    assert last([*quiet, 4]).rising


@pytest.mark.parametrize(("day", "count"), [(0, 9), (6, 7)])
def test_a_day_is_held_against_its_own_weekday(day: int, count: int) -> None:
    usual = [8, 4, 4, 4, 4, 2, 1] * 14
    verdict = judge(series([*usual, *usual[:day], count]), FIRST + timedelta(days=98 + day), WATCH)
    # Nine on a Monday are few more than eight; seven on a Sunday are seven times as many as there should be.
    assert verdict.rising == (day == 6)


def test_it_says_what_it_saw() -> None:
    usual = [4, 2, 2, 2, 2, 1, 1] * 14
    verdict = last([*usual, 17])
    evidence = verdict.evidence
    assert evidence is not None
    assert verdict.rising
    assert (evidence.days, evidence.count) == (1, 17)
    assert 3 < evidence.expected < 4.5
    assert evidence.at_most < 17
    assert evidence.one_in == round(1 / WATCH.alpha)
    assert 0 < evidence.probability < WATCH.alpha


def test_a_small_rise_that_lasts_is_seen_over_a_week() -> None:
    usual = drawn(3, 98, seed=4)
    more: list[int] = []
    for number in range(7):
        more.append(round(3 * WEEK[number]) + 4)
        verdict = last([*usual, *more])
    assert verdict.rising
    assert verdict.evidence is not None
    assert verdict.evidence.days > 1


def test_a_past_rise_does_not_hide_the_next() -> None:
    usual = drawn(3, 98, seed=2)
    before = last([*usual, 14]).evidence
    usual[60:63] = [40, 45, 38]
    after = last([*usual, 14]).evidence
    assert before is not None
    assert after is not None
    assert after.expected < 1.5 * before.expected
    assert last([*usual, 16]).rising


def test_a_rise_of_last_week_does_not_raise_its_own_bar() -> None:
    usual = drawn(3, 98, seed=3)
    first = last([*usual, 20]).evidence
    later = last([*usual, 20, 20, 20, 20, 20, 20]).evidence
    assert first is not None
    assert later is not None
    assert later.expected / later.days < 1.5 * max(first.expected / first.days, 3.0)


def test_more_series_are_each_given_less_room() -> None:
    assert Watch(1.0, 10).alpha == pytest.approx(Watch(1.0, 1).alpha / 10)
    usual = drawn(3, 98)
    few, many = last([*usual, 9], Watch(1.0, 1)).evidence, last([*usual, 9], Watch(1.0, 100)).evidence
    assert few is not None
    assert many is not None
    assert few.at_most < many.at_most


@pytest.mark.parametrize(("per_month", "series_count"), [(0, 1), (-1, 1), (32, 1), (1, 0)])
def test_a_watch_that_makes_no_sense(per_month: float, series_count: int) -> None:
    with pytest.raises(ValueError, match="False alarms"):
        Watch(per_month, series_count)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=0, max_size=130),
    st.floats(0.01, 31),
    st.integers(1, 300),
)
def test_whatever_was_counted_it_keeps_its_head(counts: list[int | None], per_month: float, many: int) -> None:
    verdict = judge(series(counts), FIRST + timedelta(days=max(len(counts) - 1, 0)), Watch(per_month, many))
    assert 0 <= verdict.known <= BASELINE_DAYS
    if verdict.evidence is not None:
        assert verdict.known >= ENOUGH_DAYS
        assert verdict.evidence.expected > 0
        assert 0 <= verdict.evidence.probability <= 1
        assert not (verdict.rising and verdict.calm)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=70, max_size=110), st.integers(0, 40))
def test_more_today_is_never_less_of_a_rise(counts: list[int], more: int) -> None:
    low, high = last([*counts, 5]), last([*counts, 5 + more])
    assert low.evidence is not None
    assert high.evidence is not None
    assert high.evidence.probability <= low.evidence.probability + 1e-12


@pytest.mark.parametrize(("mean", "spread"), [(0.3, 1.0), (1.5, 1.0), (1.5, 2.0), (12.0, 1.5)])
def test_false_alarms_are_no_more_than_is_stated(mean: float, spread: float) -> None:
    # Two a month are asked for, over 1,000 days: 66. A Poisson count of 66 is below 91 in 999 of 1,000.
    days, watch = 1000, Watch(2.0)
    counts = series([*drawn(mean, 91 + days, spread=spread, seed=7)])
    alarms, open_ = 0, False
    for number in range(91, 91 + days):
        verdict = judge(counts, FIRST + timedelta(days=number), watch)
        alarms += verdict.rising and not open_
        open_ = verdict.rising or (open_ and not verdict.calm)
    assert alarms <= 91

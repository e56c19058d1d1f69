"""Purchases to come: the paper's closed form, where it can be had, and integration where it cannot."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, hyp2f1

from makegood.identify.value.ahead import WEEKS_PER_MONTH, Ahead, beta_nodes
from makegood.identify.value.purchases import Purchases
from makegood.identify.value.tests.worlds import MUSIC

HARD = [
    MUSIC.purchases,
    Purchases(0.243, 0.05, 0.3, 1.0),
    Purchases(2.0, 10.0, 1.0000001, 10.0),
    Purchases(0.5, 4.0, 0.1, 0.8),
    Purchases(0.5, 4.0, 5.0, 20.0),
    Purchases(0.5, 4.0, 200.0, 1000.0),
    Purchases(5.0, 1.0, 30.0, 0.5),
    Purchases(50.0, 1.0, 0.9, 900.0),
]


def ahead(buys: Any, x: Any, age: Any, months: Any = (12, 24, 36), discount: Any = 0.0, ages: Any = None) -> Any:
    """What is read for one customer; `ages` is the range the tables are for."""
    low, high = ages or (age, age)
    tables = Ahead(buys, np.array([float(x)]), low, high, months, discount)
    return tables.read(np.array([float(x)]), np.array([float(age)]))[0]


def closed_form(buys: Any, x: Any, age: Any, weeks: Any) -> Any:
    """Equation 10 of Fader, Hardie and Lee (2005), without its division by the odds of being there."""
    r, alpha, a, b = buys.r, buys.alpha, buys.a, buys.b
    shrink = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
    return (a + b + x - 1) / (a - 1) * (1 - shrink * series)


def integrated(buys: Any, x: Any, age: Any, weeks: Any) -> Any:
    """The mean over the dropout, piece by piece in log(p / (1 - p))."""
    rate, c, other = buys.r + x, buys.alpha + age, buys.b + x
    whole = betaln(buys.a, other)

    def inside(v: Any) -> Any:
        p = 1 / (1 + math.exp(-v))
        weight = -buys.a * math.log1p(math.exp(-v)) - other * math.log1p(math.exp(v)) - whole
        return math.exp(weight) * -math.expm1(-rate * math.log1p(p * weeks / c)) / p

    middle = math.log(buys.a / other)
    lowest, highest = max(middle - 45 / buys.a - 20, -600), max(middle + 60, 90)
    edges = [lowest, *(middle + one for one in (-50, -20, -8, -4, -2, -1, 0, 1, 2, 4, 8, 20)), highest]
    edges = [one for one in edges if lowest <= one <= highest]
    return sum(quad(inside, low, high, epsabs=0, epsrel=1e-11, limit=200)[0] for low, high in pairwise(edges))


@pytest.mark.parametrize("x", [0, 1, 2, 7, 30])
@pytest.mark.parametrize("age", [0.2, 10.0, 38.86, 300.0])
def test_as_the_closed_form_has_it_to_ten_digits(x: Any, age: Any) -> None:
    for months in (1, 12, 36):
        found = ahead(MUSIC.purchases, x, age, months=(months,))[0]
        assert found == pytest.approx(closed_form(MUSIC.purchases, x, age, months * WEEKS_PER_MONTH), rel=1e-10)


@pytest.mark.parametrize("buys", HARD)
def test_eight_digits_where_the_closed_form_fails_too(buys: Any) -> None:
    for x, age in ((0, 0.0), (0, 300.0), (1, 1.0), (10, 10.0), (60, 38.86), (400, 100.0), (5000, 500.0)):
        expected = integrated(buys, x, age, 36 * WEEKS_PER_MONTH)
        assert ahead(buys, x, age)[2] == pytest.approx(expected, rel=1e-8), (x, age)


def test_frequent_buyers_overflow_the_closed_form_and_not_this() -> None:
    with np.errstate(all="ignore"):
        broken = closed_form(MUSIC.purchases, 2000, 50.0, 156.0)
    assert not math.isfinite(broken) or broken < 0
    assert 0 < ahead(MUSIC.purchases, 2000, 50.0)[2] < 1e4


def test_nothing_happens_at_a_equal_to_one() -> None:
    """There the closed form divides by nothing."""
    found = [ahead(Purchases(0.5, 5.0, a, 3.0), 4, 30.0)[1] for a in (1 - 1e-9, 1.0, 1 + 1e-9)]
    assert found[0] == pytest.approx(found[1], rel=1e-7)
    assert found[2] == pytest.approx(found[1], rel=1e-7)


def test_where_nobody_stops_it_is_the_rate_times_the_weeks() -> None:
    buys = Purchases(0.5, 5.0, 0.0, 1.0)
    expected = (0.5 + 4) / (5 + 30) * 12 * WEEKS_PER_MONTH
    assert ahead(buys, 4, 30.0)[0] == pytest.approx(expected, rel=1e-12)
    assert ahead(Purchases(0.5, 5.0, 1e-3, 1000.0), 4, 30.0)[0] == pytest.approx(expected, rel=1e-3)


@settings(deadline=None)
@given(st.integers(0, 100), st.floats(0, 520), st.sampled_from(HARD))
def test_reading_between_the_points_costs_nothing_to_speak_of(x: Any, age: Any, buys: Any) -> None:
    wide = ahead(buys, x, age, ages=(0.0, 520.0))
    assert wide == pytest.approx(ahead(buys, x, age), rel=1e-7)


def test_many_at_once_are_each_alone() -> None:
    rng = np.random.default_rng(1)
    x, age = rng.integers(0, 150, 400).astype(float), rng.uniform(0, 200, 400)
    tables = Ahead(MUSIC.purchases, np.unique(x), float(age.min()), float(age.max()), (12, 24), 0.1)
    found = tables.read(x, age)
    for row in range(0, 400, 7):
        alone = ahead(MUSIC.purchases, x[row], age[row], months=(12, 24), discount=0.1)
        assert found[row] == pytest.approx(alone, rel=1e-8)


def test_discounts_are_month_by_month() -> None:
    ends = ahead(MUSIC.purchases, 3, 20.0, months=tuple(range(1, 37)))
    each = np.diff(ends, prepend=0.0)
    discount = 1.1 ** (-(np.arange(36) + 0.5) / 12)
    for months in (1, 12, 24, 36):
        found = ahead(MUSIC.purchases, 3, 20.0, months=(months,), discount=0.1)[0]
        assert found == pytest.approx((each * discount)[:months].sum(), rel=1e-10)


@settings(deadline=None)
@given(st.sampled_from(HARD), st.integers(0, 300), st.floats(0, 300), st.floats(0, 1), st.floats(0, 1))
def test_longer_is_more_and_dearer_money_is_less(buys: Any, x: Any, age: Any, one: Any, other: Any) -> None:
    low, high = sorted((one, other))
    cheap, dear = (ahead(buys, x, age, discount=rate) for rate in (low, high))
    assert np.all(cheap > 0)
    assert np.all(np.diff(dear) >= -1e-12 * dear[0])
    assert np.all(dear <= cheap * (1 + 1e-9))


@settings(deadline=None)
@given(st.floats(0.01, 300), st.floats(0.05, 2000))
def test_means_over_a_beta_distribution_are_right(a: Any, other: Any) -> None:
    nodes, weights = beta_nodes(a, np.array([other]), np.array([1e-3]))
    # Below e^-20 of 0.001 it takes functions to be level: hence what is allowed.
    mean, square = ((weights * nodes**power).sum() for power in (1, 2))
    total = a + other
    assert weights.sum() == pytest.approx(1)
    assert mean == pytest.approx(a / total, rel=2e-7, abs=1e-8)
    assert square == pytest.approx(a * (a + 1) / total / (total + 1), rel=2e-7, abs=1e-8)

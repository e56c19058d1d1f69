"""The BG/NBD model: the published fit, its formulas told another way, its limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime

from makegood.identify.value.purchases import (
    Prior,
    Purchases,
    _Likelihood,
    alive,
    fit_purchases,
    log_likelihood,
)
from makegood.identify.value.tests.worlds import COFFEE, MUSIC, cdnow, needs_cdnow, world

PARAMETERS = st.builds(
    Purchases,
    r=st.floats(0.05, 20),
    alpha=st.floats(0.1, 200),
    a=st.floats(0.05, 20),
    b=st.floats(0.05, 50),
)


@st.composite
def customers(draw: Any, least: Any = 1) -> Any:
    rows = draw(
        st.lists(st.tuples(st.integers(0, 60), st.floats(0.01, 1), st.floats(0, 300)), min_size=least, max_size=12)
    )
    x = np.array([row[0] for row in rows], dtype=float)
    age = np.array([row[2] for row in rows])
    return x, np.where(x > 0, age * [row[1] for row in rows], 0.0), age


@needs_cdnow
def test_the_published_fit_of_cdnow_is_reproduced() -> None:
    x, recency, age, _ = cdnow()
    found = fit_purchases(x, recency, age)
    assert found.converged
    assert found.parameters.r == pytest.approx(0.243, abs=0.0005)
    assert found.parameters.alpha == pytest.approx(4.414, abs=0.0005)
    assert found.parameters.a == pytest.approx(0.793, abs=0.0005)
    assert found.parameters.b == pytest.approx(2.426, abs=0.0005)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)


@needs_cdnow
def test_no_step_from_the_fit_is_more_likely() -> None:
    x, recency, age, _ = cdnow()
    found = fit_purchases(x, recency, age)
    ones = np.ones(len(x))
    best = found.parameters
    assert log_likelihood(best, x, recency, age, ones) == pytest.approx(found.log_likelihood, rel=1e-12)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.97, 1.03):
            aside = Purchases(**{**vars(best), name: getattr(best, name) * factor})
            assert log_likelihood(aside, x, recency, age, ones) < found.log_likelihood - 0.01


@given(PARAMETERS, st.integers(0, 8), st.floats(0.05, 1), st.floats(0.5, 60))
def test_the_likelihood_is_the_mean_over_all_rates_and_dropouts(buys: Any, x: Any, share: Any, age: Any) -> Any:
    """Of a customer whose rate and dropout are known it is plain (section 3 of the paper); the means are told as
    products here, in place of gamma and beta functions.
    """
    recency = age * share if x else 0.0
    stays = math.prod((buys.b + i) / (buys.a + buys.b + i) for i in range(x))
    stops = math.prod((buys.b + i) / (buys.a + buys.b + i) for i in range(x - 1)) * buys.a / (buys.a + buys.b + x - 1)

    def bought(weeks: Any) -> Any:
        """The mean of lambda^x exp(-lambda weeks)."""
        rising = math.prod(buys.r + i for i in range(x))
        return rising * (buys.alpha / (buys.alpha + weeks)) ** buys.r / (buys.alpha + weeks) ** x

    expected = stays * bought(age) + (stops * bought(recency) if x else 0.0)
    found = log_likelihood(buys, *(np.array([float(one)]) for one in (x, recency, age, 1)))
    assert found == pytest.approx(math.log(expected), rel=1e-8, abs=1e-8)


def test_the_likelihoods_of_all_that_may_happen_add_up_to_one() -> Any:
    """No purchase, or one at any time, or two at any two times."""
    buys, age = Purchases(0.4, 5.0, 0.8, 2.5), 3.0

    def density(x: Any, recency: Any) -> Any:
        return math.exp(log_likelihood(buys, *(np.array([float(one)]) for one in (x, recency, age, 1))))

    # Given its last purchase at t the others lie anywhere before: t^(x-1) / (x-1)! ways.
    total = density(0, 0.0)
    for x in range(1, 40):
        total += quad(lambda t, x=x: density(x, t) * t ** (x - 1) / math.factorial(x - 1), 0, age)[0]
    assert total == pytest.approx(1, abs=1e-6)


@given(PARAMETERS, customers())
def test_the_slope_is_the_slope(buys: Any, rows: Any) -> None:
    x, recency, age = rows
    likelihood = _Likelihood(x, recency, age, np.ones(len(x)))
    point = np.log([buys.r, buys.alpha, buys.a, buys.b])
    measured = approx_fprime(point, lambda at: likelihood(at)[0], 1e-7)
    assert likelihood(point)[1] == pytest.approx(measured, rel=1e-3, abs=2e-5)


@given(PARAMETERS, customers(), st.integers(1, 5))
def test_a_weight_is_a_repetition(buys: Any, rows: Any, times: Any) -> None:
    weight = np.ones(len(rows[0]))
    columns: Any = (*rows, weight * times)
    once = log_likelihood(buys, *columns)
    repeated = log_likelihood(buys, *(np.repeat(column, times) for column in (*rows, weight)))
    assert once == pytest.approx(repeated, rel=1e-9)


def test_a_weighted_fit_is_the_fit_of_the_repeated() -> None:
    summary = world(MUSIC, 600, seed=3).summary
    columns = (summary.frequency, summary.recency_weeks, summary.age_weeks)
    weight = np.random.default_rng(1).integers(1, 4, len(summary))
    weighted = fit_purchases(*columns, weight=weight.astype(float))
    repeated = fit_purchases(*(np.repeat(column, weight) for column in columns))
    assert vars(weighted.parameters) == pytest.approx(vars(repeated.parameters), rel=1e-3)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-9)


def test_the_order_of_customers_makes_no_difference() -> None:
    summary = world(MUSIC, 500, seed=4).summary
    columns = (summary.frequency, summary.recency_weeks, summary.age_weeks)
    mixed = np.random.default_rng(1).permutation(len(summary))
    one, other = fit_purchases(*columns), fit_purchases(*(column[mixed] for column in columns))
    assert vars(one.parameters) == pytest.approx(vars(other.parameters), rel=1e-4)


def test_in_days_it_is_the_same_but_for_alpha() -> None:
    summary = world(MUSIC, 800, seed=5).summary
    columns = (summary.recency_weeks, summary.age_weeks)
    weeks = fit_purchases(summary.frequency, *columns).parameters
    days = fit_purchases(summary.frequency, *(7 * column for column in columns)).parameters
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((weeks.r, weeks.alpha, weeks.a, weeks.b), rel=2e-3)


@pytest.mark.parametrize("truth", [MUSIC, COFFEE])
def test_known_parameters_are_recovered(truth: Any) -> None:
    summary = world(truth, 8000, ahead=0, seed=6).summary
    found = fit_purchases(summary.frequency, summary.recency_weeks, summary.age_weeks)
    assert found.converged
    assert found.parameters.r == pytest.approx(truth.purchases.r, rel=0.1)
    assert found.parameters.alpha == pytest.approx(truth.purchases.alpha, rel=0.12)
    stops = found.parameters.a / (found.parameters.a + found.parameters.b)
    assert stops == pytest.approx(truth.purchases.a / (truth.purchases.a + truth.purchases.b), rel=0.15)


def test_a_strong_prior_holds_and_a_weak_one_gives_way() -> None:
    summary = world(MUSIC, 300, seed=7).summary
    columns = (summary.frequency, summary.recency_weeks, summary.age_weeks)
    middle = Purchases(2.0, 20.0, 2.0, 5.0)
    strong = fit_purchases(*columns, prior=Prior(middle, Purchases(1e-3, 1e-3, 1e-3, 1e-3)))
    weak = fit_purchases(*columns, prior=Prior(middle, Purchases(1e3, 1e3, 1e3, 1e3)))
    assert vars(strong.parameters) == pytest.approx(vars(middle), rel=0.01)
    assert vars(weak.parameters) == pytest.approx(vars(fit_purchases(*columns).parameters), rel=1e-2)


def test_nobody_who_came_once_is_known_to_be_gone() -> None:
    found = alive(MUSIC.purchases, np.zeros(3), np.zeros(3), np.array([0.0, 10, 500]))
    assert found.tolist() == [1, 1, 1]


def test_where_nobody_stops_all_are_there() -> None:
    found = alive(Purchases(1, 1, 0, 1), np.array([0.0, 5]), np.array([0.0, 5]), np.array([9.0, 900]))
    assert found.tolist() == [1, 1]


@given(PARAMETERS, st.integers(1, 3000), st.floats(0, 300), st.floats(0, 300), st.floats(0, 300))
def test_who_came_later_is_likelier_still_there(buys: Any, x: Any, one: Any, other: Any, age: Any) -> None:
    first, second = sorted((min(one, age), min(other, age)))
    early, late = alive(buys, np.full(2, float(x)), np.array([first, second]), np.full(2, age))
    assert 0 <= early <= late <= 1


@given(PARAMETERS, st.integers(1, 3000), st.floats(0, 100), st.floats(0, 300), st.floats(0, 300))
def test_silence_makes_it_less_likely(buys: Any, x: Any, recency: Any, more: Any, much_more: Any) -> None:
    short, long = sorted((more, much_more))
    soon, later = alive(buys, np.full(2, float(x)), np.full(2, recency), recency + np.array([short, long]))
    assert later <= soon


def test_somebody_who_came_every_day_for_years_and_stopped_is_gone_without_overflow() -> None:
    found = alive(MUSIC.purchases, np.array([5000.0]), np.array([700.0]), np.array([900.0]))
    assert 0 <= found[0] < 1e-100


def test_as_many_are_there_as_was_said() -> None:
    """Of those who are there, some buy in 160 weeks; nobody else does."""
    people = world(COFFEE, 4000, seed=8)
    summary = people.summary
    there = alive(COFFEE.purchases, summary.frequency, summary.recency_weeks, summary.age_weeks)
    bought = np.array([bool(later) for later in people.later])
    unlikely = there < 0.2
    assert unlikely.sum() > 100
    assert bought[unlikely].mean() <= there[unlikely].mean() + 0.03
    often = (there > 0.9) & (summary.frequency > 5)
    assert often.sum() > 300
    assert bought[often].mean() == pytest.approx(there[often].mean(), abs=0.03)

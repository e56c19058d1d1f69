"""The Gamma-Gamma model: the published fit, its formulas told another way, its limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import logsumexp
from scipy.stats import gamma as gamma_distribution

from makegood.identify.value.spend import Spend, _Likelihood, expected_spend, fit_spend, log_likelihood
from makegood.identify.value.tests.worlds import COFFEE, MUSIC, cdnow, needs_cdnow, world

PARAMETERS = st.builds(Spend, p=st.floats(0.2, 30), q=st.floats(1.5, 30), gamma=st.floats(1, 1e5))
ROWS = st.lists(st.tuples(st.integers(1, 50), st.floats(1, 1e6)), min_size=1, max_size=12)


def columns(rows: Any) -> Any:
    return np.array([float(row[0]) for row in rows]), np.array([row[1] for row in rows])


def repeaters(truth: Any, customers: Any, seed: Any) -> Any:
    summary = world(truth, customers, ahead=0, seed=seed).summary
    again = summary.frequency > 0
    return summary.frequency[again], summary.mean_contribution_minor[again]


@needs_cdnow
def test_the_published_fit_of_cdnow_is_reproduced() -> None:
    x, _, _, mean = cdnow()
    again = x > 0
    assert again.sum() == 946
    found = fit_spend(x[again], mean[again])
    assert found.converged
    assert found.parameters.p == pytest.approx(6.25, abs=0.005)
    assert found.parameters.q == pytest.approx(3.74, abs=0.005)
    assert found.parameters.gamma == pytest.approx(15.44, abs=0.01)


@settings(deadline=None, max_examples=50)
@given(PARAMETERS, st.integers(1, 6), st.floats(0.1, 10))
def test_the_likelihood_is_the_mean_over_all_customers(spend: Any, count: Any, times: Any) -> None:
    """Given a customer's rate, the mean of `count` gamma purchases is gamma too; the rate integrates out."""
    mean = times * spend.mean
    log_rate = np.linspace(-60, 12, 60_001) - math.log(spend.gamma)
    rate = np.exp(log_rate)
    held = gamma_distribution.logpdf(rate, spend.q, scale=1 / spend.gamma) + log_rate
    seen = gamma_distribution.logpdf(mean, spend.p * count, scale=1 / (rate * count))
    expected = logsumexp(held + seen) + math.log(log_rate[1] - log_rate[0])
    found = log_likelihood(spend, np.array([float(count)]), np.array([mean]), np.ones(1))
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-7)


@given(PARAMETERS, ROWS)
def test_the_slope_is_the_slope(spend: Any, rows: Any) -> None:
    count, mean = columns(rows)
    likelihood = _Likelihood(count, mean, np.ones(len(rows)))
    point = np.log([spend.p, spend.q, spend.gamma])
    measured = approx_fprime(point, lambda at: likelihood(at)[0], 1e-7)
    assert likelihood(point)[1] == pytest.approx(measured, rel=1e-3, abs=1e-3)


@given(PARAMETERS, ROWS, st.integers(1, 5))
def test_a_weight_is_a_repetition(spend: Any, rows: Any, times: Any) -> None:
    count, mean = columns(rows)
    once = log_likelihood(spend, count, mean, np.full(len(rows), float(times)))
    again = log_likelihood(spend, np.repeat(count, times), np.repeat(mean, times), np.ones(len(rows) * times))
    assert once == pytest.approx(again, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("truth", [MUSIC, COFFEE])
def test_known_parameters_are_recovered(truth: Any) -> None:
    found = fit_spend(*repeaters(truth, 8000, 9))
    assert found.converged
    assert found.parameters.p == pytest.approx(truth.spend.p, rel=0.1)
    assert found.parameters.q == pytest.approx(truth.spend.q, rel=0.15)
    assert found.parameters.mean == pytest.approx(truth.spend.mean, rel=0.05)


@pytest.mark.parametrize("factor", [0.01, 100, 1e9])
def test_another_currency_is_the_same_but_for_gamma(factor: Any) -> None:
    count, mean = repeaters(MUSIC, 800, 10)
    one, other = fit_spend(count, mean), fit_spend(count, mean * factor)
    assert other.converged
    assert (other.parameters.p, other.parameters.q) == pytest.approx((one.parameters.p, one.parameters.q), rel=1e-6)
    assert other.parameters.gamma == pytest.approx(one.parameters.gamma * factor, rel=1e-6)


def test_somebody_new_spends_as_all_do() -> None:
    assert expected_spend(MUSIC.spend, np.zeros(1), np.zeros(1))[0] == pytest.approx(MUSIC.spend.mean)


@given(PARAMETERS, st.integers(1, 500), st.floats(0, 1e6))
def test_what_is_expected_lies_between_their_own_mean_and_the_shops(spend: Any, count: Any, mean: Any) -> None:
    found = expected_spend(spend, np.array([float(count)]), np.array([mean]))[0]
    low, high = sorted((mean, spend.mean))
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


@given(PARAMETERS, st.floats(1, 1e6))
def test_the_more_they_bought_the_more_their_own_mean_counts(spend: Any, mean: Any) -> None:
    count = np.array([1.0, 2, 5, 20, 1000])
    apart = np.abs(expected_spend(spend, count, np.full(5, mean)) - mean)
    assert np.all(np.diff(apart) <= 1e-6 * mean)


def test_a_mean_below_nothing_counts_as_nothing() -> None:
    count = np.array([2.0, 2.0])
    below, nothing = expected_spend(MUSIC.spend, count, np.array([-500.0, 0.0]))
    assert below == nothing > 0


def test_everybody_spending_the_same_has_a_fit() -> None:
    """The likelihood has no top there: it climbs to the edge, which is as uniform as makes no difference."""
    found = fit_spend(np.tile([1.0, 3.0], 100), np.full(200, 1999.0))
    assert found.converged
    assert expected_spend(found.parameters, np.zeros(1), np.zeros(1))[0] == pytest.approx(1999, rel=0.02)


def test_one_wholesaler_does_not_change_what_the_others_bring() -> None:
    count, mean = repeaters(MUSIC, 800, 11)
    plain = fit_spend(count, mean).parameters
    odd = fit_spend(np.append(count, 3.0), np.append(mean, 5e7))
    assert odd.converged
    before, after = (expected_spend(one, count, mean) for one in (plain, odd.parameters))
    assert np.median(after / before) == pytest.approx(1, abs=0.1)
    assert odd.parameters.mean < 1.5 * plain.mean

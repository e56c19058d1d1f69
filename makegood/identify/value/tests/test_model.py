"""Which way is taken, what is kept of it, and odd shops."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.identify.value import climb
from makegood.identify.value.cohort import typical_contribution
from makegood.identify.value.model import (
    AVERAGE_CUSTOMERS,
    AVERAGE_REPEATS,
    COHORT_REPEATERS,
    MODEL_CUSTOMERS,
    MODEL_REPEATERS,
    Method,
    Model,
    Reason,
    fit,
)
from makegood.identify.value.spend import fit_spend
from makegood.identify.value.summary import Summary, summarise
from makegood.identify.value.tests.worlds import COFFEE, MUSIC, orders_of, world
from makegood.identify.value.worth import value

UNTIL = datetime(2026, 6, 30, 12, tzinfo=UTC)
NAMES = ("frequency", "recency_weeks", "age_weeks", "mean_contribution_minor", "total_minor")


def some(summary: Any, chosen: Any) -> Any:
    chosen = np.arange(len(summary))[chosen]
    return Summary(tuple(chosen.tolist()), *(getattr(summary, name)[chosen] for name in NAMES))


def made_of(rows: Any) -> Any:
    """Frequency, recency, age, mean, total: one row a customer."""
    return Summary(tuple(range(len(rows))), *np.array(rows, dtype=float).reshape(-1, 5).T)


def with_money(summary: Any, mean: Any, total: Any = None) -> Any:
    return replace(summary, mean_contribution_minor=mean, total_minor=mean if total is None else total)


def worth(model: Any, summary: Any) -> Any:
    return value(model, *(getattr(summary, name) for name in NAMES[:4]))


@pytest.fixture(scope="module")
def music() -> Any:
    return world(MUSIC, 1500, ahead=0, seed=21).summary


def test_enough_customers_are_fitted(music: Any) -> None:
    found = fit(music, draws=10)
    assert (found.method, found.reason) == (Method.MODEL, None)
    assert found.n_customers == 1500
    assert found.n_repeat == (music.frequency > 0).sum()
    assert found.n_purchases == music.frequency.sum() + 1500
    assert len(found.draws) == 10
    assert found.log_likelihood
    assert found.log_likelihood < 0


def test_too_few_customers_are_weighed_against_their_mean(music: Any) -> None:
    found = fit(some(music, slice(MODEL_CUSTOMERS - 1)), draws=5)
    assert (found.method, found.reason) == (Method.COHORT, Reason.FEW_CUSTOMERS)
    assert found.parameters
    assert found.log_likelihood is None
    assert fit(some(music, slice(MODEL_CUSTOMERS)), draws=5).method is Method.MODEL


def test_many_who_never_came_back_are_not_enough(music: Any) -> None:
    again = np.flatnonzero(music.frequency > 0)[: MODEL_REPEATERS - 1]
    once = np.flatnonzero(music.frequency == 0)
    found = fit(some(music, np.concatenate([again, once])), draws=5)
    assert (found.method, found.reason) == (Method.COHORT, Reason.FEW_REPEATERS)


def test_a_young_shop_has_seen_nobody_stop() -> None:
    young = world(COFFEE, 900, weeks=20, ahead=0, seed=22).summary
    found = fit(young, draws=5)
    assert (found.method, found.reason) == (Method.COHORT, Reason.SHORT_HISTORY)


def test_a_handful_who_came_back_give_an_average_that_is_the_same_for_all(music: Any) -> None:
    again = np.flatnonzero(music.frequency > 0)[: COHORT_REPEATERS - 1]
    once = np.flatnonzero(music.frequency == 0)[:40]
    summary = some(music, np.concatenate([again, once]))
    found = fit(summary, draws=5)
    assert found.method is Method.AVERAGE
    values = worth(found, summary)
    assert len(np.unique(values, axis=0)) == 1
    assert values.min() > 0


def test_the_average_lies_between_half_and_twice_what_came() -> None:
    """Average order x repeat rate, of a shop whose truth is known: small shops, many of them."""
    ratios = []
    for seed in range(12):
        people = world(COFFEE, 24, weeks=40, ahead=110, seed=100 + seed)
        found = fit(people.summary, draws=2)
        newcomer = value(replace(found, method=Method.AVERAGE), [0], [0], [0], [0], months=(24,), discount_yearly=0)
        truth = value(replace(found, parameters=COFFEE), [0], [0], [0], [0], months=(24,), discount_yearly=0)
        ratios.append(newcomer[0, 0] / truth[0, 0])
    assert 0.5 < np.median(ratios) < 2


@pytest.mark.parametrize(
    ("customers", "repeats"), [(AVERAGE_CUSTOMERS - 1, 8), (AVERAGE_CUSTOMERS, AVERAGE_REPEATS - 1), (1, 1), (1, 300)]
)
def test_too_little_to_say_anything(customers: Any, repeats: Any) -> None:
    """`repeats` customers have come back once, or as many times as there is nobody else to."""
    rows = [(0, 0, 50, 0, 1000)] * customers
    for turn in range(repeats):
        x = rows[turn % customers][0] + 1
        rows[turn % customers] = (x, 30, 50, 1000, 1000 * (x + 1))
    found = fit(made_of(rows))
    assert found.method is Method.NONE
    assert found.parameters is None
    assert found.reason is Reason.FEW_CUSTOMERS


def test_no_orders_at_all() -> None:
    found = fit(summarise([], UNTIL))
    assert (found.method, found.reason, found.n_customers) == (Method.NONE, Reason.NO_ORDERS, 0)


def test_nobody_ever_came_back() -> None:
    found = fit(made_of([(0, 0, week, 0, 2500) for week in range(1000)]))
    assert (found.method, found.n_repeat) == (Method.NONE, 0)


def test_everybody_came_today() -> None:
    found = fit(made_of([(0, 0, 0, 0, 2500)] * 1000))
    assert found.method is Method.NONE


@pytest.mark.parametrize("amount", [0, -700])
def test_a_shop_that_earns_nothing_says_so(music: Any, amount: Any) -> None:
    found = fit(with_money(music, np.full(len(music), float(amount))))
    assert (found.method, found.reason) == (Method.NONE, Reason.NO_MONEY)


def test_some_who_cost_more_than_they_brought_do_not_stop_the_fit(music: Any) -> None:
    mean = np.where(np.arange(1500) % 10 == 0, -music.mean_contribution_minor, music.mean_contribution_minor)
    found = fit(with_money(music, mean), draws=5)
    assert found.method is Method.MODEL
    assert worth(found, with_money(music, mean)).min() >= 0
    assert found.parameters
    assert found.log_likelihood == fit(music, draws=5).log_likelihood


@pytest.mark.parametrize("size", [1500, 200, 30])
def test_one_giant_outlier_leaves_the_others_be(music: Any, size: Any) -> None:
    summary = some(music, slice(size))
    giant = np.flatnonzero(summary.frequency > 0)[0]
    mean, total = summary.mean_contribution_minor.copy(), summary.total_minor.copy()
    mean[giant], total[giant] = 1e12, 3e12
    plain, odd = fit(summary, draws=5), fit(with_money(summary, mean, total), draws=5)
    assert odd.method is plain.method
    others = np.arange(size) != giant
    before, after = worth(plain, summary)[others, 1], worth(odd, summary)[others, 1]
    some_worth = before > 100
    assert after.sum() == pytest.approx(before.sum(), rel=0.6)
    assert np.median(after[some_worth] / before[some_worth]) == pytest.approx(1, abs=0.6)


def test_a_customer_with_a_thousand_orders_breaks_nothing(music: Any) -> None:
    summary = some(music, slice(1500))
    summary.frequency[0], summary.recency_weeks[0], summary.age_weeks[0] = 1000, 199, 200
    found = fit(summary, draws=5)
    assert found.method is Method.MODEL
    assert worth(found, summary)[0, 0] > 0


def test_a_fit_that_does_not_arrive_is_not_used(music: Any, monkeypatch: Any) -> None:
    """No slope is flat enough here, so that none of the climbs counts as having arrived."""
    monkeypatch.setattr(climb, "_FLAT", 0.0)
    found = fit(music)
    assert (found.method, found.reason) == (Method.NONE, Reason.NOT_CONVERGED)


def test_where_only_the_spend_does_not_arrive_the_cohort_is_taken(music: Any, monkeypatch: Any) -> Any:
    def lost(count: Any, mean: Any) -> Any:
        return replace(fit_spend(count, mean), converged=False)

    monkeypatch.setattr("makegood.identify.value.model.fit_spend", lost)
    found = fit(music, draws=5)
    assert (found.method, found.reason) == (Method.COHORT, Reason.NOT_CONVERGED)
    assert found.parameters


def test_known_parameters_lie_within_the_bootstraps_interval() -> None:
    """Nine tenths of each; seven parameters, so that one may be missed by chance."""
    people = world(MUSIC, 2000, ahead=0, seed=23)
    found = fit(people.summary, draws=40)
    rows = np.array([(*vars(one.purchases).values(), *vars(one.spend).values()) for one in found.draws])
    truth = [*vars(MUSIC.purchases).values(), *vars(MUSIC.spend).values()]
    low, high = np.quantile(rows, (0.05, 0.95), axis=0)
    assert np.sum((low <= truth) & (truth <= high)) >= 6
    assert found.parameters
    best = [*vars(found.parameters.purchases).values(), *vars(found.parameters.spend).values()]
    assert np.all((low < best) & (best < high))


def test_more_customers_are_known_better() -> Any:
    """Beyond 4,000 the bootstrap refits fewer than there are, and scales."""

    def spread(customers: Any) -> Any:
        found = fit(world(MUSIC, customers, ahead=0, seed=24).summary, draws=25)
        return np.log([one.purchases.r for one in found.draws]).std()

    assert spread(1000) / spread(9000) == pytest.approx(3, rel=0.5)


def test_the_same_seed_gives_the_same(music: Any) -> None:
    assert fit(music, draws=3, seed=5) == fit(music, draws=3, seed=5)
    assert fit(music, draws=3, seed=5).draws != fit(music, draws=3, seed=6).draws


@pytest.mark.parametrize("size", [0, 5, 40, 300, 1500])
def test_it_can_be_kept_as_json(music: Any, size: Any) -> None:
    found = fit(some(music, slice(size)), draws=4)
    assert Model.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


def test_twenty_draws_are_a_few_kilobytes(music: Any) -> None:
    assert len(json.dumps(fit(music, draws=20).to_dict())) < 4_000


@pytest.mark.parametrize("kept", [{}, {"method": "guess"}, {"method": "none"}])
def test_what_is_not_a_model_is_refused(kept: Any) -> None:
    with pytest.raises((KeyError, ValueError)):
        Model.from_dict(kept)


def test_another_currency_scales_the_values(music: Any) -> None:
    one = fit(music, draws=0)
    other = fit(with_money(music, music.mean_contribution_minor * 1000, music.total_minor * 1000), draws=0)
    values = worth(other, with_money(music, music.mean_contribution_minor * 1000))
    assert values == pytest.approx(worth(one, music) * 1000, rel=1e-3, abs=500)


def test_no_single_customer_makes_the_typical_contribution() -> None:
    rows = [(0, 0, 10, 0, 1000)] * 20
    assert typical_contribution(made_of([*rows, (0, 0, 10, 0, 10**12)])) < 2000
    assert typical_contribution(made_of(rows)) == 1000


def test_from_orders_to_values() -> None:
    """A shop's whole way, in whole days and cents."""
    people = world(COFFEE, 700, ahead=0, seed=25).summary
    summary = summarise(orders_of(people, UNTIL), UNTIL + timedelta(hours=1))
    found = fit(summary, draws=5)
    assert found.method is Method.MODEL
    assert worth(found, summary).sum() == pytest.approx(worth(found, people).sum(), rel=0.1)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.floats(0, 1), st.floats(0, 800), st.integers(-(10**9), 10**12)),
        max_size=60,
    )
)
def test_any_shop_gets_an_answer(rows: Any) -> None:
    found = [(x, age * share if x else 0.0, age, float(money), float(money) * (x + 1)) for x, share, age, money in rows]
    summary = made_of(found)
    model = fit(summary, draws=2)
    assert (model.parameters is None) == (model.method is Method.NONE)
    assert (model.reason is None) == (model.method is Method.MODEL)
    if model.parameters:
        assert worth(model, summary).min() >= 0

"""Expected values and ranges: against what simulated customers then did, and by what must hold of any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.identify.value import value
from makegood.identify.value.ahead import WEEKS_PER_MONTH
from makegood.identify.value.model import Method, Model, Parameters, Reason, fit
from makegood.identify.value.purchases import Purchases
from makegood.identify.value.tests.worlds import COFFEE, MUSIC, world
from makegood.identify.value.worth import _narrowest, futures, interval

SHOPS = {"music": MUSIC, "coffee": COFFEE, "nobody stops": Parameters(Purchases(1.0, 20.0, 0.0, 1.0), COFFEE.spend)}
CUSTOMER = st.tuples(
    st.integers(0, 200), st.floats(0, 1), st.floats(0, 500), st.floats(1, 1e7), st.sampled_from(sorted(SHOPS))
)


def model(parameters: Any, draws: Any = ()) -> Any:
    return Model(Method.MODEL, None, 2310, 900, 5000, parameters, draws)


def figures(summary: Any, chosen: Any = slice(None)) -> Any:
    return (
        summary.frequency[chosen],
        summary.recency_weeks[chosen],
        summary.age_weeks[chosen],
        summary.mean_contribution_minor[chosen],
    )


@pytest.mark.parametrize("truth", [MUSIC, COFFEE])
@pytest.mark.parametrize("months", [12, 36])
def test_values_add_up_to_what_customers_then_brought(truth: Any, months: Any) -> None:
    people = world(truth, 4000, seed=31)
    expected = value(model(truth), *figures(people.summary), months=(months,), discount_yearly=0)[:, 0]
    brought = np.array([people.spent(one, months * WEEKS_PER_MONTH) for one in range(4000)])
    for group in (people.summary.frequency == 0, people.summary.frequency > 0, people.summary.frequency > 5):
        if group.sum() > 300:
            assert brought[group].sum() == pytest.approx(expected[group].sum(), rel=0.15)


def test_a_fitted_shop_foretells_too() -> None:
    people = world(COFFEE, 3000, seed=32)
    expected = value(fit(people.summary, draws=0), *figures(people.summary), months=(24,), discount_yearly=0)
    brought = sum(people.spent(one, 24 * WEEKS_PER_MONTH) for one in range(3000))
    assert expected.sum() == pytest.approx(brought, rel=0.1)


@pytest.mark.parametrize(("truth", "customers"), [(COFFEE, 2000), (COFFEE, 150), (MUSIC, 2500)])
def test_eight_in_ten_end_up_in_their_range(truth: Any, customers: Any) -> None:
    """Only those count who are not likelier than four in five to bring nothing: their range is (0, 0), and right more
    often than it says.
    """
    people = world(truth, customers, seed=33)
    fitted = fit(people.summary, draws=30)
    assert fitted.method is (Method.MODEL if customers > 1000 else Method.COHORT)
    inside: list[bool] = []
    surely: list[bool] = []
    for one in np.random.default_rng(1).permutation(customers)[:700]:
        brought = people.spent(one, 24 * WEEKS_PER_MONTH)
        row = tuple(column[one] for column in figures(people.summary))
        ((low, high),) = interval(fitted, *row, months=(24,), discount_yearly=0, draws=800)
        (surely if high == 0 else inside).append(low - 0.5 <= brought <= high + 0.5)
    assert 0.75 <= np.mean(inside) <= 0.85
    assert np.mean(surely or [True]) >= 0.75


@pytest.mark.parametrize("shop", sorted(SHOPS))
@pytest.mark.parametrize("customer", [(0, 0, 0, 0), (0, 0, 40, 0), (1, 10, 60, 900), (9, 80, 90, 4000)])
def test_the_mean_of_the_futures_is_the_value(shop: Any, customer: Any) -> None:
    known = model(SHOPS[shop])
    mean = futures(known, *customer, draws=60_000).mean(axis=0)
    expected = value(known, *([one] for one in customer))[0]
    assert mean == pytest.approx(expected, rel=0.06)


def test_what_is_not_known_of_the_shop_widens_what_may_come() -> None:
    """Two guesses of what is spent, as far above the best one as below: the same mean, more spread."""
    guesses = tuple(
        replace(COFFEE, spend=replace(COFFEE.spend, gamma=COFFEE.spend.gamma * times)) for times in (0.2, 1.8)
    )
    sure, unsure = (futures(model(COFFEE, draws), 0, 0, 5, 0, draws=20_000)[:, 1] for draws in ((), guesses))
    assert unsure.mean() == pytest.approx(sure.mean(), rel=0.1)
    assert unsure.std() > 1.1 * sure.std()


def test_a_regular_has_a_range_that_does_not_begin_at_nothing() -> None:
    ((low, high),) = interval(model(COFFEE), 20, 98, 100, 4000, months=(24,))
    assert 0 < low < value(model(COFFEE), [20], [98], [100], [4000], months=(24,))[0, 0] < high


def test_who_is_surely_gone_has_none() -> None:
    assert interval(model(MUSIC), 12, 20, 200, 4000) == ((0, 0),) * 3


def test_the_narrowest_range_is_just_that() -> None:
    outcomes = np.array([0.0, 1, 2, 10, 11, 11.5, 12, 12.2, 40, 90])
    assert _narrowest(outcomes, 0.5) == (10, 12)
    assert _narrowest(np.zeros(10), 0.8) == (0, 0)
    assert _narrowest(np.array([0.0] * 8 + [5, 9]), 0.8) == (0, 0)
    assert _narrowest(np.arange(10.0), 0.999) == (0, 9)


@settings(deadline=None, max_examples=40)
@given(CUSTOMER)
def test_a_surer_range_is_no_narrower(customer: Any) -> None:
    x, share, age, mean, shop = customer
    row = (x, age * share if x else 0, age, mean)
    half, most = (interval(model(SHOPS[shop]), *row, level=level, draws=400) for level in (0.5, 0.9))
    for (low, high), (lower, higher) in zip(half, most, strict=True):
        assert 0 <= low <= high
        assert higher - lower >= high - low - 1


def test_the_same_seed_gives_the_same_range() -> None:
    row = (4, 30, 50, 4000)
    assert interval(model(MUSIC), *row, seed=3) == interval(model(MUSIC), *row, seed=3)
    assert futures(model(MUSIC), *row, seed=3).tolist() != futures(model(MUSIC), *row, seed=4).tolist()


@settings(deadline=None)
@given(CUSTOMER)
def test_a_value_is_never_negative_and_grows_with_time(customer: Any) -> None:
    x, share, age, mean, shop = customer
    found = value(model(SHOPS[shop]), [x], [age * share if x else 0], [age], [mean])[0]
    assert found.dtype == np.int64
    assert 0 <= found[0] <= found[1] <= found[2]


@settings(deadline=None)
@given(CUSTOMER, st.floats(0, 1))
def test_who_came_later_is_worth_no_less(customer: Any, other: Any) -> None:
    x, share, age, mean, shop = customer
    first, second = sorted((share, other))
    early, late = value(model(SHOPS[shop]), [x, x], [age * first, age * second], [age, age], [mean, mean])
    assert np.all(early <= late)


@settings(deadline=None)
@given(CUSTOMER, st.floats(1.1, 50))
def test_who_spends_more_is_worth_no_less(customer: Any, times: Any) -> None:
    x, share, age, mean, shop = customer
    recency = age * share if x else 0
    less, more = value(model(SHOPS[shop]), [x, x], [recency, recency], [age, age], [mean, mean * times])
    assert np.all(less <= more)


@settings(deadline=None)
@given(CUSTOMER, st.sampled_from([10, 1000]))
def test_values_are_the_same_in_smaller_coins(customer: Any, times: Any) -> None:
    x, share, age, mean, shop = customer
    row = ([x], [age * share if x else 0], [age])
    parameters = SHOPS[shop]
    scaled = replace(parameters, spend=replace(parameters.spend, gamma=parameters.spend.gamma * times))
    found, expected = value(model(scaled), *row, [mean * times]), value(model(parameters), *row, [mean])
    assert found == pytest.approx(expected * times, abs=times)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(30)))
def test_each_customer_is_valued_alone(order: Any) -> None:
    rng = np.random.default_rng(1)
    x, age = rng.integers(0, 90, 30), rng.uniform(0, 100, 30)
    rows = np.array([x, age * (x > 0) * 0.7, age, rng.uniform(0, 9000, 30)])
    together = value(model(MUSIC), *rows)
    assert value(model(MUSIC), *rows[:, order]).tolist() == together[list(order)].tolist()


def test_more_than_fit_in_one_go_are_the_same_as_few() -> None:
    rng = np.random.default_rng(2)
    n = 40_000
    x, age = rng.integers(0, 30, n), rng.uniform(0, 100, n)
    rows = np.array([x, age * (x > 0) * 0.7, age, rng.uniform(0, 9000, n)])
    together = value(model(MUSIC), *rows)
    some = np.arange(0, n, 997)
    assert together[some] == pytest.approx(value(model(MUSIC), *rows[:, some]), abs=1)


def test_margin_and_discount() -> None:
    row = ([4], [30], [50], [4000])
    whole, half = (value(model(MUSIC), *row, margin=margin)[0] for margin in (1.0, 0.5))
    assert half == pytest.approx(whole / 2, abs=1)
    free, dear = (value(model(MUSIC), *row, discount_yearly=rate)[0] for rate in (0.0, 0.25))
    # Half of it comes in the first months.
    assert np.all(free / 1.25**3 < dear)
    assert np.all(dear < free)
    narrow, wide = (interval(model(MUSIC), 4, 30, 50, 4000, margin=margin)[2][1] for margin in (0.5, 1.0))
    assert narrow == pytest.approx(wide / 2, abs=1)


def test_months_may_come_in_any_order() -> None:
    row = ([4], [30], [50], [4000])
    expected = value(model(MUSIC), *row)[0].tolist()
    assert value(model(MUSIC), *row, months=(36, 12, 24))[0].tolist() == [expected[2], expected[0], expected[1]]
    found = interval(model(MUSIC), 4, 30, 50, 4000, months=(36, 12))
    assert found == tuple(interval(model(MUSIC), 4, 30, 50, 4000)[at] for at in (2, 0))


def test_nobody_to_value() -> None:
    assert value(model(MUSIC), [], [], [], []).shape == (0, 3)


def test_huge_money_stays_a_whole_number() -> None:
    found = value(model(COFFEE), [50], [99], [100], [1e18])
    assert found.max() == 2**53


def test_money_below_nothing_is_worth_as_much_as_none() -> None:
    below, nothing = value(model(MUSIC), [3, 3], [20, 20], [30, 30], [-900, 0])
    assert below.tolist() == nothing.tolist()
    assert interval(model(MUSIC), 3, 20, 30, -900) == interval(model(MUSIC), 3, 20, 30, 0)


def test_an_average_knows_nobody() -> None:
    average = replace(model(MUSIC), method=Method.AVERAGE)
    assert interval(average, 30, 90, 90, 90_000) == interval(average, 0, 0, 50, 0)


def test_without_enough_orders_nothing_is_said() -> None:
    none = Model(Method.NONE, Reason.FEW_CUSTOMERS, 3, 0, 3)
    with pytest.raises(ValueError, match="not enough orders"):
        value(none, [1], [1], [1], [1])
    with pytest.raises(ValueError, match="not enough orders"):
        interval(none, 1, 1, 1, 1)


@pytest.mark.parametrize("months", [(), (0,), (12, -1)])
def test_a_horizon_is_whole_months(months: Any) -> None:
    with pytest.raises(ValueError, match="whole months"):
        value(model(MUSIC), [1], [1], [1], [1], months=months)


@pytest.mark.parametrize(
    "row", [(-1, 0, 5, 1), (1, 6, 5, 1), (1, -1, 5, 1), (float("nan"), 1, 5, 1), (1, 1, float("inf"), 1)]
)
def test_impossible_customers_are_refused(row: Any) -> None:
    with pytest.raises(ValueError, match="recency is at most age"):
        interval(model(MUSIC), *row)


def test_a_missing_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="all four figures"):
        value(model(MUSIC), [1, 2], [1, 2], [3, 3], [1])


@pytest.mark.parametrize("level", [0, 1, 80])
def test_a_level_is_a_share(level: Any) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(model(MUSIC), 1, 1, 2, 100, level=level)

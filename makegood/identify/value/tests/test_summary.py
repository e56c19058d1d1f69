"""From orders to the figures of each customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.identify.value.summary import summarise
from makegood.identify.value.tests.worlds import CDNOW, cdnow_orders, needs_cdnow

UNTIL = datetime(2026, 6, 30, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 7, 15)).map(lambda one: one.replace(tzinfo=UTC))
ORDERS = st.lists(st.tuples(st.sampled_from("abcd"), MOMENTS, st.integers(-5000, 50_000)), max_size=30)


def days_ago(days: Any, hour: Any = 9) -> Any:
    return (UNTIL - timedelta(days=days)).replace(hour=hour)


def row(summary: Any, key: Any) -> Any:
    at = summary.keys.index(key)
    return (
        summary.frequency[at],
        summary.recency_weeks[at] * 7,
        summary.age_weeks[at] * 7,
        summary.mean_contribution_minor[at],
        summary.total_minor[at],
    )


@needs_cdnow
def test_cdnows_purchases_give_the_published_summary() -> None:
    """Of the 2,357 customers from their first nine months; the summary rounds to a hundredth."""
    found = summarise(cdnow_orders(), datetime(1997, 9, 30, 23, 59, tzinfo=UTC))
    rows = np.loadtxt(CDNOW / "cdnow_customers_summary_with_transactions.csv", delimiter=",", skiprows=1)
    assert len(found) == len(rows) == 2357
    assert found.frequency.tolist() == rows[:, 1].tolist()
    assert found.recency_weeks == pytest.approx(rows[:, 2], abs=0.006)
    assert found.age_weeks == pytest.approx(rows[:, 3], abs=0.006)
    # On days with several purchases the file has a mean over purchases where this has one over days.
    differ = np.abs(found.mean_contribution_minor / 100 - rows[:, 4]) > 0.006
    assert differ.sum() <= 60


def test_one_order_is_a_customer_who_has_not_come_back() -> None:
    assert row(summarise([("a", days_ago(21), 1500)], UNTIL), "a") == (0, 0, 21, 0, 1500)


def test_three_orders_on_three_days() -> None:
    orders = [("a", days_ago(70), 1000), ("a", days_ago(35), 2000), ("a", days_ago(14), 4000)]
    assert row(summarise(orders, UNTIL), "a") == pytest.approx((2, 56, 70, 3000, 7000))


def test_orders_of_one_day_are_one_purchase() -> None:
    orders = [("a", days_ago(70), 1000), ("a", days_ago(14, 8), 2000), ("a", days_ago(14, 20), 500)]
    assert row(summarise(orders, UNTIL), "a") == pytest.approx((1, 56, 70, 2500, 3500))


def test_the_sugar_bowl_forgotten_an_hour_before_is_no_return() -> None:
    orders = [("a", days_ago(10, 8), 1000), ("a", days_ago(10, 9), 300)]
    assert row(summarise(orders, UNTIL), "a") == (0, 0, 10, 0, 1300)


def test_a_day_is_a_utc_day() -> None:
    tokyo = timezone(timedelta(hours=9))
    orders = [("a", datetime(2026, 6, 2, 8, tzinfo=tokyo), 100), ("a", datetime(2026, 6, 1, 23, 30, tzinfo=UTC), 100)]
    assert row(summarise(orders, UNTIL), "a")[0] == 0


def test_a_time_without_a_zone_is_utc() -> None:
    assert row(summarise([("a", datetime(2026, 6, 23, 9), 100)], UNTIL), "a")[2] == 7


def test_what_was_ordered_after_is_left_out() -> None:
    orders = [("a", days_ago(7), 100), ("a", UNTIL + timedelta(seconds=1), 900), ("b", UNTIL + timedelta(1), 1)]
    found = summarise(orders, UNTIL)
    assert found.keys == ("a",)
    assert row(found, "a") == (0, 0, 7, 0, 100)


def test_somebody_who_first_ordered_today_has_no_age() -> None:
    assert row(summarise([("a", days_ago(0), 100)], UNTIL), "a") == (0, 0, 0, 0, 100)


def test_a_refund_larger_than_the_order_counts_against() -> None:
    orders = [("a", days_ago(20), 1000), ("a", days_ago(10), -300)]
    assert row(summarise(orders, UNTIL), "a") == pytest.approx((1, 10, 20, -300, 700))


def test_no_orders_no_customers() -> None:
    found = summarise([], UNTIL)
    assert len(found) == 0
    assert found.keys == ()
    assert found.frequency.shape == found.total_minor.shape == (0,)


def test_any_key_will_do_and_all_come_once() -> None:
    orders = [((1, "x"), days_ago(3), 1), (7, days_ago(3), 1), ((1, "x"), days_ago(1), 1)]
    assert summarise(iter(orders), UNTIL).keys == ((1, "x"), 7)


@given(ORDERS, st.randoms())
def test_the_order_of_orders_makes_no_difference(orders: Any, chance: Any) -> None:
    mixed = list(orders)
    chance.shuffle(mixed)
    one, other = summarise(orders, UNTIL), summarise(mixed, UNTIL)
    assert set(one.keys) == set(other.keys)
    for key in one.keys:
        assert row(one, key) == row(other, key)


@given(ORDERS)
def test_nothing_is_lost_and_all_is_possible(orders: Any) -> None:
    found = summarise(orders, UNTIL)
    assert found.total_minor.sum() == sum(money for _, when, money in orders if when <= UNTIL)
    assert np.all((found.recency_weeks >= 0) & (found.recency_weeks <= found.age_weeks))
    assert np.all((found.recency_weeks > 0) == (found.frequency > 0))
    assert np.all(found.frequency <= found.recency_weeks * 7)

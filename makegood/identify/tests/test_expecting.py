"""By when somebody would have bought again: against the model's own draws, and where nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from makegood.identify.expecting import Habit, expected_back, weeks_of_silence
from makegood.identify.models import ValueModel

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CDNOW = (0.243, 4.414, 0.793, 2.426)


@pytest.mark.parametrize(("frequency", "age"), [(1, 10.0), (4, 52.0), (20, 100.0)])
def test_19_of_20_buy_sooner(frequency: int, age: float) -> None:
    """Rates drawn from Gamma(r + x, alpha + T), waits from those rates."""
    r, alpha = CDNOW[:2]
    rng = np.random.default_rng(7)
    waits = rng.exponential(1.0, 200_000) / rng.gamma(r + frequency, 1 / (alpha + age), 200_000)
    sooner = float((waits <= weeks_of_silence(r, alpha, frequency, age)).mean())
    assert sooner == pytest.approx(0.95, abs=0.003)


def fitted(workspace: Any, method: str = "model", currency: str = "EUR", **more: Any) -> None:
    kept = {"parameters": [*CDNOW, 6.25, 3.74, 1544.0], **more}
    ValueModel.objects.create(
        workspace=workspace, currency=currency, method=method, model=kept, customers=9, repeaters=3, until=NOW
    )


def habit(*days: int, currency: str = "EUR") -> Habit:
    return Habit(currency, [NOW - timedelta(days=each) for each in days], NOW)


@pytest.mark.django_db
def test_the_eager_are_missed_sooner_than_the_slow(workspace: Any) -> None:
    fitted(workspace)
    found = expected_back(
        workspace,
        {"eager": habit(*range(0, 200, 7)), "slow": habit(*range(0, 400, 80)), "once": habit(20), "none": habit()},
    )
    assert set(found) == {"eager", "slow"}
    assert NOW + timedelta(days=30) <= found["eager"] < found["slow"] <= NOW + timedelta(days=730)


@pytest.mark.django_db
def test_orders_of_one_day_are_one_and_later_ones_do_not_count(workspace: Any) -> None:
    fitted(workspace)
    plain = habit(*range(10, 200, 20))
    doubled = Habit("EUR", [*plain.orders, *plain.orders, NOW + timedelta(days=3)], NOW)
    found = expected_back(workspace, {1: plain, 2: doubled})
    assert found[1] == found[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields", [{"method": "average"}, {"method": "none"}, {"currency": "USD"}, {"parameters": None}]
)
def test_where_the_model_cannot_tell_nobody_is_expected(workspace: Any, fields: dict[str, Any]) -> None:
    fitted(workspace, **fields)
    assert expected_back(workspace, {1: habit(*range(10, 200, 20))}) == {}


@pytest.mark.django_db
def test_one_query_a_currency(workspace: Any, other_workspace: Any, django_assert_num_queries: Any) -> None:
    fitted(other_workspace)
    many = {n: habit(*range(10, 200, 20), currency="EUR" if n % 2 else "USD") for n in range(60)}
    with django_assert_num_queries(2):
        assert expected_back(workspace, many) == {}

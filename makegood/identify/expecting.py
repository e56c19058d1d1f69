"""By when somebody who bought now and then would have bought again, if they had stayed: without the heavy models."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from makegood.identify.models import ValueModel
from makegood.kit.clock import to_utc

__all__ = ["Habit", "expected_back", "weeks_of_silence"]

K = TypeVar("K", bound=Hashable)
SURE = 0.95
SOONEST, LATEST = timedelta(days=30), timedelta(days=730)
OWN = ("model", "cohort")
"""The methods that weigh a customer's own orders."""


class Habit(NamedTuple):
    """Somebody's orders in one currency, and the moment from which their silence counts."""

    currency: str
    orders: Sequence[datetime]
    since: datetime


def expected_back(workspace: Any, habits: Mapping[K, Habit]) -> dict[K, datetime]:
    """For each whom the shop's newest value model can tell it of: the moment by which 19 of 20 customers like them, who
    are still with the shop, would have bought again. Nobody is in it of whom that is further off than two years. 1
    query for each currency.
    """
    found: dict[K, datetime] = {}
    for currency in sorted({each.currency for each in habits.values()}):
        rows = ValueModel.objects.within(workspace).filter(currency=currency)
        kept = rows.order_by("-fitted_at", "-pk").first()
        if kept is None or kept.method not in OWN or not kept.model.get("parameters"):
            continue
        r, alpha = (float(figure) for figure in kept.model["parameters"][:2])
        for key, each in habits.items():
            moment = _back_by(r, alpha, each) if each.currency == currency else None
            if moment is not None:
                found[key] = moment
    return found


def _back_by(r: float, alpha: float, habit: Habit) -> datetime | None:
    days = _days(moment for moment in habit.orders if moment <= habit.since)
    if not days:
        return None
    age = (to_utc(habit.since).date() - min(days)).days / 7
    weeks = weeks_of_silence(r, alpha, len(days) - 1, age)
    return habit.since + max(timedelta(weeks=weeks), SOONEST) if weeks <= LATEST.days / 7 else None


def _days(moments: Iterable[datetime]) -> set[date]:
    return {to_utc(moment).date() for moment in moments}


def weeks_of_silence(r: float, alpha: float, frequency: int, age_weeks: float) -> float:
    """How long 19 of 20 such customers, still with the shop, wait at most before they buy again.

    Their rate is Gamma(r + x, alpha + T) then (Fader, Hardie and Lee 2005, http://brucehardie.com/papers/018/), so that
    the wait has a Pareto distribution: P(wait > t) = ((alpha + T) / (alpha + T + t)) ** (r + x).
    """
    return (alpha + age_weeks) * (math.pow(1 - SURE, -1 / (r + frequency)) - 1)

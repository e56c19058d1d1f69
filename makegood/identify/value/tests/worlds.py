"""Customers who live one purchase at a time, as the models' assumptions say: slow, plain, and sharing nothing with the
code under test but the names of the parameters.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from makegood.identify.value.model import Parameters
from makegood.identify.value.purchases import Purchases
from makegood.identify.value.spend import Spend
from makegood.identify.value.summary import Summary

ROOT = Path(__file__).resolve().parents[4]
CDNOW = Path(os.environ.get("MAKEGOOD_TEST_DATA") or ROOT.parent / "shared" / "data") / "cdnow"

needs_cdnow = pytest.mark.skipif(
    not CDNOW.is_dir(), reason=f"the CDNOW customers are not at {CDNOW}; MAKEGOOD_TEST_DATA names the folder above"
)

MUSIC = Parameters(Purchases(0.243, 4.414, 0.793, 2.426), Spend(6.25, 3.74, 1544.0))
COFFEE = Parameters(Purchases(1.0, 10.0, 0.5, 5.0), Spend(4.0, 5.0, 2000.0))


def cdnow() -> npt.NDArray[np.float64]:
    """Frequency, recency, age (weeks) and mean spend (dollars) of 2,357 customers: four rows."""
    rows = np.loadtxt(CDNOW / "cdnow_customers_summary_with_transactions.csv", delimiter=",", skiprows=1)
    return np.asarray(rows[:, 1:].T)


def cdnow_orders() -> list[tuple[str, datetime, int]]:
    """The purchases themselves, in cents."""
    lines = [line.split() for line in (CDNOW / "CDNOW_sample.txt").read_text().splitlines() if line.strip()]
    return [
        (one, datetime.combine(date.fromisoformat(day), time(12), UTC), round(float(dollars) * 100))
        for _, one, day, _, dollars in lines
    ]


@dataclass(frozen=True, eq=False)
class World:
    """What was seen until now, and what happened after."""

    summary: Summary
    later: list[list[tuple[float, float]]]
    """Each customer's purchases to come: weeks from now, money."""

    def spent(self, customer: int, weeks: float) -> float:
        """What this customer brought within `weeks` from now."""
        return sum((money for when, money in self.later[customer] if when <= weeks), 0.0)


def world(truth: Parameters, customers: int, *, weeks: float = 104, ahead: float = 160, seed: int = 0) -> World:
    """Customers who first bought on any day of the last `weeks`, and what they do `ahead` weeks on."""
    rng = np.random.default_rng(seed)
    rows, later = [], []
    for _ in range(customers):
        age = rng.uniform(0, weeks)
        bought = _life(truth, age + ahead, rng)
        before = [(when, money) for when, money in bought if when <= age]
        again = [money for when, money in before if when > 0]
        rows.append((len(again), before[-1][0], age, float(np.mean(again or [0])), sum(m for _, m in before)))
        later.append([(when - age, money) for when, money in bought if when > age])
    columns = np.array(rows, dtype=np.float64).T
    return World(Summary(tuple(range(customers)), *columns), later)


def _life(truth: Parameters, until: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """One customer's purchases from the first on: weeks after it, money."""
    buys, spends = truth.purchases, truth.spend
    rate = rng.gamma(buys.r, 1 / buys.alpha)
    dropout = rng.beta(buys.a, buys.b)
    typical = rng.gamma(spends.q, 1 / spends.gamma)
    found = [(0.0, rng.gamma(spends.p, 1 / typical))]
    while True:
        when = found[-1][0] + rng.exponential(1 / max(rate, 1e-12))
        if when > until:
            return found
        found.append((when, rng.gamma(spends.p, 1 / typical)))
        if rng.random() < dropout:
            return found


def orders_of(summary: Summary, until: datetime) -> list[tuple[int, datetime, int]]:
    """Orders on whole days that summarise to about `summary`; for tests of the way from orders to values."""
    found = []
    for row, (x, recency, age, mean, total) in enumerate(
        zip(
            summary.frequency,
            summary.recency_weeks,
            summary.age_weeks,
            summary.mean_contribution_minor,
            summary.total_minor,
            strict=True,
        )
    ):
        first = until - timedelta(days=int(age * 7))
        found.append((row, first, round(total - x * mean)))
        days = np.linspace(0, int(recency * 7), int(x) + 1)[1:]
        found.extend((row, first + timedelta(days=int(day)), round(mean)) for day in days)
    return found

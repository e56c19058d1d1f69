"""What the shop's orders allow to be said of its customers, as one thing that can be kept in a row.

Four ways, the best that the orders are enough for, and always named:

- MODEL: BG/NBD and Gamma-Gamma, fitted by maximum likelihood.
- COHORT: the customer's own rate and spend, weighed against the shop's mean and against what shops are mostly like.
- AVERAGE: what a purchase brings times how often customers come back, the same for everyone: a newcomer's value.
- NONE: there are not enough orders to say.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from makegood.identify.value.climb import Array
from makegood.identify.value.cohort import cohort, typical_contribution
from makegood.identify.value.population import draw, observe
from makegood.identify.value.purchases import Purchases, fit_purchases
from makegood.identify.value.spend import Spend, fit_spend
from makegood.identify.value.summary import Summary

__all__ = ["Method", "Model", "Parameters", "Reason", "fit"]

# docs/decisions/0023-lifetime-value.md has the figures these were chosen by.
MODEL_CUSTOMERS = 500
MODEL_REPEATERS = 200
MODEL_WEEKS = 26
COHORT_REPEATERS = 20
AVERAGE_CUSTOMERS = 10
AVERAGE_REPEATS = 5

# The bootstrap refits at most so many customers, and scales how far it strays to the number there are.
_BOOTSTRAP_CUSTOMERS = 4000


class Method(StrEnum):
    """How a value was come by, from the best founded to none."""

    MODEL = "model"
    COHORT = "cohort"
    AVERAGE = "average"
    NONE = "none"


class Reason(StrEnum):
    """Why it was not MODEL."""

    NO_ORDERS = "no orders"
    NO_MONEY = "no money"
    """No customer has brought more than they cost."""
    FEW_CUSTOMERS = "few customers"
    FEW_REPEATERS = "few repeaters"
    SHORT_HISTORY = "short history"
    """The oldest customer is younger than half a year: too soon to see anybody stop."""
    NOT_CONVERGED = "not converged"


@dataclass(frozen=True)
class Parameters:
    """Both models', once fitted or once redrawn."""

    purchases: Purchases
    spend: Spend


@dataclass(frozen=True)
class Model:
    """What `fit` found. `parameters` is None where and only where `method` is NONE.

    `draws` are other parameters the orders might as well have come from: the spread between them is what is not known.
    """

    method: Method
    reason: Reason | None
    n_customers: int
    n_repeat: int
    """Customers who have bought on more than one day."""
    n_purchases: int
    """Days on which a customer ordered, first ones included."""
    parameters: Parameters | None = None
    draws: tuple[Parameters, ...] = ()
    log_likelihood: float | None = None
    """Of the purchases, where the method is MODEL."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; about 8 kB with 50 draws."""
        rows = [_row(one) for one in ([self.parameters] if self.parameters else []) + list(self.draws)]
        kept = asdict(self)
        kept.update(method=self.method.value, reason=self.reason and self.reason.value)
        kept.update(parameters=rows[0] if rows else None, draws=rows[1:])
        return kept

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Model:
        """What `to_dict` gave. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            method=Method(kept["method"]),
            reason=None if kept["reason"] is None else Reason(kept["reason"]),
            n_customers=int(kept["n_customers"]),
            n_repeat=int(kept["n_repeat"]),
            n_purchases=int(kept["n_purchases"]),
            parameters=None if kept["parameters"] is None else _parameters(kept["parameters"]),
            draws=tuple(_parameters(row) for row in kept["draws"]),
            log_likelihood=None if kept["log_likelihood"] is None else float(kept["log_likelihood"]),
        )


def fit(summary: Summary, *, draws: int = 50, seed: int = 0) -> Model:
    """The best founded model these customers allow, with `draws` redrawn parameters for its intervals.

    Customers whose repeat purchases brought nothing on average, or less, count for how often people come back, and not
    for what a purchase brings.
    """
    counts = (len(summary), int((summary.frequency > 0).sum()), int(summary.frequency.sum()) + len(summary))
    reason = _too_little(summary)
    if reason is None:
        found = _fitted(summary, draws, seed)
        if found is not None:
            return Model(Method.MODEL, None, *counts, *found)
        reason = Reason.NOT_CONVERGED
    return _fallen_back(summary, reason, counts, draws, seed)


def _too_little(summary: Summary) -> Reason | None:
    """Why the models are not to be fitted."""
    if len(summary) < MODEL_CUSTOMERS:
        return Reason.FEW_CUSTOMERS
    if int(((summary.frequency > 0) & (summary.mean_contribution_minor > 0)).sum()) < MODEL_REPEATERS:
        return Reason.FEW_REPEATERS
    return Reason.SHORT_HISTORY if summary.age_weeks.max() < MODEL_WEEKS else None


def _fitted(summary: Summary, draws: int, seed: int) -> tuple[Parameters, tuple[Parameters, ...], float] | None:
    """Parameters, redrawn ones and log-likelihood, or None where a climb did not arrive."""
    frequency, mean = summary.frequency, summary.mean_contribution_minor
    paying = (frequency > 0) & (mean > 0)
    purchases = fit_purchases(frequency, summary.recency_weeks, summary.age_weeks)
    spend = fit_spend(frequency[paying], mean[paying])
    if not (purchases.converged and spend.converged):
        return None
    parameters = Parameters(purchases.parameters, spend.parameters)
    others = _bootstrap(parameters, summary.age_weeks, draws, np.random.default_rng(seed))
    return None if len(others) < draws / 2 else (parameters, others, purchases.log_likelihood)


def _bootstrap(parameters: Parameters, age: Array, draws: int, rng: np.random.Generator) -> tuple[Parameters, ...]:
    """Parameters fitted to customers drawn from the model itself: the parametric bootstrap.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 6.5. Of more than 4,000 customers so many are
    redrawn, and what their fits stray from the parameters (in logarithms) is scaled by the square root of the ratio.
    """
    few = min(len(age), _BOOTSTRAP_CUSTOMERS)
    shrink = (few / len(age)) ** 0.5
    centre = np.log(_row(parameters))
    found = []
    for _ in range(draws):
        people = draw(parameters.purchases, parameters.spend, rng.choice(age, few), rng)
        frequency, recency, mean = observe(people, parameters.spend, rng)
        paying = (frequency > 0) & (mean > 0)
        if not paying.any():
            continue
        purchases = fit_purchases(frequency, recency, people.age, start=parameters.purchases)
        spend = fit_spend(frequency[paying], mean[paying], start=parameters.spend)
        if purchases.converged and spend.converged:
            strayed = np.log(_row(Parameters(purchases.parameters, spend.parameters))) - centre
            found.append(_parameters(np.exp(centre + shrink * strayed).tolist()))
    return tuple(found)


def _fallen_back(summary: Summary, reason: Reason, counts: tuple[int, int, int], draws: int, seed: int) -> Model:
    """COHORT, AVERAGE or NONE, by how many came back. Redrawn by taking customers again (the plain bootstrap)."""
    if not len(summary):
        return Model(Method.NONE, Reason.NO_ORDERS, *counts)
    if typical_contribution(summary) <= 0:
        return Model(Method.NONE, Reason.NO_MONEY, *counts)
    n_customers, n_repeat, n_purchases = counts
    method = Method.COHORT if n_repeat >= COHORT_REPEATERS else Method.AVERAGE
    if n_customers < AVERAGE_CUSTOMERS or n_purchases - n_customers < AVERAGE_REPEATS:
        return Model(Method.NONE, reason, *counts)
    found = cohort(summary)
    if found is None:
        return Model(Method.NONE, Reason.NOT_CONVERGED, *counts)
    rng = np.random.default_rng(seed)
    again = (cohort(summary, rng.integers(0, n_customers, n_customers)) for _ in range(draws))
    others = tuple(Parameters(*one) for one in again if one is not None)
    return Model(method, reason, *counts, Parameters(*found), others)


def _row(parameters: Parameters) -> list[float]:
    """As seven figures."""
    one, other = parameters.purchases, parameters.spend
    return [one.r, one.alpha, one.a, one.b, other.p, other.q, other.gamma]


def _parameters(row: list[float]) -> Parameters:
    """Seven figures as parameters."""
    r, alpha, a, b, p, q, gamma = (float(figure) for figure in row)
    return Parameters(Purchases(r, alpha, a, b), Spend(p, q, gamma))

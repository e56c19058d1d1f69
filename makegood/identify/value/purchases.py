"""How often customers buy and when they stop: the BG/NBD model.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2), 275-284 (http://brucehardie.com/papers/018/). A customer buys at a rate that differs between customers as
a gamma distribution (shape r, rate alpha), and after each purchase may be gone for good with a probability that differs
as a beta distribution (a, b).

Of each customer it needs three figures: frequency, the number of purchases after the first; recency, the weeks from the
first purchase to the last; and age, the weeks from the first purchase until now. The unit of time is the week
throughout; nothing depends on it but alpha.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import expit, gammaln, psi

from makegood.identify.value.climb import Array, Fit, climb

__all__ = ["Prior", "Purchases", "alive", "fit_purchases", "log_likelihood", "log_odds_gone"]

# As logarithms. Beyond them lies a population so uniform, or so scattered, that the model says the same as at the edge.
_LOWEST, _HIGHEST = math.log(1e-3), math.log(1e4)


@dataclass(frozen=True)
class Purchases:
    """The four parameters. `alpha` is in weeks; `a` = 0 stands for customers who never stop (an NBD model)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class Prior:
    """What is believed of the parameters beforehand: log-normal around `middle`, `spread` being of the logarithms."""

    middle: Purchases
    spread: Purchases


def log_likelihood(purchases: Purchases, frequency: Array, recency: Array, age: Array, weight: Array) -> float:
    """Of customers, each counted `weight` times; times in weeks, recency at most age. Needs a > 0.

    Equation 6 of the paper, in logarithms in the grouping of Fader and Hardie's note on overflow
    (http://brucehardie.com/notes/027/).
    """
    point = np.log([purchases.r, purchases.alpha, purchases.a, purchases.b])
    return -_Likelihood(frequency, recency, age, weight)(point)[0] * float(weight.sum())


def fit_purchases(
    frequency: Array,
    recency: Array,
    age: Array,
    *,
    weight: Array | None = None,
    start: Purchases | None = None,
    prior: Prior | None = None,
) -> Fit[Purchases]:
    """The most likely parameters for these customers; `start` saves time where they are roughly known.

    Identical customers may be given once with their number as `weight`; none is needed for that, it is done here too.
    With a `prior` it is the mode of the posterior. The log-likelihood returned is the customers' alone.
    """
    if weight is None:
        weight = np.ones(len(frequency))
    likelihood = _Likelihood(*_compressed(frequency, recency, age, weight))
    scale = max(float(np.average(age, weights=weight)), 1 / 7) / 4
    starts = [Purchases(0.5, scale, 0.7, 2.5), Purchases(2.0, 4 * scale, 1.0, 10.0)]
    if start is not None:
        starts.insert(0, start)
    points = [np.log([guess.r, guess.alpha, max(guess.a, 1e-3), guess.b]) for guess in starts]
    total = float(weight.sum())
    downhill = likelihood if prior is None else _held(likelihood, prior, total)
    best, converged = climb(downhill, points, [(_LOWEST, _HIGHEST)] * 4)
    found = Purchases(*np.exp(best).tolist())
    return Fit(found, -likelihood(best)[0] * total, converged)


def alive(purchases: Purchases, frequency: Array, recency: Array, age: Array) -> Array:
    """The probability that each customer has not stopped, from 0 to 1; 1 before the second purchase.

    Fader, Hardie and Lee, Computing P(alive) Using the BG/NBD Model (http://brucehardie.com/notes/021/).
    """
    if purchases.a == 0:
        return np.ones(len(frequency))
    gone = log_odds_gone(purchases.r, purchases.alpha, purchases.a, purchases.b, frequency, recency, age)
    return np.asarray(expit(-gone))


def log_odds_gone(
    r: Array | float,
    alpha: Array | float,
    a: Array | float,
    b: Array | float,
    frequency: Array,
    recency: Array,
    age: Array,
) -> Array:
    """Logarithm of the odds that a customer has stopped; minus infinity before the second purchase. Needs a > 0."""
    # Without a second purchase b + x - 1 may be negative; what is put in its place is not used.
    again = np.where(frequency > 0, b + frequency - 1, 1.0)
    odds = np.log(a) - np.log(again) + (r + frequency) * np.log((alpha + age) / (alpha + recency))
    return np.where(frequency > 0, odds, -np.inf)


def _compressed(*columns: Array) -> tuple[Array, Array, Array, Array]:
    """Frequency, recency, age, weight with equal customers put together: most have bought once, on one of few days."""
    frequency, recency, age, weight = (np.asarray(column, dtype=np.float64) for column in columns)
    order = np.lexsort((age, recency, frequency))
    frequency, recency, age, weight = frequency[order], recency[order], age[order], weight[order]
    changed = (np.diff(frequency) != 0) | (np.diff(recency) != 0) | (np.diff(age) != 0)
    first = np.concatenate(([0], np.flatnonzero(changed) + 1))
    return frequency[first], recency[first], age[first], np.add.reduceat(weight, first)


def _held(likelihood: _Likelihood, prior: Prior, total: float) -> Callable[[Array], tuple[float, Array]]:
    """The likelihood with the prior's pull, which weighs as one customer among `total`."""
    middle = np.log(astuple(prior.middle))
    spread = np.array(astuple(prior.spread))

    def downhill(point: Array) -> tuple[float, Array]:
        value, slope = likelihood(point)
        off = (point - middle) / spread
        return value + float(off @ off) / 2 / total, slope + off / spread / total

    return downhill


class _Likelihood:
    """Minus the mean log-likelihood and its slope, as functions of the parameters' logarithms.

    What depends on the frequency alone is worked out once for each frequency there is.
    """

    def __init__(self, frequency: Array, recency: Array, age: Array, weight: Array) -> None:
        self.kinds, self.kind = np.unique(frequency, return_inverse=True)
        self.share = weight / weight.sum()
        self.of_kind = np.bincount(self.kind, self.share)
        self.frequency, self.recency, self.age = frequency, recency, age
        self.again = frequency > 0

    def __call__(self, point: Array) -> tuple[float, Array]:
        r, alpha, a, b = np.exp(point).tolist()
        x, times = self.kinds, r + self.frequency
        kept = np.log(alpha + self.age)
        left = np.log(alpha + self.recency)
        # b + x - 1 stands only where x > 0.
        spare = np.where(x > 0, b + x - 1, 1.0)
        still = -times * kept
        odds = np.where(self.again, (math.log(a) - np.log(spare))[self.kind] + times * (kept - left), -np.inf)
        gone = expit(odds)
        # log(e^still + e^stopped), where odds = stopped - still
        ways = still + np.logaddexp(0.0, odds)
        shapes = (
            gammaln(r + x) - gammaln(r) + gammaln(b + x) - gammaln(b) + gammaln(a + b) - gammaln(a + b + x)
        ) + r * point[1]
        value = float(self.of_kind @ shapes + self.share @ ways)
        stopped = np.bincount(self.kind, self.share * gone)
        drop = psi(a + b) - psi(a + b + x)
        mean_log = self.share @ (kept + gone * (left - kept))
        pull = (1 - gone) / (alpha + self.age) + gone / (alpha + self.recency)
        slope = np.array(
            [
                r * (self.of_kind @ (psi(r + x) - psi(r)) + point[1] - mean_log),
                r - alpha * float(self.share @ (times * pull)),
                a * (self.of_kind @ drop) + stopped.sum(),
                b * (self.of_kind @ (psi(b + x) - psi(b) + drop) - stopped @ (1 / spare)),
            ]
        )
        return -value, -slope

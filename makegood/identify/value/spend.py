"""How much customers spend a purchase: the Gamma-Gamma model.

Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value (http://brucehardie.com/notes/025/). A customer's
purchases are gamma distributed (shape p) around a mean that differs between customers (shape q, scale gamma), whatever
their number. Money is in minor units; gamma is the only parameter that has a unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from makegood.identify.value.climb import Array, Fit, climb

__all__ = ["Spend", "expected_spend", "fit_spend", "log_likelihood"]

# Below q = 1 the mean over all customers is infinite, and just above it one customer makes it. A shop that is fitted to
# this edge is valued with care rather than without bound.
_BOUNDS = [(math.log(0.02), math.log(1e3)), (math.log(1.5), math.log(1e3)), (math.log(1e-4), math.log(1e5))]


@dataclass(frozen=True)
class Spend:
    """The three parameters; `gamma` in minor units of money, `q` above 1."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """What a purchase brings on average over all customers, in minor units."""
        return self.p * self.gamma / (self.q - 1)


def log_likelihood(spend: Spend, count: Array, mean: Array, weight: Array) -> float:
    """Of customers with `count` >= 1 purchases of `mean` > 0 minor units, each counted `weight` times (equation 1a)."""
    scale = _scale(mean)
    point = np.log([spend.p, spend.q, spend.gamma / scale])
    total = float(weight.sum())
    return -_Likelihood(count, mean / scale, weight)(point)[0] * total - total * math.log(scale)


def fit_spend(count: Array, mean: Array, *, weight: Array | None = None, start: Spend | None = None) -> Fit[Spend]:
    """The most likely parameters for customers with `count` >= 1 purchases of `mean` > 0 minor units on average."""
    if weight is None:
        weight = np.ones(len(count))
    scale = _scale(mean)
    likelihood = _Likelihood(count, mean / scale, weight)
    starts = [Spend(2.0, 3.0, 1.0), Spend(6.0, 4.0, 0.5), Spend(1.0, 10.0, 9.0)]
    if start is not None:
        starts.insert(0, Spend(start.p, start.q, start.gamma / scale))
    best, converged = climb(likelihood, [np.log([one.p, one.q, one.gamma]) for one in starts], _BOUNDS)
    p, q, gamma = np.exp(best).tolist()
    total = float(weight.sum())
    return Fit(Spend(p, q, gamma * scale), -likelihood(best)[0] * total - total * math.log(scale), converged)


def expected_spend(spend: Spend, count: Array, mean: Array) -> Array:
    """What each customer's next purchase brings on average, in minor units: their own mean and the shop's, weighed.

    Equation 5: the more purchases, the more their own counts. `count` may be 0; a mean below nothing counts as nothing.
    """
    own = count * np.maximum(mean, 0.0)
    return np.asarray(spend.p * (spend.gamma + own) / (spend.p * count + spend.q - 1))


def _scale(mean: Array) -> float:
    """A typical amount, so that the climb is the same in cents and in millions."""
    return float(np.median(mean))


class _Likelihood:
    """Minus the mean log-likelihood and its slope, as functions of the parameters' logarithms."""

    def __init__(self, count: Array, mean: Array, weight: Array) -> None:
        self.kinds, self.kind = np.unique(count, return_inverse=True)
        self.share = weight / weight.sum()
        self.of_kind = np.bincount(self.kind, self.share)
        self.count, self.mean = count, mean
        self.log_mean, self.log_total = np.log(mean), np.log(count * mean)

    def __call__(self, point: Array) -> tuple[float, Array]:
        p, q, gamma = np.exp(point).tolist()
        x = self.kinds
        bulk = gamma + self.count * self.mean
        log_bulk = np.log(bulk)
        power = p * self.count + q
        shapes = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * point[2]
        rows = p * self.count * self.log_total - self.log_mean - power * log_bulk
        value = float(self.of_kind @ shapes + self.share @ rows)
        both = psi(p * x + q)
        slope = np.array(
            [
                p
                * (self.of_kind @ (x * (both - psi(p * x))) + self.share @ (self.count * (self.log_total - log_bulk))),
                q * (self.of_kind @ (both - psi(q)) + point[2] - self.share @ log_bulk),
                q - gamma * float(self.share @ (power / bulk)),
            ]
        )
        return -value, -slope

"""Purchases still to come, expected, each month's counted for less the later it is.

Given that a customer is still with the shop after x purchases in T weeks, rate and dropout are independent again:
lambda ~ Gamma(r + x, alpha + T) and p ~ Beta(a, b + x) (the integrand of equation 9 in Fader, Hardie and Lee 2005,
http://brucehardie.com/papers/018/). A customer with rate lambda and dropout p buys (1 - exp(-lambda p t)) / p times in
t weeks, and the mean over lambda is known, so that

    E[purchases in t | with the shop] = E over p of (1 - (1 + p t / (alpha + T))^-(r + x)) / p.

That is the paper's equation 10 without its Gaussian hypergeometric function, whose a - 1 in the denominator and large
terms of opposite sign lose all digits near a = 1 and overflow for frequent buyers. Here everything is positive, and the
mean over a beta distribution is a sum over some dozen p.

It depends on x and T alone. For each x there is, it is worked out at a few T (Chebyshev points of log(alpha + T), in
which it is smooth), carried to a fine grid, and read from there for each customer: that is what makes a million fast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import betaln, expit, log_expit

from makegood.identify.value.climb import Array
from makegood.identify.value.purchases import Purchases

__all__ = ["WEEKS_PER_MONTH", "Ahead", "beta_nodes"]

WEEKS_PER_MONTH = 365.25 / 12 / 7

_NODES = 80
_LEVEL = 20.0
_CHEBYSHEV = 32
_GRID = 512
_AT_ONCE = 64


class Ahead:
    """Expected purchases within each of `months`, of customers who are still with the shop.

    `frequencies` are the whole numbers that will be asked for, `youngest` and `oldest` the range of ages in weeks.
    Within a month purchases count as if made in its middle, at a discount of `discount_yearly` a year (0.1 is 10 %).
    """

    def __init__(
        self,
        purchases: Purchases,
        frequencies: Array,
        youngest: float,
        oldest: float,
        months: Sequence[int],
        discount_yearly: float,
    ) -> None:
        self.alpha = purchases.alpha
        self.frequencies = frequencies
        low, high = np.log(purchases.alpha + youngest), np.log(purchases.alpha + oldest)
        # One age alone would be a grid of no width.
        high = max(high, low + 1e-3)
        self.low, self.step = low, (high - low) / (_GRID - 4)
        weights = _month_weights(months, discount_yearly)
        to_grid = _interpolation(_chebyshev(), (2 * np.arange(_GRID) - _GRID + 1) / (_GRID - 1))
        width = self.step * (_GRID - 1) / 2
        # Half a step of room on either side, so that four neighbours are always there.
        points = np.exp(low - self.step + width * (1 + _chebyshev()))
        self.tables = np.empty((len(months), len(frequencies), _GRID))
        for begin in range(0, len(frequencies), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            few = _discounted(purchases, frequencies[part], points, weights)
            self.tables[:, part] = few @ to_grid.T

    def read(self, frequency: Array, age: Array) -> Array:
        """For each customer and each horizon: shape (customers, months)."""
        place = (np.log(self.alpha + age) - self.low) / self.step + 1
        left = np.clip(place.astype(np.int64), 1, _GRID - 3)
        s = place - left
        # Lagrange's cubic through the four neighbours: https://dlmf.nist.gov/3.3#ii
        parts = (-s * (s - 1) * (s - 2) / 6, (s * s - 1) * (s - 2) / 2, -s * (s + 1) * (s - 2) / 2, s * (s * s - 1) / 6)
        first = np.searchsorted(self.frequencies, frequency) * _GRID + left - 1
        found = np.empty((len(frequency), len(self.tables)))
        for column, table in enumerate(self.tables):
            flat = table.ravel()
            total = parts[0] * flat[first]
            for offset in (1, 2, 3):
                total += parts[offset] * flat[first + offset]
            found[:, column] = total
        return found


def beta_nodes(a: float, other: Array, smallest: Array, count: int = _NODES) -> tuple[Array, Array]:
    """Nodes and weights of the mean over p ~ Beta(a, other), a row for each of `other`.

    For functions of p that bend at `smallest` and above, and are level below it. The trapezoidal rule in log(p / (1 -
    p)), which converges geometrically there (Trefethen and Weideman 2014, https://doi.org/10.1137/130932132); beyond
    either end the terms fall as a geometric series, whose sum the end's weight takes in, so that a small `a` needs no
    more nodes. With a = 0 nobody ever stops: p is as good as nothing.
    """
    if a == 0:
        return np.full((len(other), 1), 1e-300), np.ones((len(other), 1))
    middle = np.log(a / other)
    # The log-density falls by some 36 over these reaches: like a parabola first, then like a line to the left of the
    # middle, and like exp(p) to the right of it where p is small, a line where it is not.
    parabola = np.sqrt(80 / a + 80 / other)
    low = np.minimum(middle, np.log(smallest)) - _LEVEL
    if a > 1:
        low = np.maximum(low, middle - 45 / (a - 1) - parabola)
    high = middle + np.log1p(38 / a + parabola)
    high = np.maximum(high, np.maximum(middle, 0.0) + np.minimum(38 / other, _LEVEL))
    step = (high - low) / (count - 1)
    place = low[:, None] + step[:, None] * np.arange(count)
    weight = np.exp(a * log_expit(place) + other[:, None] * log_expit(-place) - betaln(a, other)[:, None])
    weight[:, 0] /= -np.expm1(-a * step)
    weight[:, -1] /= -np.expm1(-other * step)
    return np.asarray(expit(place)), weight / weight.sum(axis=1, keepdims=True)


def _discounted(purchases: Purchases, frequencies: Array, points: Array, weights: Array) -> Array:
    """Exact at `points` (alpha + T): shape (horizons, frequencies, points)."""
    rate = purchases.r + frequencies
    bend = points.min() / (weights.shape[1] * WEEKS_PER_MONTH) / (1 + rate)
    nodes, share = beta_nodes(purchases.a, purchases.b + frequencies, bend)
    power = -rate[:, None, None]
    per_node = (share / nodes)[:, None, :]
    found = np.zeros((len(weights), len(frequencies), len(points)))
    for month in range(weights.shape[1]):
        # The sum over p ends within the month, so that memory does not grow with the horizon.
        time = (month + 1) * WEEKS_PER_MONTH / points
        bought = -np.expm1(power * np.log1p(nodes[:, None, :] * time[:, None]))
        expected = (per_node @ bought.transpose(0, 2, 1))[:, 0, :]
        found += weights[:, month, None, None] * expected
    return found


def _month_weights(months: Sequence[int], discount_yearly: float) -> Array:
    """Weights of the expected purchases until the end of each month, shape (horizons, months).

    A month's purchases are the difference of two ends; the sum of differences times discounts, told by ends instead.
    """
    ends = np.arange(max(months))
    discount = (1 + discount_yearly) ** (-(ends + 0.5) / 12)
    within = ends < np.array(months)[:, None]
    taken = np.where(within, discount, 0.0)
    return np.asarray(taken - np.pad(taken[:, 1:], ((0, 0), (0, 1))))


def _chebyshev() -> Array:
    """Points of the second kind on -1..1, in rising order."""
    return -np.cos(np.pi * np.arange(_CHEBYSHEV) / (_CHEBYSHEV - 1))


def _interpolation(known: Array, wanted: Array) -> Array:
    """The matrix that carries values at Chebyshev points to others.

    Barycentric, equation 5.4 of Berrut and Trefethen (2004), https://doi.org/10.1137/S0036144502417715.
    """
    signs = np.where(np.arange(len(known)) % 2 == 0, 1.0, -1.0)
    signs[[0, -1]] /= 2
    apart = wanted[:, None] - known
    same = apart == 0
    matrix = signs / np.where(same, 1.0, apart)
    matrix /= matrix.sum(axis=1, keepdims=True)
    hit = same.any(axis=1)
    matrix[hit] = same[hit]
    return np.asarray(matrix)

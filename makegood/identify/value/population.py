"""Customers drawn from the two models: what the bootstrap refits, and what tests and benchmarks know the truth of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from makegood.identify.value.climb import Array
from makegood.identify.value.purchases import Purchases
from makegood.identify.value.spend import Spend

__all__ = ["People", "draw", "lifetime_purchases", "observe"]


@dataclass(frozen=True, eq=False)
class People:
    """What is true of customers and never seen, and the ages in weeks at which they are looked at."""

    rate: Array
    dropout: Array
    spend_rate: Array
    """Of the gamma distribution of one purchase, whose shape is the model's p."""
    age: Array


def draw(purchases: Purchases, spend: Spend, age: Array, rng: np.random.Generator) -> People:
    """New customers, one for each age, none of whom has bought more than once yet."""
    n = len(age)
    dropout = rng.beta(purchases.a, purchases.b, n) if purchases.a > 0 else np.zeros(n)
    return People(
        rate=rng.gamma(purchases.r, 1 / purchases.alpha, n),
        dropout=dropout,
        spend_rate=rng.gamma(spend.q, 1 / spend.gamma, n),
        age=age,
    )


def observe(people: People, spend: Spend, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Frequency, recency and mean contribution of the repeat purchases at their ages."""
    made = rng.poisson(people.rate * people.age).astype(np.float64)
    frequency = np.minimum(made, lifetime_purchases(people.dropout, rng))
    # The k-th smallest of n uniform moments is Beta(k, n - k + 1): no need to draw each purchase.
    some = frequency > 0
    place = rng.beta(np.where(some, frequency, 1.0), np.where(some, made - frequency + 1, 1.0))
    recency = np.where(some, people.age * place, 0.0)
    total = rng.standard_gamma(spend.p * frequency) / people.spend_rate
    return frequency, recency, total / np.maximum(frequency, 1)


def lifetime_purchases(dropout: Array, rng: np.random.Generator) -> Array:
    """How many more purchases until each customer stops, at least 1; the last one is made."""
    chance = np.clip(dropout, 1e-15, 1 - 1e-15)
    return np.maximum(np.ceil(-rng.standard_exponential(len(chance)) / np.log1p(-chance)), 1.0)

"""How much a query is likely to bring, from how much of a sample it fits."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Estimate", "estimate"]

DAY = 86_400.0
MIN_SECONDS = 60.0
MIN_SAMPLED = 50
EXACT_UP_TO = 200
TAIL = 0.025
Z = 1.959963984540054
"""The standard normal's 97.5th percentile."""


@dataclass(frozen=True)
class Estimate:
    """Posts a day with a 95 % interval, and a sentence that says so.

    `known` is False when too little was heard to say anything; then the numbers are 0. With nothing matched
    `low` and `a_day` are 0 and `high` is the one-sided 95 % bound.
    """

    known: bool
    a_day: float
    low: float
    high: float
    sentence: str


def estimate(matched: int, sampled: int, seconds: float, share: float) -> Estimate:
    """What a query will bring, from a sample of what was heard.

    `matched` of `sampled` posts fit, heard within `seconds`; `share` is the part of the network's posts that
    the sample holds, above 0 and up to 1. Raises ValueError for numbers that cannot be.

    The count is taken as Poisson. Its interval is the exact one of Garwood, "Fiducial limits for the Poisson
    distribution", Biometrika 28 (1936), https://doi.org/10.1093/biomet/28.3-4.437, found by bisection; for
    large counts the chi-square quantile of Wilson and Hilferty, https://doi.org/10.1073/pnas.17.12.684. With
    nothing matched the bound is that of the rule of three, -ln 0.05,
    https://doi.org/10.1001/jama.1983.03330370053031. The interval is about chance alone: a quiet night in the
    sample makes the day look quiet.
    """
    if not 0 <= matched <= sampled or not 0 < share <= 1 or not 0 <= seconds < math.inf:
        raise ValueError(f"no sample: {matched} of {sampled} in {seconds} s, share {share}")
    if seconds < MIN_SECONDS or (matched == 0 and sampled < MIN_SAMPLED):
        return Estimate(False, 0.0, 0.0, 0.0, "Not heard long enough to say.")
    scale = DAY / seconds / share
    low, high = (count * scale for count in _interval(matched))
    if matched == 0:
        bound = "1 a day" if high <= 1 else f"{_figure(high, up=True)} a day"
        posts = "post" if sampled == 1 else "posts"
        sentence = f"None among {sampled:,} sampled {posts}: fewer than {bound} is likely."
        return Estimate(True, 0.0, 0.0, high, sentence)
    return Estimate(True, matched * scale, low, high, _sentence(matched * scale, low, high))


def _interval(count: int) -> tuple[float, float]:
    """The 95 % limits of a Poisson mean after `count` events; for none, 0 and the one-sided limit."""
    if count == 0:
        return 0.0, -math.log(0.05)
    if count > EXACT_UP_TO:
        return _wilson_hilferty(count, -Z), _wilson_hilferty(count + 1, Z)
    return _solve(count - 1, 1 - TAIL), _solve(count, TAIL)


def _wilson_hilferty(shape: int, z: float) -> float:
    return shape * (1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3


def _solve(count: int, probability: float) -> float:
    """The mean at which `count` events or fewer have this probability."""
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(count, middle) > probability else (low, middle)
    return (low + high) / 2


def _at_most(count: int, mean: float) -> float:
    return math.fsum(math.exp(times * math.log(mean) - mean - math.lgamma(times + 1)) for times in range(count + 1))


def _sentence(a_day: float, low: float, high: float) -> str:
    factor, unit = (1.0, "day") if a_day >= 1 else (7.0, "week")
    if a_day * factor < 1:
        return f"Less than one a week ({_figure(low * 30)} to {_figure(high * 30)} a month)."
    around, least, most = (_figure(value * factor) for value in (a_day, low, high))
    return f"About {around} a {unit} ({least} to {most})."


def _figure(value: float, up: bool = False) -> str:
    """Two figures are all such a number is worth."""
    step = 10 ** max(0, math.floor(math.log10(value)) - 1) if value >= 1 else 1
    return f"{(math.ceil if up else round)(value / step) * step:,}"

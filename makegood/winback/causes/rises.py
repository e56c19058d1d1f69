"""Whether there are more complaints than usual: daily counts against their own week-day pattern. Pure.

Each day is judged by the number of complaints in the last 1, 3 and 7 days against what the twelve weeks before lead one
to expect, with a false-alarm rate that is chosen beforehand. The parts and where they come from:

- What is expected, the width of a quasi-Poisson count with the error of the estimate in it, and weights that keep past
  rises from hiding new ones: Farrington, Andrews, Beale, Catchpole 1996, https://doi.org/10.2307/2983331, with the
  threshold for those weights of Noufaily and others 2013, https://doi.org/10.1002/sim.5595.
- The upper bound as a quantile of a negative binomial distribution instead of a normal one, for low counts: Noufaily
  and others 2013, as above.
- Days between what is judged and what it is judged by, so that a slow rise does not raise its own bar: the guard band
  of EARS C2, Hutwagner and others 2003, https://doi.org/10.1093/jurban/jtg046 (2 days there, a week here).
- Sums over several spans at once, so that a small rise that lasts is seen as well as a large one of a day: a CUSUM
  whose beginning is looked for among a few spans only, Lai 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02052.x.

Nothing is expected of days on which nobody listened: such a day is no count of 0, it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = [
    "BASELINE_DAYS",
    "ENOUGH_DAYS",
    "SPANS",
    "Evidence",
    "Verdict",
    "Watch",
    "at_most",
    "judge",
    "probability",
    "upper_tail",
]

BASELINE_DAYS = 84
GUARD_DAYS = 7
ENOUGH_DAYS = 28
"""So many counted days must stand in the baseline before anything is said."""
SPANS = (1, 3, 7)
DAYS_A_MONTH = 30.44
HALF_LIFE = 28.0
"""In days: what is older counts less, so that a shop that grows is not told so each day."""
PSEUDO = 12.0
"""As if so many complaints had come evenly over each week-day: one that has few of its own is not believed at once."""
OUTLIER = 2.58
STEADIED = 2
"""A past rise widens what it is measured by: one look at it is not enough. More looks take honest spread for rises."""
TOGETHER = 1.4
"""The tests of the three spans overlap, as do those of neighbouring days: so much more may be allowed to each than its
equal share for the alarms, counted as rises, to come to what is stated. Found by `make bench-rise`."""
MOST_TERMS = 200_000
TINY = 1e-16

Day = int | None
"""How many there were; None where nobody listened."""


@dataclass(frozen=True)
class Evidence:
    """What a span of days shows: `count` where `expected` were to be expected, and `at_most` in all but one of `one_in`
    such spans. `probability` is that of as many or more.
    """

    days: int
    count: int
    expected: float
    at_most: int
    one_in: int
    probability: float

    @property
    def rising(self) -> bool:
        """Whether it is more than chance brings as often as is put up with."""
        return self.count > self.at_most


@dataclass(frozen=True)
class Verdict:
    """What can be said of a day. `evidence` is the most telling span, None where there is not enough to say anything:
    `known` of the `needed` days.
    """

    known: int
    needed: int
    evidence: Evidence | None

    @property
    def rising(self) -> bool:
        """Whether there are more than usual."""
        return self.evidence is not None and self.evidence.rising

    @property
    def calm(self) -> bool:
        """Whether there are about as few as usual: a rise that was found is over."""
        return self.evidence is not None and self.evidence.probability > CALM


CALM = 0.05


@dataclass(frozen=True)
class Watch:
    """How careful to be: false alarms a month over all series together, and how many series those are."""

    per_month: float
    series: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.per_month <= 31 or self.series < 1:
            raise ValueError("False alarms a month lie between 0 and 31, over at least one series.")

    @property
    def alpha(self) -> float:
        """The probability that one span of one day of one series may exceed its bound by chance."""
        share = self.per_month / (DAYS_A_MONTH * self.series * len(SPANS))
        return min(0.2, share * TOGETHER)


@dataclass(frozen=True)
class _Pattern:
    """What twelve weeks lead one to expect."""

    level: float
    factors: tuple[float, ...]
    dispersion: float
    weight: float
    """How many complaints the level rests on, in effect."""

    def expected(self, day: date) -> float:
        return self.level * self.factors[day.weekday()]


def judge(counts: Mapping[date, Day], day: date, watch: Watch) -> Verdict:
    """What can be said of `day` from the counts of it and of the days before.

    A day that is not among `counts`, or None there, is unknown. `day` itself may not be over: what has come so far is
    already too much or not, so that looking often costs nothing.
    """
    known = _baseline(counts, day)
    if len(known) < ENOUGH_DAYS:
        return Verdict(len(known), ENOUGH_DAYS, None)
    if counts.get(day) is None:
        return Verdict(len(known), ENOUGH_DAYS, None)
    pattern = _pattern(known, day)
    found = [_evidence(counts, day, span, pattern, watch.alpha) for span in SPANS]
    # What was seen on most of its days only, is not set against all of them.
    telling = min((each for each in found if each is not None), key=lambda each: each.probability)
    return Verdict(len(known), ENOUGH_DAYS, telling)


def _baseline(counts: Mapping[date, Day], day: date) -> list[tuple[date, int]]:
    first = day - timedelta(days=GUARD_DAYS + BASELINE_DAYS)
    days = (first + timedelta(days=number) for number in range(BASELINE_DAYS))
    return [(each, count) for each in days if (count := counts.get(each)) is not None]


def _pattern(known: Sequence[tuple[date, int]], day: date) -> _Pattern:
    ages = [0.5 ** ((day - each).days / HALF_LIFE) for each, _count in known]
    pattern = _fit(known, ages, [1.0] * len(known))
    for _again in range(STEADIED):
        pattern = _fit(known, ages, _steadied(known, pattern))
    return pattern


def _fit(known: Sequence[tuple[date, int]], ages: Sequence[float], trust: Sequence[float]) -> _Pattern:
    """Level, week-days and spread, each day weighed by its age and by how far it is trusted."""
    weights = [age * share for age, share in zip(ages, trust, strict=True)]
    whole = sum(weights)
    # Half a complaint more than there was: of what never came, one is no wonder (Jeffreys' prior of a Poisson rate).
    level = (sum(w * count for w, (_day, count) in zip(weights, known, strict=True)) + 0.5 * max(weights)) / whole
    factors = _factors(known, weights, level)
    residuals = sum(
        share * (count - level * factors[each.weekday()]) ** 2 / (level * factors[each.weekday()])
        for share, (each, count) in zip(trust, known, strict=True)
    )
    dispersion = max(1.0, residuals / max(sum(trust) - 7, 1.0))
    effective = whole * whole / sum(w * w for w in weights)
    return _Pattern(level, factors, dispersion, max(level * effective, 0.5))


def _factors(known: Sequence[tuple[date, int]], weights: Sequence[float], level: float) -> tuple[float, ...]:
    seen, owed = [0.0] * 7, [0.0] * 7
    scale = sum(weights) / sum(w * w for w in weights)
    for weight, (each, count) in zip(weights, known, strict=True):
        seen[each.weekday()] += scale * weight * count
        owed[each.weekday()] += scale * weight * level
    raw = [(s + PSEUDO) / (o + PSEUDO) for s, o in zip(seen, owed, strict=True)]
    mean = sum(raw) / 7
    return tuple(each / mean for each in raw)


def _steadied(known: Sequence[tuple[date, int]], pattern: _Pattern) -> list[float]:
    """Less weight for days that were far too high: Anscombe residuals, as Farrington and others 1996 have them."""
    shares = []
    for each, count in known:
        mean = pattern.expected(each)
        residual = 1.5 * (count ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * math.sqrt(pattern.dispersion))
        shares.append(residual**-2 if residual > OUTLIER else 1.0)
    return shares


def _evidence(counts: Mapping[date, Day], day: date, span: int, pattern: _Pattern, alpha: float) -> Evidence | None:
    days = [day - timedelta(days=number) for number in range(span)]
    known = [(each, count) for each in days if (count := counts.get(each)) is not None]
    if len(known) * 2 <= span:
        return None
    count, mean = sum(count for _each, count in known), sum(pattern.expected(each) for each, _count in known)
    # The error of the level is the same on every day of the span: it does not average out.
    variance = pattern.dispersion * (mean + mean * mean / pattern.weight)
    return Evidence(
        days=span,
        count=count,
        expected=mean,
        at_most=at_most(alpha, mean, variance),
        one_in=max(2, round(1 / alpha)),
        probability=probability(count, mean, variance),
    )


def probability(count: int, mean: float, variance: float) -> float:
    """That of `count` or more where the count is negative binomial with this mean and variance (Poisson where the
    variance is no larger than the mean).
    """
    return upper_tail(count, mean, variance)


def at_most(alpha: float, mean: float, variance: float) -> int:
    """The smallest number that is exceeded with a probability of `alpha` at most."""
    low, high = 0, 8
    while upper_tail(high + 1, mean, variance) > alpha:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if upper_tail(middle + 1, mean, variance) > alpha:
            low = middle + 1
        else:
            high = middle
    return low


def upper_tail(count: int, mean: float, variance: float) -> float:
    """P(Y >= count), summed from there upwards, so that the smallest tails are exact to many digits."""
    if count <= 0:
        return 1.0
    first, ratio = _terms(mean, variance)
    term = total = math.exp(first(count))
    for number in range(count, count + MOST_TERMS):
        term *= ratio(number)
        total += term
        if term <= total * TINY and number > mean:
            break
    return min(1.0, total)


def _terms(mean: float, variance: float) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """The logarithm of the probability of a number, and by how much that of the next one differs."""
    if variance <= mean * (1 + 1e-9):
        log_mean = math.log(mean)
        return (lambda k: k * log_mean - mean - math.lgamma(k + 1)), (lambda k: mean / (k + 1))
    size = mean * mean / (variance - mean)
    share = mean / variance
    log_p, log_q = math.log(share), math.log1p(-share)
    base = size * log_p - math.lgamma(size)
    return (
        (lambda k: math.lgamma(k + size) - math.lgamma(k + 1) + base + k * log_q),
        (lambda k: (k + size) / (k + 1) * (1 - share)),
    )

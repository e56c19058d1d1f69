"""Whether those who complained buy again more or less often than others like them: pure, numbers only.

Mantel and Haenszel's common risk difference and ratio over strata of like customers; the difference with Sato's
variance, the ratio with Greenland and Robins'. Both hold with few large strata and with many small ones. Formulas:
https://gsk-biostatistics.github.io/cicalc/reference/ci_risk_diff_mh_strata.html (Sato 1989, Biometrics 45, 1323-1324)
and https://pubmed.ncbi.nlm.nih.gov/4005387/ (Greenland and Robins 1985, Biometrics 41, 55-68).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["LEAST", "LEAST_EACH", "Comparison", "Span", "Table", "TooFew", "compare"]

LEAST = 30
"""Fewer than so many on either side, and nothing is said."""
LEAST_EACH = 5
"""So many of both sides together must have bought again, and so many not."""
Z95 = 1.959963984540054


class Table(NamedTuple):
    """One stratum: of `cases` who complained `bought` did so again; of `others` `others_bought`."""

    cases: int
    bought: int
    others: int
    others_bought: int


class Span(NamedTuple):
    """An estimate and its 95 % interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class TooFew:
    """Why nothing is said: `missing` more would be needed of `what` (cases, others, bought, not_bought)."""

    what: str
    have: int
    missing: int


@dataclass(frozen=True)
class Comparison:
    """Those who complained against those like them. Shares are weighted alike, so that their difference is `by`."""

    cases: int
    others: int
    unmatched: int
    """How many who complained had nobody like them, and were not compared."""
    share: float
    others_share: float
    by: Span
    """The difference of the shares, as a fraction."""
    times: Span | None
    """Their ratio; None where nobody of one side bought."""

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves out that there is none."""
        return self.by.low > 0 or self.by.high < 0


def compare(tables: Iterable[Table]) -> Comparison | TooFew:
    """The difference within strata; strata with one side only say nothing. Counts must make sense."""
    rows = list(tables)
    matched = [row for row in rows if row.cases and row.others]
    cases, others = sum(row.cases for row in matched), sum(row.others for row in matched)
    bought = sum(row.bought + row.others_bought for row in matched)
    have = {"cases": cases, "others": others, "bought": bought, "not_bought": cases + others - bought}
    for what, least in (("cases", LEAST), ("others", LEAST), ("bought", LEAST_EACH), ("not_bought", LEAST_EACH)):
        if have[what] < least:
            return TooFew(what, have[what], least - have[what])
    weight = sum(row.cases * row.others / (row.cases + row.others) for row in matched)
    mine = sum(row.bought * row.others / (row.cases + row.others) for row in matched)
    theirs = sum(row.others_bought * row.cases / (row.cases + row.others) for row in matched)
    difference = (mine - theirs) / weight
    half = Z95 * math.sqrt(max(_sato(matched, difference), 0.0)) / weight
    return Comparison(
        cases=cases,
        others=others,
        unmatched=sum(row.cases for row in rows) - cases,
        share=mine / weight,
        others_share=theirs / weight,
        by=Span(difference, max(difference - half, -1.0), min(difference + half, 1.0)),
        times=_ratio(matched, mine, theirs),
    )


def _sato(rows: Iterable[Table], difference: float) -> float:
    """Sato's variance, times the square of the weights' sum."""
    p = q = 0.0
    for n1, a, n0, c in rows:
        n = n1 + n0
        p += (n1 * n1 * c - n0 * n0 * a + n1 * n0 * (n0 - n1) / 2) / (n * n)
        q += (a * (n0 - c) + c * (n1 - a)) / (2 * n)
    return difference * p + q


def _ratio(rows: Iterable[Table], mine: float, theirs: float) -> Span | None:
    if mine <= 0 or theirs <= 0:
        return None
    above = 0.0
    for n1, a, n0, c in rows:
        n = n1 + n0
        above += (n1 * n0 * (a + c) - a * c * n) / (n * n)
    half = Z95 * math.sqrt(max(above, 0.0) / (mine * theirs))
    ratio = mine / theirs
    return Span(ratio, ratio * math.exp(-half), ratio * math.exp(half))

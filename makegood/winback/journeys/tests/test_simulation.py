"""That the report finds what was planted, finds nothing where nothing was, and is not taken in by who complains.

The small variant of `make bench-loyalty`. Each run has its own seed, so that the figures are the same each time; the
bounds are where a right report would fall outside once in ten thousand sets of runs, by the binomial distribution.
"""

from __future__ import annotations

from math import comb
from typing import Any

import pytest

from makegood.winback.journeys.comparing import Comparison, compare
from makegood.winback.journeys.tests import worlds

RUNS, CUSTOMERS = 60, 6_000


def at_most(share: float, runs: int, surely: float = 0.9999) -> int:
    """So many of `runs` at most go wrong, `surely`, if each does with probability `share`."""
    total, count = 0.0, -1
    while total < surely:
        count += 1
        total += comb(runs, count) * share**count * (1 - share) ** (runs - count)
    return count


def said(**options: Any) -> list[tuple[Comparison, float, worlds.World]]:
    found = []
    for seed in range(RUNS):
        shop = worlds.world(CUSTOMERS, seed, **options)
        tables, did = worlds.counts(shop)
        comparison = compare(tables)
        assert isinstance(comparison, Comparison)
        found.append((comparison, did, shop))
    return found


def test_the_bound_is_the_binomials() -> None:
    assert at_most(0.05, 60) == 11
    assert at_most(0.05, 200) == 23
    assert at_most(0.0, 60) == 0


@pytest.mark.parametrize("confounded", [True, False])
def test_where_nothing_was_planted_nothing_is_found(confounded: bool) -> None:
    found = said(confounded=confounded)
    assert all(did == 0 for _comparison, did, _shop in found)
    alarms = sum(comparison.clear for comparison, _did, _shop in found)
    assert alarms <= at_most(0.05, RUNS), alarms


def test_what_was_planted_lies_in_the_stated_interval() -> None:
    found = said(planted=0.3)
    missed = sum(not comparison.by.low <= did <= comparison.by.high for comparison, did, _shop in found)
    assert missed <= at_most(0.05, RUNS), missed
    assert all(did > 0.06 for _comparison, did, _shop in found)
    assert sum(comparison.by.low > 0 for comparison, _did, _shop in found) >= 0.9 * RUNS


def test_who_drives_customers_away_is_told_so() -> None:
    found = said(planted=-0.3)
    assert all(comparison.by.high < 0 for comparison, _did, _shop in found)


def test_a_plain_comparison_would_be_taken_in() -> None:
    """Who orders more complains more and buys more: without matching, complaining looks like the best thing to do."""
    found = said()
    naive = [worlds.naively(shop) for _comparison, _did, shop in found]
    matched = [comparison.by.estimate for comparison, _did, _shop in found]
    assert min(naive) > 0.2
    assert abs(sum(matched) / RUNS) < 0.01

"""Who is like whom: bands, follow-up, who stands in, and that nobody is chosen for what they did later."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from makegood.winback.journeys import matching
from makegood.winback.journeys.matching import Counted, History, counted, cuts_of, lot
from makegood.winback.journeys.tests import worlds

NOW = 1000.0


def person(key: str, *days: float, complained: float | None = None, **fields: Any) -> History:
    given = {"spent": [100] * len(days), "currency": "EUR", **fields}
    return History(key=key, days=days, complained=complained, **given)


def sums(found: Counted) -> dict[str, int]:
    names = ("cases", "bought", "solved", "solved_bought", "others", "others_bought")
    return {name: sum(row[name] for row in found.strata) for name in names}


def test_who_complained_is_counted_with_what_they_bought_within_the_days() -> None:
    people = [
        person("a", 10, 100, complained=20),
        person("b", 10, 101, complained=10.5),
        person("c", 10, complained=20),
        person("d", 10, 15, complained=20),
    ]
    assert sums(counted(people, NOW, 90)) | {"others": 0, "others_bought": 0} == {
        "cases": 4,
        "bought": 1,
        "solved": 0,
        "solved_bought": 0,
        "others": 0,
        "others_bought": 0,
    }
    assert sums(counted(people, NOW, 91))["bought"] == 2, "the last day is one of them"


def test_who_cannot_be_counted_is_said() -> None:
    people = [
        person("early", 50, complained=20),
        person("late", 10, complained=950),
        person("just", 10, complained=910),
        person("nobody", complained=5),
    ]
    found = counted(people, NOW, 90)
    assert (found.left_out, sums(found)["cases"]) == ({"no_order": 1, "too_recent": 1}, 1)


@pytest.mark.parametrize(("solved", "counts"), [(None, 0), (45.0, 1), (50.0, 1), (51.0, 0)])
def test_resolved_counts_within_thirty_days(solved: float | None, counts: int) -> None:
    people = [person("a", 10, 60, complained=20, solved=solved)]
    found = sums(counted(people, NOW, 90))
    assert (found["solved"], found["solved_bought"]) == (counts, counts)


def test_each_other_stands_in_once_as_long_after_the_same_order() -> None:
    people = [person("case", 10, 50, complained=53), person("other", 200, 300, 380)]
    (row,) = [row for row in counted(people, NOW, 90).strata if row["others"]]
    assert (row["cases"], row["bought"], row["others"], row["others_bought"]) == (1, 0, 1, 1)
    assert (row["orders"], row["recency"]) == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        person("few", 200),
        person("quick", 200, 300, 302),
        person("recent", 200, 950),
        person("sore", 200, 300, complained=303),
    ],
)
def test_who_cannot_stand_in_does_not(other: History) -> None:
    people = [person("case", 10, 50, complained=53), other]
    assert sums(counted(people, NOW, 90))["others"] == 0


def test_who_complains_later_stands_in_until_then() -> None:
    people = [person("case", 10, 50, complained=53), person("later", 200, 300, complained=980)]
    found = counted(people, NOW, 90)
    assert (sums(found)["others"], found.left_out) == (1, {"too_recent": 1})


def test_bands_and_thirds() -> None:
    assert cuts_of([5, 1, 3, 2, 4, 6]) == [3, 5]
    cases = [person(f"c{n}", *range(n), complained=n + 5, spent=[10 * n] * n) for n in (1, 2, 4, 20)]
    rows = {row["orders"]: row for row in counted(cases, NOW, 90).strata}
    assert sorted(rows) == [0, 1, 2, 5]
    assert rows[0]["spend"] == 0
    assert rows[5]["spend"] == 2


def test_currencies_are_not_mixed() -> None:
    people = [
        person("a", 10, complained=12),
        person("b", 200, currency="JPY", spent=[9_000]),
        person("c", 200, spent=[100]),
    ]
    rows = counted(people, NOW, 90).strata
    assert [(row["currency"], row["cases"], row["others"]) for row in rows] == [("EUR", 1, 1), ("JPY", 0, 1)]


def test_a_lot_is_fixed_and_even() -> None:
    lots = [lot(f"contact:{n}") for n in range(4000)]
    assert lots == [lot(f"contact:{n}") for n in range(4000)]
    assert all(0 <= one < 1 for one in lots)
    tenths = Counter(int(one * 10) for one in lots)
    # Binomial(4000, 0.1): six standard deviations around 400.
    assert all(286 < tenths[n] < 514 for n in range(10))


def test_nobody_is_no_trouble() -> None:
    assert counted([], NOW, 90) == Counted([], {})
    assert sums(counted([person("a", 10)], NOW, 90))["others"] == 0


def flat(found: Counted) -> list[tuple[int, ...]]:
    return sorted((row["cases"], row["bought"], row["others"], row["others_bought"]) for row in found.strata)


@pytest.mark.parametrize("confounded", [True, False])
def test_the_simulation_counts_as_the_report_does(confounded: bool) -> None:
    shop = worlds.world(3000, seed=4, planted=0.2, confounded=confounded)
    shop = replace(shop, lots=np.array([matching.lot(str(number)) for number in range(3000)]))
    found = counted(worlds.histories(shop), worlds.NOW, worlds.HORIZON)
    tables, _did = worlds.counts(shop)
    assert flat(found) == sorted(tuple(table) for table in tables)
    assert sums(found)["cases"] > 200

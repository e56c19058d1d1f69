"""Orders told as the figures the models need: how often, how lately, how long, how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from makegood.identify.value.climb import Array
from makegood.kit.clock import to_utc

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True, eq=False)
class Summary:
    """A row for each customer, in the order of `keys`."""

    keys: tuple[Hashable, ...]
    frequency: Array
    """Days with an order after the first such day; whole numbers."""
    recency_weeks: Array
    """From the first day with an order to the last; 0 where there is but one."""
    age_weeks: Array
    """From the first day with an order to the day of `until`."""
    mean_contribution_minor: Array
    """Of a day with an order after the first; 0 where there is none. May be below 0."""
    total_minor: Array
    """Of all orders."""

    def __len__(self) -> int:
        return len(self.frequency)


def summarise(orders: Iterable[tuple[Hashable, datetime, int]], until: datetime) -> Summary:
    """Orders as (customer, when it was placed, what it contributed in minor units of one currency), in any order.

    A contribution is what the shop keeps of an order, refunds and remedies subtracted; it may be nothing or less. All
    that one customer orders on one UTC day is one purchase: somebody who forgot the sugar bowl has not come back.
    Orders after `until` are left out. A time without a zone is read as UTC.
    """
    end = to_utc(until)
    last_day = end.date()
    days: defaultdict[Hashable, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for key, placed_at, contribution_minor in orders:
        moment = to_utc(placed_at)
        if moment <= end:
            days[key][moment.date()] += contribution_minor
    rows = [_row(of_one, last_day) for of_one in days.values()]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    return Summary(tuple(days), columns[0], columns[1], columns[2], columns[3], columns[4])


def _row(days: dict[date, int], until: date) -> tuple[float, float, float, float, float]:
    """One customer's figures, in the order of Summary's."""
    first, last = min(days), max(days)
    frequency = len(days) - 1
    total = sum(days.values())
    again = total - days[first]
    return frequency, (last - first).days / 7, (until - first).days / 7, again / max(frequency, 1), total

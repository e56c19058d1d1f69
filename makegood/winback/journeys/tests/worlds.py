"""Shops that never were: customers who order, complain and come back, with an effect of complaining that is known.

Whoever orders more has more occasions to complain, and the eager complain more of each order: so those who complain buy
again far more often than the rest whatever is done for them. What complaining itself does is planted on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from makegood.winback.journeys.comparing import Table
from makegood.winback.journeys.matching import ORDERS, RECENCY, THIRDS, History

__all__ = ["HORIZON", "NOW", "World", "counts", "histories", "naively", "world"]

NOW, HORIZON = 1095.0, 180.0
MOST_ORDERS = 32
NEVER = 1e9


@dataclass(frozen=True)
class World:
    """`times` are the days of each customer's orders (a row each, ascending, NEVER where there are no more), `as_was`
    those as they would be without the complaint; `complained` is NEVER for who did not; `lots` as in `matching.lot`.
    """

    times: Any
    as_was: Any
    spent: Any
    complained: Any
    lots: Any


def world(customers: int, seed: int, *, planted: float = 0.0, confounded: bool = True) -> World:
    """Three years of a shop. With `planted` above 0 that share of the complainers who would not have bought again
    within the horizon do; below 0 that share of those who would have does not.
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.9, 1 / 75.0, customers)
    stay = rng.beta(4.0, 1.0, customers)
    gaps = rng.exponential(1.0, (customers, MOST_ORDERS)) / np.maximum(rate, 1e-5)[:, None]
    gaps[:, 0] = rng.uniform(0, NOW * 0.8, customers)
    times = np.cumsum(gaps, axis=1)
    gone = np.cumsum(rng.random((customers, MOST_ORDERS)) > stay[:, None], axis=1) > 0
    gone = np.concatenate([np.zeros((customers, 1), bool), gone[:, :-1]], axis=1)
    times = np.where(gone | (times > NOW + HORIZON), NEVER, times)
    spent = np.rint(rng.gamma(4.0, 1000.0, (customers, 1)) * rng.uniform(0.5, 1.5, (customers, MOST_ORDERS)))
    # The eager complain of more of their orders; unconfounded, one customer in six complains on any day at all.
    if confounded:
        share = 0.03 + 0.10 * (spent.mean(axis=1) > 4000.0)
        of_order = (rng.random((customers, MOST_ORDERS)) < share[:, None]) & (times < NOW)
        when = np.where(of_order, times + rng.uniform(0.5, 6.0, (customers, MOST_ORDERS)), NEVER).min(axis=1)
    else:
        any_day = times[:, 0] + rng.uniform(0.1, 700.0, customers)
        when = np.where((rng.random(customers) < 1 / 6) & (any_day < NOW), any_day, NEVER)
    return World(_moved(times, when, planted, rng), times, spent, when, rng.random(customers))


def _moved(times: Any, when: Any, planted: float, rng: np.random.Generator) -> Any:
    """The orders as they are with what complaining does."""
    moved = times.copy()
    if not planted:
        return moved
    inside = (times > when[:, None]) & (times <= when[:, None] + HORIZON)
    hit = (when < NEVER) & (rng.random(len(when)) < abs(planted))
    if planted < 0:
        moved[inside & hit[:, None]] = NEVER
        return np.sort(moved, axis=1)
    brought = hit & ~inside.any(axis=1)
    moved[brought, -1] = when[brought] + rng.uniform(1.0, HORIZON - 1.0, int(brought.sum()))
    return np.sort(moved, axis=1)


def naively(shop: World) -> float:
    """How much more often those who complained bought within the horizon than those who never did, in the same time at
    the end: what one sees who compares them as they are.
    """
    case = (shop.complained < NEVER) & (shop.complained + HORIZON <= NOW)
    never = (shop.complained == NEVER) & (shop.times[:, 0] <= NOW - HORIZON)
    last = np.full(int(never.sum()), NOW - HORIZON)
    return float(_bought(shop.times[case], shop.complained[case]).mean() - _bought(shop.times[never], last).mean())


def _bought(times: Any, day: Any) -> Any:
    return ((times > day[:, None]) & (times <= (day + HORIZON)[:, None])).any(axis=1)


def counts(shop: World) -> tuple[list[Table], float]:
    """What `matching.counted` counts, for many customers at once (a test holds that it is the same); and what
    complaining did: by how much more of those who complained bought than would have, strata weighted as in `compare`.
    """
    case = (shop.complained < NEVER) & (shop.complained + HORIZON <= NOW)
    count, since = _so_far(shop.times[case], shop.complained[case])
    order = np.lexsort((since, count))
    count, since = count[order], since[order]
    after = np.concatenate([shop.times[:, 1:], np.full((len(shop.times), 1), NEVER)], axis=1)
    end = np.minimum(shop.complained, NOW - HORIZON)
    rooms = np.where(shop.times < NEVER, np.minimum(after, end[:, None]) - shop.times, -NEVER)
    could = _could(rooms, count, since)
    chances = np.cumsum(np.where(could, 1 / np.maximum(could, 1), 0.0))
    drawn = np.minimum(np.searchsorted(chances, shop.lots * chances[-1], side="right"), len(order) - 1)
    each_one = np.arange(len(drawn))
    stands_in = rooms[each_one, count[drawn] - 1] > since[drawn]
    day = shop.times[each_one, count[drawn] - 1] + since[drawn]
    rows = np.concatenate([np.flatnonzero(case), np.flatnonzero(stands_in)])
    cases = int(case.sum())
    day = np.concatenate([shop.complained[case], day[stands_in]])
    times = shop.times[rows]
    count, since = _so_far(times, day)
    spend = (shop.spent[rows] * (times <= day[:, None])).sum(axis=1)
    ranked = np.sort(spend)
    cuts = [ranked[len(ranked) * part // THIRDS] for part in range(1, THIRDS)]
    stratum = np.searchsorted(ORDERS, count, side="right") * 100
    stratum += np.searchsorted(RECENCY, since, side="right") * 10 + np.searchsorted(cuts, spend, side="right")
    bought, would_have = _bought(times, day), _bought(shop.as_was[rows], day)
    size = int(stratum.max()) + 1

    def each(part: slice, of: Any) -> Any:
        return np.bincount(stratum[part][of[part]], minlength=size)

    mine, theirs, everybody = slice(cases), slice(cases, None), np.ones(len(day), bool)
    columns = (each(mine, everybody), each(mine, bought), each(theirs, everybody), each(theirs, bought))
    n1, a, n0, _c = columns
    both = (n1 > 0) & (n0 > 0)
    weight = n0[both] / (n1 + n0)[both]
    did = float(((a - each(mine, would_have))[both] * weight).sum() / (n1[both] * weight).sum()) if both.any() else 0.0
    rows = np.stack(columns, axis=1)
    return [Table(*row) for row in rows[rows.any(axis=1)].tolist()], did


def _could(rooms: Any, count: Any, since: Any) -> Any:
    """How many customers could stand in for each complaint, by its orders so far and days since the last."""
    found = np.empty(len(count))
    for number in np.unique(count):
        room = np.sort(rooms[:, number - 1])
        mine = count == number
        found[mine] = len(room) - np.searchsorted(room, since[mine], side="right")
    return found


def _so_far(times: Any, day: Any) -> tuple[Any, Any]:
    """How many orders by that day, and how many days since the last of them."""
    count = (times <= day[:, None]).sum(axis=1)
    return count, day - np.take_along_axis(times, count[:, None] - 1, axis=1)[:, 0]


def histories(shop: World) -> list[History]:
    """The same customers, one by one."""
    found = []
    for number, row in enumerate(shop.times):
        there = row < NEVER
        complained = float(shop.complained[number])
        found.append(
            History(
                key=str(number),
                days=row[there].tolist(),
                spent=[int(amount) for amount in shop.spent[number][: int(there.sum())]],
                currency="EUR",
                complained=complained if complained < NEVER else None,
            )
        )
    return found

"""Who is like whom on the day of a complaint: pure. Customers are told as the days on which they ordered.

Each customer stands in for those who had not complained on one day: as long after one of their orders as a complaint
drawn by lot came after the same one of its author's. Once, so that all counts are independent; and by nothing that
happened after that day, so that nobody is chosen for what they did later. Like are those in the same bands of orders so
far, days since the last one and money spent; bands instead of distances: Iacus, King and Porro, Causal Inference
without Balance Checking: Coarsened Exact Matching (https://doi.org/10.1093/pan/mpr013).
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

__all__ = ["ORDERS", "RECENCY", "SOLVED_WITHIN", "THIRDS", "Counted", "History", "counted", "cuts_of", "lot"]

ORDERS = (1, 2, 3, 5, 8, 13)
"""Where bands of orders so far begin."""
RECENCY = (0.0, 7.0, 30.0, 60.0, 120.0, 240.0, 480.0)
"""Where bands of days since the last order begin."""
THIRDS = 3
"""Bands of spend: thirds of all that are compared, in each currency."""
SOLVED_WITHIN = 30.0
"""Days after the complaint within which it has to be resolved to count as such: what came later may follow from their
having bought."""


@dataclass(frozen=True)
class History:
    """One person. `days` are those of their orders, ascending, in days since any one moment; `spent` what each came
    to, in minor units of `currency`.
    """

    key: str
    days: Sequence[float]
    spent: Sequence[int]
    currency: str
    complained: float | None = None
    """The day of their first complaint."""
    solved: float | None = None
    """The day on which that was shown to be resolved."""


@dataclass(frozen=True)
class Counted:
    """Counts by stratum, as `LoyaltyCount.strata` keeps them, and who could not be counted."""

    strata: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


class _Seen(NamedTuple):
    """Somebody on one day."""

    case: bool
    solved: bool
    currency: str
    orders: int
    since: float
    spent: int
    bought: bool


def lot(key: str) -> float:
    """A number from 0 up to 1 that belongs to `key` for good: the same customer stands in on the same day each time."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest(), "big") / (1 << 56)


def counted(people: Iterable[History], now: float, within: float) -> Counted:
    """Who bought again within so many days. Only those of whom all these days have passed by `now` are counted."""
    known = [one for one in people if one.days]
    left: Counter[str] = Counter()
    cases = []
    for one in known:
        if one.complained is None:
            continue
        if one.days[0] > one.complained:
            left["no_order"] += 1
        elif one.complained + within > now:
            left["too_recent"] += 1
        else:
            cases.append(one)
    seen = [_on(one, one.complained, within, case=True) for one in cases if one.complained is not None]
    drawn = sorted((each.orders, each.since) for each in seen)
    chances = _chances(drawn, [_rooms(one, now - within) for one in known])
    for one in known:
        day = _stands_in_on(one, drawn, chances, now - within)
        if day is not None:
            seen.append(_on(one, day, within, case=False))
    return Counted(_by_stratum(seen), dict(left))


def _rooms(one: History, until: float) -> list[float]:
    """After each of their orders, for how many days they could stand in: until the next one, until they complained (who
    complains later is not taken out: that would leave those who buy little, as each purchase is an occasion to
    complain), and while there are days enough after it.
    """
    end = until if one.complained is None else min(until, one.complained)
    return [min(after, end) - day for day, after in zip(one.days, [*one.days[1:], math.inf], strict=True)]


def _chances(drawn: Sequence[tuple[int, float]], rooms: Iterable[Sequence[float]]) -> list[float]:
    """Up to which lot each complaint is drawn: the rarer those who could stand in for it, the more often, so that those
    who do had as many orders, and as long ago, as those who complained.
    """
    wanted = {orders for orders, _since in drawn}
    of_order: defaultdict[int, list[float]] = defaultdict(list)
    for each in rooms:
        for number in wanted.intersection(range(1, len(each) + 1)):
            of_order[number].append(each[number - 1])
    for found in of_order.values():
        found.sort()
    could = [len(of_order[orders]) - bisect_right(of_order[orders], since) for orders, since in drawn]
    return list(accumulate(1 / count if count else 0.0 for count in could))


def _stands_in_on(
    one: History, drawn: Sequence[tuple[int, float]], chances: Sequence[float], until: float
) -> float | None:
    """The day on which they stand in; None where they cannot for the complaint that their lot draws."""
    if not drawn or not chances[-1]:
        return None
    orders, since = drawn[min(bisect_right(chances, lot(one.key) * chances[-1]), len(drawn) - 1)]
    rooms = _rooms(one, until)
    return one.days[orders - 1] + since if len(rooms) >= orders and rooms[orders - 1] > since else None


def _on(one: History, day: float, within: float, *, case: bool) -> _Seen:
    count = bisect_right(one.days, day)
    return _Seen(
        case=case,
        solved=case and one.solved is not None and one.solved <= day + SOLVED_WITHIN,
        currency=one.currency,
        orders=count,
        since=day - one.days[count - 1],
        spent=sum(one.spent[:count]),
        bought=bisect_right(one.days, day + within) > count,
    )


def cuts_of(values: Sequence[int]) -> list[int]:
    """Where the second and the further thirds begin."""
    ranked = sorted(values)
    return [ranked[len(ranked) * part // THIRDS] for part in range(1, THIRDS)]


def _by_stratum(seen: Sequence[_Seen]) -> list[dict[str, Any]]:
    amounts: defaultdict[str, list[int]] = defaultdict(list)
    for one in seen:
        amounts[one.currency].append(one.spent)
    cuts = {currency: cuts_of(values) for currency, values in amounts.items()}
    counts: defaultdict[tuple[int, int, str, int], Counter[str]] = defaultdict(Counter)
    for one in seen:
        orders, recency = bisect_right(ORDERS, one.orders) - 1, bisect_right(RECENCY, one.since) - 1
        row = counts[orders, recency, one.currency, bisect_right(cuts[one.currency], one.spent)]
        side = "cases" if one.case else "others"
        row[side] += 1
        row["bought" if one.case else "others_bought"] += one.bought
        row["solved"] += one.solved
        row["solved_bought"] += one.solved and one.bought
    names = ("cases", "bought", "solved", "solved_bought", "others", "others_bought")
    return [
        {"orders": orders, "recency": recency, "currency": currency, "spend": spend, **{n: row[n] for n in names}}
        for (orders, recency, currency, spend), row in sorted(counts.items())
    ]

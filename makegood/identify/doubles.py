"""Which payments are one too many: pure.

Two payments are taken for one paid twice when the same person (card, address or account at the processor) paid the same
amount in the same currency within two days, and there is no second order for it. Instalments and subscriptions come in
a rhythm or say so; they are none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

__all__ = ["WINDOW", "Double", "Paid", "Placed", "find_doubles"]

WINDOW = timedelta(hours=48)
"""As far apart as a payment and its double may be. Most doubles are a second click: minutes."""
BEFORE = timedelta(hours=24)
"""An order may be placed so long before it is paid."""
LEAST_RHYTHM = timedelta(hours=20)
EVEN = 0.1
REPEATS = re.compile(
    r"\b(?:subscri\w*|abonnement\w*|abo|suscripci[oó]n\w*|abbonamento\w*|recurring|instal+ments?)\b", re.IGNORECASE
)

Reason = list[str]


@dataclass(frozen=True)
class Paid:
    """A payment. `payer` are the marks of who paid: ("email", ...), ("card", ...); `counts` when it was paid indeed."""

    id: int
    amount_minor: int
    currency: str
    at: datetime
    counts: bool
    payer: frozenset[tuple[str, str]]
    order: int | None = None
    number: str = ""
    description: str = ""


@dataclass(frozen=True)
class Placed:
    """An order, by its row's id and number."""

    id: int
    number: str
    total_minor: int
    currency: str
    email: str
    at: datetime


@dataclass(frozen=True)
class Double:
    """`of` is the payment (id) that stays; `reasons` are [[kind, words], ...], the strongest first."""

    of: int
    reasons: list[Reason]


def find_doubles(payments: Iterable[Paid], orders: Sequence[Placed]) -> dict[int, Double]:
    """The payments (ids) that are one too many. It does not depend on the order in which they are given."""
    groups: defaultdict[tuple[str, int], list[Paid]] = defaultdict(list)
    for each in sorted(payments, key=lambda one: (one.at, one.id)):
        if each.counts and each.amount_minor > 0 and each.payer and not REPEATS.search(each.description):
            groups[each.currency, each.amount_minor].append(each)
    found: dict[int, Double] = {}
    for alike in groups.values():
        for mine in _by_payer(alike):
            for cluster in _close(mine):
                found |= _too_many(cluster, orders)
    return found


def _by_payer(payments: Sequence[Paid]) -> list[list[Paid]]:
    """Those that share a mark of their payer, directly or through others."""
    groups: list[tuple[set[tuple[str, str]], list[Paid]]] = []
    for each in payments:
        marks, members = set(each.payer), [each]
        apart = []
        for group in groups:
            if group[0] & marks:
                marks |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (marks, members)]
    return [sorted(members, key=lambda one: (one.at, one.id)) for _marks, members in groups]


def _close(payments: Sequence[Paid]) -> list[list[Paid]]:
    clusters = [[payments[0]]]
    for before, each in pairwise(payments):
        if each.at - before.at <= WINDOW:
            clusters[-1].append(each)
        else:
            clusters.append([each])
    return [cluster for cluster in clusters if len(cluster) > 1 and not _in_rhythm(cluster)]


def _in_rhythm(cluster: Sequence[Paid]) -> bool:
    """Whether three or more follow each other evenly, a day or so apart."""
    gaps = [(later.at - earlier.at) for earlier, later in pairwise(cluster)]
    longest, shortest = max(gaps), min(gaps)
    return len(gaps) > 1 and shortest >= LEAST_RHYTHM and longest - shortest <= longest * EVEN


def _too_many(cluster: Sequence[Paid], orders: Sequence[Placed]) -> dict[int, Double]:
    real: list[Paid] = []
    rest: list[Paid] = []
    covered: set[int | str] = set()
    for each in cluster:
        keys = {key for key in (each.order, each.number) if key}
        if keys and not keys & covered:
            real.append(each)
        else:
            rest.append(each)
        covered |= keys
    spare = len(_spare(cluster, orders, covered))
    real += [_first_without_order(rest) for _place in range(min(spare, len(rest)))]
    if not real:
        real.append(rest.pop(0))
    return {each.id: _double(each, real) for each in rest}


def _first_without_order(rest: list[Paid]) -> Paid:
    """Takes out the payment that an order without one most likely belongs to."""
    place = next((place for place, each in enumerate(rest) if not (each.order or each.number)), 0)
    return rest.pop(place)


def _spare(cluster: Sequence[Paid], orders: Sequence[Placed], covered: set[int | str]) -> list[Placed]:
    """Orders of the same person over the same amount that no payment names."""
    emails = {value for each in cluster for kind, value in each.payer if kind == "email"}
    first = cluster[0]
    return [
        order
        for order in orders
        if order.email in emails
        and (order.currency, order.total_minor) == (first.currency, first.amount_minor)
        and first.at - BEFORE <= order.at <= cluster[-1].at + WINDOW
        and not {order.id, order.number} & covered
    ]


def _double(each: Paid, real: Sequence[Paid]) -> Double:
    stays = min(real, key=lambda one: (not (one.order == each.order and one.order), abs(one.at - each.at), one.id))
    shared = {kind for kind, _value in stays.payer & each.payer}
    payer = "card" if "card" in shared else "email" if "email" in shared else "account"
    minutes = int(abs(each.at - stays.at).total_seconds() // 60)
    same_order = bool(each.order or each.number) and (each.order, each.number) == (stays.order, stays.number)
    order: Reason = ["same_order", each.number] if same_order else ["no_second_order", ""]
    return Double(stays.id, [["same_payer", payer], ["same_amount", ""], ["apart", str(minutes)], order])

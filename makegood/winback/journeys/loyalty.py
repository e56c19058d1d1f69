"""Whether those who complain buy again: counted once a day from orders and complaints, said when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from makegood.accounts.api import Workspace
from makegood.identify import api as identify
from makegood.kit import clock
from makegood.winback.journeys.comparing import LEAST, Comparison, Table, TooFew, compare
from makegood.winback.journeys.matching import History, counted
from makegood.winback.models import Journey, LoyaltyCount

__all__ = ["HORIZONS", "Loyalty", "count_due", "count_loyalty", "loyalty_of"]

HORIZONS = (90, 180)
"""Within how many days a purchase counts as having bought again."""
EVERY = timedelta(days=1)
CHUNK = 5_000
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Loyalty:
    """What the newest count says. `solved` and `unsolved` are those whose complaint was, or was not, resolved within 30
    days, each against the same others.
    """

    days: int
    counted_at: datetime
    everybody: Comparison | TooFew
    solved: Comparison | TooFew
    unsolved: Comparison | TooFew
    left_out: dict[str, int]

    @property
    def complainers(self) -> int:
        """How many of those who complained are counted."""
        found = self.everybody
        if isinstance(found, Comparison):
            return found.cases
        return found.have if found.what == "cases" else LEAST


def count_due() -> int:
    """Part of the step: counts anew where somebody complained and the last count is a day old; how many workspaces."""
    complained = Journey.objects.across("each shop's own count").order_by().values("workspace_id")
    fresh = LoyaltyCount.objects.across("each shop's own count").filter(counted_at__gt=clock.now() - EVERY)
    due = Workspace.objects.filter(pk__in=complained).exclude(pk__in=fresh.values("workspace_id"))
    rows = list(due.order_by("pk"))
    for row in rows:
        count_loyalty(row)
    return len(rows)


@transaction.atomic
def count_loyalty(workspace: Any) -> None:
    """Counts those who complained, and those like them, for each horizon. 4 queries and 2 for each horizon."""
    people, unknown = _histories(workspace)
    now = clock.now()
    for days in HORIZONS:
        found = counted(people, _day(now), days)
        values = {"counted_at": now, "strata": found.strata, "left_out": {**found.left_out, "unknown": unknown}}
        LoyaltyCount.objects.update_or_create(workspace=workspace, days=days, defaults=values)


def loyalty_of(workspace: Any, days: int) -> Loyalty | None:
    """What the newest count for this horizon says; None where nobody has counted yet. 1 query."""
    row = LoyaltyCount.objects.within(workspace).filter(days=days).first()
    if row is None:
        return None
    return Loyalty(
        days=days,
        counted_at=row.counted_at,
        everybody=compare(_tables(row.strata, "all")),
        solved=compare(_tables(row.strata, "solved")),
        unsolved=compare(_tables(row.strata, "unsolved")),
        left_out=row.left_out,
    )


def _tables(strata: Iterable[Mapping[str, Any]], which: str) -> list[Table]:
    found = []
    for row in strata:
        cases, bought = row["cases"], row["bought"]
        if which == "solved":
            cases, bought = row["solved"], row["solved_bought"]
        elif which == "unsolved":
            cases, bought = cases - row["solved"], bought - row["solved_bought"]
        found.append(Table(cases, bought, row["others"], row["others_bought"]))
    return found


def _histories(workspace: Any) -> tuple[list[History], int]:
    """Everybody who ever bought, and how many complained of whom no order is known. Who ordered twice as a guest is one
    person where they were tied to one. The sample shop counts only where there is no other. 4 queries.
    """
    first = _complaints(workspace)
    tied = identify.Identity.objects.within(workspace).filter(
        kind=identify.Identity.Kind.CUSTOMER, ended_at__isnull=True, customer__isnull=False
    )
    people = dict(tied.values_list("customer_id", "contact_id"))
    bought: defaultdict[str, list[tuple[float, int, str]]] = defaultdict(list)
    contacts = {}
    for customer, at, minor, currency in _orders(workspace):
        contact = people.get(customer)
        key = f"contact:{contact}" if contact else f"customer:{customer}"
        contacts[key] = contact
        bought[key].append((_day(at), minor, currency))
    found = [_history(key, sorted(rows), first.get(f"contact:{contacts[key]}")) for key, rows in bought.items()]
    known = {key for key in bought if key in first}
    return found, len(first) - len(known)


def _orders(workspace: Any) -> Iterable[tuple[int, datetime, int, str]]:
    rows = identify.Order.objects.within(workspace).filter(gone_at__isnull=True, total_minor__gt=0)
    rows = rows.exclude(state=identify.Order.State.CANCELLED)
    if rows.filter(source__is_sample=False).exists():
        rows = rows.filter(source__is_sample=False)
    # What was paid, without what was given back since: that may follow from the complaint.
    return rows.order_by().values_list("customer_id", "placed_at", "total_minor", "currency").iterator(CHUNK)


def _complaints(workspace: Any) -> dict[str, tuple[datetime, datetime | None]]:
    """Each person's first complaint, and when it was shown to be resolved."""
    rows = Journey.objects.within(workspace).filter(part_of__isnull=True, void_at__isnull=True)
    rows = rows.exclude(contact__isnull=True, erased_at__isnull=False)
    read = rows.order_by("complained_at", "pk").values_list(
        "contact_id", "conversation__network", "conversation__author_id", "complained_at", "resolved_at"
    )
    found: dict[str, tuple[datetime, datetime | None]] = {}
    for contact, network, author, at, settled in read.iterator(CHUNK):
        found.setdefault(f"contact:{contact}" if contact else f"author:{network}:{author}", (at, settled))
    return found


def _history(
    key: str, rows: list[tuple[float, int, str]], complaint: tuple[datetime, datetime | None] | None
) -> History:
    at, settled = complaint or (None, None)
    return History(
        key=key,
        days=[day for day, _minor, _currency in rows],
        spent=[minor for _day_, minor, _currency in rows],
        currency=rows[0][2],
        complained=_day(at) if at else None,
        solved=_day(settled) if settled else None,
    )


def _day(moment: datetime) -> float:
    return (moment - BEGIN) / DAY

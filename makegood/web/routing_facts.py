"""What routing is told by the stages after it: who has bought, and who is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.resolve import api as resolve
from makegood.routing import api as routing

__all__ = ["OUTSIDE", "away_from", "customers_among"]

MOST_AT_ONCE = 500


def customers_among(rows: Sequence[desk.Conversation]) -> set[int]:
    """Those of these conversations of one workspace (ids) whose author is known as somebody who has bought.

    2 queries for each 500 authors.
    """
    by_author: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        by_author.setdefault((row.network, row.author_id), []).append(row.pk)
    authors = sorted(by_author)
    found: set[int] = set()
    for start in range(0, len(authors), MOST_AT_ONCE):
        for author in _bought(rows[0].workspace_id, authors[start : start + MOST_AT_ONCE]):
            found.update(by_author.get(author, ()))
    return found


def _bought(workspace_id: int, authors: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    ties = identify.Identity.objects.within(workspace_id).filter(ended_at__isnull=True)
    theirs = ties.filter(kind=identify.Identity.Kind.AUTHOR, value__in=[value[:500] for _network, value in authors])
    contacts = {(row["network"], row["value"]): row["contact"] for row in theirs.values("network", "value", "contact")}
    bought = ties.filter(kind=identify.Identity.Kind.CUSTOMER, contact__in=set(contacts.values()))
    customers = set(bought.values_list("contact", flat=True))
    return {author for author, contact in contacts.items() if contact in customers}


def away_from(workspace: Any) -> Iterable[routing.Away]:
    """Who is away now or later, and who stands in for them. 1 query."""
    rows = resolve.delegates_of(workspace)
    return [routing.Away(row.user_id, row.starts_on, row.ends_on, row.to_id) for row in rows]


OUTSIDE = routing.Outside(customers=customers_among, away=away_from)

"""What was shared and what is planned, for the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from makegood.accounts.api import Membership
from makegood.amplify.models import Share
from makegood.desk import api as desk

__all__ = ["VIEWS", "page", "share_of", "troubled"]

State = Share.State
VIEWS = {
    "planned": (State.QUEUED, State.SENDING),
    "shared": (State.DONE, State.LEAVING, State.REMOVING),
    "trouble": (State.REFUSED, State.UNKNOWN, State.STUCK),
    "down": (State.REMOVED, State.WITHDRAWN),
}


def _rows(member: Membership) -> QuerySet[Share]:
    rows = Share.objects.within(member.workspace_id)
    return rows if desk.sees_all(member) else rows.filter(praise__conversation__in=desk.visible(member))


def page(
    member: Membership, view: str, after: tuple[datetime, int] | None, limit: int
) -> tuple[Sequence[Share], tuple[datetime, int] | None]:
    """A page of one part, what is planned soonest first, all else newest first. 1 query.

    Returns the rows and where the next page begins, None on the last.
    """
    rows = _rows(member).filter(state__in=VIEWS[view]).defer("picture")
    soonest = view == "planned"
    if after is not None:
        at, key = after
        rows = rows.filter(
            Q(send_after__gt=at) | Q(send_after=at, pk__gt=key)
            if soonest
            else Q(send_after__lt=at) | Q(send_after=at, pk__lt=key)
        )
    order = ("send_after", "pk") if soonest else ("-send_after", "-pk")
    names = ("praise__mention", "praise__conversation", "channel", "by")
    found = list(rows.select_related(*names).order_by(*order)[: limit + 1])
    shown = found[:limit]
    return shown, ((shown[-1].send_after, shown[-1].pk) if len(found) > limit else None)


def troubled(member: Membership) -> int:
    """How many wait for a person to look. 1 query."""
    return _rows(member).filter(state__in=VIEWS["trouble"]).count()


def share_of(member: Membership, key: int) -> Share | None:
    """One share with its picture; None where this member may see none. 1 query."""
    return _rows(member).filter(pk=key).first()

"""Requests in lists: what waits for a decision, and what became of what one has asked for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.kit import keyset
from makegood.resolve import deciders, rules
from makegood.resolve.models import ApprovalRequest

__all__ = ["COUNTED", "PAGE", "Listed", "asked_page", "count_waiting", "waiting_page"]

PAGE = 30
COUNTED = 99


@dataclass(frozen=True)
class Listed:
    """A page of requests. `after` is the key of the next page, "" on the last."""

    rows: list[ApprovalRequest]
    after: str


def _waiting(member: Membership) -> QuerySet[ApprovalRequest]:
    rows = ApprovalRequest.objects.within(member.workspace_id)
    if not rules.may_decide(member) and not deciders.places_taken(member):
        return rows.none()
    rows = rows.filter(state=ApprovalRequest.State.OPEN, remedy__conversation__in=desk.visible(member))
    return rows.exclude(remedy__asked_by_id=member.user_id)


def waiting_page(member: Membership, after: str = "", size: int = PAGE) -> Listed:
    """What waits for a decision and was not asked by this member, the longest waiting first. 3 queries at most.

    It holds what is above this member's authority too: `may_decide_on` says which is theirs to decide.
    """
    rows = _whole(_waiting(member)).order_by("asked_at", "id")
    if key := keyset.read(after):
        rows = rows.filter(Q(asked_at__gt=key[0]) | Q(asked_at=key[0], id__gt=key[1]))
    return _page(rows, size)


def asked_page(member: Membership, after: str = "", size: int = PAGE) -> Listed:
    """What this member has asked for, the newest first, with what became of it. 1 query."""
    mine = ApprovalRequest.objects.within(member.workspace_id).filter(remedy__asked_by_id=member.user_id)
    rows = _whole(mine).order_by("-asked_at", "-id")
    if key := keyset.read(after):
        rows = rows.filter(Q(asked_at__lt=key[0]) | Q(asked_at=key[0], id__lt=key[1]))
    return _page(rows, size)


def count_waiting(member: Membership) -> int:
    """How many requests wait for a decision, counted to `COUNTED` + 1 at most."""
    return int(_waiting(member).order_by()[: COUNTED + 1].count())


def _whole(rows: QuerySet[ApprovalRequest]) -> QuerySet[ApprovalRequest]:
    return rows.select_related(
        "remedy__conversation", "remedy__asked_by", "remedy__reason", "decided_by", "decided_for", "first_by"
    )


def _page(rows: QuerySet[ApprovalRequest], size: int) -> Listed:
    found = list(rows[: size + 1])
    page = found[:size]
    return Listed(page, keyset.after_row(page[-1].asked_at, page[-1].pk) if len(found) > size else "")

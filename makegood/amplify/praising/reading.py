"""Praise for the pages: the queue, best first, and one praise with all that became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from makegood.accounts.api import Membership
from makegood.amplify.models import Permission, PermissionAsk, Praise, Share
from makegood.desk import api as desk

__all__ = ["VIEWS", "Card", "card_of", "cards", "counts", "of_conversation", "proposals", "visible"]

State = Praise.State
VIEWS = {
    "waiting": (State.WAITING,),
    "thanked": (State.THANKED,),
    "passed": (State.PASSED,),
    "gone": (State.GONE,),
}
"""What each part of the queue shows; what turned out to be no praise is in none."""


@dataclass(frozen=True)
class Card:
    """One praise with what was asked, granted and shared."""

    praise: Praise
    permissions: list[Permission] = field(default_factory=list)
    ask: PermissionAsk | None = None
    """The newest question, answered or not; None where nobody asked."""
    shares: list[Share] = field(default_factory=list)

    @property
    def proposed(self) -> bool:
        """Whether a message waits for a member to say what it means."""
        return self.ask is not None and self.ask.answered_at is None and self.ask.answer is not None

    @property
    def scopes(self) -> set[str]:
        """What they allow now."""
        return {row.scope for row in self.permissions if row.revoked_at is None}

    @property
    def standing(self) -> int:
        """How often it stands shared."""
        return sum(row.state == Share.State.DONE for row in self.shares)

    @property
    def planned(self) -> bool:
        """Whether it is yet to go out."""
        return any(row.state in (Share.State.QUEUED, Share.State.SENDING) for row in self.shares)

    @property
    def doubtful(self) -> Permission | None:
        """A permission that a message seems to take back."""
        return next((row for row in self.permissions if row.doubt_id is not None), None)


def visible(member: Membership) -> QuerySet[Praise]:
    """The praise this member may see: that of the conversations they may."""
    rows = Praise.objects.within(member.workspace_id).exclude(state=State.OTHER)
    return rows if desk.sees_all(member) else rows.filter(conversation__in=desk.visible(member))


def cards(
    member: Membership, view: str, after: tuple[float, int] | None, limit: int
) -> tuple[list[Card], tuple[float, int] | None]:
    """A page of a part of the queue, best first, after the row of this rank and number. 4 queries.

    Returns the cards and where the next page begins, None on the last.
    """
    rows = visible(member).filter(state__in=VIEWS[view])
    if after is not None:
        rows = rows.filter(Q(rank__lt=after[0]) | Q(rank=after[0], pk__lt=after[1]))
    rows = rows.select_related("mention", "conversation", "decided_by").order_by("-rank", "-pk")
    found = list(rows[: limit + 1])
    shown = found[:limit]
    more = (shown[-1].rank, shown[-1].pk) if len(found) > limit else None
    return _with_all(shown), more


def _with_all(rows: list[Praise]) -> list[Card]:
    """3 queries."""
    keys = [row.pk for row in rows]
    if not rows:
        return []
    place = rows[0].workspace_id
    permissions: dict[int, list[Permission]] = {}
    names = ("evidence", "noted_by", "doubt", "revoked_by")
    for row in Permission.objects.within(place).filter(praise__in=keys).select_related(*names).order_by("pk"):
        permissions.setdefault(row.praise_id, []).append(row)
    asks: dict[int, PermissionAsk] = {}
    for ask in PermissionAsk.objects.within(place).filter(praise__in=keys).select_related("answer").order_by("pk"):
        asks[ask.praise_id] = ask
    shares: dict[int, list[Share]] = {}
    found = Share.objects.within(place).filter(praise__in=keys).defer("picture").select_related("channel", "by")
    for share in found.order_by("-pk"):
        shares.setdefault(share.praise_id, []).append(share)
    return [Card(row, permissions.get(row.pk, []), asks.get(row.pk), shares.get(row.pk, [])) for row in rows]


def card_of(member: Membership, key: int) -> Card | None:
    """One praise that this member may see; None where there is none. 4 queries."""
    rows = visible(member).select_related("mention", "conversation", "decided_by", "workspace")
    row = rows.filter(pk=key).first()
    return _with_all([row])[0] if row is not None else None


def of_conversation(member: Membership, conversation: desk.Conversation, limit: int = 3) -> list[Card]:
    """The praise in a conversation, the newest first. 4 queries."""
    rows = visible(member).filter(conversation=conversation).select_related("mention", "conversation", "decided_by")
    return _with_all(list(rows.order_by("-pk")[:limit]))


def counts(member: Membership) -> dict[str, int]:
    """How many there are in each part of the queue. 1 query."""
    found = dict(visible(member).order_by().values_list("state").annotate(n=Count("pk")))
    return {view: sum(found.get(state, 0) for state in states) for view, states in VIEWS.items()}


def proposals(member: Membership, limit: int = 20) -> list[Card]:
    """Praise with a message that waits for a member to say what it means: an answer, or a taking back. 4 queries."""
    asks: Any = PermissionAsk.objects.within(member.workspace_id).filter(answered_at__isnull=True, answer__isnull=False)
    doubts: Any = Permission.objects.within(member.workspace_id).filter(doubt__isnull=False, revoked_at__isnull=True)
    rows = visible(member).filter(Q(pk__in=asks.values("praise")) | Q(pk__in=doubts.values("praise")))
    rows = rows.select_related("mention", "conversation", "decided_by").order_by("-pk")
    return _with_all(list(rows[:limit]))

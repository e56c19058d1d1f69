"""What the pages show: the feed, somebody's own points, the leader board, the catalogue, requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from makegood.accounts.api import Membership, Right, User, allows
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.rewards import ledger, rules
from makegood.rewards.models import Kudos, PointLine, Reward, RewardRequest
from makegood.rewards.people import Seat, seats, settings_of
from makegood.rewards.wording import why

__all__ = [
    "KudosRow",
    "Line",
    "Standing",
    "board",
    "catalogue",
    "colleagues",
    "feed",
    "kudos_about",
    "points_page",
    "requests_of",
    "requests_page",
    "reward",
]

PAGE = 30
ON_BOARD = 10
MOST_REWARDS = 200
ABOUT = 5


@dataclass(frozen=True)
class KudosRow:
    """Kudos as a reader may see them: what it is about only where they may see that too."""

    kudos: Kudos
    conversation: desk.Conversation | None
    case: desk.Case | None

    @property
    def hidden(self) -> bool:
        """Whether it is about something that this reader may not see."""
        about = self.kudos.conversation_id or self.kudos.case_id
        return bool(about) and self.conversation is None and self.case is None


def _seen(viewer: Membership, takes_part: bool) -> QuerySet[Kudos]:
    """Public ones for who works here or takes part; private ones for the two alone."""
    rows = Kudos.objects.within(viewer.workspace_id)
    own = Q(giver_id=viewer.user_id) | Q(receiver_id=viewer.user_id)
    if allows(viewer.role, Right.READ) or takes_part:
        return rows.filter(own | Q(public=True))
    return rows.filter(own)


def _rows(viewer: Membership, found: Sequence[Kudos]) -> list[KudosRow]:
    """2 queries."""
    talks = {
        row.pk: row
        for row in desk.visible(viewer).filter(pk__in=[each.conversation_id for each in found if each.conversation_id])
    }
    keys = [each.case_id for each in found if each.case_id] if allows(viewer.role, Right.READ) else []
    cases = {row.pk: row for row in desk.Case.objects.within(viewer.workspace_id).filter(pk__in=keys)}
    return [KudosRow(one, talks.get(one.conversation_id or 0), cases.get(one.case_id or 0)) for one in found]


def feed(viewer: Membership, takes_part: bool, before: int = 0) -> tuple[list[KudosRow], int]:
    """A page of kudos, newest first, and the `before` of the next page (0 on the last). 3 queries."""
    rows = _seen(viewer, takes_part).order_by("-pk")
    found, more = _page(rows, before)
    return _rows(viewer, found), more


def _page(rows: QuerySet[Any], before: int) -> tuple[list[Any], int]:
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0


def kudos_about(viewer: Membership, takes_part: bool, conversation: desk.Conversation) -> list[Kudos]:
    """The newest kudos for this conversation that the viewer may read. 1 query."""
    return list(_seen(viewer, takes_part).filter(conversation=conversation).order_by("-pk")[:ABOUT])


def colleagues(viewer: Membership, conversation: desk.Conversation | None = None) -> list[User]:
    """Whom a member can thank; those who did something in `conversation` first. 2 queries, 3 with a conversation."""
    people = [seat.member.user for seat in seats(viewer.workspace_id) if seat.takes_part]
    people = sorted((each for each in people if each.pk != viewer.user_id), key=lambda each: str(each).casefold())
    if conversation is None:
        return people
    lines = journal.Entry.objects.within(viewer.workspace_id).filter(subject=f"conversation:{conversation.pk}")
    busy = set(lines.filter(actor_id__isnull=False).order_by().values_list("actor_id", flat=True).distinct())
    return sorted(people, key=lambda each: each.pk not in busy)


@dataclass(frozen=True)
class Line:
    """A line of somebody's own points, with its reason as a sentence, and the conversation where they may see it."""

    line: PointLine
    why: str
    conversation: desk.Conversation | None


def points_page(viewer: Membership, before: int = 0) -> tuple[list[Line], int]:
    """A page of a member's own lines, newest first, and the `before` of the next page (0 on the last). 2 queries."""
    rows = PointLine.objects.within(viewer.workspace_id).filter(user_id=viewer.user_id).order_by("-pk")
    found, more = _page(rows, before)
    keys = [each.conversation_id for each in found if each.conversation_id]
    talks = {row.pk: row for row in desk.visible(viewer).filter(pk__in=keys)}
    return [Line(one, why(one), talks.get(one.conversation_id or 0)) for one in found], more


@dataclass(frozen=True)
class Standing:
    """A place on the leader board; who has as many points shares it."""

    place: int
    user: User
    points: int


def board(workspace: Any, everybody: Sequence[Seat]) -> list[Standing] | None:
    """Who earned most this month, of those who take part and want to be shown; None where the shop has no board.

    Only earning counts: spending points costs no place. 2 queries.
    """
    if not settings_of(workspace).board:
        return None
    begin, end = rules.month_of(clock.now(), workspace.timezone)
    people = {seat.member.user_id: seat.member.user for seat in everybody if seat.takes_part and seat.on_board}
    rows = PointLine.objects.within(workspace).filter(user_id__in=people, kind__in=ledger.EARNED)
    rows = rows.filter(at__gte=begin, at__lt=end).order_by()
    totals = {row["user_id"]: row["total"] for row in rows.values("user_id").annotate(total=Sum("points"))}
    earned = sorted(totals.items(), key=lambda each: (-each[1], str(people[each[0]]).casefold()))
    above = [(user_id, total) for user_id, total in earned if total > 0]
    return [
        Standing(1 + sum(other > total for _user, other in above), people[user_id], total)
        for user_id, total in above[:ON_BOARD]
    ]


def catalogue(workspace: Any, *, everything: bool = False) -> list[Reward]:
    """The rewards that can be asked for, the cheapest first; `everything`: those that rest as well. 1 query."""
    rows = Reward.objects.within(workspace)
    rows = rows if everything else rows.filter(active=True)
    return list(rows.order_by("-active", "points", "name")[:MOST_REWARDS])


def reward(workspace: Any, pk: int) -> Reward | None:
    """One reward of the catalogue. 1 query."""
    return Reward.objects.within(workspace).filter(pk=pk).first()


def requests_of(viewer: Membership, before: int = 0) -> tuple[list[RewardRequest], int]:
    """A page of what a member has asked for, newest first, and the `before` of the next one. 1 query."""
    rows = RewardRequest.objects.within(viewer.workspace_id).filter(user_id=viewer.user_id)
    return _page(rows.order_by("-pk"), before)


def requests_page(workspace: Any, *, waiting: bool, before: int = 0) -> tuple[list[RewardRequest], int]:
    """A page of all requests that wait for a decision, or of those that have one, and the `before` of the next one.

    Newest first. 1 query.
    """
    rows = RewardRequest.objects.within(workspace)
    asked = RewardRequest.State.ASKED
    return _page((rows.filter(state=asked) if waiting else rows.exclude(state=asked)).order_by("-pk"), before)

"""What the pages show of those who complained: lists, the way of one, how many stand where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.kit import keyset
from makegood.winback.models import Journey, JourneyEvidence, JourneyMove

__all__ = ["PAGE", "Page", "funnel", "journey_by_key", "journeys_page", "journeys_with", "moves_of", "told_of"]

PAGE = 40
MOST = 50


@dataclass(frozen=True)
class Page:
    """Journeys, the latest moved first. `after` is the key of the next page, "" on the last."""

    rows: list[Journey]
    after: str


def _live(viewer: Membership) -> QuerySet[Journey]:
    """The complaints that a member may see: those of conversations that they may see."""
    rows = Journey.objects.within(viewer.workspace_id).filter(part_of__isnull=True, void_at__isnull=True)
    if not desk.sees_all(viewer):
        rows = rows.filter(conversation__in=desk.visible(viewer))
    return rows.exclude(state="")


def funnel(viewer: Membership) -> dict[str, int]:
    """How many stand in each state, in the order of the states. 1 query."""
    found = dict(_live(viewer).order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in Journey.State.values}


def journeys_page(viewer: Membership, state: str = "", after: str = "", size: int = PAGE) -> Page:
    """One page of those in this state, or in any. 1 query."""
    rows = _live(viewer).select_related("conversation", "contact")
    if state in Journey.State.values:
        rows = rows.filter(state=state)
    if key := keyset.read(after):
        rows = rows.filter(Q(state_at__lt=key[0]) | Q(state_at=key[0], id__lt=key[1]))
    found = list(rows.order_by("-state_at", "-id")[: size + 1])
    page = found[:size]
    return Page(page, keyset.after_row(page[-1].state_at, page[-1].pk) if len(found) > size else "")


def journey_by_key(viewer: Membership, key: int) -> Journey | None:
    """One with all that its way shows; of a part the whole. None where the member may not see it. At most 2 queries."""
    rows = _whole(_live(viewer))
    found = rows.filter(pk=key).first()
    return found or rows.filter(parts__pk=key).first()


def _whole(rows: QuerySet[Journey]) -> QuerySet[Journey]:
    return rows.select_related(
        "conversation", "contact", "case", "complaint", "said", "order", "after", "after__conversation"
    )


def journeys_with(viewer: Membership, conversations: Iterable[desk.Conversation]) -> list[Journey]:
    """The complaints that these conversations tell of, the oldest first. 1 query."""
    talks = [row.pk for row in conversations]
    rows = _whole(_live(viewer)).filter(Q(conversation__in=talks) | Q(parts__conversation__in=talks)).distinct()
    return list(rows.order_by("complained_at", "pk")[:MOST])


def moves_of(journey: Journey) -> list[JourneyMove]:
    """Every move of it, the newest first. 1 query."""
    rows = JourneyMove.objects.within(journey.workspace_id).filter(journey=journey)
    return list(rows.order_by("-pk")[:MOST])


def told_of(journey: Journey) -> list[JourneyEvidence]:
    """What members added, the newest first, with what was withdrawn. 1 query."""
    rows = JourneyEvidence.objects.within(journey.workspace_id)
    rows = rows.filter(Q(journey=journey) | Q(journey__part_of=journey)).select_related("by", "withdrawn_by")
    return list(rows.order_by("-at", "-pk")[:MOST])

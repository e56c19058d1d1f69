"""Removing a person from their way with us. What happened and what it cost stays, as figures of nobody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.kit import clock
from makegood.winback.models import Journey, JourneyEvidence

__all__ = ["erase", "export"]


def export(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What is kept of these conversations (ids) here, as plain values ready for JSON. 2 queries."""
    rows = Journey.objects.within(workspace_id).filter(conversation__in=conversations, void_at__isnull=True)
    told = JourneyEvidence.objects.within(workspace_id).filter(journey__in=rows.values("pk")).order_by("at", "pk")
    return {
        "complaints": [
            {
                "at": row.complained_at.isoformat(),
                "state": row.state,
                "since": row.state_at.isoformat(),
                "score": row.score,
                "bought_again": row.bought_at.isoformat() if row.bought_at else None,
            }
            for row in rows.order_by("complained_at", "pk")
        ],
        "told_of_complaints": [{"at": each.at.isoformat(), "kind": each.kind, "note": each.note} for each in told],
    }


def erase(workspace_id: int, conversations: Collection[int], *, who: bool) -> None:
    """Takes the words, and with `who` the person, out of what came of these conversations (ids), in the caller's
    transaction. It moves no more: what would show it is gone.
    """
    rows = Journey.objects.within(workspace_id).filter(conversation__in=conversations)
    JourneyEvidence.objects.within(workspace_id).filter(journey__in=rows.values("pk")).update(note="")
    rows.update(look_at=None, erased_at=clock.now())
    if who:
        rows.update(contact=None, order=None, complaint=None, said=None, after=None)

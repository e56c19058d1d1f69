"""Removing a person from what they were asked and answered. The figures stay; who it was, and their words, go."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.kit import clock
from makegood.winback.models import FollowUp, Satisfaction

__all__ = ["erase", "export"]

State = FollowUp.State


def export(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What they were asked and answered in these conversations (ids), as plain values ready for JSON. 2 queries."""
    asked = FollowUp.objects.within(workspace_id).filter(conversation__in=conversations, asked_at__isnull=False)
    given = Satisfaction.objects.within(workspace_id).filter(conversation__in=conversations)
    return {
        "follow_ups": [
            {
                "asked_at": row.asked_at.isoformat() if row.asked_at else None,
                "reminded_at": row.reminded_at.isoformat() if row.reminded_at else None,
                "state": row.state,
            }
            for row in asked.order_by("asked_at", "pk")
        ],
        "satisfaction": [
            {
                "given_at": row.given_at.isoformat(),
                "changed_at": row.changed_at.isoformat(),
                "score": row.score,
                "resolved": row.resolved,
                "comment": row.comment,
            }
            for row in given.order_by("given_at", "pk")
        ],
    }


def erase(workspace_id: int, conversations: Collection[int]) -> None:
    """Empties them, in the caller's transaction. A link that is still out there opens a page that says so gently."""
    rows = FollowUp.objects.within(workspace_id).filter(conversation__in=conversations)
    rows.filter(state__in=[State.WAITING, State.READY]).update(
        state=State.WITHDRAWN, withdrawn_because=FollowUp.Withdrawn.ERASED, ended_at=clock.now()
    )
    rows.filter(state=State.ASKED).update(state=State.MISSED, ended_at=clock.now())
    rows.update(person_key="", words="", due_at=None, laid_at=None)
    Satisfaction.objects.within(workspace_id).filter(conversation__in=conversations).update(comment="")

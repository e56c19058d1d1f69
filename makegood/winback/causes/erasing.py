"""Removing a person from causes: that somebody complained stays counted, what they said and were told does not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.winback.models import CauseMember, Complaint

__all__ = ["erase_threads", "export_threads"]


def erase_threads(workspace_id: int, conversations: Collection[int]) -> int:
    """Empties what is kept of the complaints in these conversations (ids), in the caller's transaction. How many."""
    rows = Complaint.objects.within(workspace_id).filter(conversation__in=conversations)
    members = CauseMember.objects.within(workspace_id).filter(complaint__in=rows.values("pk"))
    members.filter(state=CauseMember.State.SUGGESTED).delete()
    members.update(reasons=[], ready_words="", ready_at=None)
    return rows.update(words={})


def export_threads(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """Which causes the complaints in these conversations (ids) belong to, as plain values ready for JSON. 1 query."""
    rows = CauseMember.objects.within(workspace_id).filter(complaint__conversation__in=conversations)
    rows = rows.filter(state=CauseMember.State.IN).select_related("cause", "complaint").order_by("posted_at", "pk")
    return {
        "causes": [
            {
                "complained_at": row.posted_at.isoformat(),
                "cause": row.cause.name,
                "product": row.complaint.product,
                "told_at": row.told_at.isoformat() if row.told_at else None,
            }
            for row in rows
        ]
    }

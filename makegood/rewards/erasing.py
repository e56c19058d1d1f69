"""What is kept of a customer in thanks: at most a colleague's words about them. Points keep no words of anybody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.rewards.models import Kudos

__all__ = ["erase_threads", "export_threads"]


def erase_threads(workspace_id: int, keys: Collection[int]) -> int:
    """Empties the words of kudos about these conversations (ids), as they may name the customer, in the caller's
    transaction. Who thanked whom stays, and so do the points. Returns how many that were.
    """
    rows = Kudos.objects.within(workspace_id).filter(conversation__in=keys).exclude(reason="")
    return rows.update(reason="")


def export_threads(workspace_id: int, keys: Collection[int]) -> dict[str, Any]:
    """The words of kudos about these conversations (ids), as plain values ready for JSON. 1 query."""
    rows = Kudos.objects.within(workspace_id).filter(conversation__in=keys).exclude(reason="").order_by("pk")
    return {"kudos": [{"at": row.at.isoformat(), "reason": row.reason} for row in rows]}

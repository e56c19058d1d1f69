"""Deciding for many mentions at once, and taking that back: in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from makegood.kit import clock
from makegood.triage.models import Assessment
from makegood.triage.reader import Response

__all__ = ["DECISION", "decide_all", "decisions", "put_back_decisions"]

DECISION = ("response", "response_reason", "decided_by_id", "decided_at")
"""What a decision changes of an assessment."""


def decisions(workspace: Any, mentions: Iterable[int]) -> dict[int, dict[str, Any]]:
    """How these mentions (ids) are decided now, by mention. 1 query."""
    rows = Assessment.objects.within(workspace).filter(mention_id__in=list(mentions))
    return {row["mention_id"]: row for row in rows.values("mention_id", *DECISION)}


def decide_all(workspace: Any, mentions: Iterable[int], response: Response, by: Any) -> None:
    """A member decides how we respond to all of these mentions (ids). 1 query; the caller writes the journal."""
    Assessment.objects.within(workspace).filter(mention_id__in=list(mentions)).update(
        response=str(response),
        response_reason=f"Decided by {by}."[:300],
        decided_by=by,
        decided_at=clock.now(),
    )


def put_back_decisions(workspace: Any, wanted: Mapping[int, Mapping[str, Any]]) -> None:
    """Gives these mentions (by id) the decisions they had, as `decisions` returned them."""
    rows = list(Assessment.objects.within(workspace).filter(mention_id__in=list(wanted)).select_for_update())
    for row in rows:
        for field, value in wanted[row.mention_id].items():
            setattr(row, field, value)
    fields = [field.removesuffix("_id") for field in DECISION]
    Assessment.objects.within(workspace).bulk_update(rows, fields, batch_size=100)

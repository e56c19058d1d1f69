"""Reading again what was read before: what a changed threshold may move."""

from __future__ import annotations

from collections.abc import Sequence

from makegood.listen.api import Mention
from makegood.triage import reading
from makegood.triage.corrections import hold
from makegood.triage.models import Assessment

__all__ = ["keep", "read"]

MOVING = ("intent", "urgency", "response")
"""What, when it is another, puts a conversation elsewhere."""


def read(workspace_id: int, mentions: Sequence[int]) -> list[Assessment]:
    """What is read of these mentions (ids) now, unsaved; nothing of those that a member has decided about."""
    undecided = Assessment.objects.within(workspace_id).filter(mention__in=mentions, decided_by__isnull=True)
    rows = Mention.objects.within(workspace_id).filter(
        pk__in=undecided.values("mention"), deleted_at__isnull=True, state=Mention.State.SORTED
    )
    found = rows.select_related("channel").prefetch_related("hearings").order_by("id")
    return reading.read(list(found)) if mentions else []


def keep(workspace_id: int, fresh: Sequence[Assessment]) -> list[Assessment]:
    """Takes over what was read anew, in the caller's transaction. Returns those that now belong elsewhere.

    What a member has decided about meanwhile stays, and so does what one has said it is.
    """
    by_mention = {row.mention_id: row for row in fresh}
    known = Assessment.objects.within(workspace_id).filter(mention__in=by_mention, decided_by__isnull=True)
    rows = list(known.select_for_update(of=("self",)).select_related("mention").order_by("id"))
    # An edit that is still to be read is read by itself, from the words as they are now.
    rows = [row for row in rows if row.mention.edited_at == by_mention[row.mention_id].mention.edited_at]
    before = {row.pk: [getattr(row, field) for field in MOVING] for row in rows}
    fields = (*reading.READ_FIELDS, "response", "response_reason")
    for row in rows:
        for field in fields:
            setattr(row, field, getattr(by_mention[row.mention_id], field))
    hold(rows)
    Assessment.objects.within(workspace_id).bulk_update(rows, fields, batch_size=100)
    return [row for row in rows if before[row.pk] != [getattr(row, field) for field in MOVING]]

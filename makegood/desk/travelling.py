"""Conversations whose thread travels fast come before the others."""

from __future__ import annotations

from django.db import transaction

from makegood.desk import clocks, rules
from makegood.desk.locking import in_order
from makegood.desk.models import Conversation
from makegood.journal import api as journal
from makegood.triage import api as triage

__all__ = ["heed_travelling"]

AT_ONCE = 100


def heed_travelling() -> int:
    """The step: what triage warned of is urgent on the desk as well. Returns how many conversations that were."""
    count = 0
    while (done := _heed()) is not None:
        count += done
    return count


@transaction.atomic
def _heed() -> int | None:
    """None when nothing waits."""
    warned = triage.take_travelling(AT_ONCE)
    if not warned:
        return None
    count = 0
    for spread in warned:
        mention = spread.mention
        rows = Conversation.objects.within(spread.workspace_id).filter(
            network=spread.network, thread_id=spread.thread_id, author_id=mention.author_id
        )
        for row in in_order(rows):
            by_now = rules.urgency_of(row.latest.assessment.urgency, row.least_urgency)
            if by_now == "now":
                # However harmless their next post reads, this one still travels.
                row.urgency = row.least_urgency = by_now
                row.save(update_fields=["urgency", "least_urgency"])
                clocks.refresh(row)
            journal.record(row.workspace_id, "conversation.travelling", row, because=spread.warned_because)
            count += 1
    triage.mark_heeded(warned)
    return count

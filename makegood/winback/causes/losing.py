"""What it costs that somebody who complained is lost, as it was expected when they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from makegood.identify import api as identify
from makegood.journal import api as journal
from makegood.winback.models import Complaint

__all__ = ["VERBS", "note_lost"]

VERBS = ("journey.moved",)
LOST = "lost"


def note_lost(lines: Sequence[journal.Entry]) -> int:
    """Notes which complaints ended with a customer lost, in the caller's transaction; twice is once. How many did.

    What they were likely to spend is taken down once: what they do not spend later would make them worth less.
    """
    states = {
        int(number): str(line.data.get("state", ""))
        for line in lines
        if line.verb in VERBS and (number := line.subject.removeprefix("conversation:")).isdigit()
    }
    if not states:
        return 0
    moments = {line.subject: line.at for line in lines}
    rows = Complaint.objects.across("the step looks after the causes of all workspaces")
    count = 0
    for row in rows.filter(conversation__in=states).select_related("conversation", "workspace").order_by("pk"):
        lost = states[row.conversation_id] == LOST
        if lost == (row.lost_at is not None):
            continue
        facts: dict[str, Any] = {"lost_at": None, "lost_minor": None, "lost_currency": ""}
        if lost:
            minor, currency = _worth(row)
            at = moments[f"conversation:{row.conversation_id}"]
            facts = {"lost_at": at, "lost_minor": minor, "lost_currency": currency}
        Complaint.objects.within(row.workspace_id).filter(pk=row.pk).update(**facts)
        count += lost
    return count


def _worth(row: Complaint) -> tuple[int | None, str]:
    contact = identify.contact_of(row.conversation)
    customers = identify.customers_of(contact) if contact is not None else []
    if not customers:
        return None, ""
    worth = identify.worth_of(row.workspace, customers)
    return (worth.losing.expected_minor, worth.currency) if worth.losing is not None else (None, "")

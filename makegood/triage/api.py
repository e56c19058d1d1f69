"""The front door of triage: what it is, how urgent, what to do, and why."""

from __future__ import annotations

from makegood.kit import clock
from makegood.triage.deciding import decide_all, decisions, put_back_decisions
from makegood.triage.flow import decide, forget_quotes, mark_taken, sort_new, take_sorted
from makegood.triage.models import Assessment
from makegood.triage.reader import Intent, Response, Topic, Urgency

__all__ = [
    "Assessment",
    "Intent",
    "Response",
    "Topic",
    "Urgency",
    "decide",
    "decide_all",
    "decisions",
    "forget_quotes",
    "mark_taken",
    "put_back_decisions",
    "queue_age",
    "sort_new",
    "take_sorted",
]


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest assessment has waited for the desk; None where nothing waits."""
    rows = Assessment.objects.across("the operator sees every queue").filter(state=Assessment.State.NEW)
    oldest = rows.order_by("id").first()
    return {"mentions to open": (clock.now() - oldest.decided_at).total_seconds() if oldest else None}

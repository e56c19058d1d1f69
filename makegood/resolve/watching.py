"""How the refunds are doing: what waits, and what waits for a person."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from makegood.kit import clock
from makegood.resolve.models import Refund
from makegood.resolve.refunds import DECIDED

__all__ = ["STUCK", "queue_age", "stuck_refunds"]

State = Refund.State
STUCK = (State.UNKNOWN, State.REFUSED, State.FAILED)
"""What a person has to look at, as long as the remedy is not done another way."""
COUNTED = 1_000


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest refund that should have been paid has waited; None where none waits. 1 query."""
    now = clock.now()
    rows = Refund.objects.across("the operator sees every queue")
    due = rows.filter(state__in=[State.DUE, State.SENDING], send_after__lte=now).order_by("send_after")
    oldest = due.values_list("send_after", flat=True).first()
    return {"refunds to pay": (now - oldest).total_seconds() if oldest else None}


def stuck_refunds(workspace: Any, most: int = 20) -> tuple[list[Refund], int]:
    """The refunds that wait for a person, the newest first, and how many there are (counted to 1,000). 2 queries."""
    waits = Q(state=State.UNKNOWN) | Q(state__in=STUCK, remedy__state__in=DECIDED)
    rows = Refund.objects.within(workspace).filter(waits)
    shown = rows.select_related("remedy__conversation", "source").order_by("-at", "-id")[:most]
    return list(shown), rows.order_by()[:COUNTED].count()

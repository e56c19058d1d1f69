"""The front door of replying."""

from __future__ import annotations

from makegood.kit import clock
from makegood.reply.flow import (
    ReplyError,
    accounts_for,
    discard,
    draft_of,
    length,
    pending,
    queue,
    record_by_hand,
    retry,
    route_of,
    save_draft,
    undo,
)
from makegood.reply.models import Reply
from makegood.reply.outbox import send_due
from makegood.reply.rules import Route, too_long

__all__ = [
    "Reply",
    "ReplyError",
    "Route",
    "accounts_for",
    "discard",
    "draft_of",
    "length",
    "pending",
    "queue",
    "queue_age",
    "record_by_hand",
    "retry",
    "route_of",
    "save_draft",
    "send_due",
    "too_long",
    "undo",
]


def queue_age() -> dict[str, float | None]:
    """Seconds the oldest due answer has waited to be sent; None where nothing waits."""
    rows = Reply.objects.across("the operator sees every queue").filter(
        state__in=[Reply.State.QUEUED, Reply.State.SENDING], send_after__lte=clock.now()
    )
    oldest = rows.order_by("send_after").values_list("send_after", flat=True).first()
    return {"replies to send": (clock.now() - oldest).total_seconds() if oldest else None}

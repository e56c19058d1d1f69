"""Putting a conversation off until a moment. It comes back then, or as soon as the customer writes.

Its clock runs on meanwhile: whoever waits, waits, whether or not we have put it off.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.desk.locking import locked
from makegood.desk.models import Conversation
from makegood.desk.moments import MomentError
from makegood.desk.people import notify
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "TOPIC",
    "back_as_they_wrote",
    "come_back",
    "due_while_away",
    "forget_snooze",
    "put_off",
    "snooze",
    "snoozed_age",
    "stands_in",
    "wake",
    "wake_due",
    "wake_later",
]

TOPIC = "snoozed"
BATCH = 100
LONGEST_REASON = 200
Q_ = Conversation.Queue


def stands_in(row: Conversation) -> str:
    """The queue a conversation belongs to: where it is, or, while it is put off, where it came from."""
    return row.snoozed_from if row.queue == Q_.SNOOZED else row.queue


def due_while_away(row: Conversation, until: datetime) -> bool:
    """Whether an answer falls due before the conversation would be back."""
    return row.due_at is not None and row.due_at < until


def put_off(row: Conversation, until: datetime, by: Any, reason: str = "") -> bool:
    """Sets a locked row aside; the caller saves it. False where there is nothing to put off: it is closed."""
    if row.queue == Q_.CLOSED:
        return False
    if row.queue != Q_.SNOOZED:
        row.snoozed_from = row.queue
    row.queue, row.snoozed_until, row.snoozed_by = Q_.SNOOZED, until, by
    row.snooze_reason = " ".join(reason.split())[:LONGEST_REASON]
    return True


def come_back(row: Conversation) -> None:
    """Back to the queue it came from; the caller saves it. Its clock was never touched."""
    row.queue = row.snoozed_from or Q_.NEEDS_ANSWER
    forget_snooze(row)


def forget_snooze(row: Conversation) -> None:
    """It is put off no longer; the caller says where it is now."""
    row.snoozed_until, row.snoozed_from, row.snoozed_by, row.snooze_reason = None, "", None, ""


def wake_later(until: datetime) -> None:
    """Asks for the step at that moment. The sweep finds the row if this is lost."""
    jobs.wake(TOPIC, delay=(until - clock.now()).total_seconds())


@transaction.atomic
def snooze(conversation: Conversation, until: datetime, by: Any, reason: str = "") -> Conversation:
    """Puts it off until a moment to come (aware UTC). Raises `MomentError` where it is closed or the moment passed."""
    if until <= clock.now():
        raise MomentError(_("That moment has passed. Choose one that is still to come."))
    row = locked(conversation)
    if not put_off(row, until, by, reason):
        raise MomentError(_("It is closed, so it bothers nobody. Reopen it first."))
    row.save()
    journal.record(row.workspace_id, "conversation.snoozed", row, actor=by, until=until.isoformat())
    wake_later(until)
    return row


@transaction.atomic
def wake(conversation: Conversation, by: Any) -> Conversation:
    """A member takes it up again before its time. Nothing happens to one that is back already."""
    row = locked(conversation)
    if row.queue == Q_.SNOOZED:
        come_back(row)
        row.save()
        journal.record(row.workspace_id, "conversation.woken", row, actor=by, queue=row.queue)
    return row


def wake_due() -> int:
    """The step: brings back what is due. Returns how many."""
    count = 0
    while done := _wake_batch():
        count += done
    return count


@transaction.atomic
def _wake_batch() -> int:
    rows = Conversation.objects.across("one step wakes for all workspaces").filter(
        queue=Q_.SNOOZED, snoozed_until__isnull=False, snoozed_until__lte=clock.now()
    )
    due = list(
        rows.select_for_update(of=("self",), skip_locked=True)
        .select_related("snoozed_by")
        .order_by("snoozed_until", "id")[:BATCH]
    )
    for row in due:
        sleeper, reason = row.snoozed_by, row.snooze_reason
        come_back(row)
        row.save()
        journal.record(row.workspace_id, "conversation.woke", row, queue=row.queue)
        if sleeper is not None:
            told = (
                _("brings back %(who)s, as you asked: “%(why)s”") if reason else _("brings back %(who)s, as you asked")
            )
            notify(sleeper, row, "woke", told % {"who": row.author_label, "why": reason})
    return len(due)


def back_as_they_wrote(row: Conversation) -> None:
    """The customer has written: it is back at once, and who had put it off is told. The caller saves the row."""
    sleeper = row.snoozed_by
    come_back(row)
    if sleeper is not None:
        notify(sleeper, row, "woke", _("brings back %(who)s, who has written again") % {"who": row.author_label})


def snoozed_age() -> dict[str, float | None]:
    """Seconds the oldest due conversation has waited to be woken; None where nothing waits."""
    rows = Conversation.objects.across("the operator sees every queue").filter(
        queue=Q_.SNOOZED, snoozed_until__isnull=False, snoozed_until__lte=clock.now()
    )
    oldest = rows.order_by("snoozed_until").values_list("snoozed_until", flat=True).first()
    return {"snoozed to wake": (clock.now() - oldest).total_seconds() if oldest else None}

"""What it means for conversations that a reading changed: a threshold was moved, or a member said what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from makegood.desk import clocks, rules
from makegood.desk.edits import UNSETTLED
from makegood.desk.flow import place
from makegood.desk.locking import in_order, locked
from makegood.desk.models import Conversation, Message
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage

__all__ = ["follow_correction", "read_again"]

BATCH = 100


def read_again() -> int:
    """Part of the step "learning": what is open and undecided is read again where thresholds were changed. Returns how
    many batches that took.
    """
    count = 0
    while triage.read_again_some(_open, _follow):
        count += 1
    return count


def _open(workspace_id: int, below: int) -> list[tuple[int, int]]:
    """(conversation, newest mention) of what nobody has dealt with, newest first."""
    rows = Conversation.objects.within(workspace_id).filter(pk__lt=below, queue__in=UNSETTLED)
    return list(rows.order_by("-pk").values_list("pk", "latest_id")[:BATCH])


def _follow(workspace_id: int, changed: Sequence[triage.Assessment]) -> int:
    """Brings conversations to where their newest mention now belongs, in the caller's transaction."""
    by_mention = {row.mention_id: row for row in changed}
    rows = Conversation.objects.within(workspace_id).filter(latest__in=by_mention, queue__in=UNSETTLED)
    asked = Message.objects.within(workspace_id).filter(
        conversation=OuterRef("pk"),
        deleted_at__isnull=True,
        mention__isnull=False,
        mention__assessment__response__in=rules.ASKS_FOR_AN_ANSWER,
    )
    known = list(in_order(rows))
    owing = set(rows.filter(Exists(asked.exclude(mention__in=by_mention))).values_list("pk", flat=True))
    lines = []
    for row in known:
        queue = row.queue
        _take_over(row, by_mention[row.latest_id], keep=row.pk in owing)
        if row.queue != queue:
            lines.append(journal.line(workspace_id, "conversation.read_again", row, queue=row.queue, before=queue))
    clocks.write(clocks.plan(known, clocks.books_for(known)))
    fields = ["intent", "urgency", "response", "queue", "waiting_since", "closed_at", "due_at", "route_at"]
    Conversation.objects.within(workspace_id).bulk_update(known, fields, batch_size=100)
    journal.record_all(lines)
    return len(lines)


def _take_over(row: Conversation, read: triage.Assessment, *, keep: bool) -> None:
    """`keep`: something else they said still waits for an answer, so it stays where it is."""
    if keep and read.response not in rules.ASKS_FOR_AN_ANSWER:
        return
    row.intent, row.response = read.intent, read.response
    row.urgency = rules.urgency_of(read.urgency, row.least_urgency)
    # Read otherwise, it may fall under a rule that it did not fall under before.
    row.route_at = clock.now()
    queue = rules.queue_for(read.response)
    if queue != row.queue and not row.latest.history:
        place(row, queue, row.latest.posted_at)


@transaction.atomic
def follow_correction(conversation: Conversation, by: Any) -> Conversation:
    """What a member said their newest mention is holds for the conversation as well: its queue, while nobody has dealt
    with it, and its clocks.
    """
    row = locked(conversation)
    read = triage.Assessment.objects.within(row.workspace_id).get(mention=row.latest_id)
    row.intent, row.urgency, row.route_at = read.intent, read.urgency, clock.now()
    queue = rules.queue_for(read.response)
    if row.queue in UNSETTLED and row.response != read.response and not row.latest.history:
        row.response = read.response
        if queue != row.queue:
            place(row, queue, row.latest.posted_at)
            facts = {"response": read.response, "queue": queue}
            journal.record(row.workspace_id, "conversation.assessed", row, actor=by, **facts)
    clocks.tend(row)
    row.save()
    return row

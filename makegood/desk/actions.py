"""What members do with a conversation, one transaction a function. Each is scoped by the row that is handed in."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from makegood.desk import rules
from makegood.desk.flow import _targets, place
from makegood.desk.models import Conversation, Label, Note
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage

__all__ = ["add_note", "assess", "assign", "close", "label", "reopen", "unlabel"]


def _locked(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.within(conversation.workspace_id).select_for_update(of=("self",))
    found: Conversation = rows.select_related("latest").get(pk=conversation.pk)
    return found


@transaction.atomic
def assess(conversation: Conversation, response: str, by: Any) -> Conversation:
    """A member decides how we respond; the conversation moves to where that belongs."""
    row = _locked(conversation)
    triage.decide(row.latest, triage.Response(response), by)
    row.response = response
    since = row.waiting_since or row.latest.posted_at
    place(row, rules.queue_for(response), since, _targets({row.workspace_id})[row.workspace_id])
    row.save()
    journal.record(row.workspace_id, "conversation.assessed", row, actor=by, response=response, queue=row.queue)
    return row


@transaction.atomic
def assign(conversation: Conversation, member: Any | None, by: Any) -> Conversation:
    """Gives it to a member, or to nobody."""
    row = _locked(conversation)
    row.assignee = member
    row.save(update_fields=["assignee"])
    journal.record(row.workspace_id, "conversation.assigned", row, actor=by, to=str(member) if member else None)
    return row


@transaction.atomic
def close(conversation: Conversation, by: Any) -> Conversation:
    """Nothing more to do here."""
    row = _locked(conversation)
    place(row, Conversation.Queue.CLOSED, row.latest.posted_at, _targets({row.workspace_id})[row.workspace_id])
    row.save()
    journal.record(row.workspace_id, "conversation.closed", row, actor=by)
    return row


@transaction.atomic
def reopen(conversation: Conversation, by: Any) -> Conversation:
    """Back to where its assessment puts it, with its clock running from their newest post."""
    row = _locked(conversation)
    place(row, rules.queue_for(row.response), row.latest.posted_at, _targets({row.workspace_id})[row.workspace_id])
    row.save()
    journal.record(row.workspace_id, "conversation.reopened", row, actor=by, queue=row.queue)
    return row


@transaction.atomic
def add_note(conversation: Conversation, text: str, by: Any) -> Note:
    """A word among colleagues. Raises `ValueError` when there is none."""
    words = text.strip()
    if not words:
        raise ValueError("Write something first.")
    note = Note.objects.create(
        workspace_id=conversation.workspace_id, conversation=conversation, author=by, text=words, at=clock.now()
    )
    journal.record(conversation.workspace_id, "conversation.noted", conversation, actor=by, note=note.pk)
    return note


@transaction.atomic
def label(conversation: Conversation, name: str, by: Any) -> Label:
    """Puts a label on it, making the label when it is new. Raises `ValueError` when it has no name."""
    words = " ".join(name.split())[:40]
    if not words:
        raise ValueError("Give the label a name.")
    known = Label.objects.within(conversation.workspace_id).filter(name__iexact=words).first()
    row = known or Label.objects.create(workspace_id=conversation.workspace_id, name=words)
    conversation.labels.add(row)
    journal.record(conversation.workspace_id, "conversation.labelled", conversation, actor=by, label=row.name)
    return row


@transaction.atomic
def unlabel(conversation: Conversation, name: str, by: Any) -> None:
    """Takes a label off."""
    row = Label.objects.within(conversation.workspace_id).filter(name=name).first()
    if row is not None:
        conversation.labels.remove(row)
        journal.record(conversation.workspace_id, "conversation.unlabelled", conversation, actor=by, label=row.name)

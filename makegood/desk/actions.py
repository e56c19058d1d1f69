"""What members do with a conversation, one transaction a function. Each is scoped by the row that is handed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Team, members_of_team, membership_of
from makegood.desk import clocks, people, rules
from makegood.desk.flow import move
from makegood.desk.locking import locked
from makegood.desk.models import Conversation, Label, Note
from makegood.desk.naming import tie
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.triage import api as triage

__all__ = ["add_note", "assess", "assign", "assign_team", "close", "label", "reopen", "unlabel"]

LONGEST_REASON = 200


@transaction.atomic
def assess(conversation: Conversation, response: str, by: Any) -> Conversation:
    """A member decides how we respond; the conversation moves to where that belongs."""
    row = locked(conversation)
    triage.decide(row.latest, triage.Response(response), by)
    return respond(row, response, by)


def respond(row: Conversation, response: str, by: Any) -> Conversation:
    """The (locked) conversation moves to where a decided response belongs, in the caller's transaction."""
    row.response = response
    since = row.waiting_since or row.latest.posted_at
    move(row, rules.queue_for(response), since)
    row.save()
    journal.record(row.workspace_id, "conversation.assessed", row, actor=by, response=response, queue=row.queue)
    return row


@transaction.atomic
def assign(conversation: Conversation, member: Any | None, by: Any, because: str = "") -> Conversation:
    """Gives it to a member (a user), or to nobody, and tells them. Its team stays. `because` says why, if anything."""
    row = locked(conversation)
    row.assignee, row.assigned_because = member, _reason(because)
    row.save(update_fields=["assignee", "assigned_because"])
    facts = {"to": str(member) if member else None, "because": row.assigned_because}
    journal.record(row.workspace_id, "conversation.assigned", row, actor=by, **facts)
    if member is not None:
        told = _("gave you this conversation: “%(why)s”") if row.assigned_because else _("gave you this conversation")
        people.notify(member, row, "assigned", told % {"why": row.assigned_because}, by)
    return row


@transaction.atomic
def assign_team(conversation: Conversation, team: Team | None, by: Any, because: str = "") -> Conversation:
    """Gives it to a team, or to none, and tells its people. The member who has it stays."""
    row = locked(conversation)
    row.team, row.assigned_because = team, _reason(because)
    row.save(update_fields=["team", "assigned_because"])
    facts = {"to": team.name if team else None, "because": row.assigned_because}
    journal.record(row.workspace_id, "conversation.given_to_team", row, actor=by, **facts)
    if team is not None:
        told = (
            _("gave %(team)s this conversation: “%(why)s”")
            if row.assigned_because
            else _("gave %(team)s this conversation")
        )
        words = told % {"team": team.name, "why": row.assigned_because}
        people.notify_all(members_of_team(team), row, "assigned", words, by)
    return row


def _reason(because: str) -> str:
    return " ".join(because.split())[:LONGEST_REASON]


@transaction.atomic
def close(conversation: Conversation, by: Any) -> Conversation:
    """Nothing more to do here."""
    row = locked(conversation)
    move(row, Conversation.Queue.CLOSED, row.latest.posted_at)
    row.save()
    journal.record(row.workspace_id, "conversation.closed", row, actor=by)
    return row


@transaction.atomic
def reopen(conversation: Conversation, by: Any, since: datetime | None = None) -> Conversation:
    """Back to where its assessment puts it, with its clock running from their newest post.

    `since` (aware): they have said elsewhere, at that moment, that something is wrong. It needs an answer then,
    whatever their newest post was taken for, and its clock runs from there.
    """
    row = locked(conversation)
    queue = rules.queue_for(row.response) if since is None else Conversation.Queue.NEEDS_ANSWER
    move(row, queue, since or row.latest.posted_at)
    row.save()
    journal.record(row.workspace_id, "conversation.reopened", row, actor=by, queue=row.queue)
    return row


@transaction.atomic
def add_note(conversation: Conversation, text: str, by: Any, chosen: Collection[str] = ()) -> Note:
    """A word among colleagues. Raises `ValueError` when there is none.

    Who is named with an @ is told, when they may see the conversation. `chosen` are the keys (see `naming.Nameable`)
    that the writer picked from a list: they settle who is meant where two have one name.
    """
    words = text.strip()
    if not words:
        raise ValueError(_("Write something first."))
    if "@" in words:
        viewer = membership_of(by, conversation.workspace) if by is not None else None
        words = tie(words, people.nameable(conversation, viewer), chosen)
    note = Note.objects.create(
        workspace_id=conversation.workspace_id, conversation=conversation, author=by, text=words, at=clock.now()
    )
    journal.record(conversation.workspace_id, "conversation.noted", conversation, actor=by, note=note.pk)
    people.tell_named(note, conversation)
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
    clocks.refresh(conversation)
    journal.record(conversation.workspace_id, "conversation.labelled", conversation, actor=by, label=row.name)
    return row


@transaction.atomic
def unlabel(conversation: Conversation, name: str, by: Any) -> None:
    """Takes a label off."""
    row = Label.objects.within(conversation.workspace_id).filter(name=name).first()
    if row is not None:
        conversation.labels.remove(row)
        clocks.refresh(conversation)
        journal.record(conversation.workspace_id, "conversation.unlabelled", conversation, actor=by, label=row.name)

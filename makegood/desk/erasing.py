"""Removing a person from the desk: what was said with them, and who they were. What we owed them falls away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from makegood.desk import clocks
from makegood.desk.flow import place
from makegood.desk.models import Conversation, Message, Note
from makegood.desk.suggesting import forget
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = ["conversations_of", "erase_conversations", "erase_mentions_of", "old_conversations"]

ERASED = "Erased"
BATCH = 100


def conversations_of(workspace_id: int, authors: Collection[tuple[str, str]]) -> QuerySet[Conversation]:
    """The conversations with these authors (network, id)."""
    who = Q(pk__in=[])
    for network, author_id in authors:
        who |= Q(network=network, author_id=author_id)
    return Conversation.objects.within(workspace_id).filter(who)


def old_conversations(workspace_id: int, network: str, before: datetime) -> list[int]:
    """Conversations (ids) on a network in which nothing was said since that moment, at most 100, the oldest first."""
    rows = Conversation.objects.within(workspace_id).filter(network=network, last_message_at__lt=before)
    rows = rows.exclude(author_id__startswith="erased:").order_by("last_message_at", "pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def erase_mentions_of(workspace_id: int, authors: Collection[tuple[str, str]]) -> int:
    """What these authors said in other people's conversations, in the caller's transaction; how many messages."""
    count = 0
    for network, author_id in authors:
        rows = Message.objects.within(workspace_id).filter(author_id=author_id, conversation__network=network)
        count += rows.update(**_nothing())
    return count


def erase_conversations(workspace_id: int, keys: Collection[int], by: Any) -> dict[str, int]:
    """Empties these conversations, in the caller's transaction: every message, note and name in them.

    Returns how many conversations, messages and notes that were.
    """
    rows = list(Conversation.objects.within(workspace_id).select_for_update().filter(pk__in=keys).order_by("pk"))
    mine = [row.pk for row in rows]
    messages = Message.objects.within(workspace_id).filter(conversation__in=mine).update(**_nothing())
    notes = Note.objects.within(workspace_id).filter(conversation__in=mine).exclude(text="").update(text="")
    for row in rows:
        row.author_id = f"{listen.ERASED}:{row.pk}"
        row.author_name = row.author_handle = row.snooze_reason = ""
        row.followers = None
        row.excerpt = ERASED
        row.thread_wanted_at = row.compare_at = None
        if row.queue != Conversation.Queue.CLOSED:
            place(row, Conversation.Queue.CLOSED, clock.now())
        row.save()
        journal.record(workspace_id, "conversation.erased", row, actor=by)
    clocks.stand(rows)
    forget(mine)
    Conversation.objects.within(workspace_id).filter(pk__in=mine).update(compare_at=None)
    return {"conversations": len(rows), "messages": messages, "notes": notes}


def _nothing() -> dict[str, Any]:
    return {
        "text": "",
        "media": [],
        "url": "",
        "warning": "",
        "author_id": listen.ERASED,
        "author_name": "",
        "author_handle": "",
        "look_at": None,
        "deleted_at": clock.now(),
    }

"""Removing a person from the desk: what was said with them, and who they were. What we owed them falls away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from makegood.desk import clocks
from makegood.desk.flow import place
from makegood.desk.locking import in_order
from makegood.desk.models import Case, Clock, Conversation, Message, Note, Notice, Share
from makegood.desk.suggesting import forget
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen

__all__ = [
    "conversations_of",
    "erase_conversations",
    "erase_mentions_of",
    "mentions_kept",
    "old_conversations",
    "quiet_since",
]

BATCH = 100


def conversations_of(workspace_id: int, authors: Collection[tuple[str, str]]) -> QuerySet[Conversation]:
    """The conversations with these authors (network, id)."""
    who = Q(pk__in=[])
    for network, author_id in authors:
        who |= Q(network=network, author_id=author_id)
    return Conversation.objects.within(workspace_id).filter(who)


def old_conversations(workspace_id: int, network: str, before: datetime, *, without: Collection[int] = ()) -> list[int]:
    """Conversations (ids) on a network in which nothing was said since that moment, at most 100, the oldest first."""
    rows = quiet_since(workspace_id, network, before).exclude(pk__in=without)
    return list(rows.values_list("pk", flat=True)[:BATCH])


def quiet_since(workspace_id: int, network: str, before: datetime) -> QuerySet[Conversation]:
    """The conversations on a network in which nothing was said since that moment, the oldest first."""
    rows = Conversation.objects.within(workspace_id).filter(network=network, last_message_at__lt=before)
    return rows.exclude(author_id__startswith=f"{listen.ERASED}:").order_by("last_message_at", "pk")


def mentions_kept(workspace_id: int, network: str) -> Exists:
    """Whether the words of a mention (the outer query's row) stand in a conversation on this network."""
    rows = Message.objects.within(workspace_id).filter(mention=OuterRef("pk"), conversation__network=network)
    return Exists(rows.filter(deleted_at__isnull=True))


def erase_mentions_of(workspace_id: int, authors: Collection[tuple[str, str]]) -> int:
    """What these authors said in other people's conversations, in the caller's transaction; how many messages."""
    count = 0
    for network, author_id in authors:
        rows = Message.objects.within(workspace_id).filter(author_id=author_id, conversation__network=network)
        count += rows.update(**_nothing())
    return count


def erase_conversations(workspace_id: int, keys: Collection[int], by: Any) -> dict[str, int]:
    """Empties these conversations, in the caller's transaction: every message, note and name in them.

    Their cases lose what names the people in them, and all words where nobody else is in them. Returns how many
    conversations, messages and notes that were.
    """
    rows = list(in_order(Conversation.objects.within(workspace_id).filter(pk__in=keys)))
    mine = [row.pk for row in rows]
    _empty_cases(workspace_id, rows)
    Clock.objects.within(workspace_id).filter(conversation__in=mine, kind=Clock.Kind.PROMISE).update(
        reason="", words="", moved_because=""
    )
    Notice.objects.within(workspace_id).filter(conversation__in=mine).delete()
    Share.objects.within(workspace_id).filter(conversation__in=mine).update(word="")
    messages = Message.objects.within(workspace_id).filter(conversation__in=mine).update(**_nothing())
    notes = Note.objects.within(workspace_id).filter(conversation__in=mine).exclude(text="").update(text="")
    for row in rows:
        row.author_id = f"{listen.ERASED}:{row.pk}"
        row.author_name = row.author_handle = row.snooze_reason = row.assigned_because = ""
        row.followers = None
        row.excerpt = _("Erased")
        row.thread_wanted_at = row.compare_at = None
        if row.queue != Conversation.Queue.CLOSED:
            place(row, Conversation.Queue.CLOSED, clock.now())
        row.save()
        journal.record(workspace_id, "conversation.erased", row, actor=by)
    clocks.stand(rows)
    forget(mine)
    Conversation.objects.within(workspace_id).filter(pk__in=mine).update(compare_at=None)
    return {"conversations": len(rows), "messages": messages, "notes": notes}


def _empty_cases(workspace_id: int, rows: Collection[Conversation]) -> None:
    names = sorted({each for row in rows for each in (row.author_name, row.author_handle) if each}, key=len)
    held = Conversation.objects.within(workspace_id).exclude(pk__in=[row.pk for row in rows])
    for case in Case.objects.within(workspace_id).filter(pk__in={row.case_id for row in rows if row.case_id}):
        if held.filter(case=case).exists():
            for name in reversed(names):
                case.title = case.title.replace(name, "…")
                case.problem, case.outcome = case.problem.replace(name, "…"), case.outcome.replace(name, "…")
        else:
            case.title, case.problem, case.outcome = _("Erased"), "", ""
        case.save(update_fields=["title", "problem", "outcome"])


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

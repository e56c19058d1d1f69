"""Conversations that nobody else changes until the caller's transaction ends."""

from __future__ import annotations

from django.db.models import QuerySet

from makegood.desk.models import Conversation

__all__ = ["in_order", "locked"]


def locked(conversation: Conversation) -> Conversation:
    """The conversation as it stands now, with its newest mention, locked. Call it in a transaction.

    Raises Conversation.DoesNotExist where it has been removed.
    """
    found: Conversation = in_order(Conversation.objects.within(conversation.workspace_id)).get(pk=conversation.pk)
    return found


def in_order(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """These conversations, each with its newest mention, to be locked as they are read: by their ids, so that two
    transactions at once wait for each other instead of for ever.
    """
    return rows.select_for_update(of=("self",)).select_related("latest").order_by("id")

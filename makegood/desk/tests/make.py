"""Conversations for tests, brought in the way the product does it: heard, sorted, opened."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from makegood.activity import Activity
from makegood.desk.flow import open_new
from makegood.desk.models import Conversation
from makegood.listen import api as listen
from makegood.triage import api as triage

__all__ = ["bring", "conversation_with"]


def bring(channel: listen.Channel, *said: Activity, **options: Any) -> list[Conversation]:
    """The posts go all the way to the desk; returns the workspace's conversations, oldest first."""
    with transaction.atomic():
        listen.store(channel, [listen.Hit(each, "why") for each in said], **options)
    triage.sort_new()
    open_new()
    rows = Conversation.objects.within(channel.workspace_id).select_related("latest", "workspace", "assignee")
    return list(rows.order_by("id"))


def conversation_with(channel: listen.Channel, text: str, **fields: Any) -> Conversation:
    """One conversation that begins with this text."""
    from makegood.listen.tests.make import activity

    return bring(channel, activity(text, network=channel.network, **fields))[-1]

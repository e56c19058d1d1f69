"""Taking a channel away, and of the desk only what came by it alone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from makegood.desk.cases import forget_sample_cases
from makegood.desk.flow import excerpt_of
from makegood.desk.models import Conversation, Message
from makegood.desk.suggesting import forget
from makegood.listen import api as listen

__all__ = ["remove_channel"]


@transaction.atomic
def remove_channel(channel: listen.Channel, by: Any) -> None:
    """Forgets a channel with all that only it brought: mentions, their messages, and conversations without others.

    What another channel of the workspace heard as well stays, and is that channel's from now on.
    """
    listen.rehome(channel)
    theirs = Message.objects.within(channel.workspace_id).filter(mention__isnull=False)
    kept = theirs.exclude(mention__channel=channel).order_by("-posted_at", "-id")
    rows = Conversation.objects.within(channel.workspace_id).filter(
        Exists(kept.filter(conversation=OuterRef("pk"))), latest__channel=channel
    )
    staying = list(rows.select_for_update(of=("self",)))
    for conversation in staying:
        newest = kept.filter(conversation=conversation).select_related("mention")[:1].get()
        _fall_back(conversation, newest.mention)
    theirs.filter(mention__channel=channel).delete()
    forget(conversation.pk for conversation in staying)
    listen.remove(channel, by)
    if channel.is_sample:
        forget_sample_cases(channel.workspace_id)


def _fall_back(conversation: Conversation, mention: listen.Mention | None) -> None:
    """To the newest utterance that stays. Queue and clock stay too: better looked at once too often."""
    assert mention is not None
    conversation.latest = mention
    conversation.excerpt = excerpt_of(mention)
    conversation.save(update_fields=["latest", "excerpt"])

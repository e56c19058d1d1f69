"""What it means for a conversation that its customer has changed what they said."""

from __future__ import annotations

from collections.abc import Sequence

from makegood.desk import rules
from makegood.desk.models import Conversation, Message
from makegood.listen.api import Mention
from makegood.triage import api as triage

__all__ = ["known_mentions", "reopens", "rewrite"]

UNSETTLED = (Conversation.Queue.NEEDS_ANSWER, Conversation.Queue.PRAISE, Conversation.Queue.LET_STAND)


def known_mentions(assessments: Sequence[triage.Assessment]) -> set[int]:
    """The ids of those mentions that stand in a conversation already and come again because they were edited."""
    edited = [row.mention_id for row in assessments if row.mention.edited_at is not None]
    if not edited:
        return set()
    rows = Message.objects.across("one step opens for all workspaces").filter(mention__in=edited)
    return set(rows.values_list("mention_id", flat=True))


def rewrite(mention: Mention) -> None:
    """The message says what its author says now, in the caller's transaction."""
    Message.objects.within(mention.workspace_id).filter(mention=mention, deleted_at__isnull=True).update(
        text=mention.text,
        media=mention.activity.get("media", []),
        warning=mention.activity.get("warning", "")[:500],
        edited_at=mention.edited_at,
    )


def reopens(conversation: Conversation, row: triage.Assessment) -> bool:
    """Whether the conversation has to be placed anew because of the edit.

    While nobody has dealt with it, its place follows the text. Once somebody has, a mended typo must not put it back
    among what waits; only an edit that turns it into something that asks for an answer does.
    """
    if conversation.queue in UNSETTLED:
        return True
    asks = row.response in rules.ASKS_FOR_AN_ANSWER
    return asks and conversation.response not in rules.ASKS_FOR_AN_ANSWER

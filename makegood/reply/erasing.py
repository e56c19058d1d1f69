"""Removing what a person was told, and what was about to be said to them. That something was sent stays."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db import transaction

from makegood.kit import clock
from makegood.reply.media import path_of
from makegood.reply.models import CannedUse, Reply, ReplyMedia, SaidBefore

__all__ = ["being_sent", "erase_threads"]

State = Reply.State
STAYS = (State.SENT, State.DECLINED, State.WITHDRAWN)


def being_sent(workspace_id: int, conversations: Collection[int]) -> set[int]:
    """Those of these conversations (ids) in which an answer is on its way in this moment: it can't be emptied now."""
    rows = Reply.objects.within(workspace_id).filter(conversation__in=conversations, state=State.SENDING)
    return set(rows.values_list("conversation_id", flat=True))


def erase_threads(workspace_id: int, conversations: Collection[int]) -> int:
    """Empties every answer in these conversations (ids), in the caller's transaction; returns how many that were.

    What has not gone out is taken back. The caller has looked at `being_sent`.
    """
    rows = Reply.objects.within(workspace_id).filter(conversation__in=conversations)
    mine = list(rows.select_for_update().values_list("pk", flat=True))
    rows = Reply.objects.within(workspace_id).filter(pk__in=mine)
    rows.exclude(state__in=STAYS).update(state=State.WITHDRAWN, send_after=None, lease_until=None)
    rows.update(
        text="",
        proposed_text="",
        whole="",
        follow_up="",
        decision_note="",
        sentence="",
        url="",
        changed_at=clock.now(),
    )
    pictures = ReplyMedia.objects.within(workspace_id).filter(reply__in=mine)
    for picture in pictures:
        transaction.on_commit(partial(path_of(picture).unlink, missing_ok=True))
    pictures.delete()
    CannedUse.objects.within(workspace_id).filter(reply__in=mine).delete()
    SaidBefore.objects.within(workspace_id).filter(reply__in=mine).delete()
    return len(mine)

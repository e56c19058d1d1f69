"""Who has a conversation open in this moment, and whether two are about to answer the same customer.

A page tells the server every few seconds and hears in the same answer who else is there. Hardly any of it is written:
a row changes when somebody begins something else, or when it would soon look stale. Nothing goes to the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from makegood.desk.models import Conversation, Message, Presence
from makegood.kit import clock

__all__ = ["Collision", "be_there", "collision", "forget_absent", "leave", "newest_message_id", "others_there"]

STALE_AFTER = timedelta(seconds=15)
WRITE_EVERY = timedelta(seconds=8)
"""Shorter than `STALE_AFTER` by more than two of the page's beats (static/js/presence.js)."""
FORGET_AFTER = timedelta(minutes=1)


def _present(conversation: Conversation) -> list[Presence]:
    rows = Presence.objects.within(conversation.workspace_id).filter(conversation=conversation)
    rows = rows.filter(seen_at__gte=clock.now() - STALE_AFTER).select_related("user")
    return list(rows.order_by("user_id")[:30])


def be_there(conversation: Conversation, user: Any, doing: str) -> list[Presence]:
    """Notes that `user` is "reading" or "typing" here, and returns who else is. 1 query where nothing changes."""
    now = clock.now()
    present = _present(conversation)
    own = next((row for row in present if row.user_id == user.pk), None)
    if own is None or own.doing != doing or now - own.seen_at > WRITE_EVERY:
        with transaction.atomic():
            Presence.objects.update_or_create(
                workspace_id=conversation.workspace_id,
                conversation=conversation,
                user=user,
                defaults={"doing": doing, "seen_at": now},
            )
    return [row for row in present if row.user_id != user.pk]


def others_there(conversation: Conversation, user: Any) -> list[Presence]:
    """Who else has it open."""
    return [row for row in _present(conversation) if row.user_id != user.pk]


def leave(conversation: Conversation, user: Any) -> None:
    """The page is closed or out of sight."""
    Presence.objects.within(conversation.workspace_id).filter(conversation=conversation, user=user).delete()


def forget_absent() -> None:
    """Takes away the rows of those who left without a word: a closed lid, a lost network."""
    gone = Presence.objects.across("one sweep serves everybody").filter(seen_at__lt=clock.now() - FORGET_AFTER)
    if gone.exists():
        gone.delete()


def newest_message_id(conversation: Conversation) -> int:
    """The id of the message that came last to this conversation, 0 where there is none: what a page has seen."""
    rows = Message.objects.within(conversation.workspace_id).filter(conversation=conversation)
    return rows.aggregate(newest=Max("pk"))["newest"] or 0


@dataclass(frozen=True)
class Collision:
    """Somebody else was faster or is about to be. `what` is "answered", "sending" or "typing"; `who` may be unknown."""

    what: str
    who: str
    at: datetime


def collision(
    conversation: Conversation, user: Any, seen: int | None, on_their_way: Iterable[tuple[Any, datetime]] = ()
) -> Collision | None:
    """What speaks against sending an answer right now; None when nothing does.

    `seen` is the newest message that the writer's page showed (`newest_message_id`); None when it does not say, and
    then there is no warning. `on_their_way` are the answers that wait to be sent or approved: author and moment.
    """
    if seen is None:
        return None
    ours = Message.objects.within(conversation.workspace_id).filter(conversation=conversation, direction="out")
    newer = ours.filter(pk__gt=seen).exclude(member=user.pk).select_related("member").order_by("-pk").first()
    if newer is not None:
        return Collision("answered", str(newer.member or newer.author_label), newer.posted_at)
    waiting = [(author, at) for author, at in on_their_way if author is None or author.pk != user.pk]
    if waiting:
        author, at = waiting[-1]
        return Collision("sending", str(author or ""), at)
    typing = next((row for row in others_there(conversation, user) if row.doing == Presence.Doing.TYPING), None)
    return Collision("typing", str(typing.user), typing.seen_at) if typing else None

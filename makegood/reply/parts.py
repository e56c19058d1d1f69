"""What the outbox needs to know of one answer: what goes out, what waits for it, and when it must not go out by itself.

An answer in several parts is several rows. Each has its own key; part n + 1 waits without a moment until part n stands,
and then answers it. So a crash between two parts loses and doubles nothing: each part is sent once for itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from makegood.activity import Visibility
from makegood.connectors.contract import Draft, Trouble, Upload, Verdict
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import composing, rules
from makegood.reply.models import Reply

__all__ = ["after_sent", "draft_for", "hold", "note_private", "overtaken", "predecessor", "too_old"]

LONGEST_WAIT = timedelta(hours=24)


def predecessor(row: Reply) -> Reply | None:
    """The part before this one, None for the first."""
    if row.lead_id is None or row.position == 0:
        return None
    rows = Reply.objects.within(row.workspace_id)
    if row.position == 1:
        return rows.get(pk=row.lead_id)
    return rows.get(lead_id=row.lead_id, position=row.position - 1)


def draft_for(row: Reply) -> Draft:
    """What is handed to the connector. A part answers the part before it; what has another purpose (the public line
    after a private message) answers the customer. Raises `Trouble` when a picture is no longer there.
    """
    mentions = listen.Mention.objects.within(row.workspace_id)
    mention = mentions.filter(network=row.conversation.network, network_id=row.parent_id).first()
    activity = (mention.activity if mention else None) or {}
    before = predecessor(row)
    chained = before is not None and before.purpose == row.purpose
    return Draft(
        key=row.key,
        text=row.text,
        parent_id=before.network_id if before and chained else row.parent_id,
        parent_revision=before.revision if before and chained else activity.get("revision", ""),
        root_id=activity.get("root_id", ""),
        root_revision=activity.get("root_revision", ""),
        language=row.conversation.language if row.conversation.language != "und" else "",
        handle=row.conversation.author_handle,
        visibility=Visibility(row.visibility),
        warning=activity.get("warning", ""),
        quoted_id=row.quoted_id,
        quoted_revision=row.quoted_revision,
        media=tuple(_upload(one) for one in row.media.order_by("position", "id")),
    )


def _upload(row: Any) -> Upload:
    try:
        content = (Path(settings.MEDIA_ROOT) / row.path).read_bytes()
    except OSError as error:
        sentence = "A picture of this answer is no longer there. Take the answer back and add the picture again."
        raise Trouble(Verdict.REFUSE, sentence, detail=repr(error)) from error
    return Upload(content=content, type=row.type, alt=row.alt, name=row.path.rsplit("/", 1)[-1])


def overtaken(row: Reply) -> str:
    """Why an answer that was planned must not go out without another look, as a sentence; "" when it may."""
    latest = row.conversation.latest
    if latest.deleted_at is not None:
        return "They have deleted their post since you planned this. Look at it again."
    if latest.network_id != row.parent_id:
        return "They have written again since you planned this. Read it, then send it or take it back."
    end = rules.window_end(composing.capability_of(row.conversation.network, row.channel), latest.posted_at)
    if end is not None and clock.now() >= end:
        return "The time in which the network lets you answer was over before the moment you chose."
    return ""


def too_old(row: Reply) -> str:
    """Why an answer that should have gone out long ago must not go out without another look, as a sentence, or ""."""
    late = row.send_after is not None and clock.now() - row.send_after > LONGEST_WAIT
    return "It could not go out for more than a day. Look at it again before it does." if late else ""


def hold(row: Reply, sentence: str) -> None:
    """Keeps an answer from going out until a person has decided, and tells its author."""
    Reply.objects.within(row.workspace_id).filter(pk=row.pk).update(
        state=Reply.State.HELD, attempt=0, lease_until=None, send_after=None, sentence=sentence, changed_at=clock.now()
    )
    journal.record(row.workspace_id, "reply.held", row.conversation, reply=row.pk)
    if row.author is not None:
        what = "held back the answer you planned." if row.scheduled else "held back your answer."
        desk.notify(row.author, row.conversation, "held", f"{what} {sentence}")


def after_sent(row: Reply) -> None:
    """A part stands: the next one may go, and the conversation knows that it went private or ended in public.

    In the transaction that marks the part as sent.
    """
    now = clock.now()
    following = Reply.objects.within(row.workspace_id).filter(
        lead_id=row.lead_id or row.pk, position=row.position + 1, state=Reply.State.QUEUED
    )
    if following.update(send_after=now):
        jobs.wake("outbox")
    if row.purpose == Reply.Purpose.PRIVATE and row.position == 0:
        note_private(row.conversation, now, row.author)
    elif row.purpose == Reply.Purpose.CLOSING and row.position == 0:
        desk.note_closing_line(row.conversation, now, row.author)


def note_private(conversation: desk.Conversation, at: datetime, by: Any) -> None:
    """They were written to privately at `at` (aware): a public closing line is due, if any of it was public."""
    if composing.answered(conversation, Reply.Purpose.CLOSING).visibility in composing.PUBLIC:
        desk.note_private(conversation, at, by)

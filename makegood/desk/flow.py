"""Opening and answering conversations, one transaction a function."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef

from makegood.clocks.api import books as rulebooks
from makegood.desk import clocks, edits, rules, snoozing
from makegood.desk.locking import in_order
from makegood.desk.models import Conversation, Message
from makegood.desk.suggesting import compare_again, forget
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, text
from makegood.listen.api import Mention
from makegood.triage import api as triage

__all__ = ["Answer", "excerpt_of", "note_answer", "open_new", "redact_gone"]

BATCH = 200
TURN_SECONDS = 1.0
MOST_COLLISIONS = 20
Key = tuple[int, str, str, str]


def open_new() -> int:
    """The step: brings sorted mentions into conversations. Returns how many mentions were taken.

    After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = collisions = 0
    while True:
        try:
            done = _open_batch()
        except IntegrityError:
            # Another worker has opened the same conversation in this moment; now it is there to go on with.
            collisions += 1
            if collisions > MOST_COLLISIONS:
                raise
            continue
        if not done:
            return count
        count += done
        if time.monotonic() >= until:
            jobs.wake("sorted")
            return count


def _key(mention: Mention) -> Key:
    return (mention.workspace_id, mention.network, mention.thread_id, mention.author_id)


@transaction.atomic
def _open_batch() -> int:
    assessments = triage.take_sorted(BATCH)
    if not assessments:
        return 0
    books = rulebooks({row.workspace_id for row in assessments})
    known = _known(assessments)
    edited = edits.known_mentions(assessments)
    fresh: dict[Key, Conversation] = {}
    for row in assessments:
        key = _key(row.mention)
        conversation = known.get(key) or fresh.get(key)
        if row.mention_id in edited and conversation is not None:
            _take_edit(conversation, row)
        elif conversation is None:
            fresh[key] = _begin(row)
        else:
            _go_on(conversation, row)
    for conversation in known.values():
        conversation.route_at = clock.now()
    settled = clocks.plan([*known.values(), *fresh.values()], books)
    Conversation.objects.bulk_create(fresh.values(), batch_size=100)
    for conversation in known.values():
        conversation.save()
    clocks.write(settled)
    everything = known | fresh
    Message.objects.bulk_create(
        [_message(everything[_key(row.mention)], row.mention) for row in assessments],
        batch_size=200,
        ignore_conflicts=True,
    )
    lines = [
        journal.line(row.workspace_id, "conversation.opened", row, intent=row.intent, queue=row.queue)
        for row in fresh.values()
    ]
    lines += [journal.line(row.workspace_id, "conversation.grew", row, queue=row.queue) for row in known.values()]
    journal.record_all(lines)
    triage.mark_taken(assessments)
    compare_again(row.pk for row in everything.values())
    if any(row.thread_wanted_at for row in everything.values()):
        jobs.wake("threads")
    return len(assessments)


def _known(assessments: list[triage.Assessment]) -> dict[Key, Conversation]:
    wanted = {_key(row.mention) for row in assessments}
    rows = Conversation.objects.across("one step opens for all workspaces").filter(
        workspace_id__in={key[0] for key in wanted},
        network__in={key[1] for key in wanted},
        thread_id__in={key[2] for key in wanted},
    )
    found = {(row.workspace_id, row.network, row.thread_id, row.author_id): row for row in in_order(rows)}
    return {key: row for key, row in found.items() if key in wanted}


def _begin(row: triage.Assessment) -> Conversation:
    mention = row.mention
    followers = (mention.activity.get("author") or {}).get("followers") if mention.activity else None
    conversation = Conversation(
        workspace_id=mention.workspace_id,
        network=mention.network,
        thread_id=mention.thread_id,
        author_id=mention.author_id,
        author_name=mention.author_name,
        author_handle=mention.author_handle,
        followers=followers,
        latest=mention,
        last_message_at=mention.posted_at,
        is_sample=mention.is_sample,
    )
    _reflect(conversation, row)
    return conversation


def _go_on(conversation: Conversation, row: triage.Assessment) -> None:
    """Something more from a customer we know in this thread."""
    mention = row.mention
    if mention.posted_at < conversation.latest.posted_at:
        return
    if conversation.queue == Conversation.Queue.SNOOZED:
        snoozing.back_as_they_wrote(conversation)
    owed_since = conversation.waiting_since
    before = conversation.queue
    conversation.latest = mention
    conversation.last_message_at = max(conversation.last_message_at, mention.posted_at)
    thanks = row.response in ("let_stand", "monitor", "share_success")
    if before == "needs_answer" and thanks:
        # A kind word after an open complaint doesn't settle it: the clock goes on until somebody answers.
        conversation.excerpt = excerpt_of(mention)
        return
    _reflect(conversation, row)
    if owed_since is not None and conversation.waiting_since is not None:
        conversation.waiting_since = min(owed_since, conversation.waiting_since)


def _take_edit(conversation: Conversation, row: triage.Assessment) -> None:
    """They have changed what they said."""
    edits.rewrite(row.mention)
    if conversation.latest_id != row.mention_id:
        return
    conversation.excerpt = excerpt_of(row.mention)
    if edits.reopens(conversation, row):
        _go_on(conversation, row)


def excerpt_of(mention: Mention) -> str:
    """How an utterance begins, for lists."""
    title = mention.activity.get("title", "") if mention.activity else ""
    return text.excerpt(text.squash(f"{title}: {mention.text}" if title else mention.text), 200)[:300]


def _reflect(conversation: Conversation, row: triage.Assessment) -> None:
    """Sets the queue, and since when they wait, by an assessment."""
    mention = row.mention
    conversation.excerpt = excerpt_of(mention)
    conversation.intent, conversation.response = row.intent, row.response
    conversation.urgency = rules.urgency_of(row.urgency, conversation.least_urgency)
    conversation.language = row.language
    if mention.history or mention.deleted_at is not None:
        place(conversation, Conversation.Queue.CLOSED, mention.posted_at)
        return
    place(conversation, rules.queue_for(row.response), mention.posted_at)
    if conversation.queue in ("needs_answer", "praise"):
        conversation.thread_wanted_at = clock.now()


def place(conversation: Conversation, queue: str, since: datetime) -> None:
    """Moves a conversation into a queue. Whoever calls it sets the clocks: `clocks.plan` for many, `move` for one."""
    snoozing.forget_snooze(conversation)
    conversation.queue = queue
    owed = queue == Conversation.Queue.NEEDS_ANSWER
    conversation.waiting_since = since if owed else None
    conversation.closed_at = clock.now() if queue == Conversation.Queue.CLOSED else None


def move(conversation: Conversation, queue: str, since: datetime, answered_at: datetime | None = None) -> None:
    """`place` with the clocks of one saved conversation, which the caller saves in the same transaction."""
    place(conversation, queue, since)
    clocks.tend(conversation, answered_at=answered_at)


def _message(conversation: Conversation, mention: Mention) -> Message:
    return Message(
        workspace_id=mention.workspace_id,
        conversation=conversation,
        network_id=mention.network_id,
        parent_id=mention.parent_id,
        direction=Message.Direction.IN,
        author_id=mention.author_id,
        author_name=mention.author_name,
        author_handle=mention.author_handle,
        text=mention.text,
        url=mention.url,
        media=mention.activity.get("media", []) if mention.activity else [],
        visibility=mention.activity.get("visibility", "public"),
        warning=mention.activity.get("warning", "")[:500],
        edited_at=mention.edited_at,
        posted_at=mention.posted_at,
        mention=mention,
        deleted_at=mention.deleted_at,
    )


@dataclass(frozen=True)
class Answer:
    """An answer of ours that stands on the network, or that a member gave there by hand."""

    network_id: str
    parent_id: str
    text: str
    url: str
    at: datetime
    author_id: str
    author_name: str
    author_handle: str
    visibility: str = "public"
    warning: str = ""


def note_answer(conversation_id: int, answer: Answer, by: Any) -> Conversation:
    """The customer has been answered: the clock stops, in the caller's transaction.

    If they have asked or complained again since the post that was answered, the conversation still needs an answer and
    its clock runs from that newer post.
    """
    rows = Conversation.objects.across("the outbox serves all workspaces")
    conversation: Conversation = in_order(rows).get(pk=conversation_id)
    Message.objects.get_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        network_id=answer.network_id,
        defaults={
            "parent_id": answer.parent_id,
            "direction": Message.Direction.OUT,
            "author_id": answer.author_id,
            "author_name": answer.author_name,
            "author_handle": answer.author_handle,
            "text": answer.text,
            "url": answer.url,
            "posted_at": answer.at,
            "visibility": answer.visibility,
            "warning": answer.warning,
            "member": by,
        },
    )
    first = conversation.answered_at is None
    if first:
        since = conversation.waiting_since or conversation.latest.posted_at
        conversation.answered_at = answer.at
        conversation.answer_seconds = max(0, int((answer.at - since).total_seconds()))
        conversation.in_time = rules.in_time(answer.at, clocks.first_answer_due(conversation))
    later = _still_owed(conversation, answer)
    owing = snoozing.stands_in(conversation) == Conversation.Queue.NEEDS_ANSWER and later is not None
    if owing and later is not None:
        move(conversation, Conversation.Queue.NEEDS_ANSWER, later.posted_at, answer.at)
    else:
        move(conversation, Conversation.Queue.WAITING, answer.at, answer.at)
    conversation.last_message_at = max(conversation.last_message_at, answer.at)
    conversation.save()
    journal.record(
        conversation.workspace_id,
        "conversation.answered",
        conversation,
        actor=by,
        first=first,
        seconds=conversation.answer_seconds,
        in_time=conversation.in_time,
        still_owing=owing,
    )
    return conversation


def _still_owed(conversation: Conversation, answer: Answer) -> Message | None:
    """The first thing they wrote after the answered post that asks for an answer itself; a thank-you doesn't."""
    theirs = Message.objects.within(conversation.workspace_id).filter(
        conversation=conversation, direction=Message.Direction.IN, deleted_at__isnull=True
    )
    answered = theirs.filter(network_id=answer.parent_id).first()
    if answered is None:
        return None
    asking = theirs.filter(posted_at__gt=answered.posted_at, mention__assessment__response__in=rules.ASKS_FOR_AN_ANSWER)
    return asking.order_by("posted_at").first()


def redact_gone() -> int:
    """The step: what was deleted at its source is deleted here, and no longer waits for an answer."""
    triage.forget_quotes()
    count = 0
    while done := _redact_batch():
        count += done
    return count


def _gone_messages() -> list[int]:
    """The messages (ids) that still say what was deleted at its source, some hundred at most."""
    gone = Mention.objects.across("a deletion at the source holds for everyone").filter(deleted_at__isnull=False)
    kept = Message.objects.across("a deletion at the source holds for everyone").filter(deleted_at__isnull=True)
    # What one customer deleted may stand beside another's conversation, as context. Both ways lead from the few that
    # are gone to their messages: the other way round all messages would be looked at.
    same = gone.filter(network_id=OuterRef("network_id")).values("workspace_id")
    beside = kept.filter(network_id__in=gone.values("network_id"), mention__isnull=True, workspace__in=same)
    theirs = kept.filter(mention__in=gone.values("pk"))
    return [key for rows in (theirs, beside) for key in rows.values_list("pk", flat=True)[:BATCH]]


def _redact_batch() -> int:
    # Looked for before anything is locked: a long look must hold up nobody.
    keys = _gone_messages()
    return _redact(keys) if keys else 0


@transaction.atomic
def _redact(keys: list[int]) -> int:
    kept = Message.objects.across("a deletion at the source holds for everyone").filter(deleted_at__isnull=True)
    rows = list(kept.filter(pk__in=keys))
    conversations = _locked({row.conversation_id for row in rows})
    closed = []
    for row in rows:
        row.text, row.media, row.deleted_at = "", [], clock.now()
        row.save(update_fields=["text", "media", "deleted_at"])
        conversation = conversations[row.conversation_id]
        if conversation.latest_id != row.mention_id:
            continue
        conversation.excerpt = "Deleted by its author"
        if snoozing.stands_in(conversation) in (Conversation.Queue.NEEDS_ANSWER, Conversation.Queue.PRAISE):
            place(conversation, Conversation.Queue.CLOSED, clock.now())
            closed.append(conversation)
        conversation.save()
        journal.record(conversation.workspace_id, "conversation.deleted_at_source", conversation)
    clocks.stand(closed)
    forget(row.conversation_id for row in rows)
    return len(rows)


def _locked(keys: set[int]) -> dict[int, Conversation]:
    rows = Conversation.objects.across("a deletion at the source holds for everyone").filter(pk__in=keys)
    return {row.pk: row for row in in_order(rows)}

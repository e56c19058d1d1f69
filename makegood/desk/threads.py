"""The whole thread around a mention, read from the network when it is wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from django.db import transaction

from makegood.activity import Activity
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.desk.flow import Answer, note_answer
from makegood.desk.locking import locked
from makegood.desk.models import Conversation, Message
from makegood.desk.snoozing import stands_in
from makegood.desk.suggesting import compare_again
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, text
from makegood.listen import api as listen
from makegood.triage import api as triage

__all__ = ["read_threads", "want_thread"]

log = logging.getLogger(__name__)
FRESH = timedelta(minutes=2)
AT_ONCE = 8
KEPT = 300
YOUNG = timedelta(minutes=1)
UNNAMED = timedelta(hours=2)
"""How long a name that the network does not know yet is asked for again: Bluesky checks a handle anew after an hour,
https://github.com/bluesky-social/atproto/blob/main/packages/bsky/src/data-plane/server/indexing/index.ts
"""
SOON = 2.0
LATER = 30.0
READ_FIELDS = [
    *("thread_wanted_at", "thread_read_at", "thread_problem"),
    *("author_handle", "author_name", "followers"),
]


def want_thread(conversation: Conversation) -> bool:
    """Asks for the thread to be read again when it was not read just now. Returns whether it will be."""
    read = conversation.thread_read_at
    if connector(conversation.network).thread is None or (read is not None and clock.now() - read < FRESH):
        return False
    with transaction.atomic():
        rows = Conversation.objects.within(conversation.workspace_id).filter(
            pk=conversation.pk, thread_wanted_at__isnull=True
        )
        if rows.update(thread_wanted_at=clock.now()):
            jobs.wake("threads")
    return True


def read_threads() -> None:
    """The step: reads the threads that are wanted, a few at once."""
    while True:
        rows = list(
            Conversation.objects.across("one step reads for all workspaces")
            .filter(thread_wanted_at__isnull=False, thread_wanted_at__lte=clock.now())
            .select_related("latest")
            .order_by("thread_wanted_at")[:AT_ONCE]
        )
        if not rows:
            return
        found = asyncio.run(_read_all(rows, [_credentials(row) for row in rows]))
        for row, result in zip(rows, found, strict=True):
            _keep(row, result)


def _credentials(row: Conversation) -> dict[str, object] | None:
    account = (
        listen.Channel.objects.within(row.workspace_id)
        .filter(network=row.network, kind=listen.Channel.Kind.ACCOUNT)
        .exclude(state=listen.Channel.State.DISCONNECTED)
        .order_by("id")
        .first()
    )
    return listen.credentials_of(account) if account else None


Result = tuple[Activity, ...] | Trouble


async def _read_all(rows: Sequence[Conversation], keys: Sequence[dict[str, object] | None]) -> list[Result]:
    return await asyncio.gather(*(_read(row, key) for row, key in zip(rows, keys, strict=True)))


async def _read(row: Conversation, key: dict[str, object] | None) -> Result:
    read = connector(row.network).thread
    if read is None:
        return ()
    try:
        return await read(key, row.latest.network_id)
    except Trouble as trouble:
        return trouble
    except Exception:
        log.exception("thread of conversation %s", row.pk)
        return Trouble(Verdict.BUG, "The thread could not be read. What we heard is all here.")


@transaction.atomic
def _keep(row: Conversation, result: Result) -> None:
    """Stores a thread as it stands. An answer of ours that a member gave on the network itself stops the clock."""
    conversation = locked(row)
    conversation.thread_wanted_at = None
    conversation.thread_read_at = clock.now()
    if isinstance(result, Trouble):
        _try_later(conversation, result)
        return
    conversation.thread_problem = ""
    own = listen.own_ids(row.workspace_id)
    for activity in result:
        if activity.author.id == conversation.author_id and activity.author.handle:
            conversation.author_handle = text.clean(activity.author.handle)[:300]
            conversation.author_name = text.clean(activity.author.name)[:300]
            if activity.author.followers is not None:
                conversation.followers = activity.author.followers
    if not conversation.author_handle:
        _ask_their_name_again(conversation)
    conversation.save(update_fields=READ_FIELDS)
    triage.note_counts(row.workspace_id, result)
    known = set(Message.objects.within(row.workspace_id).filter(conversation=row).values_list("network_id", flat=True))
    named = _name_authors(conversation, result)
    fresh = [_message(conversation, each, own) for each in result[:KEPT] if each.id not in known]
    Message.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=100)
    if fresh or named:
        journal.record(row.workspace_id, "conversation.thread_read", conversation, messages=len(fresh), named=named)
        compare_again([conversation.pk])
    _notice_answers(conversation, [each for each in result if each.author.id in own and each.id not in known])


def _ask_their_name_again(conversation: Conversation) -> None:
    """A new account's handle shows on the network only after a while."""
    age = clock.now() - conversation.latest.heard_at
    if age > UNNAMED:
        return
    wait = max(LATER, age.total_seconds())
    conversation.thread_wanted_at = clock.now() + timedelta(seconds=wait)
    jobs.wake("threads", delay=wait)


def _try_later(conversation: Conversation, trouble: Trouble) -> None:
    """What passes by itself is tried again; the rest is said beside the thread."""
    # A stream is faster than the network's own index: a post of a moment ago may not be found there yet.
    young = clock.now() - conversation.latest.heard_at < YOUNG
    if young or trouble.verdict in (Verdict.RETRY, Verdict.WAIT):
        wait = trouble.retry_after or (SOON if young else LATER)
        conversation.thread_wanted_at = clock.now() + timedelta(seconds=wait)
        jobs.wake("threads", delay=wait)
    conversation.thread_problem = "" if young else trouble.sentence[:300]
    conversation.save(update_fields=READ_FIELDS)


def _name_authors(conversation: Conversation, result: Sequence[Activity]) -> int:
    """A stream brings ids only; the thread knows their names. Returns how many messages were named."""
    named = 0
    rows = {
        row.network_id: row
        for row in Message.objects.within(conversation.workspace_id).filter(conversation=conversation, author_handle="")
    }
    for activity in result:
        row = rows.get(activity.id)
        if row is not None and activity.author.handle:
            row.author_handle = text.clean(activity.author.handle)[:300]
            row.author_name = text.clean(activity.author.name)[:300]
            row.save(update_fields=["author_handle", "author_name"])
            named += 1
    return named


def _message(conversation: Conversation, activity: Activity, own: frozenset[str]) -> Message:
    direction = Message.Direction.CONTEXT
    if activity.author.id in own:
        direction = Message.Direction.OUT
    elif activity.author.id == conversation.author_id:
        direction = Message.Direction.IN
    return Message(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        network_id=activity.id[:1000],
        parent_id=activity.parent_id[:1000],
        direction=direction,
        author_id=text.clean(activity.author.id)[:500],
        author_name=text.clean(activity.author.name)[:300],
        author_handle=text.clean(activity.author.handle)[:300],
        text=text.clean(activity.text),
        url=activity.url[:2000],
        media=msgspec.to_builtins(activity.media),
        visibility=activity.visibility,
        warning=text.clean(activity.warning)[:500],
        edited_at=activity.edited_at,
        posted_at=activity.posted_at,
        revision=activity.revision[:300],
        look_at=listen.first_look(activity.network, activity.posted_at, clock.now()),
    )


def _notice_answers(conversation: Conversation, ours: Sequence[Activity]) -> None:
    """What we said to them on the network itself counts as an answer too, in the order in which it was said."""
    theirs = set(
        Message.objects.within(conversation.workspace_id)
        .filter(conversation=conversation, direction=Message.Direction.IN)
        .values_list("network_id", flat=True)
    )
    for activity in sorted(ours, key=lambda each: each.posted_at):
        if activity.parent_id not in theirs or stands_in(conversation) != Conversation.Queue.NEEDS_ANSWER:
            continue
        answer = Answer(
            network_id=activity.id,
            parent_id=activity.parent_id,
            text=activity.text,
            url=activity.url,
            at=activity.posted_at,
            author_id=activity.author.id,
            author_name=activity.author.name,
            author_handle=activity.author.handle,
        )
        conversation = note_answer(conversation.pk, answer, None)

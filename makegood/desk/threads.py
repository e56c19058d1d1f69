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
from makegood.desk.models import Conversation, Message
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock, text
from makegood.listen import api as listen

__all__ = ["read_threads", "want_thread"]

log = logging.getLogger(__name__)
FRESH = timedelta(minutes=2)
AT_ONCE = 8
KEPT = 300


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
    conversation: Conversation = (
        Conversation.objects.within(row.workspace_id).select_for_update(of=("self",)).select_related("latest").get(pk=row.pk)
    )
    conversation.thread_wanted_at = None
    if isinstance(result, Trouble):
        if result.verdict in (Verdict.RETRY, Verdict.WAIT):
            conversation.thread_wanted_at = clock.now() + timedelta(seconds=result.retry_after or 30.0)
        conversation.thread_problem = result.sentence[:300]
        conversation.thread_read_at = clock.now()
        conversation.save(update_fields=["thread_wanted_at", "thread_problem", "thread_read_at"])
        return
    conversation.thread_problem = ""
    conversation.thread_read_at = clock.now()
    own = listen.own_ids(row.workspace_id)
    for activity in result:
        if activity.author.id == conversation.author_id and activity.author.handle:
            conversation.author_handle = text.clean(activity.author.handle)[:300]
            conversation.author_name = text.clean(activity.author.name)[:300]
            if activity.author.followers is not None:
                conversation.followers = activity.author.followers
    conversation.save(
        update_fields=["thread_wanted_at", "thread_problem", "thread_read_at", "author_handle", "author_name", "followers"]
    )
    known = set(Message.objects.within(row.workspace_id).filter(conversation=row).values_list("network_id", flat=True))
    _name_authors(conversation, result)
    fresh = [_message(conversation, each, own) for each in result[:KEPT] if each.id not in known]
    Message.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=100)
    if fresh:
        journal.record(row.workspace_id, "conversation.thread_read", conversation, messages=len(fresh))
    _notice_answers(conversation, [each for each in result if each.author.id in own and each.id not in known])


def _name_authors(conversation: Conversation, result: Sequence[Activity]) -> None:
    """A stream brings ids only; the thread knows their names."""
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
        posted_at=activity.posted_at,
    )


def _notice_answers(conversation: Conversation, ours: Sequence[Activity]) -> None:
    latest = conversation.latest
    for activity in ours:
        if activity.parent_id == latest.network_id and conversation.queue == Conversation.Queue.NEEDS_ANSWER:
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
            note_answer(conversation.pk, answer, None)

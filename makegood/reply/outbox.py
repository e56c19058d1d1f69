"""Send once. queued -> sending (lease, attempt, key) -> sent | refused | unknown.

The lease is committed before the network hears anything. Whoever finds a row whose lease ran out while sending does
not send again blindly: the network is asked about the key first, and only when it answers that there is nothing is the
same key written again, so that even two writers at once leave one post. Where it can't be asked, a person is.

What is queued for an account that is not connected waits until it is; what has waited too long a person looks at first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.db.models import F, Q

from makegood.connectors.contract import Connector, Draft, Published, Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import parts, rules
from makegood.reply.models import Reply

__all__ = ["WAITS_FOR_ACCOUNT", "send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
MOST_SECONDS = 50.0
MOST_LANES = 8
LOOK_SECONDS = 1.0
WAITS_FOR_ACCOUNT = Q(state=Reply.State.QUEUED, channel__state=listen.Channel.State.DISCONNECTED)


def _all() -> Any:
    return Reply.objects.across("the outbox serves all workspaces")


def send_due() -> None:
    """The step: sends every answer whose time has come, those of one account one after the other."""
    async_to_sync(_send_all)()


async def _send_all() -> None:
    """One lane an account, so that a network that hangs holds up nobody else's answers. The database is spoken to in
    the thread that called `send_due`, one call at a time. What stops one lane is raised once the others are through.
    """
    lanes: dict[int | None, asyncio.Task[None]] = {}
    stopped: dict[int | None, asyncio.Task[None]] = {}
    while True:
        for channel in await sync_to_async(_waiting_channels)():
            if channel not in lanes and channel not in stopped and len(lanes) < MOST_LANES:
                lanes[channel] = asyncio.create_task(_lane(channel))
        if not lanes:
            break
        await asyncio.wait(lanes.values(), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for channel in [channel for channel, lane in lanes.items() if lane.done()]:
            lane = lanes.pop(channel)
            if lane.exception() is not None:
                stopped[channel] = lane
    for lane in stopped.values():
        await lane


async def _lane(channel: int | None) -> None:
    while (key := await sync_to_async(_next)(channel)) is not None:
        row = await sync_to_async(_lease)(key)
        if row is not None:
            await _send(row)


def _due() -> Any:
    now = clock.now()
    queued = Q(state=Reply.State.QUEUED, send_after__lte=now)
    stranded = Q(state=Reply.State.SENDING, lease_until__lte=now)
    return _all().filter(queued | stranded).exclude(WAITS_FOR_ACCOUNT)


def _waiting_channels() -> list[int | None]:
    return list(_due().values_list("channel", flat=True).distinct()[: 2 * MOST_LANES])


def _next(channel: int | None) -> int | None:
    keys = _due().filter(channel=channel).order_by("send_after", "pk").values_list("pk", flat=True)
    found: int | None = keys.first()
    return found


@transaction.atomic
def _lease(key: int) -> Reply | None:
    """Takes the row, or None when somebody else has. Committed before anything is sent."""
    now = clock.now()
    due = Q(state=Reply.State.QUEUED, send_after__lte=now) | Q(state=Reply.State.SENDING, lease_until__lte=now)
    taken = (
        _all()
        .filter(due, pk=key)
        .update(state=Reply.State.SENDING, lease_until=now + LEASE, attempt=F("attempt") + 1, changed_at=now)
    )
    if not taken:
        return None
    row: Reply = (
        _all().select_related("conversation", "conversation__latest", "channel", "author", "workspace").get(pk=key)
    )
    if row.attempt == 1 and _kept_back(row):
        return None
    journal.record(row.workspace_id, "reply.sending", row.conversation, reply=row.pk, attempt=row.attempt)
    return row


def _kept_back(row: Reply) -> bool:
    """Whether an answer not tried before must not go out now: its account is waited for, or a person."""
    if row.channel is not None and row.channel.state == listen.Channel.State.DISCONNECTED:
        # It was connected a moment ago, when this row was found.
        _mine(row).update(state=Reply.State.QUEUED, attempt=0, lease_until=None)
        return True
    sentence = (parts.overtaken(row) if row.scheduled else "") or parts.too_old(row)
    if not sentence:
        return False
    if row.lead_id is None:
        parts.hold(row, sentence)
    else:
        # What came before it stands: it can be tried again or given up, but not taken back.
        _refuse(row, sentence)
    return True


async def _send(row: Reply) -> None:
    settle, result = await _attempt(row)
    await sync_to_async(settle)(row, *result)


async def _attempt(row: Reply) -> tuple[Callable[..., None], tuple[Any, ...]]:
    """Tries once; what is to be written down, and with what."""
    if row.channel is None or row.channel.state == listen.Channel.State.DISCONNECTED:
        return _refuse, ("The account it was to go out by is not connected. Connect it again, then try again.",)
    try:
        found, secret, draft = await sync_to_async(_load)(row)
        # Ended before the lease is, so that nothing of this attempt can still be under way at the next.
        async with asyncio.timeout(MOST_SECONDS):
            published = await _publish(found, secret, draft, asked_before=row.attempt > 1)
    except Trouble as trouble:
        return _settle_trouble, (trouble,)
    except TimeoutError as error:
        sentence = "The network took too long. Makegood asks it whether your answer stands, and tries again."
        return _settle_trouble, (Trouble(Verdict.RETRY, sentence, detail=repr(error)),)
    except Exception as error:
        log.exception("reply %s", row.pk)
        sentence = "Something unexpected came back. Makegood asks the network whether your answer stands."
        return _settle_trouble, (Trouble(Verdict.RETRY, sentence, detail=repr(error)),)
    return (_unknown, ()) if published is None else (_sent, (published,))


def _load(row: Reply) -> tuple[Connector, Mapping[str, Any], Draft]:
    assert row.channel is not None
    return connector(row.channel.network), listen.credentials_of(row.channel), parts.draft_for(row)


async def _publish(
    found: Connector, secret: Mapping[str, Any], draft: Draft, *, asked_before: bool
) -> Published | None:
    """Sends, or finds what was sent before. None when nobody can say whether an earlier attempt went through."""
    assert found.reply is not None
    if asked_before:
        if found.find is None:
            return None
        standing = await found.find(secret, draft)
        if standing is not None:
            return standing
    return await found.reply(secret, draft)


@transaction.atomic
def _settle_trouble(row: Reply, trouble: Trouble) -> None:
    log.info("reply %s: %s %s", row.pk, trouble.verdict, trouble.detail)
    if trouble.verdict is Verdict.DISCONNECT:
        assert row.channel is not None
        listen.channel_failed(row.channel, trouble.sentence, disconnect=True, due_at=None)
    if trouble.verdict in (Verdict.REFUSE, Verdict.DISCONNECT):
        _refuse(row, trouble.sentence)
        return
    if trouble.verdict is Verdict.WAIT:
        _postpone(row, trouble.retry_after or rules.back_off(row.attempt), trouble.sentence)
        return
    if row.attempt >= rules.MOST_ATTEMPTS:
        _unknown(row, f"{trouble.sentence} Makegood has tried {row.attempt} times and can’t tell whether it stands.")
        return
    _postpone(row, trouble.retry_after or rules.back_off(row.attempt), trouble.sentence)


def _mine(row: Reply) -> Any:
    """The row, as long as this attempt still holds it."""
    return _all().filter(pk=row.pk, state=Reply.State.SENDING, attempt=row.attempt)


def _postpone(row: Reply, seconds: float, sentence: str) -> None:
    """Stays "sending": an attempt may have gone through, so the next one asks first."""
    if _mine(row).update(lease_until=clock.now() + timedelta(seconds=seconds), sentence=sentence[:500]):
        journal.record(row.workspace_id, "reply.postponed", row.conversation, reply=row.pk, seconds=round(seconds))
        jobs.wake("outbox", delay=seconds + 0.1)


@transaction.atomic
def _refuse(row: Reply, sentence: str) -> None:
    if _mine(row).update(state=Reply.State.REFUSED, lease_until=None, sentence=sentence[:500], changed_at=clock.now()):
        journal.record(row.workspace_id, "reply.refused", row.conversation, reply=row.pk, sentence=sentence[:300])


@transaction.atomic
def _unknown(row: Reply, sentence: str = "") -> None:
    words = sentence or "It may have been sent. Look on the network; then try again, or take the text back."
    if _mine(row).update(state=Reply.State.UNKNOWN, lease_until=None, sentence=words[:500], changed_at=clock.now()):
        journal.record(row.workspace_id, "reply.unknown", row.conversation, reply=row.pk)


@transaction.atomic
def _sent(row: Reply, published: Published) -> None:
    now = clock.now()
    changed = _mine(row).update(
        state=Reply.State.SENT,
        network_id=published.id,
        url=published.url,
        revision=published.revision,
        sent_at=now,
        changed_at=now,
        lease_until=None,
        sentence="",
    )
    if not changed:
        return
    channel = row.channel
    assert channel is not None
    if published.credentials is not None:
        listen.Channel.objects.within(row.workspace_id).filter(pk=channel.pk).update(
            secret=listen.seal(published.credentials)
        )
    journal.record(row.workspace_id, "reply.sent", row.conversation, actor=row.author, reply=row.pk, at=published.id)
    desk.note_answer(
        row.conversation_id,
        desk.Answer(
            network_id=published.id,
            parent_id=row.parent_id,
            text=row.text,
            url=published.url,
            at=now,
            author_id=channel.address,
            author_name=str(row.workspace),
            author_handle=channel.name.removeprefix("@"),
            visibility=row.visibility,
        ),
        row.author,
    )
    parts.after_sent(row)

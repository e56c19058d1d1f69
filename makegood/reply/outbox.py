"""Send once. queued -> sending (lease, attempt, key) -> sent | refused | unknown.

The lease is committed before the network hears anything. Whoever finds a row whose lease ran out while sending does
not send again blindly: the network is asked about the key first, and only when it answers that there is nothing is the
same key written again, so that even two writers at once leave one post. Where it can't be asked, a person is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from makegood.connectors.contract import Connector, Draft, Published, Trouble, Verdict
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import rules
from makegood.reply.models import Reply

__all__ = ["send_due"]

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
AT_ONCE = 20


def _all() -> Any:
    return Reply.objects.across("the outbox serves all workspaces")


def send_due() -> None:
    """The step: sends every answer whose time has come."""
    while keys := _due():
        for key in keys:
            row = _lease(key)
            if row is not None:
                _send(row)


def _due() -> list[int]:
    now = clock.now()
    queued = Q(state=Reply.State.QUEUED, send_after__lte=now)
    stranded = Q(state=Reply.State.SENDING, lease_until__lte=now)
    return list(_all().filter(queued | stranded).order_by("send_after").values_list("pk", flat=True)[:AT_ONCE])


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
    journal.record(row.workspace_id, "reply.sending", row.conversation, reply=row.pk, attempt=row.attempt)
    return row


def _send(row: Reply) -> None:
    if row.channel is None or row.channel.state == listen.Channel.State.DISCONNECTED:
        _refuse(row, "The account it was to go out by is not connected. Connect it again, then try again.")
        return
    found = connector(row.channel.network)
    try:
        secret = listen.credentials_of(row.channel)
        published = asyncio.run(_publish(found, secret, _draft(row), asked_before=row.attempt > 1))
    except Trouble as trouble:
        _settle_trouble(row, trouble)
        return
    except Exception as error:
        log.exception("reply %s", row.pk)
        sentence = "Something unexpected came back. Makegood asks the network whether your answer stands."
        _settle_trouble(row, Trouble(Verdict.RETRY, sentence, detail=repr(error)))
        return
    if published is None:
        _unknown(row)
        return
    _sent(row, published)


def _draft(row: Reply) -> Draft:
    mention = row.conversation.latest
    activity = mention.activity if mention.network_id == row.parent_id else {}
    return Draft(
        key=row.key,
        text=row.text,
        parent_id=row.parent_id,
        parent_revision=activity.get("revision", ""),
        root_id=activity.get("root_id", ""),
        root_revision=activity.get("root_revision", ""),
        language=row.conversation.language if row.conversation.language != "und" else "",
    )


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
        ),
        row.author,
    )

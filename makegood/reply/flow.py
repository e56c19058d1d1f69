"""From the first letter typed to a queued answer: drafts, sending, undo. One transaction a function."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from makegood.connectors.contract import RouteKind
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import rules
from makegood.reply.models import Reply

__all__ = [
    "ReplyError",
    "accounts_for",
    "discard",
    "draft_of",
    "length",
    "pending",
    "queue",
    "record_by_hand",
    "retry",
    "route_of",
    "save_draft",
    "undo",
]

LONGEST_DRAFT = 20_000


class ReplyError(ValueError):
    """An answer that can't go out as it is: a sentence that says why and what to do."""


def accounts_for(conversation: desk.Conversation) -> list[listen.Channel]:
    """The channels an answer can go out by, the one that heard it first."""
    kind = listen.Channel.Kind.SAMPLE if conversation.is_sample else listen.Channel.Kind.ACCOUNT
    rows = listen.Channel.objects.within(conversation.workspace_id).filter(network=conversation.network, kind=kind)
    usable = rows.exclude(state=listen.Channel.State.DISCONNECTED).order_by("id")
    return sorted(usable, key=lambda row: row.pk != conversation.latest.channel_id)


def route_of(conversation: desk.Conversation, accounts: list[listen.Channel] | None = None) -> rules.Route:
    """The delivery route of an answer to this conversation."""
    able = accounts_for(conversation) if accounts is None else accounts
    latest = conversation.latest
    network = connector(conversation.network)
    return rules.route(
        network.capability,
        has_account=bool(able),
        url=network.handoff(latest.url, "") if network.handoff and latest.url else latest.url,
        deleted=latest.deleted_at is not None,
    )


def length(network: str, text: str) -> int:
    """How long a text is as the network counts."""
    count = connector(network).count
    return count(text) if count else len(text)


def draft_of(conversation: desk.Conversation, member: Any) -> Reply | None:
    """The member's own draft here."""
    found: Reply | None = (
        Reply.objects.within(conversation.workspace_id)
        .filter(conversation=conversation, author=member, state=Reply.State.DRAFT)
        .first()
    )
    return found


def pending(conversation: desk.Conversation) -> list[Reply]:
    """Answers on their way or in trouble: what a person should see beside the composer."""
    states = [Reply.State.QUEUED, Reply.State.SENDING, Reply.State.REFUSED, Reply.State.UNKNOWN]
    rows = Reply.objects.within(conversation.workspace_id).filter(conversation=conversation, state__in=states)
    return list(rows.select_related("author").order_by("created_at"))


@transaction.atomic
def save_draft(conversation: desk.Conversation, member: Any, text: str) -> Reply | None:
    """Keeps what the member has typed so far; an empty text drops the draft."""
    mine = Reply.objects.within(conversation.workspace_id).filter(
        conversation=conversation, author=member, state=Reply.State.DRAFT
    )
    if not text.strip():
        mine.delete()
        return None
    row, _created = Reply.objects.update_or_create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        author=member,
        state=Reply.State.DRAFT,
        defaults={
            "text": text[:LONGEST_DRAFT],
            "parent_id": conversation.latest.network_id,
            "changed_at": clock.now(),
        },
    )
    return row


@transaction.atomic
def queue(conversation: desk.Conversation, member: Any, text: str, channel_id: int | None = None) -> Reply:
    """Puts an answer into the outbox; it goes out after the workspace's seconds of grace. Raises `ReplyError`.

    The key is chosen here, before anything is sent: whatever happens later, the network can be asked about it.
    """
    words = text.strip()
    if not words:
        raise ReplyError("Write something first.")
    accounts = accounts_for(conversation)
    route = route_of(conversation, accounts)
    if route.kind is not RouteKind.API:
        raise ReplyError(route.reason)
    if sentence := rules.too_long(length(conversation.network, words), route.text):
        raise ReplyError(sentence)
    chosen = next((row for row in accounts if channel_id in (None, row.pk)), None)
    if chosen is None:
        raise ReplyError("That account is no longer connected. Choose another one.")
    if _already_on_its_way(conversation, words):
        raise ReplyError("This very answer is already on its way.")
    new_key = connector(conversation.network).new_key
    assert new_key is not None
    row = draft_of(conversation, member) or Reply(
        workspace_id=conversation.workspace_id, conversation=conversation, author=member
    )
    row.text, row.channel, row.key = words, chosen, new_key()
    row.parent_id = conversation.latest.network_id
    row.state, row.sentence, row.attempt = Reply.State.QUEUED, "", 0
    row.changed_at = clock.now()
    grace = float(conversation.workspace.undo_seconds)
    row.send_after = clock.now() + timedelta(seconds=grace)
    row.save()
    journal.record(row.workspace_id, "reply.queued", conversation, actor=member, reply=row.pk)
    jobs.wake("outbox", delay=grace)
    return row


def _already_on_its_way(conversation: desk.Conversation, text: str) -> bool:
    """A double click, or two tabs."""
    states = [Reply.State.QUEUED, Reply.State.SENDING]
    rows = Reply.objects.within(conversation.workspace_id).filter(conversation=conversation, state__in=states)
    return bool(rows.filter(text=text, parent_id=conversation.latest.network_id).exists())


@transaction.atomic
def undo(reply: Reply, member: Any) -> bool:
    """Takes back what is not yet being sent; the text returns to the composer. False when it was too late."""
    rows = Reply.objects.within(reply.workspace_id).filter(pk=reply.pk, state=Reply.State.QUEUED, attempt=0)
    if not rows.update(state=Reply.State.WITHDRAWN, changed_at=clock.now(), send_after=None):
        return False
    begun = draft_of(reply.conversation, member)
    save_draft(reply.conversation, member, f"{reply.text}\n\n{begun.text}" if begun else reply.text)
    journal.record(reply.workspace_id, "reply.withdrawn", reply.conversation, actor=member, reply=reply.pk)
    return True


@transaction.atomic
def retry(reply: Reply, member: Any) -> bool:
    """Tries a refused or unknown answer again, now. The network is asked first whether it stands already."""
    states = [Reply.State.REFUSED, Reply.State.UNKNOWN]
    rows = Reply.objects.within(reply.workspace_id).filter(pk=reply.pk, state__in=states)
    if not rows.update(
        state=Reply.State.SENDING, attempt=1, lease_until=clock.now(), send_after=clock.now(), sentence=""
    ):
        return False
    journal.record(reply.workspace_id, "reply.retried", reply.conversation, actor=member, reply=reply.pk)
    jobs.wake("outbox")
    return True


@transaction.atomic
def discard(reply: Reply, member: Any) -> bool:
    """Gives a refused or unknown answer up; its text returns to the composer so that nothing typed is lost."""
    states = [Reply.State.REFUSED, Reply.State.UNKNOWN]
    rows = Reply.objects.within(reply.workspace_id).filter(pk=reply.pk, state__in=states)
    if not rows.update(state=Reply.State.WITHDRAWN, changed_at=clock.now()):
        return False
    begun = draft_of(reply.conversation, member)
    save_draft(reply.conversation, member, f"{reply.text}\n\n{begun.text}" if begun else reply.text)
    journal.record(reply.workspace_id, "reply.discarded", reply.conversation, actor=member, reply=reply.pk)
    return True


@transaction.atomic
def record_by_hand(conversation: desk.Conversation, member: Any, text: str) -> Reply:
    """The member has answered on the network's own page: keep what was said and stop the clock."""
    now = clock.now()
    row = draft_of(conversation, member) or Reply(
        workspace_id=conversation.workspace_id, conversation=conversation, author=member
    )
    row.text, row.by_hand, row.state = text.strip(), True, Reply.State.SENT
    row.parent_id = conversation.latest.network_id
    row.sent_at = row.changed_at = now
    row.save()
    desk.note_answer(
        conversation.pk,
        desk.Answer(
            network_id=f"by-hand:{row.pk}",
            parent_id=row.parent_id,
            text=row.text or "(answered on the page itself)",
            url=conversation.latest.url,
            at=now,
            author_id=f"member:{member.pk}",
            author_name=str(member),
            author_handle="",
        ),
        member,
    )
    journal.record(row.workspace_id, "reply.by_hand", conversation, actor=member, reply=row.pk)
    return row

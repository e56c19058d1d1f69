"""Approval: what newcomers and collaborators write waits until somebody else has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, members
from makegood.connectors.contract import RouteKind
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock, keyset
from makegood.reply import composing, rules
from makegood.reply.flow import ReplyError, checked, record_by_hand, release, return_text, take_draft
from makegood.reply.models import Reply
from makegood.reply.tone.looking import refusal

__all__ = [
    "Listed",
    "amended",
    "approve",
    "count_proposed",
    "decline",
    "declined_for",
    "propose",
    "proposed",
    "take_back",
]

PAGE = 30
COUNTED = 99
LONGEST_NOTE = 500
State = Reply.State


@transaction.atomic
def propose(
    conversation: desk.Conversation,
    member: Any,
    text: str,
    channel_id: int | None = None,
    *,
    send_at: datetime | None = None,
    own_data: bool = False,
) -> Reply:
    """Lays an answer before those who approve. It is checked as if it went out now. Raises `ReplyError`."""
    row = take_draft(conversation, member)
    row.text, row.own_data = text.strip(), own_data
    if composing.route_of(conversation).kind is RouteKind.API:
        row.channel, _capability = checked(row, channel_id, send_at)
    elif not row.text:
        raise ReplyError(_("Write something first."))
    else:
        heard = composing.answered(conversation, row.purpose)
        row.parent_id, row.visibility = heard.network_id, heard.visibility
        if sentence := refusal(row):
            raise ReplyError(sentence)
    row.state = State.PROPOSED
    row.scheduled, row.send_after = send_at is not None, send_at
    row.created_at = row.changed_at = clock.now()
    row.save()
    journal.record(row.workspace_id, "reply.proposed", conversation, actor=member, reply=row.pk)
    for each in members(conversation.workspace):
        if rules.may_approve(each):
            desk.notify(each.user, conversation, "approve", _("asks you to approve an answer"), member)
    return row


@transaction.atomic
def approve(reply: Reply, by: Any, text: str | None = None, *, by_hand: bool = False) -> Reply:
    """Sends what was proposed, with `text` instead where the approver has changed it. Returns the answer's first part.

    `by_hand` says that the approver has put it onto the network's own page. Raises `ReplyError` when somebody else was
    quicker, when it is the approver's own, or when it can't go out as it is.
    """
    row = _taken(reply, by)
    words = row.text if text is None else text.strip()
    changed = words != row.text
    row.proposed_text = row.text if changed else ""
    row.text = words
    row.decided_by, row.decided_at = by, clock.now()
    if by_hand:
        record_by_hand(row.conversation, by, words, row)
    else:
        wanted = row.send_after if row.send_after and row.send_after > clock.now() else None
        parent, visibility = row.parent_id, row.visibility
        chosen, capability = checked(row, row.channel_id, wanted)
        # What was read and approved answers what it was written for.
        row.parent_id, row.visibility = parent, visibility
        release(row, chosen, capability, wanted)
    if changed:
        journal.record(row.workspace_id, "reply.amended", row.conversation, actor=by, reply=row.pk)
        _tell(row, _("approved your answer with changes"), by)
    else:
        journal.record(row.workspace_id, "reply.approved", row.conversation, actor=by, reply=row.pk)
        _tell(row, _("approved your answer"), by)
    return row


@transaction.atomic
def decline(reply: Reply, by: Any, note: str) -> Reply:
    """Sends nothing: the text returns to its author's composer, with a note on what to change. Raises `ReplyError`."""
    words = note.strip()
    if not words:
        raise ReplyError(_("Say in a few words what should change."))
    if len(words) > LONGEST_NOTE:
        raise ReplyError(_("The note is too long: 500 characters are enough."))
    row = _taken(reply, by)
    row.state, row.decided_by, row.decided_at = State.DECLINED, by, clock.now()
    row.decision_note, row.changed_at, row.send_after = words, clock.now(), None
    row.save()
    if row.author is not None:
        return_text(row, row.author, row.text)
    journal.record(row.workspace_id, "reply.declined", row.conversation, actor=by, reply=row.pk)
    _tell(row, _("declined your answer: %(note)s") % {"note": words}, by)
    return row


def _taken(reply: Reply, by: Any) -> Reply:
    """The proposal, locked; of two approvers at once only the first still finds it."""
    rows = Reply.objects.within(reply.workspace_id).select_for_update(of=("self",))
    rows = rows.select_related("conversation", "conversation__latest", "conversation__workspace", "author")
    row = rows.filter(pk=reply.pk).first()
    if row is None or row.state != State.PROPOSED:
        raise ReplyError(_("Somebody else has decided about this one already."))
    if row.author_id == by.pk:
        raise ReplyError(_("Somebody else has to approve what you wrote."))
    return row


def _tell(row: Reply, said: str, by: Any) -> None:
    if row.author is not None:
        desk.notify(row.author, row.conversation, "decided", said, by)


@transaction.atomic
def take_back(reply: Reply, member: Any) -> bool:
    """The author takes a proposal back into their composer. False when somebody has decided already."""
    rows = Reply.objects.within(reply.workspace_id).filter(pk=reply.pk, author=member, state=State.PROPOSED)
    if not rows.update(state=State.WITHDRAWN, changed_at=clock.now(), send_after=None):
        return False
    row = Reply.objects.within(reply.workspace_id).select_related("conversation__latest").get(pk=reply.pk)
    return_text(row, member, row.text)
    journal.record(row.workspace_id, "reply.withdrawn", row.conversation, actor=member, reply=row.pk)
    return True


def declined_for(conversation: desk.Conversation, member: Any) -> Reply | None:
    """The member's answer that was declined, as long as they have proposed or sent no other here since."""
    rows = Reply.objects.within(conversation.workspace_id).filter(conversation=conversation, author=member)
    rows = rows.exclude(state__in=[State.DRAFT, State.WITHDRAWN]).filter(lead__isnull=True)
    last = rows.select_related("decided_by").order_by("-changed_at", "-id").first()
    return last if last is not None and last.state == State.DECLINED else None


@dataclass(frozen=True)
class Listed:
    """A page of proposals. `after` is the key of the next page, "" on the last."""

    rows: list[Reply]
    after: str


def _waiting(member: Membership) -> Any:
    rows = Reply.objects.within(member.workspace_id).filter(state=State.PROPOSED)
    return rows.filter(conversation__in=desk.visible(member))


def proposed(member: Membership, after: str = "", size: int = PAGE) -> Listed:
    """What waits for approval in the conversations this member may see, the longest waiting first. 2 queries."""
    rows = _waiting(member).select_related("author", "conversation", "conversation__latest", "channel")
    rows = rows.prefetch_related("media").order_by("created_at", "id")
    if key := keyset.read(after):
        rows = rows.filter(Q(created_at__gt=key[0]) | Q(created_at=key[0], id__gt=key[1]))
    found = list(rows[: size + 1])
    page = found[:size]
    if len(found) <= size:
        return Listed(page, "")
    return Listed(page, keyset.after_row(page[-1].created_at, page[-1].pk))


def count_proposed(member: Membership) -> int:
    """How many wait for approval, counted to `COUNTED` + 1 at most."""
    return int(_waiting(member).order_by()[: COUNTED + 1].count())


def amended(conversation: desk.Conversation) -> list[Reply]:
    """The answers here that went out with an approver's changes, for whoever wants to learn from them."""
    rows = Reply.objects.within(conversation.workspace_id).filter(conversation=conversation, state=State.SENT)
    return list(rows.exclude(proposed_text="").select_related("author", "decided_by").order_by("-id")[:20])

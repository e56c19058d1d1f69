"""From the first letter typed to a queued answer: drafts, sending, undo. One transaction a function."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.connectors.contract import Capability, RouteKind
from makegood.connectors.registry import connector
from makegood.desk import api as desk
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.reply import composing, parts, rules, splitting
from makegood.reply.canned import count_canned
from makegood.reply.models import Reply, ReplyMedia
from makegood.reply.tone.looking import refusal
from makegood.reply.tone.sent import remember

__all__ = [
    "ReplyError",
    "checked",
    "discard",
    "draft_of",
    "queue",
    "record_by_hand",
    "release",
    "retry",
    "return_text",
    "save_draft",
    "take_draft",
    "undo",
]

LONGEST_DRAFT = 20_000
Purpose = Reply.Purpose
State = Reply.State


class ReplyError(ValueError):
    """An answer that can't go out as it is: a sentence that says why and what to do."""


def draft_of(conversation: desk.Conversation, member: Any) -> Reply | None:
    """The member's own draft here."""
    found: Reply | None = (
        Reply.objects.within(conversation.workspace_id)
        .filter(conversation=conversation, author=member, state=State.DRAFT)
        .first()
    )
    return found


def take_draft(conversation: desk.Conversation, member: Any) -> Reply:
    """The member's draft here to be changed or sent, or a new answer. In the caller's transaction.

    Whoever writes in this conversation waits here for whoever else does: a draft that is saved while it is sent must
    not bring the sent answer back to a draft, and a double click must see the first.
    """
    rows = desk.Conversation.objects.within(conversation.workspace_id).select_for_update(of=("self",))
    rows.get(pk=conversation.pk)
    mine = draft_of(conversation, member)
    return mine or Reply(workspace_id=conversation.workspace_id, conversation=conversation, author=member)


@transaction.atomic
def save_draft(conversation: desk.Conversation, member: Any, text: str, **options: Any) -> Reply | None:
    """Keeps what the member has typed so far, and how they want it sent: `purpose`, `quoted_id`, `counters`,
    `follow_up`. What is not named stays as it was. A draft with nothing in it is dropped.
    """
    row = take_draft(conversation, member)
    row.text = text[:LONGEST_DRAFT]
    row.parent_id = conversation.latest.network_id
    row.changed_at = clock.now()
    for name, value in options.items():
        setattr(row, name, value)
    if row.quoted_id and composing.quotable(conversation, row.quoted_id) is None:
        row.quoted_id = ""
    kept = row.text.strip() or row.quoted_id or row.purpose != Purpose.ANSWER
    if not kept and not (row.pk and row.media.exists()):
        if row.pk:
            row.delete()
        return None
    row.save()
    return row


@transaction.atomic
def queue(
    conversation: desk.Conversation,
    member: Any,
    text: str,
    channel_id: int | None = None,
    *,
    send_at: datetime | None = None,
    own_data: bool = False,
) -> Reply:
    """Puts an answer into the outbox as the member's draft says (purpose, quote, pictures, counters); returns its first
    part. It goes out after the workspace's seconds of grace, or at `send_at` (aware). `own_data` says that the shop's
    own numbers in it may be public. Raises `ReplyError`.

    The keys are chosen here, before anything is sent: whatever happens later, the network can be asked about them.
    """
    row = take_draft(conversation, member)
    row.text, row.own_data = text.strip(), own_data
    chosen, capability = checked(row, channel_id, send_at)
    release(row, chosen, capability, send_at)
    if send_at is None:
        journal.record(row.workspace_id, "reply.queued", conversation, actor=member, reply=row.pk)
    else:
        journal.record(row.workspace_id, "reply.planned", conversation, actor=member, reply=row.pk)
    return row


def checked(row: Reply, channel_id: int | None, send_at: datetime | None) -> tuple[listen.Channel, Capability]:
    """The account an answer goes out by, and what it may do, after every rule has been looked at.

    Sets what the answer goes to, and who will see it. Raises `ReplyError` with the first thing that is wrong.
    """
    conversation = row.conversation
    if not row.text:
        raise ReplyError(_("Write something first."))
    accounts = composing.accounts_for(conversation)
    route = composing.route_of(conversation, accounts, send_at)
    if route.kind is not RouteKind.API:
        raise ReplyError(route.reason)
    chosen = next((one for one in accounts if channel_id in (None, one.pk)), None)
    if chosen is None:
        raise ReplyError(_("That account is no longer connected. Choose another one."))
    capability = composing.capability_for(conversation, [chosen])
    heard = composing.answered(conversation, row.purpose)
    row.parent_id, row.visibility = heard.network_id, heard.visibility
    _check_purpose(row, capability)
    seen = composing.preview(conversation, row.text, capability, counters=row.counters)
    if problem := seen.problem or refusal(row):
        raise ReplyError(problem)
    if _already_on_its_way(row):
        raise ReplyError(_("This very answer is already on its way."))
    return chosen, capability


def _check_purpose(row: Reply, capability: Capability) -> None:
    private = capability.private
    if row.purpose == Purpose.PRIVATE and (private is None or private.route is not RouteKind.API):
        raise ReplyError(private.text if private else _("This network has no private messages."))
    if row.purpose == Purpose.CLOSING and row.visibility not in composing.PUBLIC:
        raise ReplyError(_("Nothing of this was said in public, so there is nobody to tell how it ended."))
    if row.quoted_id:
        quoted = composing.quotable(row.conversation, row.quoted_id)
        if quoted is None:
            raise ReplyError(_("What you quote is no longer there. Take the quote off."))
        if sentence := rules.no_quote(capability, quoted.visibility):
            raise ReplyError(sentence)
    files = row.media.count() if row.pk else 0
    if files and (capability.media is None or files > capability.media.most):
        raise ReplyError(rules.no_media(capability, files))


def release(row: Reply, channel: listen.Channel, capability: Capability, send_at: datetime | None) -> None:
    """Queues an answer that was checked, as one row a part. In the caller's transaction; it writes the journal."""
    conversation = row.conversation
    try:
        texts = composing.split_for(conversation, row.text, capability, counters=row.counters)
    except splitting.CannotSplit as error:
        raise ReplyError(str(error)) from error
    new_key = connector(conversation.network).new_key
    assert new_key is not None
    now = clock.now()
    grace = timedelta(seconds=float(conversation.workspace.undo_seconds))
    row.whole = row.text if len(texts) > 1 else ""
    row.text, row.channel, row.key = texts[0], channel, new_key()
    row.state, row.sentence, row.attempt = State.QUEUED, "", 0
    row.changed_at = now
    row.scheduled = send_at is not None
    row.send_after = send_at or now + grace
    row.save()
    following = [(text, row.purpose, row.visibility, row.parent_id) for text in texts[1:]]
    if row.follow_up and row.purpose == Purpose.PRIVATE:
        public = composing.answered(conversation, Purpose.CLOSING)
        if public.visibility in composing.PUBLIC:
            following.append((row.follow_up, Purpose.ANSWER, public.visibility, public.network_id))
    for position, (text, purpose, visibility, parent_id) in enumerate(following, 1):
        Reply.objects.create(
            workspace_id=row.workspace_id,
            conversation=conversation,
            author=row.author,
            channel=channel,
            lead=row,
            position=position,
            text=text,
            purpose=purpose,
            visibility=visibility,
            parent_id=parent_id,
            counters=row.counters,
            state=State.QUEUED,
            key=new_key(),
            changed_at=now,
        )
    count_canned(row, row.whole or row.text)
    remember(row, row.whole or row.text)
    jobs.wake("outbox", delay=(row.send_after - now).total_seconds())


def _already_on_its_way(row: Reply) -> bool:
    """A double click, or two tabs."""
    states = [State.QUEUED, State.SENDING, State.PROPOSED, State.HELD]
    rows = Reply.objects.within(row.workspace_id).filter(conversation=row.conversation, state__in=states)
    same = Q(text=row.text) | Q(whole=row.text)
    return bool(rows.filter(same, parent_id=row.parent_id).exclude(pk=row.pk).exists())


@transaction.atomic
def undo(reply: Reply, member: Any) -> bool:
    """Takes back what is not yet being sent, all parts of it; the text returns to the composer, or, where it had been
    approved, to those who approve. False when it was too late.
    """
    key = reply.lead_id or reply.pk
    rows = Reply.objects.within(reply.workspace_id)
    waiting = rows.filter(pk=key, state__in=[State.QUEUED, State.HELD], attempt=0)
    if not waiting.update(state=State.WITHDRAWN, changed_at=clock.now(), send_after=None):
        return False
    rows.filter(lead_id=key, state=State.QUEUED).update(state=State.WITHDRAWN, changed_at=clock.now())
    lead = rows.select_related("conversation", "conversation__latest", "author").get(pk=key)
    if lead.decided_by_id is not None and lead.author_id != member.pk:
        _propose_again(lead)
    else:
        return_text(lead, member, lead.whole or lead.text)
    journal.record(lead.workspace_id, "reply.withdrawn", lead.conversation, actor=member, reply=lead.pk)
    return True


def _propose_again(lead: Reply) -> None:
    lead.text, lead.whole = lead.whole or lead.text, ""
    lead.state, lead.decided_by, lead.decided_at = State.PROPOSED, None, None
    lead.key, lead.scheduled, lead.sentence = "", False, ""
    lead.save()


def return_text(lead: Reply, member: Any, text: str) -> Reply | None:
    """Puts an answer's text, and what was to go with it, back into a member's composer, before what they have begun."""
    # Whoever takes the words back has promised nothing yet.
    desk.withdraw_promises_of(lead.workspace_id, f"reply:{lead.pk}", member)
    begun = draft_of(lead.conversation, member)
    words = f"{text}\n\n{begun.text}" if begun and begun.text else text
    options = {"purpose": lead.purpose, "quoted_id": lead.quoted_id, "counters": lead.counters}
    draft = save_draft(lead.conversation, member, words, **options, follow_up=lead.follow_up)
    if draft is not None:
        files = ReplyMedia.objects.within(lead.workspace_id).filter(reply=lead)
        files.update(reply=draft)
    return draft


@transaction.atomic
def retry(reply: Reply, member: Any) -> bool:
    """Tries a refused or unknown part again, now. The network is asked first whether it stands already; the parts after
    it follow by themselves.
    """
    states = [State.REFUSED, State.UNKNOWN]
    rows = Reply.objects.within(reply.workspace_id).filter(pk=reply.pk, state__in=states)
    if not rows.update(state=State.SENDING, attempt=1, lease_until=clock.now(), send_after=clock.now(), sentence=""):
        return False
    journal.record(reply.workspace_id, "reply.retried", reply.conversation, actor=member, reply=reply.pk)
    jobs.wake("outbox")
    return True


@transaction.atomic
def discard(reply: Reply, member: Any) -> bool:
    """Gives a refused or unknown part up, and those that waited for it; their text returns to the composer so that
    nothing typed is lost. What stands on the network stays there.
    """
    states = [State.REFUSED, State.UNKNOWN]
    rows = Reply.objects.within(reply.workspace_id)
    if not rows.filter(pk=reply.pk, state__in=states).update(state=State.WITHDRAWN, changed_at=clock.now()):
        return False
    key = reply.lead_id or reply.pk
    every = list(rows.filter(Q(pk=key) | Q(lead_id=key)).select_related("conversation__latest").order_by("position"))
    lead = every[0]
    later = [one for one in every if one.position > reply.position and one.state == State.QUEUED]
    rows.filter(pk__in=[one.pk for one in later]).update(state=State.WITHDRAWN, changed_at=clock.now())
    return_text(lead, member, _rest_of(lead, reply, every))
    journal.record(reply.workspace_id, "reply.discarded", reply.conversation, actor=member, reply=reply.pk)
    return True


def _rest_of(lead: Reply, part: Reply, every: Iterable[Reply]) -> str:
    """What was written from this part on, without the counters."""
    if not lead.whole or part.purpose != lead.purpose:
        return part.text
    chain = [one for one in every if one.purpose == lead.purpose]
    place = 0
    for number, one in enumerate(chain, 1):
        bare = one.text.removesuffix(splitting.counter(number, len(chain))) if lead.counters else one.text
        found = lead.whole.find(bare, place)
        if one.pk == part.pk:
            return lead.whole[max(found, place) :].strip()
        place = max(found, place) + len(bare)
    return part.text


@transaction.atomic
def record_by_hand(conversation: desk.Conversation, member: Any, text: str, row: Reply | None = None) -> Reply:
    """The member has answered on the network's own page: keep what was said and stop the clock.

    `row` is the answer it was written as, where that isn't the member's own draft.
    """
    now = clock.now()
    row = row or take_draft(conversation, member)
    heard = composing.answered(conversation, row.purpose)
    row.text, row.by_hand, row.state = text.strip(), True, State.SENT
    row.parent_id, row.visibility = heard.network_id, heard.visibility
    row.sent_at = row.changed_at = now
    row.save()
    count_canned(row, row.text)
    remember(row, row.text)
    private = row.purpose == Purpose.PRIVATE
    unsaid = _("(answered in a private message)") if private else _("(answered on the page itself)")
    desk.note_answer(
        conversation.pk,
        desk.Answer(
            network_id=f"by-hand:{row.pk}",
            parent_id=row.parent_id,
            text=row.text or unsaid,
            url="" if private else conversation.latest.url,
            at=now,
            author_id=f"member:{member.pk}",
            author_name=str(member),
            author_handle="",
            visibility=row.visibility,
        ),
        member,
    )
    if private:
        parts.note_private(conversation, now, member)
    elif row.purpose == Purpose.CLOSING:
        desk.note_closing_line(conversation, now, member)
    journal.record(row.workspace_id, "reply.by_hand", conversation, actor=member, reply=row.pk)
    return row

"""Deciding about advocates and thanking them. One transaction a function.

Thanks are words. Nothing that is worth money can be tied to them here: who speaks well of a shop for a reward has to
say so, and may not be rewarded for speaking well (16 CFR 465.4, 16 CFR 255.5).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.amplify.advocates.rules import AdvocateError
from makegood.amplify.models import Advocate
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply

__all__ = ["decide", "lay_thanks", "note_thanks_in_answers"]

LOOKS_BACK = timedelta(days=30)


def _held(member: Membership, key: int) -> Advocate:
    if not allows(member.role, Right.WORK):
        raise AdvocateError(_("Only who works on conversations here can do this."))
    rows = Advocate.objects.within(member.workspace_id).select_for_update(of=("self",))
    row = rows.select_related("conversation").filter(pk=key).first()
    if row is None:
        raise AdvocateError(_("This is not there."))
    return row


@transaction.atomic
def decide(member: Membership, key: int, confirmed: bool) -> Advocate:
    """A member says whether somebody (id) is an advocate; may be said anew. Raises `AdvocateError`."""
    row = _held(member, key)
    row.state = Advocate.State.CONFIRMED if confirmed else Advocate.State.DECLINED
    row.decided_by, row.decided_at = member.user, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    subject: Any = row.conversation or row
    if confirmed:
        journal.record(member.workspace_id, "advocate.confirmed", subject, actor=member.user, advocate=row.pk)
    else:
        journal.record(member.workspace_id, "advocate.declined", subject, actor=member.user, advocate=row.pk)
    return row


@transaction.atomic
def lay_thanks(member: Membership, key: int) -> Advocate:
    """Lays thanks into the member's answer to them, in their own newest conversation; a person sends it.

    Raises `AdvocateError` where they are not confirmed, there is no conversation of theirs, or an answer was begun.
    """
    row = _held(member, key)
    if row.state != Advocate.State.CONFIRMED:
        raise AdvocateError(_("Say first that they are an advocate."))
    if row.conversation is None:
        raise AdvocateError(_("They have only answered others so far: there is no conversation of theirs to thank in."))
    begun = reply.draft_of(row.conversation, member.user)
    if begun is not None and begun.text.strip():
        raise AdvocateError(_("You have begun an answer there. Send it or empty it first, then thank them."))
    row.words, row.ready_at = _words(row), clock.now()
    reply.save_draft(row.conversation, member.user, row.words)
    row.save(update_fields=["words", "ready_at"])
    return row


def _words(row: Advocate) -> str:
    first = reply.first_name(row.name)
    thanks = _("you have spoken up for us more than once, and we noticed. Thank you! It means a lot to all of us.")
    return f"{first}, {thanks}" if first else thanks[0].upper() + thanks[1:]


def note_thanks_in_answers(conversations: Collection[int]) -> int:
    """Finds the thanks that stand in answers just sent in these conversations (ids). How many. In a transaction."""
    rows = Advocate.objects.across("the step looks after the advocates of all workspaces")
    waiting = rows.filter(conversation__in=conversations, ready_at__gt=clock.now() - LOOKS_BACK)
    found = list(waiting.select_related("conversation"))
    if not found:
        return 0
    since = min(row.ready_at for row in found if row.ready_at is not None)
    sent = reply.Reply.objects.across("the step looks at answers of all workspaces").filter(
        conversation__in={row.conversation_id for row in found}
    )
    said = list(sent.filter(state=reply.Reply.State.SENT, sent_at__gte=since).select_related("author"))
    return sum(_heard(row, [each for each in said if each.conversation_id == row.conversation_id]) for row in found)


def _heard(row: Advocate, answers: list[reply.Reply]) -> bool:
    for each in answers:
        if reply.holds(each.whole or each.text, row.words):
            held = Advocate.objects.within(row.workspace_id).filter(pk=row.pk, ready_at=row.ready_at)
            if held.update(thanked_at=each.sent_at, words="", ready_at=None) and row.conversation is not None:
                journal.record(
                    row.workspace_id, "advocate.thanked", row.conversation, actor=each.author, advocate=row.pk
                )
                return True
    return False

"""Telling those who complained that it is mended: the words lie ready in the answer, a person sends them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import api as resolve
from makegood.winback.causes.rules import CauseError
from makegood.winback.models import Cause, CauseMember

__all__ = ["lay_ready", "note_told", "words_for"]

LOOKS_BACK = timedelta(days=30)
MOST_AT_ONCE = 200


def words_for(cause: Cause, name: str) -> str:
    """What somebody who complained may be told. It says nothing of their order, so that it can be said anywhere."""
    facts = {"name": name, "what": cause.fixed_words.rstrip(".")}
    if cause.fixed_words:
        return (
            _("Hi %(name)s, you told us about this, and it is mended now: %(what)s. Thank you for saying so.") % facts
        )
    return _("Hi %(name)s, what you told us about is mended now. Thank you for saying so.") % facts


@transaction.atomic
def lay_ready(member: Membership, row: CauseMember) -> None:
    """Puts the words into the member's answer in the conversation, after what they have written there already.

    Raises CauseError where it is not fixed, or they know.
    """
    if not allows(member.role, Right.ANSWER):
        raise CauseError(_("Only who answers customers here can do this."))
    rows = CauseMember.objects.within(member.workspace_id).select_for_update(of=("self",))
    held = rows.select_related("cause", "complaint__conversation__latest").filter(pk=row.pk).first()
    if held is None or held.state != CauseMember.State.IN:
        raise CauseError(_("This complaint does not belong to the cause any more."))
    if held.cause.state != Cause.State.FIXED:
        raise CauseError(_("The cause is not marked as fixed. Mark it first, then tell them."))
    if held.told_at is not None:
        raise CauseError(_("They have been told already."))
    talk = held.complaint.conversation
    words = words_for(held.cause, reply.first_name(talk.author_name) or talk.author_label)
    draft = reply.draft_of(talk, member.user)
    written = draft.text if draft else ""
    if not reply.holds(written, words):
        reply.save_draft(talk, member.user, f"{written.rstrip()}\n\n{words}".strip())
    held.ready_words, held.ready_at = words, clock.now()
    held.save(update_fields=["ready_words", "ready_at"])


def note_told() -> int:
    """Part of the step: finds the answers that tell customers of what was mended. How many."""
    rows = CauseMember.objects.across("the step looks after the causes of all workspaces")
    waiting = rows.filter(ready_at__gt=clock.now() - LOOKS_BACK, told_at__isnull=True).order_by("-ready_at", "-pk")
    found = list(waiting.select_related("cause", "complaint__conversation")[:MOST_AT_ONCE])
    if not found:
        return 0
    since = min(row.ready_at for row in found if row.ready_at is not None)
    answers = resolve.answers_since({row.complaint.conversation_id for row in found}, since)
    return sum(_heard(row, answers.get(row.complaint.conversation_id, [])) for row in found)


def _heard(row: CauseMember, answers: list[reply.Reply]) -> bool:
    for each in answers:
        at, ready = each.sent_at, row.ready_at
        since = at is not None and ready is not None and at >= ready
        if at is not None and since and resolve.made_of(each.whole or each.text, row.ready_words):
            return _told(row, at, each.author)
    return False


@transaction.atomic
def _told(row: CauseMember, at: datetime, by: Any) -> bool:
    held = CauseMember.objects.within(row.workspace_id).filter(pk=row.pk, told_at__isnull=True)
    if not held.update(told_at=at, ready_at=None, ready_words=""):
        return False
    talk = row.complaint.conversation
    journal.record(row.workspace_id, "cause.told", talk, actor=by, cause=row.cause_id, name=row.cause.name)
    return True

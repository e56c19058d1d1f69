"""Thanking for a praise, or letting it stand. The words lie ready, a person sends them. One transaction a function."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.amplify.models import Praise
from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.praising.wording import thanks_words
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import api as resolve

__all__ = ["LOOKS_BACK", "MOST_AT_ONCE", "held", "let_stand", "may_write", "note_thanked", "take_thanks", "take_up"]

LOOKS_BACK = timedelta(days=30)
MOST_AT_ONCE = 200
State = Praise.State


def held(member: Membership, key: int, right: Right = Right.WORK) -> Praise:
    """A praise that this member may see and work on, held until the caller's transaction ends. Raises `PraiseError`."""
    if not allows(member.role, right):
        raise PraiseError(_("Your role does not let you do this. An owner can give you one that does."))
    rows = Praise.objects.within(member.workspace_id).filter(conversation__in=desk.visible(member))
    row = rows.select_for_update(of=("self",)).filter(pk=key).first()
    if row is None:
        raise PraiseError(_("This is not there any more. Load the page again."))
    return row


def may_write(member: Membership) -> bool:
    """Whether this member may write answers, if only for approval."""
    return reply.may_send(member) or reply.may_propose(member)


def _to_write(member: Membership, key: int) -> Praise:
    row = held(member, key, Right.PROPOSE)
    if row.state == State.GONE:
        raise PraiseError(_("Its author has deleted it, so there is nothing to answer."))
    return row


@transaction.atomic
def take_thanks(member: Membership, key: int) -> str:
    """The words of thanks for the composer; an answer with them is recognised once it is sent. Raises `PraiseError`."""
    row = _to_write(member, key)
    talk = desk.Conversation.objects.within(row.workspace_id).get(pk=row.conversation_id)
    words = thanks_words(reply.first_name(talk.author_name), row.reasons)
    row.thanks_words, row.thanks_from = words, clock.now()
    row.save(update_fields=["thanks_words", "thanks_from"])
    return words


@transaction.atomic
def let_stand(member: Membership, key: int) -> Praise:
    """No thanks is due. Twice is once. Raises `PraiseError`."""
    row = held(member, key)
    if row.state == State.WAITING:
        _decide(row, State.PASSED, member.user, clock.now())
        journal.record(row.workspace_id, "praise.passed", _talk(row), actor=member.user, praise=row.pk)
    return row


@transaction.atomic
def take_up(member: Membership, key: int) -> Praise:
    """Undoes letting it stand. Raises `PraiseError`."""
    row = held(member, key)
    if row.state == State.PASSED:
        row.state, row.decided_by, row.decided_at = State.WAITING, None, None
        row.save(update_fields=["state", "decided_by", "decided_at"])
        journal.record(row.workspace_id, "praise.taken_up", _talk(row), actor=member.user, praise=row.pk)
    return row


def _decide(row: Praise, state: str, by: Any, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.thanks_from = state, by, at, None
    row.save(update_fields=["state", "decided_by", "decided_at", "thanks_from"])


def _talk(row: Praise) -> desk.Conversation:
    """What journal lines are about; not read for that."""
    return desk.Conversation(pk=row.conversation_id)


@transaction.atomic
def thanked(row: Praise, at: datetime, by: Any) -> bool:
    """An answer that thanks for it was sent at `at` (aware). False where that was known."""
    now = Praise.objects.within(row.workspace_id).select_for_update(of=("self",)).filter(pk=row.pk).first()
    if now is None or now.state in (State.THANKED, State.GONE):
        return False
    _decide(now, State.THANKED, by, at)
    journal.record(now.workspace_id, "praise.thanked", _talk(now), actor=by, praise=now.pk)
    return True


def note_thanked() -> int:
    """Part of the step: finds the answers that thank for a praise. How many it found."""
    rows = Praise.objects.across("the step looks after the praise of all workspaces")
    waiting = rows.filter(thanks_from__gt=clock.now() - LOOKS_BACK).order_by("-thanks_from", "pk")
    found = list(waiting[:MOST_AT_ONCE])
    since = min((row.thanks_from for row in found if row.thanks_from), default=None)
    if since is None:
        return 0
    said = resolve.answers_since({row.conversation_id for row in found}, since)
    return sum(_heard(row, said.get(row.conversation_id, [])) for row in found)


def _heard(row: Praise, answers: list[reply.Reply]) -> bool:
    for each in answers:
        if each.sent_at is None or row.thanks_from is None or each.sent_at < row.thanks_from:
            continue
        if resolve.made_of(each.whole or each.text, row.thanks_words):
            return thanked(row, each.sent_at, each.author)
    return False

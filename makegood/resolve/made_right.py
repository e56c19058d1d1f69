"""Did this make it right? The question lies ready, a person sends it, and what they answer is kept as the outcome.

One question is about everything that was done in the conversation and not answered for yet. Who does not answer within
the days that the workspace has set is due for a closing line: the conversation comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import authority, house, rules, saying, wording
from makegood.resolve.models import Outcome, Remedy
from makegood.resolve.rules import ResolveError

__all__ = ["Asking", "asking_of", "done_in", "keep_answer", "miss_due", "note_asked", "take_question"]

Answer = Outcome.Answer
LOOKS_BACK = timedelta(days=30)
MOST_AT_ONCE = 200
MOST_SHOWN = 50


@dataclass(frozen=True)
class Asking:
    """How it stands with asking whether it is right now, where something was done that is not answered for yet."""

    outcome: Outcome | None
    known: bool
    """Whether they know of all that was done: nobody is asked before."""
    late: bool
    """Whether they should have answered by now."""
    wrote: bool
    """Whether they have written since they were asked."""

    @property
    def asked_at(self) -> datetime | None:
        """When they were asked; None before."""
        return self.outcome.asked_at if self.outcome else None

    @property
    def offered(self) -> bool:
        """Whether the question is to be put into the answer now: for the first time, or once more."""
        return self.known and (self.asked_at is None or self.late)


def _open_rows(conversation: desk.Conversation) -> QuerySet[Remedy]:
    """What was done for them, as far as it is not said whether it made it right."""
    rows = Remedy.objects.within(conversation.workspace_id)
    rows = rows.filter(conversation=conversation, state=Remedy.State.EXECUTED)
    return rows.filter(Q(outcome__isnull=True) | Q(outcome__answer=""))


def asking_of(conversation: desk.Conversation) -> Asking | None:
    """How it stands; None where nothing was done, or it is all answered for. 2 queries."""
    waiting = list(_open_rows(conversation).values_list("tell_from", flat=True)[:MOST_SHOWN])
    if not waiting:
        return None
    rows = Outcome.objects.within(conversation.workspace_id).select_related("asked_by")
    row = rows.filter(conversation=conversation, answer="").first()
    asked = row.asked_at if row else None
    return Asking(
        outcome=row,
        known=all(since is None for since in waiting),
        late=conversation.unsettled_at is not None,
        wrote=asked is not None and conversation.latest.posted_at > asked,
    )


def done_in(workspace: Any, conversations: Iterable[desk.Conversation]) -> list[Remedy]:
    """What was done in these conversations, each with its outcome, the newest first. 1 query."""
    rows = Remedy.objects.within(workspace).filter(conversation__in=list(conversations), state=Remedy.State.EXECUTED)
    return list(rows.select_related("conversation", "outcome__by").order_by("-executed_at", "-pk")[:MOST_SHOWN])


def _may(membership: Membership, conversation: desk.Conversation) -> Membership:
    """The member as they stand now; from here on nobody else decides or keeps anything in the workspace."""
    if membership.workspace_id != conversation.workspace_id:
        raise ResolveError(_("This is not there."))
    authority.lock(membership.workspace_id)
    member = authority.fresh(membership)
    if not rules.may_ask(member):
        raise ResolveError(_("Only who answers customers here can do this."))
    return member


def _open_one(conversation: desk.Conversation) -> Outcome:
    """The question that is open, and all it is about. In the caller's transaction, which holds the workspace."""
    keys = list(_open_rows(conversation).values_list("pk", flat=True))
    if not keys:
        raise ResolveError(_("There is nothing to ask about: nothing was done for them that they have not answered."))
    rows = Outcome.objects.within(conversation.workspace_id).filter(conversation=conversation, answer="")
    row = rows.first() or Outcome.objects.create(workspace_id=conversation.workspace_id, conversation=conversation)
    Remedy.objects.within(conversation.workspace_id).filter(pk__in=keys).update(outcome=row)
    return row


@transaction.atomic
def take_question(membership: Membership, conversation: desk.Conversation) -> str:
    """The question in the shop's own words, for the composer; a person sends it. Raises `ResolveError`."""
    _may(membership, conversation)
    row = _open_one(conversation)
    own = house.words_for(conversation.workspace, house.OUTCOME, conversation.language)
    known = {"name": reply.first_name(conversation.author_name)}
    # Nothing of what was done stands in it, so that it can be asked wherever they are.
    words, _left = wording.fill_words(own or _("Did this make it right for you?"), known)
    row.words, row.ready_at = words, clock.now()
    row.save(update_fields=["words", "ready_at"])
    return words


def note_asked() -> int:
    """Part of the step: finds the answers that ask the question. How many it found."""
    rows = Outcome.objects.across("the step looks after the outcomes of all workspaces")
    waiting = rows.filter(ready_at__gt=clock.now() - LOOKS_BACK, answer="").order_by("ready_at", "pk")
    found = [row for row in waiting.select_related("conversation", "workspace")[:MOST_AT_ONCE] if row.words]
    since = min((row.ready_at for row in found if row.ready_at), default=None)
    if since is None:
        return 0
    said = saying.answers_since({row.conversation_id for row in found}, since)
    return sum(_heard(row, said.get(row.conversation_id, [])) for row in found)


def _heard(row: Outcome, answers: list[reply.Reply]) -> bool:
    for each in answers:
        at = each.sent_at
        since = at is not None and row.ready_at is not None and at >= row.ready_at
        if at is not None and since and saying.made_of(each.whole or each.text, row.words):
            return _asked(row, at, each.author)
    return False


@transaction.atomic
def _asked(row: Outcome, at: datetime, by: Any) -> bool:
    held = Outcome.objects.within(row.workspace_id).filter(pk=row.pk, ready_at=row.ready_at, answer="")
    due = at + timedelta(days=row.workspace.outcome_days)
    if not held.update(asked_at=at, asked_by=by, due_at=due, ready_at=None):
        return False
    desk.note_settled(row.conversation)
    journal.record(row.workspace_id, "outcome.asked", row.conversation, actor=by, outcome=row.pk)
    return True


def miss_due() -> int:
    """Part of the step: brings back the conversations in which nobody has said by now whether it is right. How many."""
    rows = Outcome.objects.across("the step looks after the outcomes of all workspaces")
    done = Remedy.objects.across("those of outcomes").filter(state=Remedy.State.EXECUTED, outcome__isnull=False)
    late = rows.filter(due_at__lte=clock.now(), answer="", pk__in=done.values("outcome"))
    names = ("conversation__assignee", "asked_by")
    return sum(_missed(row) for row in late.select_related(*names).order_by("due_at", "pk")[:MOST_AT_ONCE])


@transaction.atomic
def _missed(row: Outcome) -> bool:
    held = Outcome.objects.within(row.workspace_id).filter(pk=row.pk, due_at=row.due_at, answer="")
    if not held.update(due_at=None):
        return False
    talk = row.conversation
    desk.note_unsettled(talk, clock.now())
    journal.record(row.workspace_id, "outcome.missing", talk, outcome=row.pk)
    people = [one for one in (row.asked_by, talk.assignee) if one is not None]
    desk.notify_all(people, talk, "remedy", _("does not know yet whether it is right for them now. Ask again?"))
    return True


@transaction.atomic
def keep_answer(membership: Membership, conversation: desk.Conversation, answer: str) -> Outcome:
    """Keeps what they said, for all that was done and not answered for. Raises `ResolveError`.

    They may say it unasked; that there was no answer can only be said of a question.
    """
    if answer not in Answer.values:
        raise ResolveError(_("Choose one of the answers."))
    member = _may(membership, conversation)
    row = _open_one(conversation)
    if answer == Answer.NO_ANSWER and row.asked_at is None:
        raise ResolveError(_("Nobody has asked them yet."))
    row.answer, row.at, row.by, row.due_at, row.ready_at = answer, clock.now(), member.user, None, None
    row.save(update_fields=["answer", "at", "by", "due_at", "ready_at"])
    desk.note_settled(conversation)
    journal.record(
        conversation.workspace_id, "outcome.kept", conversation, actor=member.user, outcome=row.pk, answer=answer
    )
    return row

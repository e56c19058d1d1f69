"""Promises: given, kept, moved, taken back. Each is a clock of its conversation; one transaction a function."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.clocks import api as clocks
from makegood.desk.clocks import line_data, set_due, terms_of, wake_for
from makegood.desk.models import Clock, Conversation
from makegood.desk.settling import stop
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "PromiseError",
    "keep_promise",
    "move_promise",
    "promise",
    "promise_of",
    "withdraw_promise",
    "withdraw_promises_of",
]

LONGEST = timedelta(days=366)
MOST = 20
LONGEST_TEXT = 300


class PromiseError(ValueError):
    """A promise that can't be kept track of: a sentence that says why and what to do."""


def _check(due_at: datetime) -> None:
    now = clock.now()
    if due_at <= now:
        raise PromiseError(_("A promise is for a moment to come. Choose a later one."))
    if due_at > now + LONGEST:
        raise PromiseError(_("A promise can be for a year from now at most."))


def _words(text: str, otherwise: str) -> str:
    words = " ".join(text.split())[:LONGEST_TEXT]
    if not words:
        raise PromiseError(otherwise)
    return words


def _timed(conversation: Conversation, due_at: datetime) -> datetime:
    """When to speak of a promise, in the hours that hold for the conversation."""
    book = clocks.books([conversation.workspace_id])[conversation.workspace_id]
    labels = list(conversation.labels.values_list("name", flat=True))
    hours = terms_of(conversation, book, labels).hours or book.hours
    return clocks.promise_warn_at(hours, clock.now(), due_at)


@transaction.atomic
def promise(
    conversation: Conversation, words: str, due_at: datetime, by: Any, *, made_in: str = "", why: str = ""
) -> Clock:
    """Keeps track of a promise to the customer until it is marked as kept.

    `words` is the promise as it was written ("by Friday"), `due_at` an aware moment to come, `made_in` where it was
    given ("reply:12"), so that `withdraw_promises_of` finds it, `why` how the moment was worked out. Raises
    `PromiseError`.
    """
    text = _words(words, _("Say what was promised, in a few words."))
    _check(due_at)
    running = Clock.objects.within(conversation.workspace_id).filter(
        conversation=conversation, kind=Clock.Kind.PROMISE, stopped_at__isnull=True
    )
    if running.count() >= MOST:
        raise PromiseError(_("Twenty promises are open here already. Keep or take back some first."))
    row = Clock.objects.create(
        workspace_id=conversation.workspace_id,
        conversation=conversation,
        kind=Clock.Kind.PROMISE,
        words=text,
        reason=why[:LONGEST_TEXT],
        due_at=due_at,
        warn_at=_timed(conversation, due_at),
        made_in=made_in,
        member=by,
    )
    journal.record(row.workspace_id, "promise.made", conversation, actor=by, **line_data(row))
    set_due(row.workspace_id, conversation.pk)
    wake_for([row])
    return row


def promise_of(conversation: Conversation, key: int) -> Clock | None:
    """One promise of this conversation that has not ended."""
    rows = Clock.objects.within(conversation.workspace_id).filter(conversation=conversation, stopped_at__isnull=True)
    return rows.filter(kind=Clock.Kind.PROMISE, pk=key).first()


def _locked(row: Clock) -> Clock:
    found: Clock | None = (
        Clock.objects.within(row.workspace_id)
        .select_for_update(of=("self",))
        .select_related("conversation", "conversation__latest", "member")
        .filter(pk=row.pk, stopped_at__isnull=True)
        .first()
    )
    if found is None:
        raise PromiseError(_("This promise has been dealt with already."))
    return found


@transaction.atomic
def keep_promise(row: Clock, by: Any) -> Clock:
    """What was promised is done. Done too late, it counts as broken all the same. Raises `PromiseError`."""
    found = stop(_locked(row), clock.now(), fulfilled=True)
    found.save()
    data = line_data(found)
    journal.record(found.workspace_id, "promise.kept", found.conversation, actor=by, in_time=bool(found.kept), **data)
    set_due(found.workspace_id, found.conversation_id)
    return found


@transaction.atomic
def move_promise(row: Clock, due_at: datetime, reason: str, by: Any) -> Clock:
    """To another moment, with the reason. One that was broken stays broken in the figures; a new one takes its place.

    Raises `PromiseError`.
    """
    because = _words(reason, _("Say why it moves: your colleagues will want to know, and so may the customer."))
    _check(due_at)
    found = _locked(row)
    if (found.due_at is not None and found.due_at <= clock.now()) or found.broken_at is not None:
        old = stop(found, clock.now(), fulfilled=False)
        old.save()
        found = Clock(
            workspace_id=old.workspace_id,
            conversation=old.conversation,
            kind=Clock.Kind.PROMISE,
            words=old.words,
            made_in=old.made_in,
            member=old.member,
        )
    found.due_at, found.moved_because, found.warned_at = due_at, because, None
    found.warn_at = _timed(found.conversation, due_at)
    found.save()
    journal.record(
        found.workspace_id, "promise.moved", found.conversation, actor=by, reason=because, **line_data(found)
    )
    set_due(found.workspace_id, found.conversation_id)
    wake_for([found])
    return found


@transaction.atomic
def withdraw_promise(row: Clock, by: Any) -> Clock:
    """It was no promise after all, or never reached the customer. Raises `PromiseError`."""
    found = _locked(row)
    found.stopped_at, found.kept, found.broken_at = clock.now(), None, None
    found.save()
    journal.record(found.workspace_id, "promise.withdrawn", found.conversation, actor=by, **line_data(found))
    set_due(found.workspace_id, found.conversation_id)
    return found


def withdraw_promises_of(workspace: Any, made_in: str, by: Any) -> int:
    """What was promised in something that was taken back ("reply:12") is promised no more. Returns how many."""
    rows = Clock.objects.within(workspace).filter(made_in=made_in, stopped_at__isnull=True, kind=Clock.Kind.PROMISE)
    found = list(rows)
    for row in found:
        withdraw_promise(row, by)
    return len(found)

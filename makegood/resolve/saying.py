"""What the customer hears of a remedy: the words are made ready, a person sends them, and the promise is kept by it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.reply import api as reply
from makegood.resolve import finishing
from makegood.resolve.models import Remedy
from makegood.resolve.refunds import DECIDED
from makegood.resolve.rules import ResolveError

__all__ = [
    "Ready",
    "answers_since",
    "hand_over",
    "hurry",
    "lay_ready",
    "made_of",
    "note_answers",
    "tell",
    "tells",
    "told",
    "with_words",
]

TELL_WITHIN = timedelta(hours=4)
"""By when the customer should hear of what became of it: before they ask."""
LOOKS_BACK = timedelta(days=30)
MOST_AT_ONCE = 200
QUOTED = 170
Kind = Remedy.Kind
_OPEN = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True)
class Ready:
    """The same words as the customer alone may read them, and as everybody may."""

    private: str
    public: str


def hand_over(remedy: Remedy, did: str, words: Ready) -> None:
    """There is something to tell the customer: the words lie ready, and those who look after them know.

    `did` is the rest of a sentence that begins with Makegood's name. In the caller's transaction.
    """
    lay_ready(remedy, words)
    tell(remedy, with_words(did, words))
    hurry(remedy, _("There is something to tell them."))


def with_words(did: str, words: Ready) -> str:
    """What was done, with what the customer is to be told, short enough for a notice."""
    flat = " ".join(words.private.split())
    short = flat if len(flat) <= QUOTED else f"{flat[: QUOTED - 1].rstrip()}…"
    return _("%(done)s Tell them: “%(words)s”") % {"done": did, "words": short} if short else did


def lay_ready(remedy: Remedy, words: Ready) -> None:
    """Keeps the words that a person is to send, from now on and until they have."""
    remedy.ready_words, remedy.ready_public = words.private, words.public
    remedy.tell_from, remedy.told_at = clock.now(), None
    names = ("ready_words", "ready_public", "tell_from", "told_at")
    rows = Remedy.objects.within(remedy.workspace_id).filter(pk=remedy.pk)
    rows.update(**{name: getattr(remedy, name) for name in names})


def tell(remedy: Remedy, text: str, *, by: Any = None) -> None:
    """Tells those who have to do with it, under the bell: who asked, who decided, and who has the conversation."""
    people = [remedy.asked_by, remedy.decided_by, remedy.conversation.assignee]
    desk.notify_all([one for one in people if one is not None], remedy.conversation, "remedy", text, by)


def hurry(remedy: Remedy, reason: str) -> None:
    """Moves the promise that was given with the remedy to the next hours, unless it is due sooner."""
    promised = remedy.promise
    soon, now = clock.now() + TELL_WITHIN, clock.now()
    if promised is None or promised.due_at is None or now < promised.due_at <= soon:
        return
    try:
        moved = desk.move_promise(promised, soon, reason, None)
    except desk.PromiseError:
        # Kept or taken back by a person meanwhile.
        return
    Remedy.objects.within(remedy.workspace_id).filter(pk=remedy.pk).update(promise=moved)


@transaction.atomic
def told(remedy: Remedy, membership: Membership) -> Remedy:
    """A member says that the customer knows. Twice is once. Raises `ResolveError`."""
    member, row = finishing.locked(remedy, membership)
    if row.told_at is not None:
        return row
    if row.tell_from is None:
        raise ResolveError(_("There is nothing to tell them yet."))
    _known(row, clock.now(), member.user)
    row.refresh_from_db()
    return row


def _known(row: Remedy, at: datetime, by: Any) -> None:
    held = Remedy.objects.within(row.workspace_id).filter(pk=row.pk, tell_from__isnull=False)
    if not held.update(told_at=at, tell_from=None):
        return
    journal.record(row.workspace_id, "remedy.told", row.conversation, actor=by, **finishing.facts(row))
    if row.kind == Kind.APOLOGY:
        finishing.execute(finishing.held_by(row), row, by=by)
    row.refresh_from_db(fields=["state"])
    if row.promise is not None and row.state == Remedy.State.EXECUTED and row.promise.stopped_at is None:
        desk.keep_promise(row.promise, by)


def note_answers() -> int:
    """Part of the step: finds the answers that have told customers of their remedies. How many it found."""
    rows = Remedy.objects.across("the step looks after the remedies of all workspaces")
    waiting = rows.filter(tell_from__gt=clock.now() - LOOKS_BACK).order_by("-tell_from", "-pk")
    found = list(waiting.select_related("conversation", "order", "returned", "promise")[:MOST_AT_ONCE])
    if not found:
        return 0
    since = min(row.tell_from for row in found if row.tell_from is not None)
    said = answers_since({row.conversation_id for row in found}, since)
    return sum(_heard(row, said.get(row.conversation_id, [])) for row in found)


def answers_since(conversations: Collection[int], since: datetime) -> dict[int, list[reply.Reply]]:
    """The answers that stand since then (aware), by their conversation (id), in order. 1 query."""
    rows = reply.Reply.objects.across("the step looks after the remedies of all workspaces")
    rows = rows.filter(conversation__in=conversations, state=reply.Reply.State.SENT, sent_at__gte=since)
    said: dict[int, list[reply.Reply]] = {}
    for each in rows.select_related("author").order_by("sent_at", "pk"):
        said.setdefault(each.conversation_id, []).append(each)
    return said


def _heard(row: Remedy, answers: list[Any]) -> bool:
    since = row.tell_from
    for each in answers:
        if since is not None and each.sent_at >= since and tells(each.whole or each.text, row):
            with transaction.atomic():
                _known(row, each.sent_at, each.author)
            return True
    return False


def tells(text: str, remedy: Remedy) -> bool:
    """Whether an answer tells the customer of a remedy: it has the code, the number or the amount in it, or is made of
    the words that lay ready. An apology is whatever was answered.
    """
    if remedy.kind == Kind.APOLOGY:
        return True
    returned = getattr(remedy, "returned", None)
    if remedy.kind == Kind.VOUCHER and remedy.external_id:
        return remedy.external_id.casefold() in text.casefold()
    if returned is not None and remedy.state in DECIDED and returned.state in ("open", "sent"):
        return returned.number.casefold() in text.casefold()
    return any(made_of(text, words) for words in (remedy.ready_words, remedy.ready_public))


def made_of(text: str, words: str) -> bool:
    """Whether an answer is made of ready words; their open places match whatever a person has put there."""
    return reply.holds(text, _OPEN.sub(r"{{\1}}", words))

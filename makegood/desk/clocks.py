"""The clocks of conversations, kept in the transaction of whatever moves a conversation.

`plan` reads and decides, `write` writes; between them the caller may save conversations that are new. For one that is
saved already, `tend` does both and `refresh` locks and saves it as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from makegood.clocks import api as clocks
from makegood.desk.locking import in_order, locked
from makegood.desk.models import Clock, Conversation, Label
from makegood.desk.settling import FIELDS, Settled, settle
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "Plan",
    "books_for",
    "first_answer_due",
    "line_data",
    "plan",
    "recount",
    "refresh",
    "set_due",
    "stand",
    "tend",
    "terms_of",
    "wake_for",
    "write",
]

TOPIC = "clocks"
BATCH = 200
SOON = 60.0
"""Seconds: what comes later, the sweep of each minute finds."""
Books = Mapping[int, clocks.Book]


@dataclass
class Plan:
    """What is to be written, for all conversations of a batch together."""

    parts: list[Settled] = field(default_factory=list)


def books_for(conversations: Iterable[Conversation]) -> dict[int, clocks.Book]:
    """The rules of the workspaces that these conversations are in."""
    return clocks.books(row.workspace_id for row in conversations)


def terms_of(row: Conversation, book: clocks.Book, labels: Iterable[str]) -> clocks.Terms:
    """What is owed to this conversation."""
    subject = clocks.Subject(row.network, row.latest.channel_id, row.intent, row.urgency, tuple(labels), row.policy_id)
    return clocks.terms_for(book, subject)


def _labels(conversations: Sequence[Conversation], books: Books) -> Mapping[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    asked = {key for key, book in books.items() if any(policy.labels for policy in book.policies)}
    keys = [row.pk for row in conversations if row.pk is not None and row.workspace_id in asked]
    if keys:
        through = Label.objects.across("one step keeps the clocks of all workspaces").filter(conversations__in=keys)
        for key, name in through.order_by("id").values_list("conversations", "name"):
            found[key].append(name)
    return found


def plan(conversations: Iterable[Conversation], books: Books, answered_at: datetime | None = None) -> Plan:
    """Decides the clocks of these conversations and sets their `due_at`. 2 queries at most, whatever their number.

    Their `latest` should be loaded. `answered_at` as in `settling.settle`.
    """
    rows = list(conversations)
    known = {row.pk: row for row in rows if row.pk is not None}
    theirs: defaultdict[int, list[Clock]] = defaultdict(list)
    if known:
        found = Clock.objects.across("one step keeps the clocks of all workspaces").filter(
            Q(stopped_at__isnull=True) | Q(kind=Clock.Kind.RESOLUTION), conversation_id__in=known
        )
        for each in found.select_for_update(of=("self",)).order_by("id"):
            each.conversation = known[each.conversation_id]
            theirs[each.conversation_id].append(each)
    labels = _labels(rows, books)
    now = clock.now()
    parts = []
    for row in rows:
        terms = terms_of(row, books[row.workspace_id], labels.get(row.pk, ()))
        parts.append(settle(row, theirs[row.pk] if row.pk is not None else [], terms, now, answered_at))
    return Plan(parts)


def write(made: Plan) -> None:
    """Writes what `plan` decided, in the caller's transaction. The conversations are saved by now."""
    fresh = [each for part in made.parts for each in part.fresh]
    changed = [each for part in made.parts for each in part.changed]
    if changed:
        everywhere = Clock.objects.across("one step keeps the clocks of all workspaces")
        everywhere.bulk_update(changed, FIELDS, batch_size=100)
    if fresh:
        Clock.objects.bulk_create(fresh, batch_size=100)
    lines = [_line("clock.kept", each) for part in made.parts for each in part.kept if _told(each)]
    lines += [_line("clock.broken", each) for part in made.parts for each in part.broken]
    if lines:
        journal.record_all(lines)
    wake_for(each for each in [*fresh, *changed] if each.stopped_at is None)


def _told(each: Clock) -> bool:
    """That a first answer came in time is said by the line about the answer."""
    return each.kind != Clock.Kind.FIRST_ANSWER


def line_data(each: Clock) -> dict[str, Any]:
    """What every journal line about a clock carries: its conversation, what is owed, by when, and who promised."""
    due = each.due_at or each.broken_at
    return {
        "conversation": each.conversation_id,
        "kind": str(each.kind),
        "due_at": due.isoformat() if due else None,
        "policy": each.policy_name,
        "words": each.words,
    }


def _line(verb: str, each: Clock) -> journal.Entry:
    if verb == "clock.kept":
        return journal.line(each.workspace_id, "clock.kept", each.conversation, **line_data(each))
    return journal.line(each.workspace_id, "clock.broken", each.conversation, **line_data(each))


def wake_for(rows: Iterable[Clock]) -> None:
    """Asks for the step in time for what has to be spoken of before the next sweep."""
    now = clock.now()
    moments = [at for each in rows for at in (each.warn_at, each.due_at) if at is not None]
    ahead = [max(0.0, (at - now).total_seconds()) for at in moments]
    if ahead and min(ahead) < SOON:
        jobs.wake(TOPIC, delay=min(ahead))


def tend(row: Conversation, books: Books | None = None, answered_at: datetime | None = None) -> None:
    """Sets the clocks of one saved conversation; the caller saves the conversation, whose `due_at` may have changed."""
    write(plan([row], books or books_for([row]), answered_at))


def stand(rows: Sequence[Conversation]) -> None:
    """Sets the clocks of saved conversations that were moved, and saves their `due_at`, in the caller's transaction."""
    if rows:
        write(plan(rows, books_for(rows)))
        everywhere = Conversation.objects.across("one step keeps the clocks of all workspaces")
        everywhere.bulk_update(rows, ["due_at"], batch_size=100)


@transaction.atomic
def refresh(conversation: Conversation) -> None:
    """Sets its clocks anew because something that the rules look at has changed: a label, say."""
    row = locked(conversation)
    tend(row)
    row.save(update_fields=["due_at"])
    conversation.due_at = row.due_at


def set_due(workspace_id: int, conversation_id: int) -> None:
    """The conversation's `due_at` again, from its running clocks, after one of them was changed by hand."""
    running = Clock.objects.within(workspace_id).filter(conversation_id=conversation_id, stopped_at__isnull=True)
    due = running.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first()
    Conversation.objects.within(workspace_id).filter(pk=conversation_id).update(due_at=due)


def first_answer_due(row: Conversation) -> datetime | None:
    """When the first answer is or was due; the conversation's own moment where it has no such clock yet."""
    found = Clock.objects.within(row.workspace_id).filter(
        conversation=row, kind=Clock.Kind.FIRST_ANSWER, stopped_at__isnull=True
    )
    return found.values_list("due_at", flat=True).first() or row.due_at


def recount() -> int:
    """Part of the step: where the rules have changed, sets the clocks anew. Returns how many conversations it took."""
    count = 0
    for asked in clocks.recounts():
        done_to: int | None = asked.done_to
        while done_to is not None:
            taken, done_to = _recount_batch(asked, done_to)
            count += taken
    return count


@transaction.atomic
def _recount_batch(asked: clocks.Recount, after: int) -> tuple[int, int | None]:
    running = Clock.objects.within(asked.workspace_id).filter(conversation=OuterRef("pk"), stopped_at__isnull=True)
    rows = Conversation.objects.within(asked.workspace_id).filter(
        Q(queue=Conversation.Queue.NEEDS_ANSWER) | Exists(running), pk__gt=after
    )
    batch = list(in_order(rows)[:BATCH])
    stand(batch)
    upto = batch[-1].pk if len(batch) == BATCH else None
    clocks.recount_done(asked, upto)
    return len(batch), upto

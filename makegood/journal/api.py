"""The journal's front door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction

from makegood.journal.marks import read_on
from makegood.journal.models import Entry

__all__ = [
    "MAKEGOOD",
    "Entry",
    "Happened",
    "about",
    "last_id",
    "line",
    "page_about",
    "read_on",
    "record",
    "record_all",
    "since",
]

MAKEGOOD = "Makegood"
"""The actor of what no person did."""


def line(workspace_id: int, verb: str, subject: models.Model, *, actor: Any = None, **data: Any) -> Entry:
    """An unsaved line, for `record_all`. `actor` is the user who did it, None for Makegood itself."""
    person = actor if actor is not None and not isinstance(actor, AnonymousUser) else None
    return Entry(
        workspace_id=workspace_id,
        actor_id=person.pk if person else None,
        actor=str(person) if person else MAKEGOOD,
        verb=verb,
        subject=f"{subject._meta.model_name}:{subject.pk}",
        data=data,
    )


def record(workspace_id: int, verb: str, subject: models.Model, *, actor: Any = None, **data: Any) -> Entry:
    """Writes one line in the caller's transaction. There must be one: the line stands or falls with the change."""
    assert transaction.get_connection().in_atomic_block, "a journal line belongs in the change's transaction"
    entry = line(workspace_id, verb, subject, actor=actor, **data)
    entry.save()
    return entry


def record_all(entries: Sequence[Entry]) -> None:
    """Writes many lines at once in the caller's transaction."""
    assert transaction.get_connection().in_atomic_block, "a journal line belongs in the change's transaction"
    Entry.objects.bulk_create(entries, batch_size=500)


def about(workspace: Any, subjects: Iterable[str], limit: int = 200) -> list[Entry]:
    """The newest lines about these subjects ("conversation:12", "reply:7"), oldest first."""
    rows = Entry.objects.within(workspace).filter(subject__in=list(subjects)).order_by("-id")[:limit]
    return list(reversed(rows))


def page_about(
    workspace: Any, subjects: Iterable[str], *, before: int = 0, limit: int = 50, without: Iterable[str] = ()
) -> tuple[list[Entry], int]:
    """A page of the lines about these subjects but those with certain verbs, newest first, older than line `before`.

    Returns the lines and the `before` of the next page, 0 on the last. 1 query.
    """
    rows = Entry.objects.within(workspace).filter(subject__in=list(subjects)).exclude(verb__in=list(without))
    if before:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else 0


class Happened(NamedTuple):
    """A line as the live tail needs it."""

    id: int
    workspace_id: int
    verb: str
    subject: str


def since(entry_id: int, limit: int) -> list[Happened]:
    """Lines of all workspaces after `entry_id`, in order, for the live tail (which sorts them by workspace)."""
    rows = Entry.objects.across("one tail serves every open page").filter(id__gt=entry_id).order_by("id")
    return [Happened(*row) for row in rows.values_list("id", "workspace_id", "verb", "subject")[:limit]]


def last_id() -> int:
    """The id of the newest line, 0 when there is none."""
    newest = (
        Entry.objects.across("one tail serves every open page").order_by("-id").values_list("id", flat=True).first()
    )
    return newest or 0

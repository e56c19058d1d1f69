"""Reading the journal on from where one came to: how a later stage learns of what happened in earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from makegood.journal.models import Entry, Mark
from makegood.kit import clock

__all__ = ["read_on"]

SPAN = 2_000
"""Lines of the journal, of whatever kind, looked at in one transaction."""
# PostgreSQL hands out ids before rows are committed, so a lower id may appear after a higher one: the youngest lines
# are read again. SQLite has one writer at a time, and its ids come in order.
OVERLAP = 0 if settings.ON_SQLITE else 10_000
YOUNG = timedelta(minutes=2)


@transaction.atomic
def read_on(
    name: str, verbs: Collection[str], take: Callable[[Sequence[Entry]], None], *, from_now: bool = False
) -> bool:
    """Hands `take` the next lines of all workspaces that have these verbs, in order; returns whether there is more.

    The first reading begins with the oldest line, or with `from_now` after the newest. What `take` writes and how far
    `name` has read stand or fall together. A line may come more than once: `take` must do nothing the second time.
    """
    rows = Entry.objects.across("a stage reads the journal of all workspaces on").order_by("id")
    newest = rows.order_by("-id").values_list("id", flat=True).first() or 0
    Mark.objects.get_or_create(name=name, defaults={"entry_id": newest if from_now else 0})
    # Two workers at once: the second waits for the first and then reads from where that one came to.
    mark = Mark.objects.select_for_update().get(name=name)
    until = max(mark.entry_id, min(newest, mark.entry_id + SPAN))
    span = Q(id__gt=mark.entry_id, id__lte=until)
    if OVERLAP:
        span |= Q(id__gt=mark.entry_id - OVERLAP, id__lte=mark.entry_id, at__gte=clock.now() - YOUNG)
    elif until == mark.entry_id:
        return False
    if lines := list(rows.filter(span, verb__in=list(verbs))):
        take(lines)
    if until > mark.entry_id:
        Mark.objects.filter(pk=mark.pk).update(entry_id=until)
    return until < newest

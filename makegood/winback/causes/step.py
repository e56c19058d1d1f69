"""The step "causes": notes complaints, matches and proposes, hears who was told, watches for rises."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import transaction

from makegood.accounts.api import Workspace
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.winback.causes import losing, matching, noting, telling, watching
from makegood.winback.models import Rise, RiseSettings

__all__ = ["look_after_causes"]

MARK = "causes"
VERBS = (*noting.VERBS, *losing.VERBS)
TURN_SECONDS = 2.0


def look_after_causes() -> int:
    """Does all that is due; returns how many complaints were noted. After a moment it lets other work in."""
    until = time.monotonic() + TURN_SECONDS
    noted: set[int] = set()

    def take(lines: Sequence[journal.Entry]) -> None:
        for workspace_id, complaints in noting.note(lines).items():
            noted.update(complaints)
            matching.match(workspace_id, complaints)
            RiseSettings.objects.get_or_create(workspace_id=workspace_id)
            RiseSettings.objects.within(workspace_id).update(due=True)
        losing.note_lost(lines)

    more = True
    while more and time.monotonic() < until:
        more = journal.read_on(MARK, VERBS, take)
    telling.note_told()
    if more:
        # While it catches up with what lies behind, nobody is told of it.
        jobs.wake("causes")
    else:
        _look()
    return len(noted)


def _look() -> None:
    due = RiseSettings.objects.across("the step looks after the causes of all workspaces").filter(due=True)
    rising = Rise.objects.across("the step looks after the causes of all workspaces").filter(ended_at__isnull=True)
    anew = set(due.values_list("workspace_id", flat=True))
    keys = anew | set(rising.values_list("workspace_id", flat=True))
    for workspace in Workspace.objects.filter(pk__in=keys).order_by("pk"):
        with transaction.atomic():
            row = RiseSettings.objects.within(workspace).select_for_update().first()
            if row is not None and row.due:
                matching.propose(workspace.pk)
                RiseSettings.objects.within(workspace).filter(pk=row.pk).update(due=False)
            watching.watch(workspace)

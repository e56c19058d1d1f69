"""Sorting, one transaction a function."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction

from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.triage.corrections import hold
from makegood.triage.models import Assessment, AssessmentRecord
from makegood.triage.reach.flow import begin as begin_to_follow
from makegood.triage.reader import Response
from makegood.triage.reading import READ_FIELDS, read

__all__ = ["decide", "forget_quotes", "mark_taken", "sort_new", "take_sorted"]

BATCH = 200
TURN_SECONDS = 1.0


def sort_new() -> int:
    """The step: reads what was heard and records an assessment of each. Returns how many.

    After a moment it lets other work in and comes back.
    """
    until = time.monotonic() + TURN_SECONDS
    count = 0
    while mentions := listen.take_new(BATCH):
        count += _sort(mentions)
        if time.monotonic() >= until:
            jobs.wake("heard")
            break
    return count


def _sort(mentions: list[listen.Mention]) -> int:
    return _record(read(mentions))


@transaction.atomic
def _record(found: list[Assessment]) -> int:
    """Writes the assessments. Reading takes longer than writing, and is done before anything is locked."""
    mine = listen.mark_sorted([row.mention for row in found])
    rows = [row for row in found if row.mention_id in mine]
    _read_anew([row for row in rows if row.mention.edited_at is not None])
    Assessment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
    begin_to_follow([row.mention for row in rows])
    journal.record_all(
        [
            journal.line(
                row.workspace_id,
                "mention.assessed",
                row.mention,
                intent=row.intent,
                response=row.response,
                by=row.version,
            )
            for row in rows
        ]
    )
    if rows:
        jobs.wake("sorted")
    return len(rows)


def _read_anew(rows: list[Assessment]) -> None:
    """An edited mention keeps its assessment row; what a member decided about it stands."""
    fresh = {row.mention_id: row for row in rows}
    known = Assessment.objects.across("sorting serves all workspaces").filter(mention__in=fresh)
    known = known.select_related("mention").select_for_update(of=("self",))
    changed = list(known.order_by("id"))
    for row in changed:
        found = fresh[row.mention_id]
        for field in READ_FIELDS:
            setattr(row, field, getattr(found, field))
        if row.decided_by_id is None:
            row.response, row.response_reason = found.response, found.response_reason
        row.state = Assessment.State.NEW
    hold(changed)
    for row in changed:
        row.save()


def take_sorted(limit: int) -> list[Assessment]:
    """Assessments the desk has not taken yet, locked to the caller's transaction, oldest first."""
    rows = Assessment.objects.across("the desk serves all workspaces").filter(state=Assessment.State.NEW)
    locked = rows.select_for_update(skip_locked=True, of=("self",)).select_related("mention")
    return list(locked.order_by("id")[:limit])


@transaction.atomic
def forget_quotes() -> None:
    """What was quoted of posts that are deleted at their source is forgotten; what they were read as stays."""
    gone = listen.Mention.objects.across("a deletion at the source holds for everyone").filter(deleted_at__isnull=False)
    rows = Assessment.objects.across("a deletion at the source holds for everyone").filter(
        mention__in=gone.values("pk")
    )
    rows.exclude(reasons=[]).update(reasons=[])
    records = AssessmentRecord.objects.across("a deletion at the source holds for everyone").exclude(because="")
    records.filter(mention__in=gone.values("pk")).update(because="")


def mark_taken(assessments: list[Assessment]) -> None:
    """The desk has them, in the caller's transaction."""
    keys = [assessment.pk for assessment in assessments]
    Assessment.objects.across("the desk serves all workspaces").filter(pk__in=keys).update(state=Assessment.State.TAKEN)


def decide(mention: listen.Mention, response: Response, by: Any) -> Assessment:
    """A member decides how we respond, in the caller's transaction. The earlier decision stays in the journal."""
    row: Assessment = Assessment.objects.within(mention.workspace_id).select_for_update().get(mention=mention)
    before = row.response
    row.response, row.decided_by, row.decided_at = response, by, clock.now()
    row.response_reason = f"Decided by {by}."[:300]
    row.save(update_fields=["response", "decided_by", "decided_at", "response_reason"])
    journal.record(mention.workspace_id, "mention.decided", mention, actor=by, before=before, response=str(response))
    return row

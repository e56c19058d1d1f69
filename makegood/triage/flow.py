"""Sorting, one transaction a function."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from makegood.accounts.api import Workspace
from makegood.activity import Activity
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.triage.models import Assessment
from makegood.triage.reader import Context, Intent, Response, Urgency
from makegood.triage.rules import default_reader

__all__ = ["decide", "forget_quotes", "mark_taken", "sort_new", "take_sorted"]

log = logging.getLogger(__name__)
BATCH = 200
TURN_SECONDS = 1.0
READ_FIELDS = ("language", "intent", "intents", "urgency", "urgency_reason", "topics", "reasons", "doubts", "version")
"""What an assessment owes to the text, and not to a member."""


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


@dataclass(frozen=True)
class Shop:
    """What sorting needs to know of a workspace."""

    brands: tuple[str, ...]
    own_ids: frozenset[str]


def _shop(workspace_id: int) -> Shop:
    workspace = Workspace.objects.get(pk=workspace_id)
    brands = tuple(dict.fromkeys(name for name in (workspace.brand, workspace.name) if name))
    return Shop(brands, listen.own_ids(workspace_id))


def _sort(mentions: list[listen.Mention]) -> int:
    shops = {key: _shop(key) for key in {mention.workspace_id for mention in mentions}}
    return _record([_assess(mention, shops[mention.workspace_id]) for mention in mentions])


@transaction.atomic
def _record(read: list[Assessment]) -> int:
    """Writes the assessments. Reading takes longer than writing, and is done before anything is locked."""
    mine = listen.mark_sorted([row.mention for row in read])
    rows = [row for row in read if row.mention_id in mine]
    _read_anew([row for row in rows if row.mention.edited_at is not None])
    Assessment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
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
    for row in known.select_for_update().order_by("id"):
        read = fresh[row.mention_id]
        for field in READ_FIELDS:
            setattr(row, field, getattr(read, field))
        if row.decided_by_id is None:
            row.response, row.response_reason = read.response, read.response_reason
        row.state = Assessment.State.NEW
        row.save()


def _assess(mention: listen.Mention, shop: Shop) -> Assessment:
    row = Assessment(
        workspace_id=mention.workspace_id,
        mention=mention,
        version=default_reader().version,
        decided_at=clock.now(),
    )
    if not mention.activity:
        row.language, row.intent, row.urgency = "und", Intent.OTHER, Urgency.NEVER
        row.response, row.response_reason = Response.LET_STAND, "It was deleted before anyone read it."
        return row
    try:
        _read_into(row, shop)
    except Exception:
        # One post that trips the reader must not keep the others waiting, nor be missed itself.
        log.exception("mention %s could not be read", mention.pk)
        row.language, row.intent, row.urgency = "und", Intent.OTHER, Urgency.TODAY
        row.response, row.response_reason = (
            Response.FIX_FACTS,
            "Makegood could not read this one. Please look yourself.",
        )
    return row


def _read_into(row: Assessment, shop: Shop) -> None:
    mention = row.mention
    activity = msgspec.convert(mention.activity, Activity)
    # What the shop listens for is the shop, whatever its name: a product, a nickname, a hashtag.
    heard_by = {term[0] for hearing in mention.hearings.all() for term in hearing.terms}
    context = Context(
        brand_names=(*shop.brands, *sorted(heard_by)),
        own_ids=shop.own_ids,
        is_direct=mention.addressed or mention.channel.take_all,
    )
    found = default_reader().read(activity, context)
    row.language = found.language
    row.intent = found.intent
    row.intents = {str(intent): round(score, 4) for intent, score in found.intents.items()}
    row.urgency = found.urgency
    row.urgency_reason = found.urgency_reason.text[:300]
    row.topics = [str(topic) for topic in found.topics]
    row.reasons = [{"text": reason.text, "quote": reason.quote} for reason in found.reasons]
    row.doubts = [str(doubt) for doubt in found.doubts]
    row.response = found.response
    row.response_reason = found.response_reason[:300]


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

"""Moves those who complained to where the evidence puts them, one transaction a batch; and what members add to it.

The journal says whose evidence may have changed; what only time brings (a purchase, silence) is looked for each day.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows
from makegood.jobs import api as jobs
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.winback.journeys import gathering
from makegood.winback.journeys.learning import VERBS, mark_buyers, take_lines
from makegood.winback.journeys.rules import Complaint, Fact, grouped, state_of
from makegood.winback.models import Journey, JourneyEvidence, JourneyMove

__all__ = ["JourneyError", "add_evidence", "follow", "look", "withdraw_evidence"]

Moved: TypeAlias = tuple[JourneyMove, journal.Entry]
WRITTEN = (
    "part_of",
    "case",
    "contact",
    "state",
    "reason",
    "state_at",
    "complained_at",
    "complaint",
    "answered_at",
    "remedies",
    "costs",
    "remedied_at",
    "resolved_at",
    "score",
    "score_at",
    "said",
    "said_at",
    "order",
    "bought_at",
    "bought_minor",
    "bought_currency",
    "bought_count",
    "after",
    "after_at",
    "after_intent",
    "expected_by",
    "void_at",
    "look_at",
    "looked_at",
)
BATCH, MOST_RELATED = 50, 300
TURN_SECONDS = 2.0
DAILY, WEEKLY = timedelta(days=1), timedelta(days=7)
FRESH, FOLLOWED = timedelta(days=180), timedelta(days=730)
LONGEST_NOTE = 300


class JourneyError(Exception):
    """What a member cannot do. `sentence` says why, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def follow() -> None:
    """The step "journeys": reads the journal on and moves whoever has to be moved. After a moment it lets others in."""
    until = time.monotonic() + TURN_SECONDS
    more = journal.read_on("journeys", VERBS, take_lines)
    while more and time.monotonic() < until:
        more = journal.read_on("journeys", VERBS, take_lines)
    mark_buyers()
    due = Journey.objects.across("one step follows the customers of all workspaces").filter(
        look_at__lte=clock.now(), erased_at__isnull=True
    )
    while first := due.order_by("look_at", "pk").values_list("workspace_id", flat=True).first():
        look(first)
        if time.monotonic() >= until:
            more = True
            break
    if more:
        jobs.wake("journeys")


@transaction.atomic
def look(workspace: int) -> int:
    """Sees where those of a workspace stand who are due, some dozens at most; how many it looked at. About 20 queries,
    however many they are.
    """
    now = clock.now()
    rows = Journey.objects.within(workspace).filter(erased_at__isnull=True)
    due = list(rows.filter(look_at__lte=now).order_by("look_at", "pk").values_list("pk", flat=True)[:BATCH])
    found = _related(workspace, due)
    said = gathering.said_in(workspace, [row.conversation_id for row in found])
    people = gathering.people_of(workspace, {(r.conversation.network, r.conversation.author_id) for r in found})
    live = []
    for row in found:
        account = (row.conversation.network, row.conversation.author_id)
        row.contact_id, row.case_id = people.contacts.get(account), row.conversation.case_id
        first = next((each for each in said.get(row.conversation_id, ()) if each.intent == "complaint"), None)
        if first is not None:
            row.complained_at, row.void_at = first.at, None
            live.append(row)
    groups = _groups(live)
    lines = [line for row in found if row not in live for line in _void(row, now)]
    gathered = gathering.gather(workspace, groups, said, people)
    for key, members in groups.items():
        lines += _place(members[0], gathered[key], now)
    Journey.objects.within(workspace).bulk_update(found, WRITTEN, batch_size=100)
    moves = [move for move, _line in lines]
    JourneyMove.objects.within(workspace).bulk_create(moves, batch_size=200)
    journal.record_all([line for _move, line in lines])
    return len(due)


def _related(workspace: int, due: Sequence[int]) -> list[Journey]:
    """Those that are due, and all that may be about the same complaint, locked in order."""
    inside = Journey.objects.within(workspace).filter(erased_at__isnull=True)
    known = list(inside.filter(pk__in=due).select_related("conversation"))
    accounts = {(row.conversation.network, row.conversation.author_id) for row in known}
    contacts = set(gathering.people_of(workspace, accounts).contacts.values())
    contacts |= {row.contact_id for row in known if row.contact_id}
    cases = {key for row in known for key in (row.case_id, row.conversation.case_id) if key}
    heads = {row.part_of_id or row.pk for row in known}
    near = inside.filter(
        Q(pk__in=heads)
        | Q(part_of__in=heads)
        | Q(contact__in=contacts)
        | Q(case__in=cases)
        | Q(conversation__case__in=cases)
        | Q(conversation__author_id__in={author for _network, author in accounts})
    )
    keys = set(due) | set(near.order_by("-complained_at").values_list("pk", flat=True)[:MOST_RELATED])
    locked = inside.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return list(locked.select_related("conversation", "conversation__case"))


def _groups(rows: Sequence[Journey]) -> dict[int, list[Journey]]:
    """Which are about one complaint, the first first; writes it down in them."""
    complaints = [
        Complaint(
            key=row.pk,
            at=row.complained_at,
            case=row.case_id,
            person=_person(row),
            known=row.contact_id is not None,
            settled_at=row.resolved_at,
        )
        for row in rows
    ]
    heads = grouped(complaints)
    found: dict[int, list[Journey]] = {}
    for row in sorted(rows, key=lambda each: (each.complained_at, each.pk)):
        head = heads[row.pk]
        found.setdefault(head, []).append(row)
        row.part_of_id = None if head == row.pk else head
        if row.part_of_id:
            row.look_at = None
    return found


def _person(row: Journey) -> str:
    if row.contact_id is not None:
        return f"contact:{row.contact_id}"
    return f"author:{row.conversation.network}:{row.conversation.author_id}"


def _void(row: Journey, now: datetime) -> list[Moved]:
    """Nothing in it is read as a complaint any more."""
    row.look_at, row.looked_at, row.part_of_id = None, now, None
    if row.void_at is not None:
        return []
    row.void_at = now
    return _moved(row, "", "no_complaint", None, now)


def _place(row: Journey, found: gathering.Gathered, now: datetime) -> list[Moved]:
    """Writes down what is known of it, and moves it where that puts it."""
    for name, value in found.figures.items():
        setattr(row, name, value)
    row.looked_at, row.look_at = now, _next_look(row, now)
    verdict = state_of(found.evidence)
    if row.state == verdict.state:
        return []
    return _moved(row, verdict.state, verdict.reason, verdict.fact, now)


def _moved(row: Journey, state: str, reason: str, fact: Fact | None, now: datetime) -> list[Moved]:
    was, row.state, row.reason = row.state, state, reason
    row.state_at = fact.at if fact else now
    move = JourneyMove(
        workspace_id=row.workspace_id,
        journey=row,
        was=was,
        state=state,
        reason=reason,
        evidence=fact.ref if fact else "",
        evidence_at=fact.at if fact else None,
        at=now,
    )
    facts = {"journey": row.pk, "was": was, "state": state, "reason": reason}
    return [(move, journal.line(row.workspace_id, "journey.moved", row.conversation, **facts))]


def _next_look(row: Journey, now: datetime) -> datetime | None:
    """Each day at first, then each week; after two years only when something happens."""
    age = now - row.complained_at
    if age > FOLLOWED:
        return None
    next_one = now + (DAILY if age < FRESH else WEEKLY)
    due = row.expected_by
    return min(next_one, due) if due is not None and due > now else next_one


@transaction.atomic
def add_evidence(membership: Membership, journey: Journey, kind: str, note: str, at: datetime) -> JourneyEvidence:
    """Keeps what a member knows from elsewhere, with their words; the rules decide what follows. Raises
    `JourneyError`.
    """
    _may(membership, journey)
    words = " ".join(note.split())
    if kind not in JourneyEvidence.Kind.values:
        raise JourneyError(_("Choose what you know of them."))
    if not words:
        raise JourneyError(_("Say how you know: “told us on the phone”, say."))
    if len(words) > LONGEST_NOTE:
        raise JourneyError(_("At most %(n)d characters, please.") % {"n": LONGEST_NOTE})
    if not journey.complained_at < at <= clock.now():
        raise JourneyError(_("Give a day between the complaint and now."))
    inside = journey.workspace_id
    row = JourneyEvidence.objects.create(
        workspace_id=inside, journey=journey, kind=kind, note=words, at=at, by=membership.user
    )
    facts = {"journey": journey.pk, "evidence": row.pk, "kind": kind}
    journal.record(inside, "journey.evidence_added", journey.conversation, actor=membership.user, **facts)
    _look_again(journey)
    return row


@transaction.atomic
def withdraw_evidence(membership: Membership, row: JourneyEvidence) -> None:
    """Takes back what a member added; it stays readable and counts no more. Safe to call again."""
    _may(membership, row.journey)
    held = JourneyEvidence.objects.within(row.workspace_id).filter(pk=row.pk, withdrawn_at__isnull=True)
    if not held.update(withdrawn_at=clock.now(), withdrawn_by=membership.user):
        return
    facts = {"journey": row.journey_id, "evidence": row.pk, "kind": row.kind}
    talk = row.journey.conversation
    journal.record(row.workspace_id, "journey.evidence_withdrawn", talk, actor=membership.user, **facts)
    _look_again(row.journey)


def _may(membership: Membership, journey: Journey) -> None:
    if membership.workspace_id != journey.workspace_id:
        raise JourneyError(_("This is not there."))
    if not allows(membership.role, Right.WORK):
        raise JourneyError(_("Only who works on conversations here can do this."))
    if journey.erased_at is not None:
        raise JourneyError(_("They were erased. Nothing can be added to what is left."))


def _look_again(journey: Journey) -> None:
    key = journey.part_of_id or journey.pk
    Journey.objects.within(journey.workspace_id).filter(pk=key).update(look_at=clock.now())
    jobs.wake("journeys")

"""The ledger of points: lines that are only ever added. A balance is their sum, worked out when it is asked for.

Whoever spends locks the person's `Participant` row first, so that two requests at one moment cannot both take the last
points. Taking back what was given may lead below zero; spending never does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet, Sum

from makegood.journal import api as journal
from makegood.kit import clock
from makegood.rewards.models import Participant, PointLine

__all__ = ["EARNED", "EVIDENCE", "balance_of", "give", "hold", "in_force", "lock_people", "pay_back", "take_back"]

Kind = PointLine.Kind
EVIDENCE = (Kind.SATISFIED, Kind.RETURNED, Kind.PROMISE, Kind.CAUSE, Kind.HARD)
"""What comes from the journal, and goes again when the evidence no longer holds."""
EARNED = (*EVIDENCE, Kind.KUDOS, Kind.REVERSED)
"""What somebody has earned, whatever they spent of it."""


def lock_people(workspace_id: int, users: Iterable[int]) -> None:
    """Holds these people's points (user ids) until the caller's transaction ends, in an order that all keep to."""
    keys = sorted(set(users))
    for key in keys:
        Participant.objects.get_or_create(workspace_id=workspace_id, user_id=key)
    rows = Participant.objects.within(workspace_id).select_for_update().filter(user_id__in=keys)
    list(rows.order_by("user_id").values_list("pk", flat=True))


def balance_of(workspace_id: int, user_id: int) -> int:
    """All lines of a person added up. 1 query."""
    rows = PointLine.objects.within(workspace_id).filter(user_id=user_id)
    return int(rows.aggregate(total=Sum("points"))["total"] or 0)


def in_force(workspace_id: int, matters: Collection[str], conversations: Collection[int]) -> QuerySet[PointLine]:
    """The lines about these matters or conversations that nobody has taken back."""
    rows = PointLine.objects.within(workspace_id).filter(undone_by__isnull=True)
    about = Q(matter__in=list(matters)) | Q(conversation_id__in=list(conversations))
    return rows.filter(about).exclude(kind__in=[Kind.REVERSED, Kind.PAID_BACK])


def give(
    workspace_id: int,
    user: Any,
    kind: str,
    points: int,
    matter: str,
    *,
    evidence: int | None = None,
    conversation_id: int | None = None,
    facts: Mapping[str, Any],
) -> PointLine:
    """Adds a line to somebody's points, with its reason, in the caller's transaction. `evidence` is a journal line.

    The caller has seen that none is in force for this kind and matter; the database refuses a second one as well.
    """
    earlier = PointLine.objects.within(workspace_id).filter(user_id=user.pk, kind=kind, matter=matter).count()
    line: PointLine = PointLine.objects.create(
        workspace_id=workspace_id,
        user_id=user.pk,
        name=str(user),
        kind=kind,
        points=points,
        matter=matter,
        round=earlier,
        evidence=evidence,
        conversation_id=conversation_id,
        facts=dict(facts),
        at=clock.now(),
    )
    journal.record(workspace_id, "points.given", line, user=user.pk, kind=str(kind))
    return line


def take_back(lines: Iterable[PointLine], because: str, *, evidence: int | None = None) -> int:
    """Writes a line against each of these, in the caller's transaction; each is taken back once. How many.

    `because` is a code of `makegood.rewards.wording`.
    """
    count = 0
    for line in lines:
        facts = {"kind": line.kind, "because": because}
        count += _against(line, Kind.REVERSED, evidence, facts)
    return count


def _against(line: PointLine, kind: str, evidence: int | None, facts: Mapping[str, Any]) -> bool:
    row, new = PointLine.objects.get_or_create(
        workspace_id=line.workspace_id,
        undoes=line,
        defaults={
            "user_id": line.user_id,
            "name": line.name,
            "kind": kind,
            "points": -line.points,
            "matter": line.matter,
            "evidence": evidence,
            "conversation_id": line.conversation_id,
            "facts": dict(facts),
            "at": clock.now(),
        },
    )
    if new and kind == Kind.REVERSED:
        journal.record(line.workspace_id, "points.reversed", row, user=line.user_id, kind=line.kind)
    return new


def hold(workspace_id: int, user: Any, points: int, request_id: int, name: str) -> PointLine:
    """Takes the points of a request for a reward out of somebody's balance, in the caller's transaction.

    The caller has locked the person and seen that there are enough.
    """
    line: PointLine = PointLine.objects.create(
        workspace_id=workspace_id,
        user_id=user.pk,
        name=str(user),
        kind=Kind.HELD,
        points=-points,
        matter=f"request:{request_id}",
        facts={"reward": name},
        at=clock.now(),
    )
    return line


def pay_back(workspace_id: int, request_id: int, because: str) -> bool:
    """Gives the points of a request back, in the caller's transaction: once, however often it is asked for."""
    rows = PointLine.objects.within(workspace_id).filter(kind=Kind.HELD, matter=f"request:{request_id}")
    return any(_against(line, Kind.PAID_BACK, None, {**line.facts, "because": because}) for line in rows)

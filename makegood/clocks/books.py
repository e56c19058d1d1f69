"""From the rows of a workspace to the rules that `rules` works by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from makegood.accounts.api import Workspace
from makegood.clocks.hours import Hours, Span
from makegood.clocks.models import BusinessHours, SlaPolicy, SpecialDay
from makegood.clocks.rules import Book, Policy

__all__ = ["books", "hours_by_key", "hours_of", "rules_of"]


def _spans(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in pairs)


def hours_of(row: BusinessHours, days: Iterable[SpecialDay]) -> Hours:
    """The pure hours of a row and its special days."""
    special: dict[date, tuple[Span, ...]] = {each.day: _spans(each.spans) for each in days}
    return Hours(row.timezone, tuple(_spans(day) for day in row.week), special)


def rules_of(row: SlaPolicy, hours: Hours | None) -> Policy:
    """The pure policy of a row."""
    return Policy(
        name=row.name,
        labels=frozenset(str(label).casefold() for label in row.labels),
        networks=frozenset(row.networks),
        channels=frozenset(row.channels),
        intents=frozenset(row.intents),
        urgencies=frozenset(row.urgencies),
        first_answer=row.first_answer,
        next_update=row.next_update,
        resolution=row.resolution,
        hours=hours,
        pauses=row.pause_waiting,
        key=row.pk,
    )


def books(workspaces: Iterable[int]) -> dict[int, Book]:
    """The rules of these workspaces (ids). 4 queries, however many there are."""
    keys = set(workspaces)
    days: defaultdict[int, list[SpecialDay]] = defaultdict(list)
    for day in SpecialDay.objects.across("one step keeps the clocks of all workspaces").filter(workspace_id__in=keys):
        days[day.hours_id].append(day)
    hours: dict[int, Hours] = {}
    own: dict[int, Hours] = {}
    for row in BusinessHours.objects.across("one step keeps the clocks of all workspaces").filter(
        workspace_id__in=keys
    ):
        hours[row.pk] = hours_of(row, days[row.pk])
        if row.is_default:
            own[row.workspace_id] = hours[row.pk]
    policies: defaultdict[int, list[Policy]] = defaultdict(list)
    rows: Any = (
        SlaPolicy.objects.across("one step keeps the clocks of all workspaces")
        .filter(workspace_id__in=keys, active=True)
        .order_by("position", "id")
    )
    for row in rows:
        policies[row.workspace_id].append(rules_of(row, hours.get(row.hours_id)))
    return {
        row.pk: Book(
            row.answer_now,
            row.answer_today,
            row.answer_whenever,
            row.timezone,
            own.get(row.pk),
            tuple(policies[row.pk]),
        )
        for row in Workspace.objects.filter(pk__in=keys)
    }


def hours_by_key(workspace: Any) -> dict[int, Hours]:
    """Every set of hours of a workspace with its single days, by the row's id. 2 queries."""
    days: defaultdict[int, list[SpecialDay]] = defaultdict(list)
    for day in SpecialDay.objects.within(workspace):
        days[day.hours_id].append(day)
    return {row.pk: hours_of(row, days[row.pk]) for row in BusinessHours.objects.within(workspace)}

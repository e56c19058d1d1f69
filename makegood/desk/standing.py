"""How conversations stand, as plain data, so that what was done to them can be taken back exactly.

`picture` is taken before and after; `change` keeps what differs:

    {"id": 12, "said": "2026-03-01T...",             when something was last said, at the time
     "row": {"queue": ["needs_answer", "closed"]},   [before, after] for each field that changed
     "labels": [[1, 2], [1]],                        ids before and after
     "clocks": {"made": [7], "row": {"6": {...}}},   clocks begun, and fields of clocks that changed
     "decision": {"response": [..., ...]}}           the assessment of their newest post
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from makegood.accounts.api import Membership, Team
from makegood.desk.models import Clock, Conversation, Label
from makegood.triage import api as triage

__all__ = ["Change", "Kept", "Picture", "change", "columns", "fields_of", "kept", "picture", "put_back", "why_not"]

Change = dict[str, Any]
Fields = dict[str, Any]
MOVED = ("queue", "closed_at", "snoozed_until", "response")
GIVEN = ("assignee_id", "team_id")
PEOPLE = ("assignee_id", "snoozed_by_id", "decided_by_id")


@dataclass(frozen=True)
class Picture:
    """How one conversation stands."""

    row: Fields
    labels: list[int] = field(default_factory=list)
    clocks: dict[str, Fields] = field(default_factory=dict)
    decision: Fields = field(default_factory=dict)


def picture(workspace: Any, rows: Sequence[Conversation]) -> dict[int, Picture]:
    """How these conversations stand, by id. 3 queries; the rows themselves are taken as they are in memory."""
    keys = [row.pk for row in rows]
    found = {row.pk: Picture(fields_of(row)) for row in rows}
    tied = Label.objects.within(workspace).filter(conversations__in=keys).order_by("id")
    for label, conversation in tied.values_list("id", "conversations"):
        found[conversation].labels.append(label)
    for one in Clock.objects.within(workspace).filter(conversation_id__in=keys):
        found[one.conversation_id].clocks[str(one.pk)] = fields_of(one)
    decided = triage.decisions(workspace, [row.latest_id for row in rows])
    for row in rows:
        known = decided.get(row.latest_id, {})
        found[row.pk].decision.update({name: _plain(known[name]) for name in known if name != "mention_id"})
    return found


def change(key: int, before: Picture, after: Picture) -> Change | None:
    """What differs between two pictures of a conversation; None when nothing does."""
    found: Change = {}
    if row := _differing(before.row, after.row):
        found["row"] = row
    if before.labels != after.labels:
        found["labels"] = [before.labels, after.labels]
    made = [int(one) for one in after.clocks if one not in before.clocks]
    ran = {one: _differing(old, after.clocks[one]) for one, old in before.clocks.items() if one in after.clocks}
    ran = {one: fields for one, fields in ran.items() if fields}
    if made or ran:
        found["clocks"] = {"made": made, "row": ran}
    if decision := _differing(before.decision, after.decision):
        found["decision"] = decision
    return {"id": key, "said": after.row["last_message_at"], **found} if found else None


def why_not(made: Change, now: Picture) -> str:
    """Why this change can't be taken back any more, as one word: said, moved, given, labelled. "" when it can."""
    fields = made.get("row", {})
    if "queue" in fields and now.row["last_message_at"] != made["said"]:
        return "said"
    for names, word in ((MOVED, "moved"), (GIVEN, "given")):
        if any(name in fields and now.row[name] != fields[name][1] for name in names):
            return word
    if "labels" in made and now.labels != made["labels"][1]:
        return "labelled"
    return ""


@dataclass(frozen=True)
class Kept:
    """Who is still here of those an undo may point to."""

    people: frozenset[int]
    teams: frozenset[int]

    def known(self, attname: str, value: Any) -> Any:
        """The value, or None where it points to somebody or a team no longer here."""
        there = self.teams if attname == "team_id" else self.people if attname in PEOPLE else None
        return value if there is None or value in there else None


def kept(workspace: Any) -> Kept:
    """Who is in the workspace now. 2 queries."""
    return Kept(
        frozenset(Membership.objects.within(workspace).values_list("user_id", flat=True)),
        frozenset(Team.objects.within(workspace).values_list("pk", flat=True)),
    )


def put_back(workspace: Any, changed: Sequence[tuple[Conversation, Change]], there: Kept) -> None:
    """Takes these changes back, in the caller's transaction; the rows are locked by the caller."""
    names: set[str] = set()
    for row, made in changed:
        for name, (before, _after) in made.get("row", {}).items():
            _set(row, name, there.known(name, before))
            names.add(name)
    if names:
        rows = [row for row, _made in changed]
        Conversation.objects.within(workspace).bulk_update(rows, columns(names), batch_size=100)
    _put_back_labels(workspace, changed)
    _put_back_clocks(workspace, [made["clocks"] for _, made in changed if "clocks" in made])
    decided = {
        row.latest_id: _values(triage.Assessment, made["decision"], there)
        for row, made in changed
        if "decision" in made
    }
    if decided:
        triage.put_back_decisions(workspace, decided)


def _put_back_labels(workspace: Any, changed: Iterable[tuple[Conversation, Change]]) -> None:
    off: defaultdict[int, list[int]] = defaultdict(list)
    on: defaultdict[int, list[int]] = defaultdict(list)
    for row, made in changed:
        before, after = (set(one) for one in made.get("labels", ((), ())))
        for label in after - before:
            off[label].append(row.pk)
        for label in before - after:
            on[label].append(row.pk)
    # A label that was removed altogether is not made again.
    for key, one in Label.objects.within(workspace).in_bulk({*off, *on}).items():
        one.conversations.remove(*off[key])
        one.conversations.add(*on[key])


def _put_back_clocks(workspace: Any, changes: Sequence[Mapping[str, Any]]) -> None:
    rows = Clock.objects.within(workspace)
    # First those that were begun: no two clocks of one kind may run at once.
    rows.filter(pk__in=[key for one in changes for key in one["made"]]).delete()
    wanted = {int(key): fields for one in changes for key, fields in one["row"].items()}
    found = list(rows.filter(pk__in=wanted).select_for_update())
    names: set[str] = set()
    for one in found:
        now = fields_of(one)
        for name, (before, after) in wanted[one.pk].items():
            # What has happened to a clock since, such as that it was spoken of, stays so.
            if now[name] == after:
                _set(one, name, before)
                names.add(name)
    if names:
        rows.bulk_update(found, columns(names, Clock), batch_size=100)


def _values(model: type[models.Model], fields: Mapping[str, Sequence[Any]], there: Kept) -> Fields:
    return {name: _python(model, name, there.known(name, before)) for name, (before, _after) in fields.items()}


def fields_of(row: models.Model) -> Fields:
    """The columns of a row as plain data."""
    return {one.attname: _plain(getattr(row, one.attname)) for one in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _differing(before: Fields, after: Fields) -> dict[str, list[Any]]:
    return {name: [old, after[name]] for name, old in before.items() if old != after[name]}


def _column(model: type[models.Model], attname: str) -> Any:
    return next(one for one in model._meta.concrete_fields if one.attname == attname)


def columns(names: Iterable[str], model: type[models.Model] = Conversation) -> list[str]:
    """The fields' names for these columns ("assignee_id" -> "assignee"), in order."""
    return [str(_column(model, name).name) for name in sorted(names)]


def _python(model: type[models.Model], attname: str, value: Any) -> Any:
    return None if value is None else _column(model, attname).to_python(value)


def _set(row: models.Model, attname: str, value: Any) -> None:
    setattr(row, attname, _python(type(row), attname, value))

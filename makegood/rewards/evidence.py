"""Points from what the journal shows: read on from where one came to, in order, each line at most once.

A line may be handed over twice. It does nothing the second time: a matter that has a line in force gets no other of its
kind, and a line that is older than what took its kind back gives nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min

from makegood.accounts.api import User
from makegood.desk import api as desk
from makegood.journal import api as journal
from makegood.rewards import ledger, rules
from makegood.rewards.hardness import hard_reason
from makegood.rewards.matters import Matter, matter_of, matter_of_case
from makegood.rewards.models import PointLine
from makegood.rewards.people import settings_of, taking_part
from makegood.triage import api as triage

__all__ = ["VERBS", "give_points"]

Kind = PointLine.Kind
WORKED = ("reply.sent", "reply.by_hand", "remedy.given", "remedy.done", "outcome.kept", "promise.kept")
"""Whoever did one of these in a conversation took part in it."""
MOST_PEOPLE = 50
"""People at most among whom points are split."""


def give_points() -> int:
    """The step "points": reads on to the journal's end. Returns how many times there was more to read."""
    count = 0
    while journal.read_on("points", VERBS, _take):
        count += 1
    return count


@dataclass
class _Place:
    """What is the same for all lines of one workspace in one reading."""

    workspace_id: int
    points: Mapping[str, int]
    people: Mapping[int, User]
    talks: dict[int, desk.Conversation] = field(default_factory=dict)

    def worth(self, kind: str) -> int:
        """Points for this kind here."""
        return rules.points_for(kind, self.points)


def _take(lines: Sequence[journal.Entry]) -> None:
    places: dict[int, _Place] = {}
    for key in {line.workspace_id for line in lines}:
        place = places[key] = _Place(key, settings_of(key).points, taking_part(key))
        about = {_number(line, "conversation") for line in lines if line.workspace_id == key}
        rows = desk.Conversation.objects.within(key).filter(pk__in=about, is_sample=False)
        place.talks = {row.pk: row for row in rows}
    for line in lines:
        _WORK[line.verb](places[line.workspace_id], line)


def _number(line: journal.Entry, what: str) -> int:
    """The id of what a line is about where it is about such a thing, else 0."""
    kind, _colon, number = line.subject.partition(":")
    return int(number) if kind == what and number.isdigit() else 0


def _matter(place: _Place, line: journal.Entry) -> tuple[desk.Conversation | None, Matter | None]:
    talk = place.talks.get(_number(line, "conversation"))
    return talk, matter_of(talk)


# Who gets what


def _workers(place: _Place, matter: Matter, line: journal.Entry) -> list[int]:
    """Who answered or made it good in a matter before this line, whoever began first on top (user ids). 1 query."""
    subjects = [f"conversation:{key}" for key in matter.conversations]
    rows = journal.Entry.objects.within(place.workspace_id).filter(subject__in=subjects, verb__in=WORKED)
    rows = rows.filter(id__lt=line.pk, actor_id__isnull=False)
    begun = rows.values_list("actor_id").annotate(first=Min("id")).order_by("first")
    return [key for key, _first in begun[:MOST_PEOPLE] if key is not None]


def _give(
    place: _Place,
    line: journal.Entry,
    kind: str,
    matter: Matter,
    people: Sequence[int],
    talk: desk.Conversation | None = None,
    **facts: Any,
) -> None:
    """Splits what a kind is worth among people, where this matter has not given it yet."""
    whole = place.worth(kind)
    if not whole or not people or _counted(place, line, kind, matter):
        return
    for user_id, part in rules.split(whole, people).items():
        if user_id in place.people:
            kept = {**facts, "whole": whole, "of": len(people)}
            ledger.give(
                place.workspace_id,
                place.people[user_id],
                kind,
                part,
                matter.key,
                evidence=line.pk,
                conversation_id=talk.pk if talk else None,
                facts=kept,
            )


def _counted(place: _Place, line: journal.Entry, kind: str, matter: Matter) -> bool:
    """Whether this matter has given points of this kind already, or this line is older than what took them back."""
    if ledger.in_force(place.workspace_id, [matter.key], matter.conversations).filter(kind=kind).exists():
        return True
    rows = PointLine.objects.within(place.workspace_id).filter(kind=Kind.REVERSED, undoes__kind=kind)
    return rows.filter(undoes__matter=matter.key, evidence__gte=line.pk).exists()


def _satisfied(place: _Place, line: journal.Entry) -> None:
    talk, matter = _matter(place, line)
    if talk is None or matter is None:
        return
    score, resolved = int(line.data.get("score") or 0), line.data.get("resolved")
    if not rules.good_score(score, resolved):
        _reverse(place, line, matter, [Kind.SATISFIED], "score")
    elif _complained(place, matter):
        _give(place, line, Kind.SATISFIED, matter, _workers(place, matter, line), talk, score=score)


def _complained(place: _Place, matter: Matter) -> bool:
    """Whether any of what they said was a complaint; thanks at the end do not undo that. 1 query."""
    talks = desk.Message.objects.within(place.workspace_id).filter(conversation_id__in=matter.conversations)
    heard = talks.filter(mention__isnull=False).values("mention")
    rows = triage.Assessment.objects.within(place.workspace_id)
    return rows.filter(mention__in=heard, intent="complaint").exists()


def _journey(place: _Place, line: journal.Entry) -> None:
    talk, matter = _matter(place, line)
    if talk is None or matter is None:
        return
    state, was = line.data.get("state"), line.data.get("was")
    if state == "returned":
        _give(place, line, Kind.RETURNED, matter, _workers(place, matter, line), talk)
    elif was == "returned" and state != "advocate":
        _reverse(place, line, matter, [Kind.RETURNED], "left")


def _promise(place: _Place, line: journal.Entry) -> None:
    talk, matter = _matter(place, line)
    if talk is None or matter is None or not line.data.get("in_time"):
        return
    made = journal.Entry.objects.within(place.workspace_id).filter(subject=line.subject, verb="promise.made")
    made = made.filter(id__lt=line.pk, data__words=line.data.get("words", "")).order_by("-id")
    people = [made.values_list("actor_id", flat=True).first(), line.actor_id]
    _give(place, line, Kind.PROMISE, matter, list(dict.fromkeys(each for each in people if each)), talk)


def _hard(place: _Place, line: journal.Entry) -> None:
    talk, matter = _matter(place, line)
    if talk is None or matter is None or line.actor_id is None:
        return
    if because := hard_reason(talk, matter, line):
        _give(place, line, Kind.HARD, matter, [line.actor_id], talk, because=because)


def _cause(place: _Place, line: journal.Entry) -> None:
    number = _number(line, "cause")
    owner = line.data.get("owner") or line.actor_id
    if number and isinstance(owner, int):
        _give(place, line, Kind.CAUSE, Matter(f"cause:{number}", ()), [owner])


# What is taken back


def _reverse(place: _Place, line: journal.Entry, matter: Matter, kinds: Sequence[str], because: str) -> None:
    rows = ledger.in_force(place.workspace_id, [matter.key], matter.conversations)
    held = rows.filter(kind__in=kinds, evidence__lt=line.pk).order_by("pk")
    ledger.take_back(list(held), because, evidence=line.pk)


def _reopened(place: _Place, line: journal.Entry) -> None:
    number = _number(line, "case")
    matter = matter_of_case(place.workspace_id, number) if number else _matter(place, line)[1]
    if matter is not None:
        _reverse(place, line, matter, ledger.EVIDENCE, "reopened")


def _cause_reopened(place: _Place, line: journal.Entry) -> None:
    if number := _number(line, "cause"):
        _reverse(place, line, Matter(f"cause:{number}", ()), [Kind.CAUSE], "cause")


_WORK: Mapping[str, Callable[[_Place, journal.Entry], None]] = {
    "satisfaction.given": _satisfied,
    "journey.moved": _journey,
    "promise.kept": _promise,
    "reply.sent": _hard,
    "reply.by_hand": _hard,
    "cause.fixed": _cause,
    "followup.reopened": _reopened,
    "conversation.reopened": _reopened,
    "case.reopened": _reopened,
    "cause.reopened": _cause_reopened,
}
VERBS = tuple(_WORK)
"""What is read of the journal."""

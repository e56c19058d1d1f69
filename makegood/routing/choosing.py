"""Who gets a conversation, and why: pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from makegood.clocks import api as clocks
from makegood.routing.rules import Assign
from makegood.routing.words import day_words, language_words, moment_words

__all__ = ["LONGEST_REASON", "Board", "Duty", "Outcome", "Person", "choose", "with_rule"]

LONGEST_REASON = 200
NAMED = 3
"""So many people are named when nobody is free."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_TOPIC = "other"
NO_LANGUAGE = ("", "und")
AHEAD = 16
"""Days that are looked ahead for the next time somebody is on duty."""
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Duty:
    """When somebody works: stretches in order, which neither touch nor overlap; None: around the clock."""

    zone: str
    spans: tuple[Span, ...] | None = None

    @classmethod
    def of(cls, hours: clocks.Hours | None, zone: str, since: datetime, until: datetime) -> Duty:
        """The stretches of these hours between two moments, and some days on."""
        if hours is None:
            return cls(zone)
        joined: list[Span] = []
        for begin, end in clocks.stretches(hours, since, (until - since).days + AHEAD):
            if joined and joined[-1][1] >= begin:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((begin, end))
        return cls(hours.zone, tuple(joined))

    @cached_property
    def _begins(self) -> list[datetime]:
        return [begin for begin, _end in self.spans or ()]

    def is_on(self, at: datetime) -> bool:
        """Whether they are on duty; the moment at which it ends is off."""
        return self.spans is None or self._span(at) is not None

    def until(self, at: datetime) -> datetime | None:
        """When the duty ends that they are on; None while they are off, and where it never ends."""
        span = self._span(at) if self.spans is not None else None
        return span[1] if span else None

    def begins(self, at: datetime) -> datetime | None:
        """When they are on duty next; None while they are on, and where that is further away than was looked."""
        if self.spans is None or self.is_on(at):
            return None
        here = bisect_right(self._begins, at)
        return self.spans[here][0] if here < len(self.spans) else None

    def _span(self, at: datetime) -> Span | None:
        here = bisect_right(self._begins, at) - 1
        if self.spans is None or here < 0:
            return None
        return self.spans[here] if at < self.spans[here][1] else None


@dataclass(frozen=True)
class Person:
    """A member who may be given work. Empty `topics` or `languages`: nothing was said. `most` None: no limit."""

    user: int
    name: str
    duty: Duty
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    most: int | None = None
    takes: bool = True
    """Whether rules that choose among several may choose them."""
    away_from: date | None = None
    away_until: date | None = None
    """The last day of it; None: they are not away."""
    stand_in: int | None = None
    """Who takes their place meanwhile."""


@dataclass
class Board:
    """Who is there, and who has how much by now. `load` and `last` change as work is given."""

    people: Mapping[int, Person] = field(default_factory=dict)
    teams: Mapping[int, frozenset[int]] = field(default_factory=dict)
    load: dict[int, int] = field(default_factory=dict)
    last: dict[int, datetime] = field(default_factory=dict)
    zone: str = "UTC"
    topics: Mapping[str, str] = field(default_factory=dict)
    """What each topic is called here."""

    def give(self, user: int, at: datetime, *, counts: bool = True) -> None:
        """They have got one more; `counts`: it needs an answer."""
        self.last[user] = at
        if counts:
            self.load[user] = self.load.get(user, 0) + 1

    def has_room(self, person: Person) -> bool:
        """Whether they may have one more."""
        return person.most is None or self.load.get(person.user, 0) < person.most

    def is_away(self, person: Person, at: datetime) -> bool:
        """Whether they are away on the shop's day of this moment."""
        if person.away_until is None:
            return False
        day = at.astimezone(ZoneInfo(self.zone)).date()
        return (person.away_from is None or person.away_from <= day) and day <= person.away_until


@dataclass(frozen=True)
class Outcome:
    """Who gets it and why; with nobody, why not, and whether that may change by waiting."""

    user: int | None
    because: str
    waits: bool = False


def choose(assign: Assign, board: Board, language: str, topics: Collection[str], at: datetime) -> Outcome:
    """Who gets it at the moment `at`, by what the rule says.

    One member gets it whatever the hour and their load; while they are away, who stands in for them. Of several: who is
    on duty and has room; who said they know what it takes before who said nothing; then who has least; then who was
    given something the longest ago.
    """
    if assign.how == "person":
        return _to_one(assign.person, board, at)
    about = frozenset(topics) - {NO_TOPIC}
    spoken = "" if language in NO_LANGUAGE else language
    able = _able(assign, board, spoken, about)
    if not able:
        return Outcome(None, _nobody_can(assign, spoken, about, board))
    free = [each for each in able if not board.is_away(each, at) and each.duty.is_on(at) and board.has_room(each)]
    if not free:
        return Outcome(None, _why_none(able, board, at), waits=True)
    if assign.how == "skill":
        rank = min(_rank(each, spoken, about) for each in free)
        best = [each for each in free if _rank(each, spoken, about) == rank]
    else:
        best = free
    chosen = min(best, key=lambda each: (board.load.get(each.user, 0), board.last.get(each.user, NEVER), each.user))
    clauses = _skills(chosen, spoken, about, board) if assign.how == "skill" else []
    clauses += [_open(board, chosen), *_least(best), *_duty(chosen, at)]
    return Outcome(chosen.user, ", ".join(clauses))


def with_rule(because: str, rule: str) -> str:
    """A reason with the rule's name, which stays whole when the reason is cut."""
    by = _("rule “%(name)s”") % {"name": rule}
    room = LONGEST_REASON - len(by) - 3
    cut = because if len(because) <= room else f"{because[: room - 1].rstrip()}…"
    return f"{cut} – {by}" if cut else by


def _able(assign: Assign, board: Board, spoken: str, about: frozenset[str]) -> list[Person]:
    """Those who could take it, were they there."""
    if assign.how == "least":
        named = {*assign.people, *(user for team in assign.teams for user in board.teams.get(team, ()))}
        return [each for each in board.people.values() if each.user in named and each.takes]
    return [each for each in board.people.values() if each.takes and _fits(each, spoken, about)]


def _fits(person: Person, spoken: str, about: frozenset[str]) -> bool:
    speaks = not spoken or not person.languages or spoken in person.languages
    return speaks and (not about or not person.topics or bool(about & person.topics))


def _rank(person: Person, spoken: str, about: frozenset[str]) -> tuple[bool, bool]:
    """Lower is better: that they speak it counts before that they know about it."""
    return (bool(spoken) and spoken not in person.languages, bool(about) and not about & person.topics)


def _to_one(user: int | None, board: Board, at: datetime) -> Outcome:
    person = board.people.get(user) if user is not None else None
    if person is None:
        return Outcome(None, _("whom it names can’t be given work here any more"))
    if not board.is_away(person, at):
        return Outcome(person.user, ", ".join([_open(board, person), *_duty(person, at)]))
    until = day_words(person.away_until) if person.away_until else ""
    stand_in = board.people.get(person.stand_in) if person.stand_in is not None else None
    if stand_in is None or board.is_away(stand_in, at):
        return Outcome(None, _("%(name)s is away until %(day)s") % {"name": person.name, "day": until}, waits=True)
    told = _("in the place of %(name)s, who is away until %(day)s") % {"name": person.name, "day": until}
    return Outcome(stand_in.user, ", ".join([told, _open(board, stand_in), *_duty(stand_in, at)]))


def _skills(person: Person, spoken: str, about: frozenset[str], board: Board) -> list[str]:
    known = sorted(about & person.topics)
    said = [_("speaks %(language)s") % {"language": language_words(spoken)}] if spoken in person.languages else []
    if known:
        said.append(_("knows about %(topic)s") % {"topic": board.topics.get(known[0], known[0])})
    return said


def _open(board: Board, person: Person) -> str:
    count = board.load.get(person.user, 0)
    return ngettext("%(n)d open", "%(n)d open", count) % {"n": count}


def _least(among: Sequence[Person]) -> list[str]:
    return [_("the least of %(n)d") % {"n": len(among)}] if len(among) > 1 else []


def _duty(person: Person, at: datetime) -> list[str]:
    zone = person.duty.zone
    if until := person.duty.until(at):
        return [_("on duty until %(hour)s") % {"hour": moment_words(until, at, zone)}]
    if begins := person.duty.begins(at):
        return [_("back on %(moment)s") % {"moment": moment_words(begins, at, zone)}]
    return [] if person.duty.is_on(at) else [_("off duty")]


def _nobody_can(assign: Assign, spoken: str, about: frozenset[str], board: Board) -> str:
    if assign.how == "least":
        return _("nobody among whom it is shared out takes work now")
    takers = [each for each in board.people.values() if each.takes]
    if spoken and about and any(_fits(each, spoken, frozenset()) for each in takers):
        facts = {"language": language_words(spoken), "topic": board.topics.get(min(about), min(about))}
        return _("nobody here speaks %(language)s and knows about %(topic)s") % facts
    if spoken:
        return _("nobody here speaks %(language)s") % {"language": language_words(spoken)}
    if about:
        return _("nobody here knows about %(topic)s") % {"topic": board.topics.get(min(about), min(about))}
    return _("nobody here takes work by rule")


def _why_none(able: Iterable[Person], board: Board, at: datetime) -> str:
    told = [_why_not(each, board, at) for each in sorted(able, key=lambda each: _free_at(each, board, at))]
    more = len(told) - NAMED
    if more > 0:
        told = [*told[:NAMED], ngettext("%(n)d more can’t either", "%(n)d more can’t either", more) % {"n": more}]
    return _("waits: %(why)s") % {"why": ", ".join(told)}


def _free_at(person: Person, board: Board, at: datetime) -> datetime:
    """Sorts those who are back soonest first."""
    if board.is_away(person, at):
        return at + timedelta(days=366)
    return person.duty.begins(at) or at


def _why_not(person: Person, board: Board, at: datetime) -> str:
    facts = {"name": person.name}
    if board.is_away(person, at) and person.away_until is not None:
        return _("%(name)s is away until %(day)s") % {**facts, "day": day_words(person.away_until)}
    if not person.duty.is_on(at):
        begins = person.duty.begins(at)
        if begins is None:
            return _("%(name)s is off duty") % facts
        when = moment_words(begins, at, person.duty.zone)
        return _("%(name)s is off duty until %(when)s") % {**facts, "when": when}
    return _("%(name)s has %(n)d of %(most)d open") % {
        **facts, "n": board.load.get(person.user, 0), "most": person.most or 0,
    }  # fmt: skip

"""What a rule would have done in the last days, played again from what was heard. Nothing is changed.

Each utterance comes at the moment at which it was heard, to the people and hours of today. What a rule gave stays open
until it was really answered or closed, so that loads grow and shrink as they would have.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makegood.accounts.api import Workspace
from makegood.desk import api as desk
from makegood.kit import clock
from makegood.routing.choosing import Board, choose
from makegood.routing.house import Outside, house_of, said_by, subject_of
from makegood.routing.rules import Rule, Subject, fits, judge

__all__ = ["DAYS", "Example", "Trial", "try_rule"]

DAYS = 30
MOST = 5_000
"""So many utterances are looked at, the newest."""
SHOWN = 8
AT_ONCE = 50
"""Of those that wait so many are tried again whenever something comes in."""


@dataclass(frozen=True)
class Example:
    """One conversation that the rule would have taken. `to` is "" where nobody would have got it."""

    conversation: int
    who: str
    excerpt: str
    at: datetime
    to: str
    because: str


@dataclass(frozen=True)
class Trial:
    """What a rule would have done. `first` other rules took before it though it fits; `days` are counts, oldest first.

    `shares` says who would have got how many, `waited` how many would have waited for somebody, `nobody` how many
    would still be nobody's. `looked_at` conversations were looked at; `capped`: there are older ones.
    """

    count: int = 0
    first: int = 0
    days: tuple[int, ...] = (0,) * DAYS
    shares: tuple[tuple[str, int], ...] = ()
    waited: int = 0
    nobody: int = 0
    gives: bool = False
    examples: tuple[Example, ...] = ()
    looked_at: int = 0
    capped: bool = False

    @property
    def a_day(self) -> float:
        """How many a day, on average."""
        return self.count / DAYS

    @property
    def busiest(self) -> int:
        """How many on the busiest day."""
        return max(self.days)


@dataclass
class _Play:
    """How far it has come."""

    board: Board
    rule: Rule
    ends: list[tuple[datetime, int]] = field(default_factory=list)
    waiting: list[tuple[Subject, desk.Conversation]] = field(default_factory=list)
    shares: Counter[int] = field(default_factory=Counter)
    waited: int = 0
    nobody: int = 0


def try_rule(workspace: Workspace, rule: Rule, before: Sequence[Rule], outside: Outside) -> Trial:
    """Plays the last 30 days with a rule, saved or not, after the rules `before` it. About 12 queries.

    What the others give is not played: the loads are those that this rule makes.
    """
    rule, now = _at_any_time(rule), clock.now()
    since = now - timedelta(days=DAYS)
    said = _said(workspace, since)
    capped, said = len(said) > MOST, said[:MOST][::-1]
    rules = [*(_at_any_time(each) for each in before), rule]
    house = house_of(workspace, outside, since)
    pairs = [(message.conversation, message.mention) for message in said]
    looked_up = said_by(pairs, [each.conditions for each in rules], outside)
    play = _Play(house.board, rule)
    place = ZoneInfo(workspace.timezone)
    done: set[int] = set()
    taken: list[tuple[desk.Conversation, Subject, str, str]] = []
    first = 0
    for message in said:
        row, mention = message.conversation, message.mention
        if row.pk in done:
            continue
        subject = subject_of(row, mention, mention.assessment, looked_up, house.shop)
        verdict = judge(rules, subject)
        if not verdict.rules:
            continue
        done.add(row.pk)
        if rule not in verdict.rules:
            first += fits(rule.conditions, subject)
            continue
        given = _play(play, row, subject) if verdict.assigning and verdict.assigning[0] is rule else ("", "")
        taken.append((row, subject, *given))
    _seek(play, now)
    days = [0] * DAYS
    today = now.astimezone(place).date()
    for _row, subject, _to, _because in taken:
        days[DAYS - 1 - min(DAYS - 1, (today - _moment(subject).astimezone(place).date()).days)] += 1
    names = {key: person.name for key, person in house.board.people.items()}
    return Trial(
        count=len(taken),
        first=first,
        days=tuple(days),
        shares=tuple((names[key], count) for key, count in play.shares.most_common()),
        waited=play.waited,
        nobody=play.nobody + len(play.waiting),
        gives=bool(rule.actions.assign.how),
        examples=tuple(
            Example(row.pk, row.author_label, row.excerpt, _moment(subject), to, because)
            for row, subject, to, because in reversed(taken[-SHOWN:])
        ),
        looked_at=len({row.pk for row, _mention in pairs}),
        capped=capped,
    )


def _said(workspace: Workspace, since: datetime) -> list[Any]:
    """What customers said since then, the newest first, with what it was read as."""
    rows = desk.Message.objects.within(workspace).filter(
        mention__workspace=workspace,
        mention__heard_at__gte=since,
        mention__history=False,
        mention__deleted_at__isnull=True,
        mention__assessment__isnull=False,
        direction=desk.Message.Direction.IN,
    )
    found = rows.select_related("mention", "mention__assessment", "conversation").defer("text", "media")
    return list(found.order_by("-mention__heard_at", "-mention_id")[: MOST + 1])


def _at_any_time(rule: Rule) -> Rule:
    """A rule as if it had always been on."""
    return Rule(rule.key, rule.name, rule.conditions, rule.actions, rule.go_on)


def _moment(subject: Subject) -> datetime:
    assert subject.at is not None
    return subject.at


def _play(play: _Play, row: desk.Conversation, subject: Subject) -> tuple[str, str]:
    at = _moment(subject)
    _release(play, at)
    _seek(play, at)
    outcome = choose(play.rule.actions.assign, play.board, subject.language, subject.topics, at)
    if outcome.user is not None:
        _give(play, outcome.user, row, at)
        return play.board.people[outcome.user].name, outcome.because
    if outcome.waits:
        play.waited += 1
        play.waiting.append((subject, row))
    else:
        play.nobody += 1
    return "", outcome.because


def _give(play: _Play, user: int, row: desk.Conversation, at: datetime) -> None:
    play.shares[user] += 1
    end = row.answered_at or row.closed_at
    owed = end is None and row.queue == desk.Conversation.Queue.NEEDS_ANSWER
    counts = owed or (end is not None and end > at)
    play.board.give(user, at, counts=counts)
    if end is not None and end > at:
        heapq.heappush(play.ends, (end, user))


def _release(play: _Play, at: datetime) -> None:
    while play.ends and play.ends[0][0] <= at:
        _end, user = heapq.heappop(play.ends)
        play.board.load[user] -= 1


def _seek(play: _Play, at: datetime) -> None:
    """Somebody for those that wait, once anybody is there at all; what was answered meanwhile waits no more."""
    _release(play, at)
    board = play.board
    if not play.waiting or not any(one.duty.is_on(at) and board.has_room(one) for one in board.people.values()):
        return
    still = []
    for number, (subject, row) in enumerate(play.waiting):
        outcome = None
        end = row.answered_at or row.closed_at
        if end is not None and end <= at:
            play.nobody += 1
            continue
        if number < AT_ONCE:
            outcome = choose(play.rule.actions.assign, board, subject.language, subject.topics, at)
        if outcome is None or outcome.user is None:
            still.append((subject, row))
        else:
            _give(play, outcome.user, row, at)
    play.waiting = still

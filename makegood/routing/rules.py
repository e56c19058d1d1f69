"""Which rules a conversation falls under, and what they want: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any
from unicodedata import normalize

from django.utils.translation import gettext as _

from makegood.desk.api import URGENCIES

__all__ = [
    "HOW",
    "WHEN",
    "Actions",
    "Assign",
    "Conditions",
    "Rule",
    "Subject",
    "Verdict",
    "fits",
    "judge",
    "kept",
    "problem_of",
    "says",
    "to_actions",
    "to_conditions",
]

HOW = ("", "person", "least", "skill")
"""Give it to nobody, to one member, to whoever of some has least, to who knows and speaks what it takes."""
WHEN = ("", "open", "closed")
MOST_WORDS = 50
LONGEST_TEXT = 20_000
"""Characters of a post that are looked through for words."""
NO_SPACES = 0x0E00
"""From Thai on, scripts may write without spaces, so that a word has no edges to look for."""


@dataclass(frozen=True)
class Conditions:
    """What a rule asks. Of one kind any is enough, of several kinds all must hold; an empty one asks for nothing."""

    intents: tuple[str, ...] = ()
    severity: int = 0
    """At least so severe a complaint, 1 to 4."""
    urgencies: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    queries: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    """Any of these stands in what they wrote; "refund*" is every word that begins so."""
    followers: int = 0
    """At least so many."""
    customer: str = ""
    """"yes": somebody who has bought; "no": nobody we know has."""
    when: str = ""
    """Heard while the shop is "open" or "closed"."""


@dataclass(frozen=True)
class Subject:
    """What the rules look at: a conversation by what its customer said last."""

    intent: str = ""
    severity: int = 0
    urgency: str = ""
    topics: tuple[str, ...] = ()
    sentiment: str = ""
    flags: tuple[str, ...] = ()
    language: str = ""
    network: str = ""
    channel: int | None = None
    queries: frozenset[int] = frozenset()
    text: str = ""
    followers: int | None = None
    customer: bool | None = None
    """None: nobody could say."""
    open: bool = True
    """Whether the shop was open when it was heard."""
    at: datetime | None = None


@dataclass(frozen=True)
class Assign:
    """Who gets it: `how` is one of HOW, `people` are user ids."""

    how: str = ""
    person: int | None = None
    people: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()


@dataclass(frozen=True)
class Actions:
    """What a rule does."""

    assign: Assign = field(default_factory=Assign)
    labels: tuple[str, ...] = ()
    policy: int | None = None
    urgency: str = ""
    """It is at least so urgent."""
    alert: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule as the arithmetic needs it; `since`: it holds for what is heard from then on."""

    key: int
    name: str
    conditions: Conditions
    actions: Actions
    go_on: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What the rules make of one subject: those that took it, and what they want together."""

    rules: tuple[Rule, ...] = ()
    labels: tuple[str, ...] = ()
    policy: int | None = None
    urgency: str = ""
    alerts: tuple[str, ...] = ()
    """The names of the rules that want the team to be told."""

    @property
    def assigning(self) -> tuple[Rule, ...]:
        """Those that give it to somebody, in order."""
        return tuple(rule for rule in self.rules if rule.actions.assign.how)


def judge(rules: Iterable[Rule], subject: Subject) -> Verdict:
    """Tries the rules in order; the first that fits ends it, unless it goes on.

    Labels add up, the first policy and the highest urgency hold.
    """
    taken: list[Rule] = []
    for rule in rules:
        if _is_too_new(rule, subject) or not fits(rule.conditions, subject):
            continue
        taken.append(rule)
        if not rule.go_on:
            break
    labels = dict.fromkeys(name for rule in taken for name in rule.actions.labels)
    wanted = [rule.actions.urgency for rule in taken if rule.actions.urgency in URGENCIES]
    return Verdict(
        rules=tuple(taken),
        labels=tuple(labels),
        policy=next((rule.actions.policy for rule in taken if rule.actions.policy is not None), None),
        urgency=max(wanted, key=URGENCIES.index, default=""),
        alerts=tuple(rule.name for rule in taken if rule.actions.alert),
    )


def _is_too_new(rule: Rule, subject: Subject) -> bool:
    return rule.since is not None and subject.at is not None and subject.at < rule.since


def fits(asked: Conditions, subject: Subject) -> bool:
    """Whether everything that is asked holds."""
    return (
        (not asked.intents or subject.intent in asked.intents)
        and subject.severity >= asked.severity
        and (not asked.urgencies or subject.urgency in asked.urgencies)
        and (not asked.topics or any(topic in asked.topics for topic in subject.topics))
        and (not asked.sentiments or subject.sentiment in asked.sentiments)
        and (not asked.flags or any(flag in asked.flags for flag in subject.flags))
        and (not asked.languages or subject.language in asked.languages)
        and (not asked.networks or subject.network in asked.networks)
        and (not asked.channels or subject.channel in asked.channels)
        and (not asked.queries or any(query in subject.queries for query in asked.queries))
        and (not asked.followers or (subject.followers or 0) >= asked.followers)
        and (not asked.customer or subject.customer is (asked.customer == "yes"))
        and (not asked.when or subject.open is (asked.when == "open"))
        and (not asked.words or says(asked.words, subject.text))
    )


def says(words: Iterable[str], text: str) -> bool:
    """Whether any of these words or phrases stands in a text, in any case; "refund*" is how a word begins."""
    looked = _plain(text[:LONGEST_TEXT])
    return any(_stands_in(word, looked) for word in words)


def _stands_in(word: str, looked: str) -> bool:
    wanted = _plain(word)
    begins = wanted.endswith("*")
    wanted = wanted.rstrip("*").rstrip()
    if not wanted:
        return False
    before = r"(?<!\w)" if _has_edge(wanted[0]) else ""
    after = r"(?!\w)" if _has_edge(wanted[-1]) and not begins else ""
    return re.search(before + re.escape(wanted) + after, looked) is not None


def _plain(text: str) -> str:
    return " ".join(normalize("NFC", text.casefold()).split())


def _has_edge(letter: str) -> bool:
    return letter.isalnum() and ord(letter) < NO_SPACES


def kept(value: Conditions | Actions) -> dict[str, Any]:
    """As it is kept in a row: without what asks for nothing."""
    return _filled(asdict(value))


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    whole = {name: _filled(part) if isinstance(part, dict) else part for name, part in parts.items()}
    return {name: part for name, part in whole.items() if part not in ((), [], {}, "", 0, None, False)}


def to_conditions(row: Mapping[str, Any]) -> Conditions:
    """Conditions from a row, whatever it lacks."""
    return Conditions(**_parts(Conditions, row))


def to_actions(row: Mapping[str, Any]) -> Actions:
    """Actions from a row, whatever it lacks."""
    parts = _parts(Actions, row)
    assign = row.get("assign") or {}
    return Actions(**parts | {"assign": Assign(**_parts(Assign, assign))})


def _parts(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    known = {each.name for each in fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in known}


def problem_of(asked: Conditions, wanted: Actions) -> str | None:
    """What is wrong with a rule, as a sentence; None when it is fine."""
    assign = wanted.assign
    if assign.how not in HOW:
        return _("Choose who gets it.")
    if assign.how == "person" and assign.person is None:
        return _("Choose the member who gets it.")
    if assign.how == "least" and not (assign.people or assign.teams):
        return _("Choose at least one member or team among whom it is shared out.")
    if not (assign.how or wanted.labels or wanted.policy or wanted.urgency or wanted.alert):
        return _("Say what the rule does: without that it changes nothing.")
    if len(asked.words) > MOST_WORDS:
        return _("%(n)d words or phrases are the most. Make two rules of it.") % {"n": MOST_WORDS}
    return _problem_of_values(asked, wanted)


def _problem_of_values(asked: Conditions, wanted: Actions) -> str | None:
    limits: Sequence[tuple[bool, str]] = (
        (0 <= asked.severity <= 4, _("A severity lies between 0 and 4.")),
        (0 <= asked.followers <= 1_000_000_000, _("The number of followers is a whole number from 0.")),
        (asked.customer in ("", "yes", "no"), _("Say whether it is a customer, or leave it open.")),
        (asked.when in WHEN, _("Say whether the shop is open or closed, or leave it open.")),
        (wanted.urgency in ("", *URGENCIES), _("Choose one of the urgencies.")),
        (len(wanted.labels) <= 10, _("A rule puts on ten labels at most.")),
    )
    return next((sentence for fine, sentence in limits if not fine), None)

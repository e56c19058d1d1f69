"""Where somebody who complained stands, by what shows it: pure.

What speaks against us counts from its own moment on: only what came after the newest complaint (or "not right yet", a
low score, a farewell) speaks for us. So each state can be left again, in either direction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

__all__ = [
    "GLAD",
    "SAD",
    "Complaint",
    "Evidence",
    "Fact",
    "State",
    "Verdict",
    "grouped",
    "resolved_at",
    "says_leaving",
    "state_of",
]

State = Literal["unhappy", "acknowledged", "resolved", "satisfied", "returned", "advocate", "lost"]
GLAD, SAD = 4, 2
"""From which score (1 to 5) on somebody is satisfied, and up to which they are not."""


class Fact(NamedTuple):
    """Something that happened: when (aware), and the row that shows it, as "message:12"."""

    at: datetime
    ref: str


@dataclass(frozen=True)
class Evidence:
    """All that is known of one complaint, in any order."""

    now: datetime
    complaints: Sequence[Fact]
    """What they complained of in it; the first began it."""
    answers: Sequence[Fact] = ()
    remedied: Sequence[Fact] = ()
    """What was done for them, and not taken back."""
    solved: Sequence[Fact] = ()
    """That the case ended as solved, while it is."""
    right: Sequence[Fact] = ()
    """They said that it is right now."""
    not_right: Sequence[Fact] = ()
    scores: Sequence[tuple[Fact, int]] = ()
    thanks: Sequence[Fact] = ()
    """Praise of theirs in the same conversations."""
    praise: Sequence[Fact] = ()
    """Praise of theirs elsewhere, where everybody reads it."""
    bought: Sequence[Fact] = ()
    """Purchases since the complaint."""
    told_bought: Sequence[Fact] = ()
    """A member was told of a purchase."""
    leaving: Sequence[Fact] = ()
    """They said that they will not come back."""
    expected_by: datetime | None = None
    """By when the value model says that they would have bought; None: it cannot say."""


class Verdict(NamedTuple):
    """A state, the code of the reason, and what shows it; None: that time has passed."""

    state: State
    reason: str
    fact: Fact | None


def state_of(evidence: Evidence) -> Verdict:
    """Where they stand. `evidence.complaints` must not be empty.

    The best that is shown since the newest blow, but that silence where a purchase was due outweighs kind words.
    """
    blow, blow_reason = _newest_blow(evidence)
    made_good = _made_good(evidence, blow)
    answered = _first(evidence.answers, blow)
    back = _back(evidence, blow, made_good, answered)
    earned = [each.fact for each in (made_good, back) if each and each.fact]
    praised = _first(evidence.praise, min(earned)) if earned else None
    if praised:
        return Verdict("advocate", "praised", praised)
    if back:
        return back
    if evidence.expected_by and evidence.expected_by <= evidence.now and not (evidence.bought or evidence.told_bought):
        return Verdict("lost", "not_back", None)
    if made_good:
        return made_good
    if blow_reason == "said_leaving":
        return Verdict("lost", "said_leaving", blow)
    if answered:
        return Verdict("acknowledged", "answered", answered)
    return Verdict("unhappy", blow_reason, blow)


def _newest_blow(evidence: Evidence) -> tuple[Fact, str]:
    first, *more = sorted(evidence.complaints)
    sad = [fact for fact, score in evidence.scores if score <= SAD]
    named = [(first, "complained")]
    for facts, reason in (
        (more, "complained_again"),
        (sad, "low_score"),
        (evidence.not_right, "not_right"),
        (evidence.leaving, "said_leaving"),
    ):
        named += [(fact, reason) for fact in facts if fact.at >= first.at]
    # Of one moment the farewell says most: it is a complaint as well.
    return max(named, key=lambda each: (each[0].at, each[1] == "said_leaving", each[1] != "complained"))


def _first(facts: Iterable[Fact], after: Fact) -> Fact | None:
    return min((fact for fact in facts if fact.at > after.at), default=None)


def _made_good(evidence: Evidence, blow: Fact) -> Verdict | None:
    """Satisfied, else resolved, else nothing."""
    glad = _first((fact for fact, score in evidence.scores if score >= GLAD), blow)
    if glad:
        return Verdict("satisfied", "score", glad)
    resolved = [
        (fact, reason)
        for reason, facts in (("said_right", evidence.right), ("solved", evidence.solved), ("done", evidence.remedied))
        if (fact := _first(facts, blow))
    ]
    middling = _first((fact for fact, score in evidence.scores if SAD < score < GLAD), blow)
    answered = _first(evidence.answers, blow)
    # Kind words before anybody has answered are no thanks for anything.
    since = min([fact for fact, _reason in resolved] + [fact for fact in (middling, answered) if fact], default=None)
    thanked = _first(evidence.thanks, since) if since else None
    if thanked:
        return Verdict("satisfied", "thanked", thanked)
    if resolved:
        fact, reason = resolved[0]
        return Verdict("resolved", reason, fact)
    return None


def _back(evidence: Evidence, blow: Fact, made_good: Verdict | None, answered: Fact | None) -> Verdict | None:
    """Whether they bought again once they had heard from us: an order amid silence says nothing of having been won."""
    heard = [fact for fact in (answered, made_good.fact if made_good else None) if fact]
    if not heard:
        return None
    since = min(heard)
    bought = _first(evidence.bought, since)
    if bought:
        return Verdict("returned", "bought", bought)
    told = _first(evidence.told_bought, blow)
    return Verdict("returned", "told_bought", told) if told else None


def resolved_at(evidence: Evidence) -> datetime | None:
    """When it was first shown to be resolved; a purchase or silence says nothing of that."""
    first = min(evidence.complaints)
    glad = [fact for fact, score in evidence.scores if score > SAD]
    found = [*evidence.remedied, *evidence.solved, *evidence.right, *glad]
    return min((fact.at for fact in found if fact.at > first.at), default=None)


# Plain farewells only: a member can add what is said otherwise. English, German, French, Spanish.
_LEAVING = re.compile(
    r"\b(?:never|won'?t|will not|not going to)\b[^.!?\n]{0,30}\b(?:buy|order|shop|purchase|come back|return)\b"
    r"[^.!?\n]{0,30}\b(?:again|any ?more|ever|from you|here|with you|back)\b"
    r"|\bnever again\b|\blost (?:me as )?a (?:loyal )?customer\b|\blast (?:time|order) (?:i|we|from|with)\b"
    r"|\bdelet(?:e|ed|ing) my account\b|\bclos(?:e|ed|ing) my account\b"
    r"|\bcancel(?:l?ed|l?ing)? my (?:account|subscription)\b"
    r"|\bnie (?:wieder|mehr)\b|\bletzte (?:mal|bestellung)\b|\bkunden? verloren\b|\bkonto löschen\b"
    r"|\bplus jamais\b|\bnunca más\b",
    re.IGNORECASE,
)


def says_leaving(text: str) -> bool:
    """Whether a complaint says plainly that its author will not buy again."""
    return bool(_LEAVING.search(text.replace("’", "'")))


@dataclass(frozen=True)
class Complaint:
    """A conversation with a complaint, as far as it matters to which others it belongs."""

    key: int
    at: datetime
    case: int | None
    person: str
    """The contact where they are known, else the account they wrote from."""
    known: bool
    settled_at: datetime | None = None
    """When it was shown to be resolved."""


def grouped(complaints: Collection[Complaint]) -> dict[int, int]:
    """Which are about one complaint of one person: each key with the key of the first of its group.

    Those in one case are, unless they are known to be from different people; and those of one person who complains
    once more, elsewhere, before it was resolved, unless they were put into different cases.
    """
    heads: list[Complaint] = []
    found: dict[int, int] = {}
    for one in sorted(complaints, key=lambda each: (each.at, each.key)):
        head = next((each for each in heads if _belongs(one, each)), one)
        if head is one:
            heads.append(one)
        found[one.key] = head.key
    return found


def _belongs(one: Complaint, head: Complaint) -> bool:
    same_person = one.person == head.person
    if one.case is not None and one.case == head.case:
        return same_person or not (one.known and head.known)
    if one.case is not None and head.case is not None:
        return False
    return same_person and (head.settled_at is None or head.settled_at > one.at)

"""Promises in a draft: words by which a member gives their word for a moment. Pure.

A moment alone is no promise. It becomes one by who speaks of it and how: the nearest word before it in its clause
(else after it, else in the clause that follows or went before) that either gives one's word ("we will", "wir melden
uns") or speaks of something else: what is past, what the customer is asked to do, a condition, a refusal, opening
hours. What others said, in quotation marks or quoted lines, is theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from makegood.clocks.hours import Hours
from makegood.clocks.moments import Here, read, resolve
from makegood.clocks.tongues import TONGUES, Tongue, When

__all__ = ["LONGEST_DRAFT", "Promised", "find_promises"]

LONGEST_DRAFT = 10_000
MOST = 5
MOST_ATOMS = 24
"""In one clause; nobody promises more in a breath, and the work for each grows with their number."""

QUOTED = re.compile(r"(?m)^\s*>.*$|“[^“”\n]{1,400}”|„[^„“”\n]{1,400}[“”]|«[^«»\n]{1,400}»|\"[^\"\n]{1,400}\"")
SENTENCE = re.compile(
    # Not after "p.m.", "12." or "z. B.", which go on.
    r"[^\n]+?(?:(?<!\b[ap]\.m)(?<!\d)(?<!\bz)(?<!\b[A-Z])[.!?…]+(?=\s|$)|(?<=[ap]\.m)\.(?=\s+[A-Z]|\s*$)|"
    r"[!?…]+(?=\s|$)|$|(?=\n))",
)
CLAUSE = re.compile(r"(?:[^,;:()–—!?¡¿]|(?<=\d):(?=\d))+")


@dataclass(frozen=True)
class Promised:
    """A promise in a draft: its words, where they stand (offsets), by when (UTC), and how that was worked out."""

    words: str
    start: int
    end: int
    due_at: datetime
    why: str


@dataclass(frozen=True)
class _Moment:
    start: int
    end: int
    whens: list[When]
    lead: str


def find_promises(text: str, now: datetime, zone: str, hours: Hours | None = None) -> list[Promised]:
    """The promises in a draft, in order; five at most. Days end when the shop closes, at 18:00 without hours.

    `zone` is the shop's time zone, for a shop without hours. Only moments to come are found.
    """
    here = Here(now, zone, hours)
    draft = QUOTED.sub(lambda match: " " * len(match.group()), text[:LONGEST_DRAFT])
    found: dict[int, Promised] = {}
    for sentence in SENTENCE.finditer(draft):
        for tongue in TONGUES:
            for moment in _promised(tongue, draft, sentence.start(), sentence.end()):
                strict = bool(moment.lead and tongue.strict.fullmatch(moment.lead))
                due = resolve(moment.whens, here, strict=strict)
                known = found.get(moment.end)
                if due is None or (known is not None and known.start <= moment.start):
                    continue
                words = text[moment.start : moment.end]
                found[moment.end] = Promised(words, moment.start, moment.end, due[0], due[1])
    ordered = sorted(found.values(), key=lambda each: (each.start, -each.end))
    alone: list[Promised] = []
    for each in ordered:
        if not alone or each.start >= alone[-1].end:
            alone.append(each)
    return alone[:MOST]


def _moments(tongue: Tongue, draft: str, start: int, end: int) -> list[_Moment]:
    """The moments of a clause: atoms of time, a day joined with its hour, and the words that lead to them."""
    barred = [match.span() for match in tongue.never.finditer(draft, start, end)]
    atoms: list[tuple[int, int, list[When]]] = []
    for atom in tongue.atoms:
        for match in atom.finditer(draft, start, end):
            if len(atoms) >= MOST_ATOMS:
                break
            left, right = match.span()
            taken = any(left < other[1] and other[0] < right for other in [*barred, *((a, b) for a, b, _w in atoms)])
            whens = [] if taken else read(tongue, match)
            if whens:
                atoms.append((left, right, whens))
    joined: list[tuple[int, int, list[When]]] = []
    for left, right, whens in sorted(atoms, key=lambda each: each[0]):
        if joined and len(joined[-1][2]) < 3 and _joins(tongue, draft[joined[-1][1] : left], joined[-1][2], whens):
            before = joined.pop()
            joined.append((before[0], right, [*before[2], *whens]))
        else:
            joined.append((left, right, whens))
    return [_with_lead(tongue, draft, start, *each) for each in joined]


DAYS = frozenset({"weekday", "offset", "dom", "date"})
HOURS = frozenset({"time", "part", "close"})


def _joins(tongue: Tongue, between: str, before: list[When], after: list[When]) -> bool:
    kinds = {when.kind for when in before}
    more = {when.kind for when in after}
    pair = (
        (kinds <= DAYS and more <= HOURS) or (kinds <= HOURS and more <= DAYS) or (kinds == {"weekday"} and more & DAYS)
    )
    return bool(pair) and tongue.glue.fullmatch(between.strip()) is not None


def _with_lead(tongue: Tongue, draft: str, floor: int, left: int, right: int, whens: list[When]) -> _Moment:
    """Takes in what stands right before the moment: "by", "no later than", also two of them."""
    start, lead = left, ""
    for _twice in range(2):
        best = None
        for match in tongue.lead.finditer(draft, floor, start):
            if not draft[match.end() : start].strip():
                best = match
                break
        if best is None:
            break
        start, lead = best.start(), best.group().strip()
    return _Moment(start, right, whens, lead)


def _promised(tongue: Tongue, draft: str, start: int, end: int) -> list[_Moment]:
    """The moments of a sentence for which somebody gives their word in this language."""
    clauses = [match.span() for match in CLAUSE.finditer(draft, start, end) if match.group().strip()]
    asks = draft[start:end].rstrip().endswith("?")
    found = []
    for number, (left, right) in enumerate(clauses):
        for moment in _moments(tongue, draft, left, right):
            bare = {when.kind for when in moment.whens}
            if not moment.lead and (bare <= {"time"} or (bare == {"dom"} and draft[moment.start].isdigit())):
                continue
            verdict = _verdict(tongue, draft, left, right, moment)
            around = [number + 1, number - 1]
            while verdict is None and around:
                other = around.pop(0)
                if 0 <= other < len(clauses):
                    verdict = _whole(tongue, draft, *clauses[other], last=other < number)
            if verdict and not (asks and number == len(clauses) - 1):
                found.append(moment)
    return found


def _cues(tongue: Tongue, draft: str, left: int, right: int) -> list[tuple[int, int, bool]]:
    given = [(*match.span(), True) for match in tongue.commit.finditer(draft, left, right)]
    other = [(*match.span(), False) for match in tongue.block.finditer(draft, left, right)]
    return sorted([*given, *other], key=lambda cue: cue[1])


def _verdict(tongue: Tongue, draft: str, left: int, right: int, moment: _Moment) -> bool | None:
    """Whether the words of a clause make its moment a promise; None when they say nothing about it."""
    before = [cue for cue in _cues(tongue, draft, left, moment.start) if cue[1] <= moment.start]
    after = [cue for cue in _cues(tongue, draft, moment.end, right) if cue[0] >= moment.end]
    if before:
        # Where the verb may come last, it may turn what went before into something past.
        return before[-1][2] and (not tongue.verb_last or all(given for _s, _e, given in after[:1]))
    return after[0][2] if after else None


def _whole(tongue: Tongue, draft: str, left: int, right: int, *, last: bool) -> bool | None:
    cues = _cues(tongue, draft, left, right)
    if not cues:
        return None
    return cues[-1 if last else 0][2]

"""Two models' words on one text: the outside model's where it says something, else the embedded one's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from makegood.triage.heads import HEADS
from makegood.triage.scoring import Scores

__all__ = ["LONGEST_NAME", "NOT_TO_MISS", "merge"]

NOT_TO_MISS: Final = frozenset({"intent.complaint", "flag.threat", "flag.person"})
"""Whoever writes a post could talk a chat model out of seeing these."""
LONGEST_NAME = 31
"""Of both models together: the reader's own goes before it, in 40 letters."""
FLOOR = 0.5
"""The share of the embedded probability that stays of them, whatever a chat model says."""


def merge(base: Scores, said: Mapping[str, float], by: str, *, floor: bool) -> Scores:
    """The probabilities of every label. `said` are the outside model's, from 0 to 1; `by` names it.

    Where exactly one label of a head holds, those it said nothing of share what it left in the proportion the embedded
    model sees. With `floor` those of `NOT_TO_MISS` keep at least half of what the embedded model says.
    """
    told: list[float] = []
    for head in HEADS:
        names = [f"{head.name}.{label}" for label in head.labels]
        before = {name: base.of(name) for name in names}
        given = {name: said[name] for name in names if name in said}
        told.extend(_one(before, given) if head.one and given else [given.get(name, before[name]) for name in names])
    if floor:
        told = _floored(base, told)
    return Scores(probabilities=tuple(told), by=f"{base.by[: LONGEST_NAME - 1 - len(by)]}+{by}")


def _one(before: Mapping[str, float], given: Mapping[str, float]) -> list[float]:
    total = sum(given.values())
    silent = {name: chance for name, chance in before.items() if name not in given}
    if total >= 1 or not silent:
        scale = 1 / total if total > 0 else 0.0
        even = 1 / len(before)
        return [given.get(name, 0.0) * scale if total > 0 else even for name in before]
    rest = sum(silent.values())
    shares = {name: chance / rest if rest > 0 else 1 / len(silent) for name, chance in silent.items()}
    return [given[name] if name in given else (1 - total) * shares[name] for name in before]


def _floored(base: Scores, told: list[float]) -> list[float]:
    kept, at = [], 0
    for head in HEADS:
        for label in head.labels:
            name = f"{head.name}.{label}"
            kept.append(max(told[at], FLOOR * base.of(name)) if name in NOT_TO_MISS else told[at])
            at += 1
    return kept

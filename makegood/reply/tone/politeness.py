"""Politeness strategies: what a draft does well, and what it could add. Pure.

After Danescu-Niculescu-Mizil, Sudhof, Jurafsky, Leskovec and Potts, "A computational approach to politeness with
application to social factors" (ACL 2013, https://aclanthology.org/P13-1025/); the list is that of ConvoKit
(https://convokit.cornell.edu/documentation/politenessStrategies.html). The words are ours, in `cues/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from makegood.reply.tone.cues import Book, Hit
from makegood.reply.tone.reasons import MARKS
from makegood.reply.tone.words import Token

__all__ = ["Manners", "manners", "score"]

_ADDS = ("greeting", "gratitude", "apology", "could_you")
_CAREFUL = ("please_start", "direct_start", "direct_question", "you_start", "factuality")
FEWEST_WORDS = 8


@dataclass(frozen=True)
class Manners:
    """Names of strategies, in the order of `MARKS`: those that are there and help, those that are there and may jar,
    and those that could be added.
    """

    good: tuple[str, ...] = ()
    careful: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


def manners(marks: Mapping[str, Hit], every: Sequence[Token], intent: str) -> Manners:
    """What is shown of a draft to whoever writes it. `intent` is what they wrote, "" where nobody knows."""
    if len(every) < FEWEST_WORDS:
        return Manners()
    there = [name for name in MARKS if name in marks]
    fits = {"praise": ("greeting", "gratitude"), "complaint": ("greeting", "apology", "gratitude")}
    add = [name for name in fits.get(intent, ("greeting",)) if name in _ADDS and name not in marks]
    return Manners(
        tuple(name for name in there if name not in _CAREFUL),
        tuple(name for name in there if name in _CAREFUL),
        tuple(add),
    )


def score(marks: Mapping[str, Hit], book: Book) -> float:
    """The sum of the published mean politeness of the strategies that are there; 0 for a plain sentence.

    For measuring how well the markers work, not for showing: one number for somebody's manners says nothing.
    """
    return sum(book.weights.get(name, 0.0) for name in marks)

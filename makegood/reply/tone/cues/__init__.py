"""The words by which tone shows, one TOML file a language, and how they are found in a text.

`[[cue]]` says what to look for (`say`), which finding it is (`code`), and what to say instead (`better`). In `say`,
`(a|b|)` stands for a, b or nothing; `word*` for every word that begins so; `_` for any one word; `<name>` for any word
of the table `[class.name]`, and in `better` for what stands there beside that word. `^` in front: only where a sentence
begins. Words are in lower case, with a plain apostrophe; commas are not seen. `[[mark]]` has the same `say` and says
what is there (`name`): thanks, a greeting, a hedge. A further language is a further file, and its name in `LANGUAGES`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, NamedTuple

from makegood.reply.tone.words import BREAK, Token

__all__ = ["LANGUAGES", "Book", "Cue", "Hit", "Reading", "book", "language_of"]

LANGUAGES = ("en", "de", "fr", "es")
_CHOICE = re.compile(r"\(([^()]*)\)")


class Cue(NamedTuple):
    """What a term means: a finding's code or a mark's name, and what to say instead ("" where nothing is offered)."""

    name: str
    better: str


class Hit(NamedTuple):
    """A term found: its cue, the first and past-the-last token, and what its classes' words stand for."""

    cue: Cue
    first: int
    last: int
    stand_for: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Node:
    kids: dict[str, _Node] = field(default_factory=dict)
    prefixes: dict[str, _Node] = field(default_factory=dict)
    classes: dict[str, _Node] = field(default_factory=dict)
    cues: list[Cue] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """The constants of a reading ease: `start` - `sentence` * words a sentence - `syllable` * syllables a word."""

    name: str
    start: float
    sentence: float
    syllable: float
    vowels: str
    silent_e: bool
    hard: float
    long_sentence: int


class Book:
    """The cues of one language, compiled: one walk from each word finds the longest term that begins there."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.common = frozenset(found["common"])
        self.classes: dict[str, dict[str, str]] = found.get("class", {})
        self.reading = Reading(**found["reading"]) if "reading" in found else None
        self.say: dict[str, str] = found.get("say", {})
        self.weights = {one["name"]: float(one["weight"]) for one in found.get("mark", []) if "weight" in one}
        self._cues = {False: _Node(), True: _Node()}
        self._marks = {False: _Node(), True: _Node()}
        for one in found.get("cue", []):
            self._enter(self._cues, one["say"], Cue(one["code"], one.get("better", "")))
        for one in found.get("mark", []):
            self._enter(self._marks, one["say"], Cue(one["name"], ""))
        self._first = {id(root): self._openings(root) for root in (*self._cues.values(), *self._marks.values())}

    def _enter(self, roots: dict[bool, _Node], say: list[str], cue: Cue) -> None:
        for pattern in say:
            for term in _spelled_out(pattern.removeprefix("^")):
                node = roots[pattern.startswith("^")]
                for word in term.split():
                    node = _step(node, word)
                node.cues.append(cue)

    def _openings(self, root: _Node) -> tuple[frozenset[str], tuple[str, ...]]:
        """The words with which a term can begin, and the beginnings of such words: most words are told at a glance."""
        words = [*root.kids, *(word for name in root.classes for word in self.classes[name])]
        return frozenset(words), tuple(root.prefixes)

    def cues(self, every: Sequence[Token]) -> list[Hit]:
        """What should be said otherwise, none over another: what begins first, of those the longest."""
        found: list[Hit] = []
        place = 0
        while place < len(every):
            hit = self._longest(self._cues, every, place)
            if hit is not None:
                found.append(hit)
            place = hit.last if hit else place + 1
        return found

    def marks(self, every: Sequence[Token]) -> dict[str, Hit]:
        """What is there, by name, where it stands first."""
        found: dict[str, Hit] = {}
        for place in range(len(every)):
            for hit in self._all(self._marks, every, place):
                found.setdefault(hit.cue.name, hit)
        return found

    def _longest(self, roots: dict[bool, _Node], every: Sequence[Token], place: int) -> Hit | None:
        return max(self._all(roots, every, place), key=lambda hit: hit.last, default=None)

    def _all(self, roots: dict[bool, _Node], every: Sequence[Token], place: int) -> list[Hit]:
        found: list[Hit] = []
        opens = place == 0 or every[place - 1].word == BREAK
        word = every[place].word
        for root in (roots[False], roots[True]) if opens else (roots[False],):
            words, prefixes = self._first[id(root)]
            if word in words or word.startswith(prefixes):
                self._walk(root, every, place, place, (), found)
        return found

    def _walk(
        self,
        node: _Node,
        every: Sequence[Token],
        first: int,
        place: int,
        stand_for: tuple[tuple[str, str], ...],
        found: list[Hit],
    ) -> None:
        found.extend(Hit(cue, first, place, stand_for) for cue in node.cues)
        if place >= len(every) or every[place].word == BREAK:
            return
        word = every[place].word
        if (kid := node.kids.get(word)) is not None:
            self._walk(kid, every, first, place + 1, stand_for, found)
        if (kid := node.kids.get("_")) is not None:
            self._walk(kid, every, first, place + 1, stand_for, found)
        for prefix, kid in node.prefixes.items():
            if word.startswith(prefix):
                self._walk(kid, every, first, place + 1, stand_for, found)
        for name, kid in node.classes.items():
            if (meant := self.classes[name].get(word)) is not None:
                self._walk(kid, every, first, place + 1, (*stand_for, (name, meant)), found)


def _step(node: _Node, word: str) -> _Node:
    if word.startswith("<"):
        return node.classes.setdefault(word.strip("<>"), _Node())
    if word.endswith("*"):
        return node.prefixes.setdefault(word.rstrip("*"), _Node())
    return node.kids.setdefault(word, _Node())


def _spelled_out(pattern: str) -> list[str]:
    """Every term that a pattern with choices stands for."""
    pieces = _CHOICE.split(pattern.lower())
    choices = [piece.split("|") if at % 2 else [piece] for at, piece in enumerate(pieces)]
    return [" ".join("".join(one).split()) for one in product(*choices)]


@lru_cache(maxsize=len(LANGUAGES))
def book(language: str) -> Book | None:
    """The cues of a language, None where there are none."""
    if language not in LANGUAGES:
        return None
    return Book(tomllib.loads((resources.files(__package__) / f"{language}.toml").read_text("utf-8")))


def language_of(every: Sequence[Token], fallback: str) -> str:
    """The language a draft is in, by its common little words; `fallback` where they don't settle it."""
    words = {token.word for token in every}
    votes = {one: len(words & found.common) for one in LANGUAGES if (found := book(one)) is not None}
    best = max(votes, key=votes.__getitem__)
    second = sorted(votes.values())[-2]
    return best if votes[best] >= 2 and votes[best] > second else fallback

"""What a query is filed under: a smallest set of rough words of which any fitting post must have one.

The rarest word of an AND, those of every side of an OR. How rare a word is, is counted while posts are heard. What
else a fitting post must have is kept beside it, for a second look before a post is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from makegood.listen.engine.rough import beginning_of, is_single, pieces_of
from makegood.listen.query.tree import And, Fact, Leaf, Mark, Near, Node, Not, Or, Pattern, Query, Tagged, Words, leaves

__all__ = [
    "AUTHOR",
    "AUTHORS",
    "HEAD",
    "MENTIONS",
    "SINGLES",
    "SITES",
    "TAG",
    "TAGGED",
    "Anchors",
    "Either",
    "Frequency",
    "Way",
    "anchors_of",
]

MAX_COUNTED = 50_000
"""Words whose frequency is kept."""
FIRST_SETTLING = 1_000
"""Posts counted after which the queries are filed anew by what was really heard; again at four times as many, and so
on.
"""
BELIEF = 200
"""How many posts it takes for what was counted to weigh as much as the guess from a word's length."""
HEAD = 4
"""Bytes by which prefixes are filed: a query gives at least four letters."""

AUTHOR = b"author:"
TAG = b"tag:"

_NOTHING: frozenset[bytes] = frozenset()


# What a post has to be cut into beside its words, because some query asks for it; added up.
SINGLES = 1
"""Characters of scripts without spaces, one by one."""
AUTHORS = 2
"""Who said it."""
SITES = 4
"""Hosts of its links."""
MENTIONS = 8
"""Permanent ids of those it names."""
TAGGED = 16
"""The words inside hashtags."""


class Way(NamedTuple):
    """One word, or with `begins` any word that begins so, and what else a post has that fits because of it."""

    word: bytes
    begins: bool
    also: frozenset[bytes]


class Choice(NamedTuple):
    """A fitting post has it in one of these ways; `share` is how many posts are expected to."""

    ways: tuple[Way, ...]
    share: float

    @property
    def only(self) -> bytes:
        """The one word without which nothing fits, or b""."""
        return self.ways[0].word if len(self.ways) == 1 and not self.ways[0].begins else b""


class Either(NamedTuple):
    """One of these words, or one that begins with one of the prefixes."""

    words: frozenset[bytes]
    prefixes: tuple[bytes, ...]

    def among(self, words: Sequence[bytes]) -> bool:
        """Whether one is among these."""
        if not self.words.isdisjoint(words):
            return True
        return bool(self.prefixes) and any(word.startswith(self.prefixes) for word in words)


class Anchors(NamedTuple):
    """What a query is filed under: the ways of its rarest choice. A fitting post also has all of `required`, and
    something of each of `others`. `wants` is what posts have to be cut into for it.
    """

    ways: tuple[Way, ...]
    required: frozenset[bytes]
    others: tuple[Either, ...]
    wants: int


class Frequency:
    """How often words are seen: counted, in bounded memory, and guessed from their length before they are."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()
        self._documents = 0
        self._heard = 0
        self._next = FIRST_SETTLING

    @property
    def guessing(self) -> bool:
        """Whether too little was heard yet to file queries by it."""
        return self._heard < FIRST_SETTLING

    def count(self, words: Iterable[bytes]) -> bool:
        """Counts a post's words, each once. True when enough has been heard to file the queries anew."""
        seen = self._seen
        seen.update(words)
        self._documents += 1
        self._heard += 1
        while len(seen) > MAX_COUNTED:
            # Halving forgets what was seen once and keeps the proportions of the rest.
            seen = self._seen = Counter({word: times // 2 for word, times in seen.items() if times > 1})
            self._documents //= 2
        if self._heard < self._next:
            return False
        self._next *= 4
        return True

    def share(self, word: bytes) -> float:
        """The share of posts expected to have a word: longer is rarer until counting says otherwise."""
        guess = 0.5 ** min(len(word), 40)
        return (self._seen.get(word, 0) + BELIEF * guess) / (self._documents + BELIEF)


def anchors_of(query: Query, frequency: Frequency) -> Anchors:
    """What `query` is filed under; raises `ValueError` for a tree that nothing anchors, which `parse` never makes."""
    choices = _choices(query.ast, False, frequency.share)
    if not choices:
        raise ValueError(f"nothing anchors the query {query.text!r}")
    best = min(choices, key=_share)
    others = [_one_of(choice) for choice in choices if choice is not best and not choice.only]
    return Anchors(best.ways, _beside(best, choices), tuple(dict.fromkeys(others)), _wanted(query.ast, choices))


def _choices(node: Node, negated: bool, share: Callable[[bytes], float]) -> list[Choice]:
    """What a fitting post must have something of each of."""
    match node:
        case Not():
            return _choices(node.part, not negated, share)
        case And() | Or() | Near():
            parts = (node.left, node.right) if isinstance(node, Near) else node.parts
            found = [_choices(part, negated, share) for part in parts]
            every = isinstance(node, Or) == negated
            return [choice for choices in found for choice in choices] if every else _either(found)
        case _:
            return [] if negated else _of_leaf(node, share)


def _of_leaf(leaf: Leaf, share: Callable[[bytes], float]) -> list[Choice]:
    match leaf:
        case Words(prefix=True):
            return _of_beginning(leaf.keys[0], share)
        case Words(slack=None):
            pieces = pieces_of(leaf.keys)
        case Words():
            # In any order: their characters are no neighbours.
            pieces = [piece for key in leaf.keys for piece in pieces_of((key,))]
        case Pattern():
            return _of_beginning(leaf.head, share) if leaf.head else []
        case Mark():
            pieces = pieces_of((leaf.key[1:],))
        case Tagged():
            pieces = [TAG + piece for key in leaf.keys for piece in pieces_of((key,))]
        case Fact():
            anchor = leaf.anchor
            if anchor.startswith("author:"):
                pieces = [anchor.encode()]
            else:
                pieces = pieces_of((anchor.removeprefix("site:"),)) if anchor else []
    return [_word(piece, share(piece)) for piece in dict.fromkeys(pieces)]


def _of_beginning(beginning: str, share: Callable[[bytes], float]) -> list[Choice]:
    whole, last = beginning_of(beginning)
    found = [_word(piece, share(piece)) for piece in whole]
    if len(last) >= HEAD:
        # A prefix stands for several words; three is a guess that ranks it below the plain word.
        found.append(Choice((Way(last, True, _NOTHING),), min(1.0, 3 * share(last))))
    return found


def _word(word: bytes, share: float) -> Choice:
    return Choice((Way(word, False, _NOTHING),), share)


def _either(found: list[list[Choice]]) -> list[Choice]:
    """What a post has that fits one of several, each with these choices."""
    if not all(found):
        return []
    ways: dict[Way, None] = {}
    share = 0.0
    for choices in found:
        best = min(choices, key=_share)
        beside = _beside(best, choices)
        ways.update((way._replace(also=way.also | beside) if beside else way, None) for way in best.ways)
        share += best.share
    return [Choice(tuple(ways), min(1.0, share))]


def _beside(best: Choice, choices: Iterable[Choice]) -> frozenset[bytes]:
    """The words without which nothing fits, but for the best choice's own."""
    return frozenset(choice.only for choice in choices if choice.only) - {best.only} or _NOTHING


def _one_of(choice: Choice) -> Either:
    words = frozenset(way.word for way in choice.ways if not way.begins)
    return Either(words, tuple(dict.fromkeys(way.word for way in choice.ways if way.begins)))


def _share(choice: Choice) -> float:
    return choice.share


def _wanted(node: Node, choices: Iterable[Choice]) -> int:
    wants = 0
    if any(is_single(way.word) or any(map(is_single, way.also)) for choice in choices for way in choice.ways):
        wants |= SINGLES
    for leaf, negated in leaves(node):
        match leaf:
            case Tagged() if not negated:
                wants |= TAGGED
            case Mark() if ":" in leaf.key and not negated:
                wants |= MENTIONS
            case Fact() if leaf.anchor and not negated:
                wants |= AUTHORS if leaf.anchor.startswith("author:") else SITES
    return wants

"""Many queries against each new activity, without looking at them all.

Every query is filed under a smallest set of words of which any fitting activity must have one: the rarest
word of an AND, those of every side of an OR. An activity's own words then lead to the few queries that are
worth evaluating.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from makegood.activity import Activity
from makegood.listen.query.evaluate import Match, matches
from makegood.listen.query.text import Doc, tokens
from makegood.listen.query.tree import And, Fact, Mark, Near, Node, Not, Or, Query, Words

__all__ = ["Matcher"]

K = TypeVar("K", bound=Hashable)

MAX_COUNTED = 50_000
"""Words whose frequency is kept."""
FIRST_SETTLING = 1_000
"""Activities after which the queries are filed anew by what was really heard; again at each doubling."""
BELIEF = 200
"""How many activities it takes for what was counted to weigh as much as the guess from a word's length."""
HEAD = 4
"""Letters by which prefixes are filed: the least a query may give."""


@dataclass(frozen=True)
class _Anchors:
    """What a query is filed under, and the share of activities that are expected to have any of it."""

    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class _Filed:
    order: int
    query: Query
    anchors: _Anchors


class Matcher(Generic[K]):
    """Holds queries by key and tells which of them an activity fits. For one thread."""

    def __init__(self) -> None:
        self._filed: dict[K, _Filed] = {}
        self._words: dict[str, set[K]] = {}
        self._prefixes: dict[str, dict[str, set[K]]] = {}
        self._frequency = _Frequency()
        self._order = 0

    def __len__(self) -> int:
        return len(self._filed)

    def add(self, key: K, query: Query) -> None:
        """Takes a query in; one with the same key is replaced."""
        self.remove(key)
        self._order += 1
        self._file(key, self._order, query)

    def remove(self, key: K) -> None:
        """Takes a query out; one that is not there is no error."""
        filed = self._filed.pop(key, None)
        if filed is None:
            return
        for word in filed.anchors.words:
            _drop(self._words, word, key)
        for prefix in filed.anchors.prefixes:
            heads = self._prefixes[prefix[:HEAD]]
            _drop(heads, prefix, key)
            if not heads:
                del self._prefixes[prefix[:HEAD]]

    def match(self, activity: Activity) -> list[tuple[K, Match]]:
        """The queries that the activity fits and why, in the order in which they were added."""
        doc = tokens(activity)
        if self._frequency.count(doc):
            self._settle()
        found = []
        for key in sorted(self._candidates(doc), key=lambda key: self._filed[key].order):
            match = matches(self._filed[key].query, doc)
            if match is not None:
                found.append((key, match))
        return found

    def _candidates(self, doc: Doc) -> set[K]:
        found: set[K] = set()
        for source in (doc.words, doc.marks, doc.facts):
            for word in source:
                if (keys := self._words.get(word)) is not None:
                    found |= keys
        if self._prefixes:
            for word in doc.words:
                for prefix, keys in self._prefixes.get(word[:HEAD], {}).items():
                    if word.startswith(prefix):
                        found |= keys
        return found

    def _file(self, key: K, order: int, query: Query) -> None:
        anchors = _anchors(query.ast, False, self._frequency)
        # Only a tree that `parse` did not make can be without.
        if anchors is None:
            raise ValueError(f"nothing anchors the query {query.text!r}")
        self._filed[key] = _Filed(order, query, anchors)
        for word in anchors.words:
            self._words.setdefault(word, set()).add(key)
        for prefix in anchors.prefixes:
            self._prefixes.setdefault(prefix[:HEAD], {}).setdefault(prefix, set()).add(key)

    def _settle(self) -> None:
        filed = list(self._filed.items())
        self._filed, self._words, self._prefixes = {}, {}, {}
        for key, entry in filed:
            self._file(key, entry.order, entry.query)


def _drop(index: dict[str, set[K]], word: str, key: K) -> None:
    index[word].discard(key)
    if not index[word]:
        del index[word]


class _Frequency:
    """How often words are seen: counted, in bounded memory, and guessed from their length before they are."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._documents = 0
        self._heard = 0
        self._next = FIRST_SETTLING

    def count(self, doc: Doc) -> bool:
        """Counts an activity's words. True when enough has been heard to file the queries anew."""
        seen = self._seen
        for source in (doc.words, doc.marks):
            for word in source:
                seen[word] = seen.get(word, 0) + 1
        self._documents += 1
        self._heard += 1
        while len(seen) > MAX_COUNTED:
            # Halving forgets what was seen once and keeps the proportions of the rest.
            seen = self._seen = {word: times // 2 for word, times in seen.items() if times > 1}
            self._documents //= 2
        if self._heard < self._next:
            return False
        self._next *= 2
        return True

    def share(self, word: str) -> float:
        """The share of activities expected to have a word: longer is rarer until counting says otherwise."""
        guess = 0.5 ** min(len(word), 40)
        return (self._seen.get(word, 0) + BELIEF * guess) / (self._documents + BELIEF)


def _anchors(node: Node, negated: bool, frequency: _Frequency) -> _Anchors | None:
    match node:
        case Not():
            return _anchors(node.part, not negated, frequency)
        case And() | Or() | Near():
            parts = (node.left, node.right) if isinstance(node, Near) else node.parts
            found = [_anchors(part, negated, frequency) for part in parts]
            every = isinstance(node, Or) == negated
            return _rarest(found) if every else _union(found)
        case Words() | Mark() | Fact():
            return None if negated else _leaf_anchors(node, frequency)


def _leaf_anchors(leaf: Words | Mark | Fact, frequency: _Frequency) -> _Anchors | None:
    if isinstance(leaf, Fact):
        return _Anchors((leaf.key,), (), frequency.share(leaf.key)) if leaf.narrow else None
    if isinstance(leaf, Mark):
        return _Anchors((leaf.key,), (), frequency.share(leaf.key))
    if leaf.prefix:
        # A prefix stands for several words; three is a guess that ranks it below the plain word.
        return _Anchors((), leaf.keys, min(1.0, 3 * frequency.share(leaf.keys[0])))
    word = min(leaf.keys, key=frequency.share)
    return _Anchors((word,), (), frequency.share(word))


def _rarest(found: Iterable[_Anchors | None]) -> _Anchors | None:
    return min((anchors for anchors in found if anchors is not None), key=lambda a: a.share, default=None)


def _union(found: list[_Anchors | None]) -> _Anchors | None:
    every = [anchors for anchors in found if anchors is not None]
    if len(every) < len(found):
        return None
    words = tuple(dict.fromkeys(word for anchors in every for word in anchors.words))
    prefixes = tuple(dict.fromkeys(prefix for anchors in every for prefix in anchors.prefixes))
    return _Anchors(words, prefixes, min(1.0, sum(anchors.share for anchors in every)))

"""Many queries against each new post, without looking at them all.

A post's own words lead to the few queries that are filed under one of them and so are worth evaluating. A stream's raw
frames are sifted by the same words before they are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from makegood.activity import Activity
from makegood.listen.engine.anchors import HEAD, Anchors, Either, Frequency, Way, anchors_of
from makegood.listen.engine.frames import activity_words, frame_words
from makegood.listen.query import Match, Query, matches, tokens

__all__ = ["Engine"]

K = TypeVar("K", bound=Hashable)

COUNTED = 16
"""Of so many frames the words of one are counted, once enough were counted to file all queries by them."""
ANEW = 200
"""Queries filed anew at a time, between frames, so that the stream does not wait for all."""

MOST_IDLE = 5_000
"""Words that are remembered to begin as prefixes do and to fit none of them."""

_head = itemgetter(slice(HEAD))


@dataclass(frozen=True, slots=True, eq=False)
class _Filed(Generic[K]):
    """A query as it is held, and what it is filed under."""

    key: K
    order: int
    query: Query
    anchors: Anchors


class _Entry(NamedTuple, Generic[K]):
    """A query under one of its words: what else must be there before it is worth evaluating."""

    start: bytes
    needed: frozenset[bytes]
    others: tuple[Either, ...]
    filed: _Filed[K]

    def fits(self, words: Sequence[bytes]) -> bool:
        """Whether that is among these words."""
        for word in self.needed:
            if word not in words:
                return False
        return not self.others or all(either.among(words) for either in self.others)


class Engine(Generic[K]):
    """Holds queries by key and tells which of them a post fits. For one thread."""

    def __init__(self) -> None:
        self._filed: dict[K, _Filed[K]] = {}
        self._words: dict[bytes, list[_Entry[K]]] = {}
        self._prefixes: dict[bytes, list[_Entry[K]]] = {}
        self._idle: set[bytes] = set()
        self._wanted: Counter[int] = Counter()
        self._wants = 0
        self._frequency = Frequency()
        self._order = 0
        self._sifted = 0
        self._to_file: Iterator[K] = iter(())

    def __len__(self) -> int:
        return len(self._filed)

    def add(self, key: K, query: Query) -> None:
        """Takes a query in; one with the same key is replaced. Raises `ValueError` for one that nothing anchors."""
        filed = _Filed(key, self._order, query, anchors_of(query, self._frequency))
        self.remove(key)
        self._order += 1
        self._file(filed)

    def remove(self, key: K) -> None:
        """Takes a query out; one that is not there is no error."""
        if key in self._filed:
            self._unfile(self._filed[key])

    def match(self, activity: Activity) -> list[tuple[K, Match]]:
        """The queries that the activity fits and why, in the order in which they were added."""
        words = activity_words(activity, self._wants)
        # What a sieve lets through is no fair sample.
        if not self._sifted:
            self._count(words)
        self._file_anew(ANEW)
        candidates = sorted(dict.fromkeys(self._candidates(words, self._begun(words))), key=_order)
        if not candidates:
            return []
        doc = tokens(activity)
        found = ((filed.key, matches(filed.query, doc)) for filed in candidates)
        return [(key, match) for key, match in found if match is not None]

    def sift(self, frames: Sequence[bytes]) -> list[int]:
        """The places of the frames (new posts of a public stream, as they came) that may fit some query: never fewer
        than do. Frames that cannot be read are among them.
        """
        self._file_anew(ANEW)
        found = []
        wants, lead, idle = self._wants, self._words.keys(), self._idle
        every = 1 if self._frequency.guessing else COUNTED
        for place, frame in enumerate(frames):
            words = frame_words(frame, wants)
            if words is None:
                found.append(place)
                continue
            if not (place + self._sifted) % every:
                self._count(words)
            begun = self._begun(words)
            if lead.isdisjoint(words) and idle.issuperset(begun):
                continue
            if next(self._candidates(words, begun), None) is not None:
                found.append(place)
        self._sifted += len(frames)
        return found

    def settle(self) -> None:
        """Files all queries anew by what was heard by now, at once; otherwise that is done bit by bit."""
        self._to_file = iter(tuple(self._filed))
        self._file_anew(len(self._filed))

    def _begun(self, words: Sequence[bytes]) -> Sequence[bytes]:
        """Those of these words that begin like some prefix, as far as `HEAD` goes."""
        return list(compress(words, map(self._prefixes.__contains__, map(_head, words)))) if self._prefixes else ()

    def _candidates(self, words: Sequence[bytes], begun: Sequence[bytes]) -> Iterator[_Filed[K]]:
        """The queries that are filed under some of these words and whose other words are there, too."""
        for word in filter(self._words.__contains__, words):
            for entry in self._words[word]:
                if entry.fits(words):
                    yield entry.filed
        for word in begun:
            if word in self._idle:
                continue
            entries = [entry for entry in self._prefixes[word[:HEAD]] if word.startswith(entry.start)]
            if not entries and len(self._idle) < MOST_IDLE:
                self._idle.add(word)
            for entry in entries:
                if entry.fits(words):
                    yield entry.filed

    def _count(self, words: Sequence[bytes]) -> None:
        if self._frequency.count(set(words)):
            self._to_file = iter(tuple(self._filed))

    def _file_anew(self, most: int) -> None:
        """Files the next few queries anew by what was heard by now."""
        for _, key in zip(range(most), self._to_file, strict=False):
            if (filed := self._filed.get(key)) is not None:
                anchors = anchors_of(filed.query, self._frequency)
                if anchors != filed.anchors:
                    self._unfile(filed)
                    self._file(_Filed(key, filed.order, filed.query, anchors))

    def _file(self, filed: _Filed[K]) -> None:
        self._filed[filed.key] = filed
        anchors = filed.anchors
        for way in anchors.ways:
            index, name = self._index(way)
            if way.begins:
                self._idle.clear()
            needed = way.also | anchors.required if way.also else anchors.required
            index.setdefault(name, []).append(_Entry(way.word, needed, anchors.others, filed))
        self._want(anchors.wants, 1)

    def _unfile(self, filed: _Filed[K]) -> None:
        del self._filed[filed.key]
        for way in filed.anchors.ways:
            index, name = self._index(way)
            left = [entry for entry in index.pop(name, ()) if entry.filed is not filed]
            if left:
                index[name] = left
        self._want(filed.anchors.wants, -1)

    def _index(self, way: Way) -> tuple[dict[bytes, list[_Entry[K]]], bytes]:
        """Where a way is filed, and by which name."""
        return (self._prefixes, way.word[:HEAD]) if way.begins else (self._words, way.word)

    def _want(self, wants: int, count: int) -> None:
        if wants:
            self._wanted[wants] += count
            self._wants = 0
            for each, held in self._wanted.items():
                self._wants |= each if held else 0


def _order(filed: _Filed[K]) -> int:
    return filed.order

"""The ways of finding what fits that `benchmarks.listen` measures. All read frames by the product's own path and
evaluate what is left with the product's own evaluation; they differ in how they choose what to evaluate.
"""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import ahocorasick_rs
import msgspec

from makegood.connectors.bluesky.frames import batch_of
from makegood.listen.engine import Engine, engine
from makegood.listen.query import Query, matches, tokens
from makegood.listen.query.text import lay_out, spaceless, words_in
from makegood.listen.query.tree import And, Fact, Mark, Near, Node, Not, Or, Pattern, Tagged, Words

__all__ = ["ENGINES", "AhoCorasick", "Contender", "Hits", "Ours"]

Hits = list[tuple[str, int]]
"""Which post fits which query."""

_NOW = datetime(2027, 1, 1, tzinfo=UTC)


class Contender(ABC):
    """An engine under test."""

    most = 100_000
    """Queries it is tried with at most: past that a run would take hours."""

    @abstractmethod
    def add(self, key: int, query: Query) -> None: ...

    @abstractmethod
    def hits(self, frames: Sequence[bytes]) -> Hits: ...

    def warm(self, frames: Sequence[bytes]) -> None:  # noqa: B027 - not all count words
        """Hears posts beforehand, for words to be counted in."""

    def build(self, queries: Sequence[Query]) -> None:
        """Takes in all queries at once."""
        for key, query in enumerate(queries):
            self.add(key, query)


class Ours(Contender):
    """`makegood.listen.engine`: `fast` with the compiled pass, otherwise the plain one."""

    fast = False

    def __init__(self) -> None:
        self.engine: Engine[int] = engine(fast=self.fast)

    def add(self, key: int, query: Query) -> None:
        self.engine.add(key, query)

    def warm(self, frames: Sequence[bytes]) -> None:
        self.hits(frames)
        self.engine.settle()

    def hits(self, frames: Sequence[bytes]) -> Hits:
        batch = batch_of(frames, _NOW, None, self.engine.sift)
        return [(said.id, key) for said in batch.activities for key, _ in self.engine.match(said)]


class Fast(Ours):
    """The fast lane."""

    fast = True


class _Feature(msgspec.Struct, gc=False):
    did: str = ""
    uri: str = ""
    tag: str = ""


class _Facet(msgspec.Struct, gc=False):
    features: list[_Feature] = []


class _Record(msgspec.Struct, gc=False):
    text: str = ""
    facets: list[_Facet] = []


class _Commit(msgspec.Struct, gc=False):
    record: _Record


class _Frame(msgspec.Struct, gc=False):
    commit: _Commit


_decode = msgspec.json.Decoder(_Frame).decode


def comparable(frame: bytes) -> str:
    """A frame's text, tags and links in small letters, as plainly as it can be had."""
    record = _decode(frame).commit.record
    text = record.text
    if record.facets:
        beside = [f"#{each.tag} {each.uri}" for facet in record.facets for each in facet.features]
        text = f"{text} {' '.join(beside)}"
    # A full stop in running Chinese or Japanese parts nothing; the strings that are looked for have none.
    return text.lower() if text.isascii() else lay_out(text).flat.replace("。", "")


class Chosen(Contender):
    """One that looks for the rarest word of each query, or for one of each side of an OR, and then evaluates."""

    def __init__(self) -> None:
        self.queries: dict[int, Query] = {}
        self.seen: Counter[str] = Counter()
        self.found: dict[str, set[int]] = defaultdict(set)

    def warm(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            self.seen.update(set(words_in(comparable(frame))))

    def add(self, key: int, query: Query) -> None:
        self.queries[key] = query
        for literal in self.literals(query):
            self.found[literal].add(key)

    def literals(self, query: Query) -> tuple[str, ...]:
        """Strings of which every fitting post has one."""
        literals, _ = self._rarest(query.ast, False) or ((), 0.0)
        return literals

    def _rarest(self, node: Node, negated: bool) -> tuple[tuple[str, ...], float] | None:
        match node:
            case Not():
                return self._rarest(node.part, not negated)
            case And() | Or() | Near():
                parts = (node.left, node.right) if isinstance(node, Near) else node.parts
                found = [self._rarest(part, negated) for part in parts]
                some = [each for each in found if each is not None]
                if isinstance(node, Or) == negated:
                    return min(some, key=lambda each: each[1], default=None)
                if len(some) < len(found):
                    return None
                return tuple(literal for each in some for literal in each[0]), sum(each[1] for each in some)
        if negated:
            return None
        literal = self._literal(node)
        return ((literal,), self.seen[literal] + 0.5 ** len(literal)) if literal else None

    def _literal(self, leaf: Node) -> str:
        match leaf:
            case Words() if all(map(spaceless, leaf.keys)):
                return "".join(leaf.keys)
            case Words():
                return min(leaf.keys, key=lambda key: self.seen[key] + 0.5 ** len(key))
            case Mark():
                return leaf.key
            case Fact():
                return leaf.anchor.partition(":")[2]
            case Pattern() | Tagged():
                raise NotImplementedError("the generated searches have none")
        return ""

    def hits(self, frames: Sequence[bytes]) -> Hits:
        chosen = self.choose(frames)
        kept: list[int] = []

        def sieve(offered: Sequence[bytes]) -> list[int]:
            kept.extend(place for place in range(len(offered)) if chosen[place])
            return kept

        batch = batch_of(frames, _NOW, None, sieve)
        found: Hits = []
        for place, said in zip(kept, batch.activities, strict=True):
            doc = tokens(said)
            for key in sorted(chosen[place]):
                if matches(self.queries[key], doc) is not None:
                    found.append((said.id, key))
        return found

    @abstractmethod
    def choose(self, frames: Sequence[bytes]) -> list[set[int]]:
        """For each frame the queries to evaluate."""


class AhoCorasick(Chosen):
    """A plain Aho-Corasick automaton (in Rust) over the strings, then evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[set[int]] = []

    def build(self, queries: Sequence[Query]) -> None:
        super().build(queries)
        self._compile()

    def add_live(self, key: int, query: Query) -> None:
        """A query more: the automaton has to be built anew."""
        self.add(key, query)
        self._compile()

    def _compile(self) -> None:
        patterns = [literal.encode() for literal in self.found]
        self.keys = list(self.found.values())
        self.automaton = ahocorasick_rs.BytesAhoCorasick(patterns)

    def choose(self, frames: Sequence[bytes]) -> list[set[int]]:
        find, keys = self.automaton.find_matches_as_indexes, self.keys
        nothing: set[int] = set()
        chosen = []
        for frame in frames:
            found = find(comparable(frame).encode(), overlapping=True)
            chosen.append(nothing.union(*(keys[index] for index, _, _ in found)) if found else nothing)
        return chosen


class Regexes(Chosen):
    """One regular expression a query, over every post, then evaluation."""

    most = 1_000

    def __init__(self) -> None:
        super().__init__()
        self.patterns: dict[int, re.Pattern[str]] = {}

    def add(self, key: int, query: Query) -> None:
        super().add(key, query)
        self.patterns[key] = re.compile("|".join(map(re.escape, self.literals(query))))

    def choose(self, frames: Sequence[bytes]) -> list[set[int]]:
        chosen = []
        for frame in frames:
            text = comparable(frame)
            chosen.append({key for key, pattern in self.patterns.items() if pattern.search(text)})
        return chosen


class Percolation(Chosen):
    """SQLite FTS5: the posts of a batch in a table in memory, every query asked of it, then evaluation."""

    most = 10_000

    def __init__(self) -> None:
        super().__init__()
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE VIRTUAL TABLE posts USING fts5 (words, detail='full', tokenize='unicode61')")
        self.asked: dict[int, str] = {}

    def add(self, key: int, query: Query) -> None:
        super().add(key, query)
        self.asked[key] = " OR ".join(self._asked(literal) for literal in self.literals(query))

    @staticmethod
    def _asked(literal: str) -> str:
        words = [piece for word in words_in(literal) for piece in re.split(r"[_']", word)]
        # A word by its beginning, since a possessive or an underscore may follow; an emoji is no word there.
        return f'"{" ".join(words)}"*'

    def choose(self, frames: Sequence[bytes]) -> list[set[int]]:
        self.database.execute("DELETE FROM posts")
        rows = ((place, " ".join(words_in(comparable(frame)))) for place, frame in enumerate(frames))
        self.database.executemany("INSERT INTO posts (rowid, words) VALUES (?, ?)", rows)
        chosen: list[set[int]] = [set() for _ in frames]
        for key, asked in self.asked.items():
            for (place,) in self.database.execute("SELECT rowid FROM posts WHERE posts MATCH ?", (asked,)):
                chosen[place].add(key)
        return chosen


ENGINES: dict[str, type[Contender]] = {
    "core": Ours,
    "fast lane": Fast,
    "Aho-Corasick": AhoCorasick,
    "one regex a query": Regexes,
    "SQLite FTS5": Percolation,
}

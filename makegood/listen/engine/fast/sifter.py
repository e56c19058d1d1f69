"""Queries by key in the book, and frames through the compiled pass."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from makegood.listen.engine.fast.book import (
    BEGINNING_BITS,
    COUNTED,
    FITS,
    WANTS_BEGINNINGS,
    Book,
    Bytes,
    Hashes,
    Tables,
)
from makegood.listen.engine.fast.index import Index
from makegood.listen.engine.fast.letters import Letters
from makegood.listen.engine.fast.needs import needs_of
from makegood.listen.query.tree import Query

__all__ = ["Pass", "Sifter"]

K = TypeVar("K", bound=Hashable)


class Pass(NamedTuple):
    """The compiled functions (see `cutting` and `lookup`) and what they need: tables, bytes of padding, room for the
    hashes of a frame, bytes of the longest word that is held.
    """

    letters: Letters
    padding: int
    room: int
    longest: int
    cut_key: Callable[[Bytes, int, Tables, np.uint64, int, Hashes], int]
    ask_beginning: Callable[[Bytes, int, Tables], None]
    file: Callable[[Book, int], bool]
    refile: Callable[[Book, int], bool]
    sift: Callable[..., None]


class Sifter(Generic[K]):
    """What each query needs, and which frames have it. For one thread."""

    def __init__(self, compiled: Pass) -> None:
        self._compiled = compiled
        self._index = Index(compiled.file, compiled.refile)
        self._slots: dict[K, int] = {}
        self._unknown: set[K] = set()
        self._stamp = 0
        self._padding = bytes(compiled.padding)
        scratch, beginnings = np.zeros(2 * compiled.longest, np.uint8), np.zeros(1 << BEGINNING_BITS, np.uint8)
        self._tables = (*compiled.letters, scratch, beginnings)
        self._words = np.zeros(compiled.room, np.uint64)
        self._present = np.zeros(2 * compiled.room, np.uint64)
        self._stamps = np.zeros(2 * compiled.room, np.int64)
        self._asked = np.zeros(0, np.int64)

    def add(self, key: K, query: Query) -> None:
        """Takes a query in, whose key is new."""
        needs = needs_of(query.ast, self._cut)
        if needs:
            self._slots[key] = self._index.add(needs)
        else:
            self._unknown.add(key)

    def remove(self, key: K) -> None:
        """Takes a query out; one that is not there is no error."""
        self._unknown.discard(key)
        slot = self._slots.pop(key, None)
        if slot is None:
            return
        self._index.remove(slot)
        if (moved := self._index.compact()) is not None:
            self._slots = {key: int(moved[slot]) for key, slot in self._slots.items()}

    def sift(self, frames: Sequence[bytes]) -> Bytes:
        """What is to be said of each frame."""
        if self._unknown:
            return np.full(len(frames), FITS, np.uint8)
        verdicts = np.zeros(len(frames), np.uint8)
        if not self._slots:
            return verdicts
        index, compiled = self._index, self._compiled
        if len(self._asked) != len(index.book.keys):
            self._asked = np.zeros(len(index.book.keys), np.int64)
        data = np.frombuffer(b"".join((self._padding, *frames, self._padding)), np.uint8)
        ends = np.fromiter(accumulate(map(len, frames)), np.int64, len(frames)) + compiled.padding
        compiled.sift(
            data,
            ends,
            self._tables,
            index.wants,
            COUNTED,
            index.book,
            self._words,
            self._present,
            self._stamps,
            self._asked,
            self._stamp,
            verdicts,
        )
        self._stamp += len(frames)
        index.settle()
        return verdicts

    def _cut(self, text: str, kind: np.uint64, wants: int) -> list[int]:
        """The hashes of a key's words (`needs.Cut`)."""
        key = text.encode("utf-8", "replace")
        data = np.frombuffer(b"".join((self._padding, key, self._padding)), np.uint8)
        if wants & WANTS_BEGINNINGS:
            self._compiled.ask_beginning(data, len(key), self._tables)
            wants = 0
        count = self._compiled.cut_key(data, len(key), self._tables, kind, wants, self._words)
        return self._words[:count].tolist() if count > 0 else []

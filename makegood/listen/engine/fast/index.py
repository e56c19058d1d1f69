"""The book of queries as it grows, shrinks and is filed anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from makegood.listen.engine.fast.book import SIEVE_BITS, SKETCH, Book, power
from makegood.listen.engine.fast.needs import Needs

__all__ = ["Index"]

S = TypeVar("S", bound=np.generic)

LEAST = 1024
FIRST_SETTLING = 250
"""Posts counted (one in eight of those that come) after which all is filed anew; again at each doubling."""


class Index:
    """Slots of queries by what they need. `file` and `refile` are the compiled functions of `lookup`."""

    def __init__(self, file: Callable[[Book, int], bool], refile: Callable[[Book, int], bool]) -> None:
        self._file, self._refile = file, refile
        self._used = [0, 0, 0]
        self._asked_for: npt.NDArray[np.int32] = np.zeros(LEAST, np.int32)
        self._dead = 0
        self._next = FIRST_SETTLING
        self.wants = 0
        self.book = _with_shelves(
            Book(
                first=np.zeros(LEAST, np.int64),
                starts=np.zeros(LEAST, np.int64),
                terms=np.zeros(LEAST, np.uint64),
                guesses=np.zeros(LEAST, np.float64),
                filed=np.zeros(LEAST, np.int64),
                alive=np.zeros(LEAST, np.uint8),
                sieve=np.zeros(0, np.uint64),
                keys=np.zeros(0, np.uint64),
                heads=np.zeros(0, np.int32),
                nexts=np.zeros(0, np.int32),
                slots=np.zeros(0, np.int32),
                counts=np.zeros(SKETCH, np.uint32),
                state=np.zeros(3, np.int64),
            ),
            LEAST,
        )

    def add(self, needs: Needs) -> int:
        """Takes a query in and returns its slot. Microseconds, but for a few milliseconds when the book has to grow."""
        slot, clause, term = self._used
        terms = [each for needed in needs for each in needed]
        self._make_room(slot + 2, clause + len(needs) + 1, term + len(terms))
        book = self.book
        for number, each in enumerate(terms, term):
            book.terms[number] = each.hash
            book.guesses[number] = each.guess
            self._asked_for[slot] |= each.wants
        end = term
        for number, needed in enumerate(needs, clause + 1):
            end += len(needed)
            book.starts[number] = end
        book.first[slot + 1] = clause + len(needs)
        book.alive[slot] = 1
        self.wants |= int(self._asked_for[slot])
        self._used = [slot + 1, clause + len(needs), end]
        if not self._file(book, slot):
            self._file_all()
        return slot

    def _make_room(self, slots: int, clauses: int, terms: int) -> None:
        book = self.book
        if len(book.filed) < slots:
            self._asked_for = _grown(self._asked_for, slots)
            first, filed, alive = _grown(book.first, slots), _grown(book.filed, slots), _grown(book.alive, slots)
            book = book._replace(first=first, filed=filed, alive=alive)
        if len(book.starts) < clauses:
            book = book._replace(starts=_grown(book.starts, clauses))
        if len(book.terms) < terms:
            book = book._replace(terms=_grown(book.terms, terms), guesses=_grown(book.guesses, terms))
        self.book = book

    def remove(self, slot: int) -> None:
        """Takes a query out."""
        self.book.alive[slot] = 0
        self._dead += 1

    def settle(self) -> bool:
        """Files all anew where enough was counted since. Whether it did."""
        if self.book.state[2] < self._next:
            return False
        self._next = 2 * int(self.book.state[2])
        self._file_all()
        return True

    def compact(self) -> npt.NDArray[np.int64] | None:
        """Closes the gaps of removed queries once they are half of all: each slot's new number, or None."""
        if self._dead < LEAST or 2 * self._dead < self._used[0]:
            return None
        book, (slots, clauses, terms) = self.book, self._used
        alive = book.alive[:slots].astype(bool)
        clauses_each, terms_each = np.diff(book.first[: slots + 1]), np.diff(book.starts[: clauses + 1])
        kept = np.repeat(alive, clauses_each)
        said = np.repeat(kept, terms_each)
        first = np.concatenate(([0], np.cumsum(clauses_each[alive])))
        starts = np.concatenate(([0], np.cumsum(terms_each[kept])))
        self._used = [len(first) - 1, len(starts) - 1, int(starts[-1])]
        self._asked_for = self._asked_for[:slots][alive]
        self._dead = 0
        self.wants = int(np.bitwise_or.reduce(self._asked_for)) if len(self._asked_for) else 0
        self.book = book._replace(
            first=first,
            starts=starts,
            terms=book.terms[:terms][said],
            guesses=book.guesses[:terms][said],
            filed=np.zeros(self._used[0], np.int64),
            alive=np.ones(self._used[0], np.uint8),
        )
        self._file_all()
        return np.cumsum(alive) - 1

    def _file_all(self) -> None:
        size = power(max(LEAST, 2 * (self._used[0] - self._dead)))
        while True:
            self.book = _with_shelves(self.book, size)
            if self._refile(self.book, self._used[0]):
                return
            size *= 2


def _with_shelves(book: Book, size: int) -> Book:
    """The book with empty room for so many postings, and with a table of keys that is at most half full."""
    return book._replace(
        sieve=np.zeros(power(size * SIEVE_BITS // 64), np.uint64),
        keys=np.zeros(2 * size, np.uint64),
        heads=np.zeros(2 * size, np.int32),
        nexts=np.zeros(size, np.int32),
        slots=np.zeros(size, np.int32),
    )


def _grown(array: npt.NDArray[S], least: int) -> npt.NDArray[S]:
    grown = np.zeros(2 * least, array.dtype)
    grown[: len(array)] = array
    return grown

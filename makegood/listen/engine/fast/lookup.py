"""From the words of frames to the frames that may fit a query: filing queries, and the pass over the frames."""

from __future__ import annotations

import numpy as np

from makegood.listen.engine.fast.book import BELIEF, FITS, OUT, SKETCH, UNSURE, Book, Bytes, Hashes, Numbers, Tables
from makegood.listen.engine.fast.compiling import apart, compiled, part, signed
from makegood.listen.engine.fast.frames import cut_frame
from makegood.listen.engine.fast.reading import PADDING, ROOM

__all__ = ["file", "refile", "sift"]

FULL = 1 << 30
"""Posts counted after which what was counted weighs half."""
EVERY = 7
"""Words are counted in one frame of eight."""
SET = 2 * ROOM

MASK, ONE = np.uint64(63), np.uint64(1)
TO_FIRST, TO_SECOND, TO_SIEVE, TO_KEY, TO_SKETCH = (
    np.uint64(1),
    np.uint64(7),
    np.uint64(13),
    np.uint64(20),
    np.uint64(44),
)


@part
def bits_of(term: np.uint64) -> np.uint64:
    """The two bits by which the small filter knows a term."""
    return (ONE << ((term >> TO_FIRST) & MASK)) | (ONE << ((term >> TO_SECOND) & MASK))


@part
def passes(sieve: Hashes, term: np.uint64) -> bool:
    """Whether a term may be one that queries are filed under."""
    bits = bits_of(term)
    return bool(sieve[(term >> TO_SIEVE) & np.uint64(len(sieve) - 1)] & bits == bits)


@part
def key_of(keys: Hashes, term: np.uint64) -> int:
    """The place of a term among the keys, or the empty place where it belongs."""
    last = np.uint64(len(keys) - 1)
    place = (term >> TO_KEY) & last
    while keys[place] != term and keys[place] != 0:
        place = (place + ONE) & last
    return signed(place)


@part
def share(book: Book, clause: int) -> float:
    """The share of posts that are expected to have one of a clause's terms."""
    posts = book.state[2]
    total = 0.0
    for place in range(book.starts[clause], book.starts[clause + 1]):
        seen = book.counts[(book.terms[place] >> TO_SKETCH) & np.uint64(SKETCH - 1)]
        total += (seen + BELIEF * book.guesses[place]) / (posts + BELIEF)
    return total


@compiled
def file(book: Book, slot: int) -> bool:
    """Files a query under its rarest clause; False where there is no room, which leaves nothing half done."""
    rarest, least = -1, 0.0
    for clause in range(book.first[slot], book.first[slot + 1]):
        expected = share(book, clause)
        if rarest < 0 or expected < least:
            rarest, least = clause, expected
    start, end = book.starts[rarest], book.starts[rarest + 1]
    state = book.state
    if state[0] + end - start > len(book.slots) or 2 * (state[1] + end - start) > len(book.keys):
        return False
    book.filed[slot] = rarest
    for number in range(start, end):
        term = book.terms[number]
        place = key_of(book.keys, term)
        if book.keys[place] == 0:
            book.keys[place] = term
            book.heads[place] = -1
            state[1] += 1
            book.sieve[(term >> TO_SIEVE) & np.uint64(len(book.sieve) - 1)] |= bits_of(term)
        posting = state[0]
        state[0] += 1
        book.slots[posting] = slot
        book.nexts[posting] = book.heads[place]
        book.heads[place] = posting
    return True


@compiled
def refile(book: Book, slots: int) -> bool:
    """Files the first `slots` queries anew, by what was counted; False where there is no room for them all."""
    book.sieve[:] = 0
    book.keys[:] = 0
    book.state[0] = 0
    book.state[1] = 0
    filed = True
    for slot in range(slots):
        if filed and book.alive[slot]:
            filed = file(book, slot)
    return filed


@apart
def count(book: Book, words: Hashes, many: int) -> None:
    """Counts the words of a frame."""
    if book.state[2] >= FULL:
        book.state[2] //= 2
        for place in range(SKETCH):
            book.counts[place] //= 2
    book.state[2] += 1
    for number in range(many):
        book.counts[(words[number] >> TO_SKETCH) & np.uint64(SKETCH - 1)] += 1


@apart
def gather(words: Hashes, many: int, present: Hashes, stamps: Numbers, stamp: int) -> None:
    """Makes the words of a frame a set: a place of `present` is taken where it bears this stamp."""
    last = np.uint64(SET - 1)
    for number in range(many):
        place = (words[number] >> TO_KEY) & last
        while stamps[place] == stamp and present[place] != words[number]:
            place = (place + ONE) & last
        stamps[place] = stamp
        present[place] = words[number]


@part
def holds(present: Hashes, stamps: Numbers, stamp: int, term: np.uint64) -> bool:
    """Whether a term is in the set."""
    last = np.uint64(SET - 1)
    place = (term >> TO_KEY) & last
    while stamps[place] == stamp:
        if present[place] == term:
            return True
        place = (place + ONE) & last
    return False


@apart
def may_fit(book: Book, slot: int, present: Hashes, stamps: Numbers, stamp: int) -> bool:
    """Whether every clause of a query but the one that led to it has a term in the set."""
    for clause in range(book.first[slot], book.first[slot + 1]):
        if clause == book.filed[slot]:
            continue
        found = False
        for place in range(book.starts[clause], book.starts[clause + 1]):
            if holds(present, stamps, stamp, book.terms[place]):
                found = True
                break
        if not found:
            return False
    return True


@part
def any_fits(
    book: Book, words: Hashes, many: int, present: Hashes, stamps: Numbers, asked: Numbers, stamp: int
) -> bool:
    """Whether some query may fit a frame of these words. `asked` keeps a word said often from being asked often."""
    gathered = False
    for number in range(many):
        if not passes(book.sieve, words[number]):
            continue
        place = key_of(book.keys, words[number])
        if book.keys[place] == 0 or asked[place] == stamp:
            continue
        asked[place] = stamp
        posting = book.heads[place]
        while posting >= 0:
            slot = book.slots[posting]
            posting = book.nexts[posting]
            if not book.alive[slot]:
                continue
            if not gathered:
                gather(words, many, present, stamps, stamp)
                gathered = True
            if may_fit(book, slot, present, stamps, stamp):
                return True
    return False


@compiled
def sift(
    data: Bytes,
    ends: Numbers,
    tables: Tables,
    wants: int,
    counted: int,
    book: Book,
    words: Hashes,
    present: Hashes,
    stamps: Numbers,
    asked: Numbers,
    stamp: int,
    verdicts: Bytes,
) -> None:
    """Says of each frame what `OUT`, `FITS` and `UNSURE` mean. It ends in `data` where `ends` says, and the next begins
    there; the first begins after `PADDING` bytes.
    """
    start = PADDING
    for number in range(len(ends)):
        stamp += 1
        sampled = stamp & EVERY == 0
        many = cut_frame(data, start, ends[number], tables, wants | counted if sampled else wants, words)
        start = ends[number]
        if many < 0:
            verdicts[number] = UNSURE
            continue
        if sampled:
            count(book, words, many)
        verdicts[number] = FITS if any_fits(book, words, many, present, stamps, asked, stamp) else OUT

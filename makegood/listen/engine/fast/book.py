"""The arrays that the compiled pass looks words up in, and the kinds of words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "ADDRESS",
    "BEGINNING_BITS",
    "BELIEF",
    "CAMEL",
    "COUNTED",
    "FITS",
    "ID",
    "LEAST_BYTES",
    "MOST_BYTES",
    "OUT",
    "PAIR",
    "PICTURE",
    "PREFIX",
    "SIEVE_BITS",
    "SINGLE",
    "SKETCH",
    "UNSURE",
    "WANTS_BEGINNINGS",
    "WANTS_CAMEL",
    "WANTS_EVERY",
    "WANTS_IDS",
    "WANTS_SINGLES",
    "WANTS_SITES",
    "WORD",
    "Book",
    "Bytes",
    "Hashes",
    "Numbers",
    "Tables",
    "power",
]

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Tables = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], Bytes, Bytes]
"""What each code point is, the expansions (both of `letters`), scratch for a word, and for the first four bytes of a
word (by `beginning_place`) which beginnings some query asks for: one bit a length.
"""

# What sort of word a hash is of: mixed into it, so that a host's name is not found in what people write.
WORD = np.uint64(0)
PREFIX = np.uint64(0x1B873593CC9E2D51)
SINGLE = np.uint64(0x2545F4914F6CDD1D)
PAIR = np.uint64(0x38495AB5A0761D65)
PICTURE = np.uint64(0x4B9D9F0AE7037ED1)
ADDRESS = np.uint64(0x5851F42D4C957F2D)
ID = np.uint64(0x6C62272E07BB0142)
CAMEL = np.uint64(0x7F4A7C15B5297A4D)

# What a pass has to look for, beside words, pairs and pictures: only what some query asks for.
LEAST_BYTES, MOST_BYTES = 4, 8
"""Of how many bytes of a word beginnings are hashed: a query's is cut down to the letters that this has room for."""
WANTS_SINGLES, WANTS_CAMEL, WANTS_SITES, WANTS_IDS = 1 << 16, 1 << 17, 1 << 18, 1 << 19
WANTS_BEGINNINGS, WANTS_EVERY = 1 << 20, 1 << 21
"""The beginnings that some query asks for, as `Tables` says; those of any length."""
COUNTED = WANTS_EVERY | WANTS_SINGLES | WANTS_SITES | WANTS_IDS
"""What is looked for in the posts whose words are counted."""

OUT, FITS, UNSURE = 0, 1, 2
"""What is said of a frame: no query can fit; one may; only the core can tell."""

BELIEF = 200
"""How many posts it takes for what was counted to weigh as much as the guess from a word's length."""
BEGINNING_BITS = 16
"""The table of beginnings has two to the power of this."""
SKETCH = 1 << 16
"""Counters of words; words that share one look a little more frequent than they are."""
SIEVE_BITS = 32
"""Bits of the first, small filter for each word that queries are filed under."""


class Book(NamedTuple):
    """Queries by what a fitting post must have, for the compiled pass.

    A query is a slot; it has clauses, all of which must hold; a clause is some terms (hashes), one of which must be
    there. `first[slot]` is its first clause, `starts[clause]` the first of its `terms`; both end where the next
    begins. It is filed under the terms of its rarest clause, `filed[slot]`. A term leads by `keys` (open addressing)
    to `heads`, the first of its postings, each of which has a `slots` and a `nexts`.
    """

    first: Numbers
    starts: Numbers
    terms: Hashes
    guesses: npt.NDArray[np.float64]
    """The share of posts that a term's length makes one expect."""
    filed: Numbers
    alive: Bytes
    sieve: Hashes
    keys: Hashes
    heads: npt.NDArray[np.int32]
    nexts: npt.NDArray[np.int32]
    slots: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint32]
    state: Numbers
    """Postings in use, keys in use, posts counted."""


def power(least: int) -> int:
    """The power of two that is at least this."""
    return 1 << max(0, least - 1).bit_length()

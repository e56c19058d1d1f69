"""Words, word pairs and pieces of words as numbered features, for many texts at once.

Feature hashing (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206): every n-gram gets a bucket by a polynomial
hash of its characters, computed for all texts together in numpy. No vocabulary is kept, and none has to be loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PIECES", "Features", "features"]

PIECES = (3, 4, 5)
"""Lengths of the pieces of words, in characters; the edges of a word count as one character."""
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0x100000001B3)
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_EDGE = 32
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """Buckets of all texts one after the other; text `i` has those from `starts[i]` to `starts[i + 1]`.

    Within a text each bucket stands once, in rising order, with how often it was met.
    """

    buckets: Ints
    counts: Ints
    starts: Ints


def features(texts: Sequence[str], size: int) -> Features:
    """The features of texts made `plain`; `size` is the number of buckets, a power of two."""
    mask = np.uint64(size - 1)
    codes, owner = _letters(texts)
    word, word_owner = _words(codes, owner)
    found = [(word, word_owner), _pairs(word, word_owner)]
    found += [_pieces(codes, owner, length) for length in PIECES]
    hashes = np.concatenate([each for each, _ in found])
    owners = np.concatenate([each for _, each in found])
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _PRIME
    buckets = ((mixed >> np.uint64(32)) & mask).astype(np.int64)
    key, counts = np.unique(owners * size + buckets, return_counts=True)
    starts = np.searchsorted(key, np.arange(len(texts) + 1, dtype=np.int64) * size)
    return Features(key % size, counts.astype(np.int64), starts.astype(np.int64))


def _letters(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint64], Ints]:
    """The code points of all texts, folded, a space before and after each; and whose each is."""
    spaced = [f" {text.casefold()} " for text in texts]
    whole = "".join(spaced)
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    lengths = np.fromiter((len(each) for each in spaced), dtype=np.int64, count=len(spaced))
    return codes, np.repeat(np.arange(len(spaced), dtype=np.int64), lengths)


def _words(codes: npt.NDArray[np.uint64], owner: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    """A hash of each word, which is a run of letters and figures, or a single sign."""
    solid = _solid(codes)
    edge = np.ones(len(codes), dtype=bool)
    edge[1:] = ~(solid[1:] & solid[:-1]) | (owner[1:] != owner[:-1])
    starts = np.flatnonzero(edge & (codes != _EDGE))
    if not len(starts):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    ends = np.append(np.flatnonzero(edge), len(codes))
    ends = ends[np.searchsorted(ends, starts, side="right")]
    with np.errstate(over="ignore"):
        at = np.arange(len(codes), dtype=np.int64)
        place = at - starts[np.clip(np.searchsorted(starts, at, side="right") - 1, 0, None)]
        powers = np.cumprod(np.concatenate([[np.uint64(1)], np.full(int(place.max(initial=0)), _BASE)]))
        terms = (codes + np.uint64(1)) * powers[np.clip(place, 0, None)]
        sums = np.concatenate([[np.uint64(0)], np.cumsum(terms, dtype=np.uint64)])
        return (sums[ends] - sums[starts]) * np.uint64(31) + np.uint64(7), owner[starts]


def _pairs(word: npt.NDArray[np.uint64], owner: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    if len(word) < 2:
        return word[:0], owner[:0]
    same = owner[1:] == owner[:-1]
    with np.errstate(over="ignore"):
        return (word[:-1] * _PAIR + word[1:])[same], owner[1:][same]


def _pieces(codes: npt.NDArray[np.uint64], owner: Ints, length: int) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Hashes of all runs of `length` characters that lie in one text and cross no more than a word's edge."""
    count = len(codes) - length + 1
    if count <= 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    inside = owner[:count] == owner[length - 1 :]
    for at in range(1, length - 1):
        inside &= codes[at : at + count] != _EDGE
    with np.errstate(over="ignore"):
        hashes = np.full(count, np.uint64(length) * _PAIR)
        for at in range(length):
            hashes = hashes * _BASE + codes[at : at + count]
    return hashes[inside], owner[:count][inside]


def _solid(codes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Letters, figures and what holds words together; beyond Latin signs, everything is a letter."""
    small = codes < 0x250
    table = np.array([chr(code).isalnum() or chr(code) in "'’@#_" for code in range(0x250)])
    found: npt.NDArray[np.bool_] = np.where(small, table[np.minimum(codes, 0x24F).astype(np.int64)], codes != 0x3000)
    emoji = (codes >= 0x2190) & (codes < 0x2C00) | (codes >= 0x1F000)
    return found & ~emoji

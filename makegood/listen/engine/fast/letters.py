"""What each code point is to the fast lane: a separator, a part of a word, a word by itself, or not seen at all.

A word of a text and its key in a query must come out the same, whatever it was written in. So each code point stands
for what `normal` makes of it, and marks (accents written on their own, vowel points, signs that cannot be seen) are
left out on both sides. That two different words may come out the same costs a look at a post, never a hit.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from makegood.listen.query.text import LETTER, MARK, PICTURE, SPACELESS, TONE, normal

__all__ = [
    "DROPPED",
    "INNER",
    "KIND",
    "LETTERS",
    "LIMIT",
    "PICTURES",
    "SEVERAL",
    "SHARED",
    "UNSURE",
    "VALUE",
    "Letters",
    "letters",
]

Letters = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]

LIMIT = 0x20000
"""Code points from here on (rare Chinese characters, flags of regions) are left to the core."""

UNSURE = np.uint32(1 << 31)
"""What it becomes hangs on what stands beside it, or on what it does in a link or a hashtag."""
KIND = np.uint32(7 << 28)
VALUE = np.uint32((1 << 20) - 1)
DROPPED = np.uint32(1 << 28)
LETTERS = np.uint32(2 << 28)
INNER = np.uint32(3 << 28)
"""A character of a script without spaces: a word by itself, and with the next one of its kind a pair."""
PICTURES = np.uint32(4 << 28)
SEVERAL = np.uint32(5 << 28)
"""It becomes several: `VALUE` is where they begin among the expansions, the bits of `SHARED` how many they are."""
SHARED = np.uint32(255 << 20)

IOTA = "\u0345"

_KINDS = (
    (rf"(?V1)[\p{{Regional_Indicator}}{PICTURE}]", PICTURES),
    (rf"(?V1)[{TONE}]", np.uint32(0)),
    (rf"(?V1){LETTER}", LETTERS),
    (rf"(?V1){SPACELESS}", INNER),
    (rf"(?V1){MARK}", DROPPED),
)


@cache
def letters() -> Letters:
    """One entry a code point up to `LIMIT`, and the expansions. Takes about a quarter second."""
    points = [point for point in range(LIMIT) if not 0xD800 <= point < 0xE000 and point != 0x0A]
    forms = normal("\n".join(map(chr, points))).split("\n")
    kinds = _kinds()
    table = np.zeros(LIMIT, np.uint32)
    expansions: list[int] = []
    for point, form in zip(points, forms, strict=True):
        if len(form) == 1 and ord(form) < LIMIT:
            table[point] = kinds[ord(form)] and kinds[ord(form)] | ord(form)
        else:
            table[point] = _several([int(kinds[ord(c)]) | ord(c) for c in form if ord(c) < LIMIT], expansions)
    composing = _composing()
    unsure = [
        point
        for point, form in zip(points, forms, strict=True)
        if chr(point) in composing or form[:1] in composing or max(form, default="") >= chr(LIMIT) or _odd(point, form)
    ]
    table[unsure] |= UNSURE
    table[0xD800:0xE000] |= UNSURE
    return table, np.array(expansions, np.uint32)


def _several(entries: list[int], expansions: list[int]) -> int:
    found = [entry for entry in entries if entry & int(KIND) != int(DROPPED)]
    if not found:
        return int(DROPPED)
    if not any(entry & int(KIND) for entry in found):
        return 0
    expansions += [entry if entry & int(KIND) else 0 for entry in found]
    return int(SEVERAL) | len(found) << 20 | len(expansions) - len(found)


def _kinds() -> npt.NDArray[np.uint32]:
    """The kind of each code point as it stands, one that nothing can be done to any more."""
    points = [point for point in range(LIMIT) if not 0xD800 <= point < 0xE000]
    places = np.array(points)
    everything = "".join(map(chr, points))
    kinds = np.zeros(LIMIT, np.uint32)
    for pattern, kind in _KINDS:
        for run in regex.finditer(f"{pattern}+", everything):
            kinds[places[run.start() : run.end()]] = kind
    return kinds


def _composing() -> frozenset[str]:
    """The characters that may melt into the one before them (https://www.unicode.org/reports/tr15/, Quick_Check)."""
    parts = (unicodedata.decomposition(chr(point)).split() for point in range(LIMIT))
    melting = {chr(int(pair[1], 16)) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}
    vowels, tails = range(0x1161, 0x1176), range(0x11A8, 0x11C3)
    return frozenset(melting.union(map(chr, vowels), map(chr, tails)))


def _odd(point: int, form: str) -> bool:
    """Whether it is taken out of a text before the text is cut into words, stands for the sign of a hashtag, or has the
    Greek iota that is a mark in capitals and a letter in small ones.
    """
    control = (point < 0x20 and chr(point) not in "\t\n\r") or 0x7F <= point < 0xA0
    return control or (point > 0x7F and ("#" in form or IOTA in unicodedata.normalize("NFKD", chr(point))))

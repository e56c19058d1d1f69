"""From a string to the hashes of the words it says."""

from __future__ import annotations

import numpy as np

from makegood.listen.engine.fast import letters as _letters
from makegood.listen.engine.fast.book import (
    ADDRESS,
    LEAST_BYTES,
    MOST_BYTES,
    PAIR,
    PICTURE,
    PREFIX,
    SINGLE,
    WANTS_BEGINNINGS,
    WANTS_CAMEL,
    WANTS_EVERY,
    WANTS_SINGLES,
    WANTS_SITES,
    Bytes,
    Hashes,
    Tables,
)
from makegood.listen.engine.fast.compiling import apart, compiled, part, signed
from makegood.listen.engine.fast.reading import (
    PADDING,
    ROOM,
    SLACK,
    beginning,
    beginning_place,
    cut_camel,
    hash_word,
    is_odd,
    mixed,
    point_at,
)
from makegood.listen.engine.fast.vector import WIDTH, letters_in, lowest, odd_in

__all__ = ["LONGEST", "How", "ask_beginning", "cut", "cut_key"]

LONGEST = 256
"""Bytes of a word that is written in other letters than ASCII or reaches over 64 bytes; a longer one is unsure."""

LIMIT, MELTS = _letters.LIMIT, _letters.UNSURE
KIND, VALUE, SHARED = _letters.KIND, _letters.VALUE, _letters.SHARED
DROPPED, LETTERS, INNER = _letters.DROPPED, _letters.LETTERS, _letters.INNER
PICTURES, SEVERAL = _letters.PICTURES, _letters.SEVERAL
ONE = np.uint64(1)
ANY_LENGTH = (1 << MOST_BYTES - LEAST_BYTES + 1) - 1

Word = tuple[int, int, bool]
"""Between two steps of `cut`: bytes of the word that is held, the last character of a script without spaces (0 for
none since the last word of another), whether this is in a link."""
How = tuple[int, np.uint64, bool, bool]
"""For `cut`: what is wanted; the kind of plain words; `glued`, to take out all signs but _ as hashtags are compared;
`sure`, to give up where a character melts into its neighbours, which it need not in a query's key."""


@part
def put(
    data: Bytes, at: int, size: int, tables: Tables, wants: int, kind: np.uint64, in_link: bool, out: Hashes, count: int
) -> int:
    """Adds a word that is over, if there is one, and its beginnings."""
    if size == 0:
        return count
    out[count] = hash_word(data, at, size, kind)
    count += 1
    if size >= LEAST_BYTES and wants & (WANTS_BEGINNINGS | WANTS_EVERY):
        asked = ANY_LENGTH if wants & WANTS_EVERY else signed(tables[3][beginning_place(data, at)])
        if asked != 0:
            for length in range(LEAST_BYTES, min(size, MOST_BYTES) + 1):
                if asked >> (length - LEAST_BYTES) & 1:
                    out[count] = mixed(beginning(data, at, length), PREFIX)
                    count += 1
    if in_link:
        out[count] = hash_word(data, at, size, ADDRESS)
        count += 1
    return count


@part
def hold(held: Bytes, size: int, point: int) -> int:
    """Adds a code point in UTF-8 to the word that is held; the new size."""
    if point < 0x80:
        held[size] = point
        return size + 1
    if point < 0x800:
        held[size] = 0xC0 | point >> 6
        held[size + 1] = 0x80 | point & 63
        return size + 2
    if point < 0x10000:
        held[size] = 0xE0 | point >> 12
        held[size + 1] = 0x80 | point >> 6 & 63
        held[size + 2] = 0x80 | point & 63
        return size + 3
    held[size] = 0xF0 | point >> 18
    held[size + 1] = 0x80 | point >> 12 & 63
    held[size + 2] = 0x80 | point >> 6 & 63
    held[size + 3] = 0x80 | point & 63
    return size + 4


@part
def put_held(tables: Tables, size: int, wants: int, kind: np.uint64, in_link: bool, out: Hashes, count: int) -> int:
    """Adds the word that is held, if there is one."""
    return put(tables[2], 0, size, tables, wants, kind, in_link, out, count) if size > 0 else count


@part
def cut_stretch(
    data: Bytes, at: int, stretch: int, end: int, tables: Tables, word: Word, how: How, out: Hashes, count: int
) -> tuple[int, Word]:
    """Adds the words of a stretch of plain ASCII of at most 64 bytes. A word that is over is hashed where it stands;
    one that may go on beyond the stretch is held.
    """
    wants, kind, glued, _ = how
    size, inner, in_link = word
    held = tables[2]
    letters = letters_in(data, at)
    place = 0
    while place < stretch:
        rest = letters >> np.uint64(place)
        if rest & ONE:
            run = min(lowest(~rest), stretch - place)
            if size == 0 and not glued and (place + run < stretch or at + stretch == end):
                count = put(data, at + place, run, tables, wants, kind, in_link, out, count)
                inner = 0
            elif size + run > LONGEST:
                return -1, word
            else:
                for number in range(run):
                    held[size + number] = data[at + place + number]
                size += run
        else:
            run = min(lowest(rest), stretch - place)
            if not glued or has(data, at + place, run, 95, 95):
                count = put_held(tables, size, wants, kind, in_link, out, count)
                inner = inner if size == 0 else 0
                size = 0
            if in_link and (has(data, at + place, run, 32, 47) or has(data, at + place, run, 63, 63)):
                in_link = False
        place += run
    return count, (size, inner, in_link)


@part
def has(data: Bytes, at: int, size: int, one: int, other: int) -> bool:
    """Whether one of two bytes is among these."""
    found = False
    for place in range(at, at + size):
        found |= data[place] == one or data[place] == other
    return found


@part
def cut_sign(
    data: Bytes, at: int, end: int, tables: Tables, word: Word, how: How, out: Hashes, count: int
) -> tuple[int, int, Word]:
    """Deals with a byte of ASCII that takes a closer look: where to go on, and the rest as `cut_stretch`."""
    wants, kind, glued, _ = how
    size, inner, in_link = word
    point, after = point_at(data, at, end)
    if point < 0 or (point < 32 and point != 10) or point == 127:
        return -1, at, word
    if data[at] == 58 and wants & WANTS_SITES and at + 2 < end and data[at + 1] == 47 and data[at + 2] == 47:
        count = put_held(tables, size, wants, kind, in_link, out, count)
        return count, at + 3, (0, inner if size == 0 else 0, True)
    if data[at] == 35 and wants & WANTS_CAMEL:
        count = cut_camel(data, at + 1, end, False, out, count)
        if count < 0:
            return -1, at, word
    if not glued:
        count = put_held(tables, size, wants, kind, in_link, out, count)
        inner = inner if size == 0 else 0
        size = 0
    return count, after, (size, inner, in_link and point != 35 and point != 32 and point != 10)


@part
def cut_point(
    data: Bytes, at: int, end: int, tables: Tables, word: Word, how: How, out: Hashes, count: int
) -> tuple[int, int, Word]:
    """Deals with what is written in more than a byte, or in an escape: the same."""
    table, expansions, held, _ = tables
    wants, kind, glued, sure = how
    size, inner, in_link = word
    point, after = point_at(data, at, end)
    if point < 0 or point >= LIMIT:
        return -1, at, word
    entry = table[point]
    if (sure and entry & MELTS) or (in_link and entry & KIND) or size > LONGEST:
        return -1, at, word
    several = entry & KIND == SEVERAL
    first = signed(entry & VALUE) if several else 0
    for place in range(first, first + (signed(entry & SHARED) >> 20 if several else 1)):
        each = expansions[place] if several else entry
        what, value = each & KIND, signed(each & VALUE)
        if what == LETTERS:
            size = hold(held, size, value)
            continue
        if (what == DROPPED and not sure) or (glued and (what == 0 or what == PICTURES)):
            continue
        # A mark belongs to the word that it stands in, but a handle ends there.
        count = put_held(tables, size, wants, kind, in_link, out, count)
        if what == DROPPED:
            continue
        inner = inner if size == 0 else 0
        size = 0
        if what == PICTURES:
            out[count] = mixed(np.uint64(value), PICTURE)
            count += 1
        elif what == INNER:
            if wants & WANTS_SINGLES:
                out[count] = mixed(np.uint64(value), SINGLE)
                count += 1
            if inner != 0:
                out[count] = mixed(np.uint64(inner << 20 | value), PAIR)
                count += 1
            inner = value
    return count, after, (size, inner, in_link)


@apart
def cut(data: Bytes, at: int, end: int, tables: Tables, how: How, out: Hashes, count: int) -> int:
    """Adds the hashes of the words of one string and returns how many there are now, or -1 where it is unsure."""
    word = (0, 0, False)
    while at < end:
        stretch = min(end - at, WIDTH, lowest(odd_in(data, at)))
        if stretch > 0:
            count, word = cut_stretch(data, at, stretch, end, tables, word, how, out, count)
            at += stretch
        if count > ROOM - SLACK:
            return -1
        while at < end and is_odd(data[at]) and 0 <= count <= ROOM - SLACK:
            plain = data[at] < 128 and not (data[at] == 92 and at + 1 < end and data[at + 1] == 117)
            if plain:
                count, at, word = cut_sign(data, at, end, tables, word, how, out, count)
            else:
                count, at, word = cut_point(data, at, end, tables, word, how, out, count)
        if count < 0:
            return -1
    return put_held(tables, word[0], how[0], how[1], word[2], out, count)


@compiled
def ask_beginning(data: Bytes, size: int, tables: Tables) -> None:
    """Notes that a query asks for words that begin with these `size` bytes, from `LEAST_BYTES` to `MOST_BYTES`."""
    tables[3][beginning_place(data, PADDING)] |= 1 << (size - LEAST_BYTES)


@compiled
def cut_key(data: Bytes, size: int, tables: Tables, kind: np.uint64, wants: int, out: Hashes) -> int:
    """The hashes of the words of a query's key (UTF-8 without ASCII signs that mean something): how many; -1 for too
    many.
    """
    return cut(data, PADDING, PADDING + size, tables, (wants, kind, False, False), out, 0)

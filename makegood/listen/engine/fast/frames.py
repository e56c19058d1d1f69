"""From a frame to the hashes of the words that its post says."""

from __future__ import annotations

import numpy as np

from makegood.listen.engine.fast.book import (
    ADDRESS,
    ID,
    WANTS_CAMEL,
    WANTS_IDS,
    WANTS_SITES,
    WORD,
    Bytes,
    Hashes,
    Tables,
)
from makegood.listen.engine.fast.compiling import part
from makegood.listen.engine.fast.cutting import cut
from makegood.listen.engine.fast.reading import cut_camel, cut_plain, host_end
from makegood.listen.engine.fast.vector import WIDTH, after_quote, key_ends, lowest, until_quote

__all__ = ["cut_frame"]

ONE = np.uint64(1)

# What a string of a record is, by its name.
TEXT, TAG, DID, URI = 1, 2, 3, 4


@part
def role(data: Bytes, at: int, length: int) -> int:
    """What the value of this name is to us; 0 for nothing."""
    if length == 3:
        one, two, three = data[at], data[at + 1], data[at + 2]
        if one == 100 and two == 105 and three == 100:
            return DID
        if one == 117 and two == 114 and three == 105:
            return URI
        if one == 116 and two == 97 and three == 103:
            return TAG
    if length == 4 and data[at] == 116:
        one, two, three = data[at + 1], data[at + 2], data[at + 3]
        if one == 101 and two == 120 and three == 116:
            return TEXT
        if one == 97 and two == 103 and three == 115:
            return TAG
    return 0


@part
def cut_value(data: Bytes, at: int, end: int, what: int, tables: Tables, wants: int, out: Hashes, count: int) -> int:
    """Adds the hashes of a record's string by what it is; -1 where it is unsure."""
    if what == TEXT:
        return cut(data, at, end, tables, (wants, WORD, False, True), out, count)
    if what == DID:
        if at + 4 > end or data[at] != 100 or data[at + 1] != 105 or data[at + 2] != 100 or data[at + 3] != 58:
            return -1
        return cut_plain(data, at, end, ID, out, count) if wants & WANTS_IDS else count
    if what == URI:
        return cut_plain(data, at, host_end(data, at, end), ADDRESS, out, count) if wants & WANTS_SITES else count
    count = cut(data, at, end, tables, (wants, WORD, False, True), out, count)
    if count >= 0:
        count = cut(data, at, end, tables, (wants, WORD, True, True), out, count)
    if count >= 0 and wants & WANTS_CAMEL:
        count = cut_camel(data, at, end, True, out, count)
    return count


@part
def past_blanks(data: Bytes, at: int, end: int) -> int:
    """Where the next byte is that is no blank space."""
    while at < end and data[at] <= 32:
        at += 1
    return at


@part
def string_end(data: Bytes, at: int, end: int) -> int:
    """Where the quotation mark is that ends a string which begins at `at`; -1 for nowhere."""
    while at < end:
        step = until_quote(data, at)
        at += step
        if at >= end:
            return -1
        if step < WIDTH:
            if data[at] == 34:
                return at
            at += 2
    return -1


@part
def role_of_key(data: Bytes, at: int) -> int:
    """What the value is to us whose name ends with the quotation mark at `at`; -1 for a name with an escape, and 0 for
    a quotation mark that somebody wrote.
    """
    size = after_quote(data, at)
    if size > 0 and data[at - size - 1] == 92:
        return -1
    return role(data, at - size, size) if size == 3 or size == 4 else 0


@part
def cut_values(
    data: Bytes, at: int, end: int, what: int, tables: Tables, wants: int, out: Hashes, count: int
) -> tuple[int, int]:
    """Adds the hashes of the string at `at`, or of the strings in a list there: how many there are now, or -1 where it
    is unsure; and where to go on.
    """
    at = past_blanks(data, at, end)
    listed = at < end and data[at] == 91
    if listed:
        at = past_blanks(data, at + 1, end)
    while at < end and data[at] == 34:
        close = string_end(data, at + 1, end)
        if close < 0:
            return -1, end
        count = cut_value(data, at + 1, close, what, tables, wants, out, count)
        at = past_blanks(data, close + 1, end)
        if count < 0 or not listed or at >= end or data[at] != 44:
            break
        at = past_blanks(data, at + 1, end)
    return count, at


@part
def cut_frame(data: Bytes, start: int, end: int, tables: Tables, wants: int, out: Hashes) -> int:
    """The hashes of all the words of a frame: how many, or -1 where the frame is unsure.

    Looks for the ends of names, which nobody can write into a string: there, a quotation mark has a backslash.
    """
    count = 0
    done = start
    for block in range(start, end, WIDTH):
        bits = key_ends(data, block)
        while bits != 0:
            at = block + lowest(bits)
            bits &= bits - ONE
            if at < done or at + 1 >= end:
                continue
            colon = at + 1
            if data[colon] != 58:
                colon = past_blanks(data, colon, end)
                if colon >= end or data[colon] != 58:
                    continue
            what = role_of_key(data, at)
            if what < 0:
                return -1
            if what > 0:
                count, done = cut_values(data, colon + 1, end, what, tables, wants, out, count)
                if count < 0:
                    return -1
    return count

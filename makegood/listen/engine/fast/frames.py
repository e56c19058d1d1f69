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
from makegood.listen.engine.fast.vector import WIDTH, after_quote, eight, key_ends, lowest, until_quote

__all__ = ["cut_frame"]

ONE = np.uint64(1)

# What a string of a record is, by its name.
TEXT, TAG, DID, URI = 1, 2, 3, 4


def _ending(name: bytes) -> np.uint64:
    """Eight bytes that end with these, as `eight` reads them."""
    return np.uint64(np.frombuffer(name.rjust(8, b"\0"), np.uint64)[0])


FOUR, FIVE = _ending(b"\xff" * 4), _ending(b"\xff" * 5)
NAMED_TEXT, NAMED_TAGS = _ending(b'"text'), _ending(b'"tags')
NAMED_TAG, NAMED_DID, NAMED_URI = _ending(b'"tag'), _ending(b'"did'), _ending(b'"uri')


@part
def role(data: Bytes, at: int) -> int:
    """What the value is to us whose name ends before the quotation mark at `at`; 0 for nothing."""
    name = eight(data, at - 8)
    if name & FIVE == NAMED_TEXT:
        return TEXT
    if name & FIVE == NAMED_TAGS or name & FOUR == NAMED_TAG:
        return TAG
    if name & FOUR == NAMED_DID:
        return DID
    return URI if name & FOUR == NAMED_URI else 0


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
def has_escape(data: Bytes, at: int) -> bool:
    """Whether the name that ends before the quotation mark at `at` has a backslash, or seems to."""
    size = after_quote(data, at)
    return bool(size > 0 and data[at - size - 1] == 92)


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
            what = role(data, at)
            if what == 0:
                if has_escape(data, at):
                    return -1
            else:
                count, done = cut_values(data, colon + 1, end, what, tables, wants, out, count)
                if count < 0:
                    return -1
    return count

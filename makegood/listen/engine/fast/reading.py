"""Bytes as words: hashes, code points, and the stretches of a frame that have to be plain ASCII.

Nothing in here and in what builds on it may read outside its arrays, whatever the bytes are: a frame is looked at
between its own two offsets only, but for vectors of 64 bytes, for which the buffer begins and ends with `PADDING` bytes
that belong to none. What is not understood for certain is unsure: -1.
"""

from __future__ import annotations

import numpy as np

from makegood.listen.engine.fast.book import BEGINNING_BITS, CAMEL, LEAST_BYTES, Bytes, Hashes
from makegood.listen.engine.fast.compiling import apart, part, signed
from makegood.listen.engine.fast.vector import WIDTH, eight

__all__ = [
    "PADDING",
    "ROOM",
    "SLACK",
    "ascii_kind",
    "beginning",
    "beginning_place",
    "cut_camel",
    "cut_plain",
    "hash_word",
    "host_end",
    "is_odd",
    "mixed",
    "point_at",
]

PADDING = 2 * WIDTH
ROOM = 8192
"""Hashes that one frame may have; with more it is left to the core."""
SLACK = 512
"""How much of it is kept free for what one step may add."""

ONE, SHIFT = np.uint64(1), np.uint64(32)
SMALL, ALL = np.uint64(0x2020202020202020), np.uint64(0xFFFFFFFFFFFFFFFF)
FACTOR, FACTOR_TWO = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@part
def mixed(value: np.uint64, kind: np.uint64) -> np.uint64:
    """The hash of a number of some kind; never 0."""
    found = (value ^ kind) * FACTOR
    found = (found ^ (found >> SHIFT)) * FACTOR_TWO
    return (found ^ (found >> SHIFT)) | ONE


@part
def hash_word(data: Bytes, at: int, size: int, kind: np.uint64) -> np.uint64:
    """The hash of a word of `size` bytes at `at`, ASCII capitals like small letters. Eight bytes beyond may be read.

    Setting bit 5 of every byte does that, and makes some other letters alike, which only costs a look.
    """
    found = np.uint64(0)
    while size > 8:
        found = (found ^ (eight(data, at) | SMALL)) * FACTOR
        found ^= found >> SHIFT
        at += 8
        size -= 8
    return mixed(found ^ beginning(data, at, size), kind)


@part
def beginning(data: Bytes, at: int, size: int) -> np.uint64:
    """Up to eight bytes of a word as a number."""
    found: np.uint64 = eight(data, at)
    return (found | SMALL) & (ALL >> np.uint64(64 - 8 * size))


@part
def beginning_place(data: Bytes, at: int) -> int:
    """The place in the table of beginnings of a word of at least four bytes that begins at `at`."""
    return signed((beginning(data, at, LEAST_BYTES) * FACTOR) >> np.uint64(64 - BEGINNING_BITS))


@part
def hex_at(data: Bytes, at: int, end: int) -> int:
    """The number that four hexadecimal digits at `at` are, or -1."""
    if at + 4 > end:
        return -1
    value = 0
    for place in range(at, at + 4):
        byte = signed(data[place])
        if 48 <= byte < 58:
            value = value * 16 + byte - 48
        elif 65 <= byte < 71 or 97 <= byte < 103:
            value = value * 16 + (byte & 15) + 9
        else:
            return -1
    return value


@apart
def escaped(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The code point that the backslash at `at` begins and where to go on; -1 for what is not sure to be harmless.

    Of ASCII only what is written so by habit is taken: what else could stand there might be the colon of a link or the
    sign of a hashtag.
    """
    if at + 1 >= end:
        return -1, end
    sign = data[at + 1]
    if sign == 110 or sign == 116 or sign == 114:  # n, t, r
        return 32, at + 2
    if sign == 34 or sign == 92:
        return signed(sign), at + 2
    if sign != 117:
        return -1, end
    point = hex_at(data, at + 2, end)
    if point < 128:
        harmless = point == 34 or point == 38 or point == 39 or point == 60 or point == 62 or point == 10
        return (point if harmless else -1), at + 6
    if 0xD800 <= point < 0xE000:
        if point >= 0xDC00 or at + 8 > end or data[at + 6] != 92 or data[at + 7] != 117:
            return -1, end
        second = hex_at(data, at + 8, end)
        if second < 0xDC00 or second >= 0xE000:
            return -1, end
        return 0x10000 + ((point - 0xD800) << 10) + second - 0xDC00, at + 12
    return point, at + 6


@part
def point_at(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The code point at `at` and where the next one starts; -1 where it cannot be told."""
    first = signed(data[at])
    if first < 128:
        return escaped(data, at, end) if first == 92 else (first, at + 1)
    if first >= 0xF0:
        count, point = 4, first & 7
    elif first >= 0xE0:
        count, point = 3, first & 15
    else:
        count, point = 2, first & 31
    if first < 0xC0 or at + count > end:
        return -1, end
    for place in range(at + 1, at + count):
        byte = signed(data[place])
        if byte & 0xC0 != 0x80:
            return -1, end
        point = point << 6 | byte & 63
    return point, at + count


@part
def ascii_kind(byte: int) -> int:
    """1 for a small letter, 2 for a capital, 3 for a digit, 0 for a sign, -1 for what is not ASCII or may not be."""
    if 97 <= byte < 123:
        return 1
    if 65 <= byte < 91:
        return 2
    if 48 <= byte < 58:
        return 3
    return -1 if byte >= 127 or byte < 32 or byte == 92 else 0


@part
def is_odd(byte: int) -> bool:
    """Whether a byte takes a closer look, as `odd_in` says."""
    return ascii_kind(byte) < 0 or byte == 58 or byte == 35 or byte == 34


@apart
def cut_plain(data: Bytes, at: int, end: int, kind: np.uint64, out: Hashes, count: int) -> int:
    """Adds the words of a stretch that has to be plain ASCII, such as a DID; returns how many hashes there are now, or
    -1 where it is something else.
    """
    size = 0
    for place in range(at, end):
        now = ascii_kind(data[place])
        if now < 0 or count > ROOM - SLACK:
            return -1
        if now > 0:
            size += 1
        elif size > 0:
            out[count] = hash_word(data, place - size, size, kind)
            count += 1
            size = 0
    if size > 0:
        out[count] = hash_word(data, end - size, size, kind)
        count += 1
    return count


@part
def host_end(data: Bytes, at: int, end: int) -> int:
    """Where the host of an address ends that starts at `at`; `at` where it has none."""
    place = at
    while place + 1 < end and not (data[place] == 47 and data[place + 1] == 47):
        place += 1
    if place + 1 >= end:
        # A tab or a line's end may stand anywhere in an address and does not count.
        for other in range(at, end):
            if data[other] == 92 or data[other] >= 127:
                return end
        return at
    place += 2
    while place < end and data[place] != 47 and data[place] != 63 and data[place] != 35:
        place += 1
    return place


@apart
def cut_camel(data: Bytes, at: int, end: int, whole: bool, out: Hashes, count: int) -> int:
    """Adds the words inside a hashtag (AcmeFail) whose name begins at `at`; -1 where it is not plain ASCII.

    It ends with the first sign, or with `whole` at `end`.
    """
    size = 0
    before = 0
    while at < end:
        now = ascii_kind(data[at])
        if data[at] == 92 and not whole and at + 1 < end and data[at + 1] != 117:
            break
        if now < 0 or count > ROOM - SLACK:
            return -1
        if now == 0 and not whole and data[at] != 95:
            break
        after = ascii_kind(data[at + 1]) if at + 1 < end else 0
        parted = now != before and not (before == 2 and now == 1)
        if size > 0 and (parted or (before == 2 and now == 2 and after == 1)):
            out[count] = hash_word(data, at - size, size, CAMEL)
            count += 1
            size = 0
        size = size + 1 if now > 0 else 0
        before = now
        at += 1
    if size > 0:
        out[count] = hash_word(data, at - size, size, CAMEL)
        count += 1
    return count

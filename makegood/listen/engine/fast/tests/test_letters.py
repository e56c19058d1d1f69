"""What each code point is to the fast lane, against how the language sees it."""

from __future__ import annotations

import unicodedata

import pytest
import regex

pytest.importorskip("numba", reason="the fast lane is not installed")

from makegood.listen.engine.fast.letters import (
    DROPPED,
    INNER,
    KIND,
    LETTERS,
    LIMIT,
    PICTURES,
    SEVERAL,
    SHARED,
    UNSURE,
    VALUE,
    letters,
)
from makegood.listen.query.text import LETTER, SPACELESS, lay_out, normal

_WORDS = regex.compile(rf"(?V1){LETTER}|{SPACELESS}")


def entries(text: str) -> list[int]:
    """What the letters of a text become, without marks; several signs in a row as one."""
    table, expansions = letters()
    found: list[int] = []
    for character in text:
        entry = int(table[ord(character)]) & ~int(UNSURE)
        if entry & int(KIND) == int(SEVERAL):
            first, many = entry & int(VALUE), (entry & int(SHARED)) >> 20
            found += expansions[first : first + many].tolist()
        else:
            found.append(entry)
    seen = [entry for entry in found if entry & int(KIND) != int(DROPPED)]
    return [entry for place, entry in enumerate(seen) if entry or not place or seen[place - 1]]


@pytest.mark.parametrize(
    ("text", "kind", "becomes"),
    [
        ("É", LETTERS, "é"),
        ("Ａ", LETTERS, "a"),
        ("②", LETTERS, "2"),
        ("ß", LETTERS, "ss"),
        ("ﬁ", LETTERS, "fi"),
        ("İ", LETTERS, "i"),
        ("東", INNER, "東"),
        ("ｶ", INNER, "カ"),
        ("가", INNER, "가"),
        ("🔥", PICTURES, "🔥"),
        ("🇩", PICTURES, "🇩"),
    ],
)
def test_what_a_character_becomes(text: str, kind: int, becomes: str) -> None:
    assert entries(text) == [int(kind) | ord(character) for character in becomes]


@pytest.mark.parametrize("text", ["\u200d", "\u064e", "\u0e48", "\ufe0f", "\u0640"])
def test_marks_are_not_seen(text: str) -> None:
    assert entries(text) == []


@pytest.mark.parametrize("text", [".", "…", "™", "\u200b", "🏻", "\u3000", "_", "'"])
def test_signs_part_words(text: str) -> None:
    assert entries(text) == [0]


@pytest.mark.parametrize("text", ["\u0301", "\u3099", "ﾞ", "\u1161", "\x00", "\x85", "＃", "\u0345", "ᾳ"])
def test_what_hangs_on_its_neighbours_is_unsure(text: str) -> None:
    assert letters()[0][ord(text)] & UNSURE


def sure() -> list[str]:
    table = letters()[0]
    return [chr(point) for point in range(LIMIT) if not table[point] & UNSURE]


def test_a_character_alone_becomes_what_the_language_makes_of_it() -> None:
    wrong = []
    for character in sure():
        for flat in (lay_out(character).flat, normal(character)):
            words = [entry & int(VALUE) for entry in entries(character) if entry & int(KIND) in (LETTERS, INNER)]
            if words != [ord(each) for each in _WORDS.findall(flat)]:
                wrong.append(f"U+{ord(character):04X}")
    assert not wrong


def test_what_is_normal_stays_what_it_is() -> None:
    changed = [character for character in sure() if entries(normal(character)) != entries(character)]
    assert [f"U+{ord(character):04X}" for character in changed] == []


def test_no_sure_character_melts_into_another() -> None:
    certain = sure()
    before = [first for first in certain if "A" <= first < "\u0530" or first in "カ\u1100가क"]
    melting = [
        (first, second)
        for second in certain
        if unicodedata.category(second).startswith("M") or "\u1100" <= second < "\u1200"
        for first in before[:: 1 if unicodedata.combining(second) else 10]
        if melted(first + second) != melted(first) + melted(second)
    ]
    assert melting == []


def melted(text: str) -> str:
    """NFKC without marks, whose order among themselves does not matter."""
    whole = unicodedata.normalize("NFKC", text)
    return "".join(each for each in whole if not unicodedata.category(each).startswith("M"))

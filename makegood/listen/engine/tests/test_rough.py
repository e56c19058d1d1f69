"""Rough words: never fewer than the words that a query asks for."""

from __future__ import annotations

import sys
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.engine.rough import CONTROLS, beginning_of, is_single, pieces_of, rough_words
from makegood.listen.engine.tests.drawn import SIGNS, WORDS
from makegood.listen.query.text import found_by, lay_out, marks_in, split, words_in


def test_every_character_leads_to_its_own_word() -> None:
    # All of the scripts without spaces that people write, and a part of everything else.
    codes = chain(range(0x3000, 0x3400), range(0xAC00, 0xAD00), range(0xFF00, 0x10000), range(0, sys.maxunicode, 7))
    for code in codes:
        for key in split(chr(code)):
            pieces = pieces_of([key])
            assert pieces, f"U+{code:04X}"
            assert set(pieces) <= set(rough_words(chr(code), singles=True)), f"U+{code:04X}"


@settings(max_examples=400, deadline=None)
@given(st.lists(st.text(max_size=5) | st.sampled_from([*WORDS, *SIGNS]), max_size=8).map("".join))
@example("e\u0301\u200d'\u0338x")
@example("か\u0301\u3099")
@example("ㄱㅏ각\u1100\u1161")
def test_every_word_and_mark_of_a_text_is_among_its_rough_words(text: str) -> None:
    flat = lay_out(text).flat
    rough = set(rough_words(text, singles=True))
    words = words_in(flat)
    for key in chain.from_iterable(map(found_by, words)):
        assert set(pieces_of([key])) <= rough
        whole, begun = beginning_of(key)
        assert set(whole) <= rough
        assert any(word.startswith(begun) for word in rough)
    for mark, _, _ in marks_in(flat):
        assert set(pieces_of([mark[1:]])) <= rough
    keys = split(text)
    for start in range(len(keys)):
        assert set(pieces_of(keys[start : start + 3])) <= rough


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Acme's LATE_parcel", ["acme", "s", "late", "parcel"]),
        ("CAFÉ Straße", ["cafe", "strasse"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("東、京 tower", ["tower", "東京"]),
        ("naïve🔥👍🏽", ["naive", "🔥", "👍"]),
        ("ac\u0000me", ["ac", "me"]),
        ("\ud83d lone", ["lone"]),
        ("", []),
    ],
)
def test_what_a_text_is_cut_into(text: str, words: list[str]) -> None:
    found = [word.decode() for word in rough_words(text)]
    assert [word for word in found if word in words] == words
    assert not {word for word in found if word not in words and word.isascii()}


def test_controls_are_taken_out_where_that_is_asked() -> None:
    assert rough_words("ac\u0000me\x07 la\tte", dropped=CONTROLS) == [b"acme", b"la", b"te"]


def test_a_single_is_told_from_a_word_and_a_pair() -> None:
    assert [is_single(piece.encode()) for piece in ("京", "東京", "ab", "né", "й", "𠀀")] == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]

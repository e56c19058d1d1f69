"""The shop's words with what is known in their places, for the customer alone and for everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.resolve.first_words import FIRST_WORDS
from makegood.resolve.house import PLACES
from makegood.resolve.wording import PRIVATE, fill_words

KNOWN = {
    "name": "Ada",
    "amount": "5 EUR",
    "order": "T-1042",
    "number": "R26-4K7TX",
    "code": "MG-1",
    "date": "5 May",
}


def test_places_are_filled_and_what_is_open_is_named() -> None:
    text = "Hi {name}, here is {code}, worth {amount}. {strange}"
    assert fill_words(text, {"name": "Ada", "amount": "5 EUR"}) == (
        "Hi Ada, here is [code], worth 5 EUR. {strange}",
        ["code"],
    )
    assert fill_words("Hi {name}, sorry.", {})[0] == "Hi, sorry."


REFUND = "Hi {name}, it is back[: {amount}][ for order {order}]. Thanks!"


@pytest.mark.parametrize(
    ("facts", "public", "said"),
    [
        (KNOWN, False, "Hi Ada, it is back: 5 EUR for order T-1042. Thanks!"),
        (KNOWN, True, "Hi Ada, it is back. Thanks!"),
        ({"amount": "5 EUR"}, False, "Hi, it is back: 5 EUR. Thanks!"),
        ({}, False, "Hi, it is back. Thanks!"),
    ],
)
def test_what_is_in_brackets_is_said_where_it_can_be(facts: dict[str, str], public: bool, said: str) -> None:
    assert fill_words(REFUND, facts, public=public) == (said, [])


def test_without_brackets_a_person_fills_it_in_public() -> None:
    said, left = fill_words("Hi {name}, {amount} for {order} by {date}.", KNOWN, public=True)
    assert (said, left) == ("Hi Ada, [amount] for [order] by 5 May.", ["amount", "order"])


def test_other_brackets_and_braces_stay() -> None:
    text = "Hi [there], {strange} [and {that}]."
    assert fill_words(text, KNOWN) == (text, [])


def test_a_space_before_what_is_left_out_goes_with_it() -> None:
    assert fill_words("It is back [for {order}].", {}) == ("It is back.", [])
    assert fill_words("It is back [for {order}].", KNOWN) == ("It is back for T-1042.", [])


@pytest.mark.parametrize("language", sorted(FIRST_WORDS))
@pytest.mark.parametrize("kind", sorted(FIRST_WORDS["en"].templates))
def test_the_first_words_read_well_in_public(language: str, kind: str) -> None:
    said, left = fill_words(FIRST_WORDS[language].templates[kind], KNOWN, public=True)
    assert left == []
    assert not any(KNOWN[name] in said for name in PRIVATE)
    assert not any(sign in said for sign in "[]{}")
    whole, left = fill_words(FIRST_WORDS[language].templates[kind], KNOWN)
    assert left == []
    assert not any(sign in whole for sign in "[]{}")


@given(st.text(alphabet="ab {}[]:.", max_size=40), st.lists(st.sampled_from(PLACES), max_size=5))
def test_whatever_is_written_nobody_else_reads_what_is_theirs(text: str, places: list[str]) -> None:
    words = text + "".join(f" [x {{{place}}}] {{{place}}}" for place in places)
    said, left = fill_words(words, KNOWN, public=True)
    assert not any(KNOWN[name] in said for name in PRIVATE)
    assert set(left) <= set(PRIVATE)

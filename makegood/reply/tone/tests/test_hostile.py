"""Whatever is typed: no crash, places that hold, time that grows no faster than the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.reply.tone.checking import blocking, check
from makegood.reply.tone.finding import Code, Draft
from makegood.reply.tone.words import LONGEST, clean, tokens, unquoted

NASTY = [
    "\u202ewe will get back\u200b to you\u202c",
    "\ud800 you are wrong \udfff",
    "\0{name}\0",
    "😀" * 3000,
    "a" * 10_000,
    "A" * 10_000,
    "1" * 10_000,
    "+1 " * 4000,
    "(" * 5000 + ")" * 5000,
    "{" * 5000 + "[" * 5000,
    "@" * 5000,
    "a@" * 4000,
    "a.a@a." * 2000,
    "DE89 " * 3000,
    "you " * 5000,
    "we will " * 3000,
    "sorry if " * 3000,
    "wir werden " * 2000,
    "! " * 6000,
    "A B " * 4000,
    "12 A" * 3000,
    "Lange " * 3000,
    "“" * 8000,
    '"x' * 5000,
    "> " * 5000,
    "order " * 3000,
    "İ" * 5000,
    "xqzvk jwqpf " * 800,
    "\r\n" * 5000,
    "_" * 10_000,
    "-" * 10_000,
    "<" * 10_000,
    "%" * 10_000,
    "ß" * 5000,
]


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_typed_breaks_it(text: str, language: str) -> None:
    draft = Draft(text, language=language, intent="complaint", said=text, jargon={"(": "x"}, own=[text[:50]])
    checked = check(draft)
    for one in checked.findings:
        assert checked.text[one.start : one.end] == one.words
    blocking(draft)


PIECES = st.sampled_from(
    [
        "you should have checked",
        "{name}",
        "[order]",
        "+49 30 1234567",
        "we will get back to you",
        "sorry if",
        "WE SHOUT LOUD",
        "!!!",
        "order 4711",
        "lena@example.com",
        "DE89370400440532013000",
        "“quoted”",
        "\n> theirs\n",
        "soon",
        "Straße 5",
        "…",
        "🙄",
        "\ud800",
        "\0",
        "\u202e",
        "we has it",
        "parcle",
        "İ",
        "Das tut uns leid, wenn",
        "4111111111111111",
        ".",
        ", ",
    ]
)
DRAFTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(DRAFTS, st.sampled_from(["en", "de", "fr", "ja"]), st.booleans(), st.sampled_from(["complaint", "praise", ""]))
def test_places_hold_and_what_blocks_is_found_by_both(text: str, language: str, public: bool, intent: str) -> None:
    draft = Draft(text, language=language, public=public, intent=intent, own=["hello@teapot.example"])
    checked = check(draft)
    for one in checked.findings:
        start, end = one.place
        assert checked.text[one.start : one.end] == one.words
        assert 0 <= start <= end <= len(checked.text)
        assert one.why
        assert one.better != checked.text[start:end]
    shown = {(one.start, one.end) for one in checked.findings if one.blocks}
    kept_back = {(one.start, one.end) for one in blocking(draft)}
    # The page shows the first forty; the refusal looks at all.
    assert shown <= kept_back
    assert bool(shown) == bool(kept_back)


@given(st.text(max_size=400))
def test_blanking_out_keeps_every_place(text: str) -> None:
    cleaned = clean(text)
    assert len(unquoted(cleaned)) == len(cleaned)
    for token in tokens(cleaned):
        assert 0 <= token.start < token.end <= len(cleaned)
    assert "\r" not in cleaned


def test_what_is_endless_is_cut() -> None:
    assert len(clean("ab" * LONGEST)) == LONGEST


@pytest.mark.parametrize("piece", ["(a ", "+4 ", "you ", "wir werden ", "{[", "a.a@", "A a ", '"x', "1 "])
def test_twice_the_text_takes_no_more_than_a_few_times_as_long(piece: str) -> None:
    off = frozenset({Code.SPELLING, Code.GRAMMAR})

    def seconds(count: int) -> float:
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            check(Draft(piece * count, off=off))
            best = min(best, time.process_time() - start)
        return best

    short, long = seconds(500), seconds(4000)
    # Eight times the text: squared would be sixty-four times. Below a few milliseconds nothing is measured.
    assert long < 30 * max(short, 0.002)

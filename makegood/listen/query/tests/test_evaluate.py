"""Why something fits, and what nearly does."""

from __future__ import annotations

import pytest

from makegood.listen.query import TermHit, matches, near_miss, parse, tokens
from makegood.listen.query.tests.post import post


def hits(query: str, text: str, **more: str) -> list[tuple[str, str, str]]:
    activity = post(text, **more)
    match = matches(parse(query), tokens(activity))
    assert match is not None
    fields = {"text": activity.text, "title": activity.title}
    return [(hit.term, hit.where, fields.get(hit.where, "")[hit.start : hit.end]) for hit in match.terms]


def test_a_hit_is_what_the_user_wrote_and_where_it_stands() -> None:
    match = matches(parse('Acme "very late"'), tokens(post("ACME’s parcel: Very — LATE!")))
    assert match is not None
    assert match.terms == (TermHit("Acme", 0, 6, "text"), TermHit('"very late"', 15, 26, "text"))


def test_every_place_and_every_fitting_side_of_or_is_shown() -> None:
    assert hits("(late OR lost* OR gone) acme -spam", "Acme: late, lost, losted, late") == [
        ("late", "text", "late"),
        ("late", "text", "late"),
        ("lost*", "text", "lost"),
        ("lost*", "text", "losted"),
        ("acme", "text", "Acme"),
    ]
    assert hits("late OR loste*", "late losted") == [("late", "text", "late"), ("loste*", "text", "losted")]


def test_hits_outside_the_text() -> None:
    assert hits("acme #acme lang:en title:news", "nothing", title="Acme news", tag="acme", lang="en") == [
        ("acme", "title", "Acme"),
        ("acme", "tag", ""),
        ("#acme", "tag", ""),
        ("lang:en", "post", ""),
        ("title:news", "title", "news"),
    ]
    assert hits("@acme", "hello", mention="acme") == [("@acme", "post", "")]


def test_signs_of_tags_and_handles_are_shown_with_them() -> None:
    assert hits("#acme @ann", "hi @ann.example.com #Acme") == [
        ("#acme", "text", "#Acme"),
        ("@ann", "text", "@ann.example.com"),
    ]


def test_near_shows_those_that_stand_near_and_no_others() -> None:
    text = "fern order " + "x " * 9 + "fern"
    assert hits("fern NEAR/1 (order OR refund)", text) == [
        ("fern", "text", "fern"),
        ("order", "text", "order"),
    ]
    match = matches(parse("fern NEAR/1 order"), tokens(post(text)))
    assert match is not None
    assert [hit.start for hit in match.terms] == [0, 5]


@pytest.mark.parametrize(("between", "fits"), [(0, True), (4, True), (5, True), (6, False)])
def test_near_counts_the_words_between(between: int, fits: bool) -> None:
    words = ["x"] * between
    for text in (["acme", *words, "very", "late"], ["very", "late", *words, "acme"]):
        doc = tokens(post(" ".join(text)))
        assert (matches(parse('acme NEAR/5 "very late"'), doc) is not None) is fits


def test_near_does_not_count_a_word_twice() -> None:
    doc = tokens(post("very late"))
    assert matches(parse('late NEAR/5 "very late"'), doc) is None
    assert matches(parse("late* NEAR/5 late"), doc) is None


def test_a_book_of_one_word_stays_bounded() -> None:
    doc = tokens(post("acme late " * 20_000))
    match = matches(parse("acme NEAR/100 late acme*"), doc)
    assert match is not None
    assert 0 < len(match.terms) <= 400


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("acme refund", "I want a refund", True),
        ("acme refund", "acme refund", False),
        ("acme refund", "hello", False),
        ("acme -spam", "spam", False),
        ("acme -spam", "acme spam", True),
        ('"fennel & rye" OR "fennel and rye"', "fennel soup", True),
        ('"fennel & rye" OR "fennel and rye"', "you and me", False),
        ("東京タワー", "東京に行った", True),
        ("東京タワー", "京の東", False),
        ("acme lang:en", "hello", False),
        ("#acme", "acme", False),
        ("@acme late", "hi @acme", True),
        ("#acme late", "it is #acme", True),
        ("acme* refund", "acmeville", True),
    ],
)
def test_near_miss(query: str, text: str, expected: bool) -> None:
    assert near_miss(parse(query), tokens(post(text, lang="en"))) is expected


def test_near_miss_by_a_mention_outside_the_text() -> None:
    assert near_miss(parse("@acme late"), tokens(post("hello", mention="acme")))

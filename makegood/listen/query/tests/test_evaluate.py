"""Why something fits, and what nearly does."""

from __future__ import annotations

import pytest

from makegood.listen.query import TermHit, matches, near_miss, parse, tokens
from makegood.listen.query.tests.post import post


def hits(query: str, text: str, **more: str) -> list[tuple[str, str, str]]:
    activity = post(text, **more)
    match = matches(parse(query), tokens(activity))
    assert match is not None
    fields = {"text": activity.text, "title": activity.title, "tag": activity.tags}
    return [(hit.term, hit.where, "".join(fields.get(hit.where, "")[hit.start : hit.end])) for hit in match.terms]


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
        ("acme", "tag", "acme"),
        ("#acme", "tag", "acme"),
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


def test_onear_shows_only_what_stands_in_order() -> None:
    match = matches(parse("fern ONEAR/1 order"), tokens(post("order fern order fern")))
    assert match is not None
    assert [(hit.term, hit.start) for hit in match.terms] == [("fern", 6), ("order", 11)]
    assert matches(parse("fern ONEAR/1 order"), tokens(post("order fern"))) is None


def test_scattered_words_are_shown_each_by_itself_where_they_stand_close_enough() -> None:
    text = "late x x x x x parcel then late x parcel"
    match = matches(parse('"parcel late"~1'), tokens(post(text)))
    assert match is not None
    assert [(hit.term, hit.start, hit.end) for hit in match.terms] == [
        ('"parcel late"~1', 15, 21),
        ('"parcel late"~1', 27, 31),
        ('"parcel late"~1', 34, 40),
    ]


@pytest.mark.parametrize(
    ("query", "text", "fits"),
    [
        ('"a a"~0', "a", False),
        ('"a a"~0', "a a", True),
        ('"a b a"~1', "a a x b", True),
        ('"a b a"~0', "a a x b", False),
        ('"acme acme\'s"~5', "acme's", False),
        ('"acme acme\'s"~5', "acme's x acme", True),
        ('"acme acme acme\'s"~5', "acme's x acme's x acme's", True),
        ("\"acme's acme's acme\"~5", "acme's x acme acme", False),
        ('"a b c"~100', "c b a", True),
        ('"a b"~2', "a x x b", True),
        ('"a b"~2', "a x x x b", False),
    ],
)
def test_scattered_words_need_places_of_their_own(query: str, text: str, fits: bool) -> None:
    assert (matches(parse(query), tokens(post(text))) is not None) is fits


def test_a_word_that_fits_with_a_gap_is_shown_whole() -> None:
    assert hits("organi?ation* OR (acme wom?n)", "Acme: Women of the organiSations") == [
        ("organi?ation*", "text", "organiSations"),
        ("acme", "text", "Acme"),
        ("wom?n", "text", "Women"),
    ]


def test_an_exact_spelling_is_shown_with_its_signs() -> None:
    assert hits("{C++} {.NET} {Acme} raw:AT&T", "C++, .NET, l’Acme and AT&T; acme c") == [
        ("{C++}", "text", "C++"),
        ("{.NET}", "text", ".NET"),
        ("{Acme}", "text", "Acme"),
        ("raw:AT&T", "text", "AT&T"),
    ]


def test_a_hashtag_is_shown_whole_for_a_word_of_it() -> None:
    assert hits("tag:now NEAR/2 again", "#AcmeFail_now again") == [
        ("tag:now", "text", "#AcmeFail_now"),
        ("again", "text", "again"),
    ]
    assert hits("tag:fail", "so", tag="Acme fail") == [("tag:fail", "tag", "Acme fail")]


def test_a_book_of_one_word_stays_bounded() -> None:
    doc = tokens(post("acme late " * 20_000))
    match = matches(parse('acme NEAR/100 late acme* ac?e acme ONEAR/9 late "late acme"~9 {late}'), doc)
    assert match is not None
    assert 0 < len(match.terms) <= 1000
    assert matches(parse('"acme late gone"~100 OR "acme\'s acme late acme"~0'), doc) is None


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
        ('"late parcel"~1', "parcel x x late", True),
        ("acme ONEAR/1 late", "late acme", True),
        ("{Acme}", "acme", True),
        ("{Acme}", "other", False),
        ("refund wom?n", "women", True),
        ("tag:acme", "#AcmeFail", False),
        ("tag:acmefail late", "late", True),
        ("acme min_followers:3", "acme", True),
    ],
)
def test_near_miss(query: str, text: str, expected: bool) -> None:
    assert near_miss(parse(query), tokens(post(text, lang="en"))) is expected


def test_near_miss_by_a_mention_outside_the_text() -> None:
    assert near_miss(parse("@acme late"), tokens(post("hello", mention="acme")))

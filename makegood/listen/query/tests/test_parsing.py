"""What is read, what is refused, and where the finger points."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.query import QueryError, matches, parse, tokens
from makegood.listen.query.tests.post import post

# text, what the error marks, a part of its sentence, its suggestion
REFUSED = [
    ("", "", "empty", ""),
    ("   ", "", "empty", ""),
    ('acme "late', '"', "never closed", ""),
    ('"acme" 5" pipe', '"', "never closed", ""),
    ("acme “late", "“", "never closed", ""),
    ('title:"acme', '"', "never closed", ""),
    ("(acme (late)", "(", "never closed", ""),
    ("acme) late", ")", "closes nothing", ""),
    ("acme ()", "(", "nothing between", ""),
    ("acme AND", "AND", "after it", ""),
    ("OR acme", "OR", "before it", ""),
    ("acme AND OR late", "AND", "", ""),
    ("acme (AND late)", "AND", "before it", ""),
    ("acme NOT", "NOT", "after it", ""),
    ("acme NOT NOT late", "NOT", "cancel", ""),
    ("acme --late", "-", "cancel", ""),
    ("acme - late", "-", "no space", ""),
    ("acme (-)", "-", "no space", ""),
    ("acme NEAR/3", "NEAR/3", "after it", ""),
    ("acme NEAR late", "NEAR", "number", "NEAR/5"),
    ("acme NEAR/ late", "NEAR/", "number", "NEAR/5"),
    ("acme NEAR/x late", "NEAR/x", "number", "NEAR/5"),
    ("acme NEAR/-1 late", "NEAR/-1", "number", "NEAR/5"),
    ("acme NEAR/² late", "NEAR/²", "number", "NEAR/5"),
    ("acme NEAR/101 late", "NEAR/101", "at most", "NEAR/100"),
    ("acme NEAR/99999999999 late", "NEAR/99999999999", "at most", "NEAR/100"),
    ("-acme NEAR/3 late", "-", "left out", ""),
    ("-(acme OR x) NEAR/3 late", "-", "left out", ""),
    ("acme NEAR/3 -late", "-", "stands between", ""),
    ("acme NEAR/3 NOT late", "NOT", "stands between", ""),
    ("acme NEAR/3 (late AND lost)", "AND", "stands between", ""),
    ("acme NEAR/3 (late lost)", "lost", "with OR", ""),
    ("acme NEAR/3 (late (lost))", "(", "with OR", ""),
    ("acme NEAR/3 lang:en", "lang:en", "whole post", ""),
    ("acme NEAR/3 (late NEAR/3 lost)", "NEAR/3", "stands between", ""),
    ("abc*", "abc*", "at least 4", ""),
    ("acme éa's*", "éa's*", "at least 4", ""),
    ("🔥*", "🔥*", "at least 4", ""),
    ("*", "*", "at least 4", ""),
    ("acme**", "acme**", "once", "acme*"),
    ("title:ac*me", "title:ac*me", "once", ""),
    ("title:*acme", "title:*acme", "once", "title:acme*"),
    ("e-mail*", "e-mail*", "single word", ""),
    ("東京*", "東京*", "No star", "東京"),
    ("#acme*", "#acme*", "letters, digits", "#acme"),
    ("@acme*", "*", "words only", ""),
    ("author:acme*", "*", "words only", ""),
    ("#", "#", "name right after", ""),
    ("#__", "#__", "name right after", ""),
    ("#fennel&rye", "#fennel&rye", "letters, digits", "#fennelrye"),
    ("@", "@", "name right after", ""),
    ("@!", "@!", "name right after", ""),
    ("@a&b", "@a&b", "letters, digits", ""),
    ("autor:ann", "autor:", "author:", "author:"),
    ("language:en", "language:", "lang:", "lang:"),
    ("acme zzz:1", "zzz:", "no field", ""),
    ("https://www.acme.com/sale", "https://www.acme.com/sale", "site:", "site:acme.com"),
    ("acme lang:", "lang:", "right after the colon", "lang:en"),
    ("acme lang:en/gb", "lang:en/gb", "short name", "lang:en"),
    ('acme title:""', 'title:""', "right after the colon", "title:review"),
    ('acme title:"!"', 'title:"!"', "no word", ""),
    ('author:"!"', 'author:"!"', "no name", ""),
    ("author:!", "author:!", "by handle", ""),
    ("site:acme", "site:acme", "name of a site", "site:example.com"),
    ("site:https://www.acme.com/sale", "site:https://www.acme.com/sale", "without the page", "site:acme.com"),
    ("acme has:photo", "has:photo", "has:media", "has:link"),
    ("acme ... late", "...", "Signs alone", ""),
    ('acme "..."', '"..."', "Signs alone", ""),
    ("\x00", "\x00", "Signs alone", ""),
    ("\ud800", "\ud800", "Signs alone", ""),
    ("-acme", "acme", "leave out", ""),
    ("NOT (acme OR late)", "acme", "leave out", ""),
    ("-acme lang:en", "lang:en", "nearly everything", ""),
    ("network:bluesky OR has:media", "network:bluesky", "nearly everything", ""),
    ("acme OR -late", "late", "OR only leaves out", ""),
    ("acme OR (late -lost) OR lang:en", "lang:en", "side of OR", ""),
    ("NOT (-acme lang:en)", "lang:en", "OR only leaves out", ""),
]


@pytest.mark.parametrize(("text", "marked", "sentence", "suggestion"), REFUSED)
def test_refused(text: str, marked: str, sentence: str, suggestion: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    error = refused.value
    assert text[error.position : error.position + error.length] == marked
    assert sentence in error.message
    assert error.message[0].isupper() or not error.message[0].isalpha() or ":" in error.message.split()[0]
    assert error.message.endswith(".")
    assert error.suggestion == suggestion


def test_the_second_of_two_open_parentheses_is_the_one_shown() -> None:
    with pytest.raises(QueryError) as refused:
        parse("(acme) AND (late")
    assert refused.value.position == 11


READ = [
    ("acme", "acme", False),
    ("acme late", "acme AND late", False),
    ("acme AND late lost", "acme AND late AND lost", False),
    ("acme OR late", "acme OR late", False),
    ("acme OR late AND lost", "acme OR (late AND lost)", True),
    ("acme late OR lost", "(acme AND late) OR lost", True),
    ("acme OR late -lost", "acme OR (late AND NOT lost)", True),
    ("acme (late OR lost)", "acme AND (late OR lost)", False),
    ("(acme late) OR lost", "(acme AND late) OR lost", False),
    ("acme (b c OR d)", "acme AND ((b AND c) OR d)", True),
    ("acme AND (late AND lost)", "acme AND late AND lost", False),
    ("acme NOT (a OR b)", "acme AND NOT (a OR b)", False),
    ("acme NOT (-late)", "acme AND late", False),
    ("acme NOT a NEAR/3 b", "acme AND NOT (a NEAR/3 b)", False),
    ("acme NEAR/03 (a OR b)", "acme NEAR/3 (a OR b)", False),
    ("acme OR late NEAR/2 lost", "acme OR (late NEAR/2 lost)", False),
    ("acme –late", "acme AND NOT late", False),
    ("acme −“very late”", 'acme AND NOT "very late"', False),
    ("（acme OR 東京）　late", "(acme OR 東京) AND late", False),
    ("Lang:EN acme", "Lang:EN AND acme", False),
    ("acme ANDY", "acme AND ANDY", False),
    ("12:30 acme", "12:30 AND acme", False),
    ("AND-rew acme", "AND-rew AND acme", False),
    ('"AND"', '"AND"', False),
    ("did @did:plc:abc", "did AND @did:plc:abc", False),
]


@pytest.mark.parametrize(("text", "reading", "mixes"), READ)
def test_read(text: str, reading: str, mixes: bool) -> None:
    query = parse(text)
    assert query.text == text
    assert query.reading() == reading
    assert query.mixes_and_or is mixes


@pytest.mark.parametrize(
    ("text", "marked", "suggestion"),
    [
        ("acme and late", "and", "AND"),
        ("acme or late", "or", "OR"),
        ("acme Not late", "Not", "NOT"),
        ("acme near/3 late", "near/3", "NEAR/3"),
        ('acme "la* te"', "*", ""),
    ],
)
def test_hints(text: str, marked: str, suggestion: str) -> None:
    (hint,) = parse(text).hints
    assert text[hint.position : hint.position + hint.length] == marked
    assert hint.suggestion == suggestion


@pytest.mark.parametrize("text", ["acme AND late", '"salt and pepper"', "#and acme", "andy"])
def test_no_hint_without_need(text: str) -> None:
    assert parse(text).hints == ()


def test_words_are_those_a_match_can_show() -> None:
    query = parse('“Fennel & Rye” OR #FennelRye OR (title:"two words" late* late* -lost lang:en) OR @rye')
    assert query.words() == ["Fennel & Rye", "#FennelRye", "two words", "late*", "@rye"]
    assert parse("Title:acme").words() == ["acme"]


def test_two_ways_to_write_one_query_are_one_tree() -> None:
    assert parse('ACME  "very late"').ast == parse("acme AND “Very, late!”").ast
    assert parse("acme").ast != parse("title:acme").ast


noise = st.text(st.characters(exclude_categories=()), max_size=60)
tokens_of_the_language = st.lists(
    st.sampled_from(
        ["AND", "OR", "NOT", "NEAR/3", "NEAR", "-", "(", ")", '"', "“", "*", "#", "@", ":", "lang:en", "acme",
         "late",
         "site:a.b", "title:", "x*", "東", " ", " ", "/", "'", "（", "http://", "author:", "\u0301", "\ufeff"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def refusal(text: str) -> QueryError | None:
    try:
        parse(text)
    except QueryError as error:
        return error
    return None


@settings(max_examples=500, deadline=None)
@given(st.one_of(noise, tokens_of_the_language))
@example("site:\u00df\u3002.a")
@example("site:" + "é" * 80 + ".com")
@example("@did:plc:")
@example("\x1c")
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    error = refusal(text)
    if error is None:
        query = parse(text)
        assert parse(query.reading()).ast == query.ast
        matches(query, tokens(post(text)))
    else:
        assert 0 <= error.position <= error.position + error.length <= len(text)
        assert error.length > 0 or not text.strip()
        assert error.message.endswith(".")
        assert "cannot be read from here" not in error.message


@settings(max_examples=300, deadline=None)
@given(tokens_of_the_language)
def test_what_is_suggested_helps(text: str) -> None:
    """A suggestion is something to write, so it may not be refused for the same reason again."""
    first = refusal(text)
    if first is not None and first.suggestion:
        mended = text[: first.position] + first.suggestion + text[first.position + first.length :]
        second = refusal(mended)
        assert second is None or (second.position, second.message) != (first.position, first.message)


def test_long_and_deep() -> None:
    assert len(parse("acme " * 400).reading()) > 2000
    with pytest.raises(QueryError) as refused:
        parse("a" * 2500)
    assert (refused.value.position, refused.value.length) == (2000, 500)
    with pytest.raises(QueryError, match="20 deep"):
        parse("(" * 900 + "a" + ")" * 900)

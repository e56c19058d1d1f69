"""What is read, what is refused, and where the finger points."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.query import QueryError, matches, parse, tokens
from makegood.listen.query.tests.post import post
from makegood.listen.query.tree import And, Fact, Pattern, is_narrow

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
    ("https://www.acme.com/sale", "https://www.acme.com/sale", "site:", "url:acme.com/sale"),
    ("https://www.acme.com/?x=1", "https://www.acme.com/?x=1", "site:", "site:acme.com"),
    ("acme lang:", "lang:", "right after the colon", "lang:en"),
    ("acme lang:en/gb", "lang:en/gb", "short name", "lang:en"),
    ('acme title:""', 'title:""', "right after the colon", "title:review"),
    ('acme title:"!"', 'title:"!"', "no word", ""),
    ('author:"!"', 'author:"!"', "no name", ""),
    ("author:!", "author:!", "by handle", ""),
    ("site:acme", "site:acme", "name of a site", "site:example.com"),
    ("site:https://www.acme.com/sale", "site:https://www.acme.com/sale", "without the page", "url:acme.com/sale"),
    ("site:acme.com?x", "site:acme.com?x", "without the page", "site:acme.com"),
    ("acme has:photo", "has:photo", "has:media", "has:image"),
    ("acme has:wings", "has:wings", "has:media", "has:link"),
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
    # --- far apart, in any order
    ('"acme late"~', '"acme late"~', "number", '"acme late"~5'),
    ('"acme late"~x', '"acme late"~x', "number", '"acme late"~5'),
    ('"acme late"~-1', '"acme late"~-1', "number", '"acme late"~5'),
    ('"acme late"~101', '"acme late"~101', "at most", '"acme late"~100'),
    ('title:"acme late"~9999999', 'title:"acme late"~9999999', "at most", 'title:"acme late"~100'),
    ('"acme"~3', '"acme"~3', "only one", '"acme"'),
    ("“acme late” ~3", "~3", "no space", ""),
    ("acme ~3", "~3", "no space", ""),
    ('"acme late"~3 NEAR/5 lost', '"acme late"~3', "by itself", ""),
    ('lost ONEAR/5 ("acme late"~3 OR gone)', '"acme late"~3', "by itself", ""),
    ('author:"Ann Lee"~2', 'author:"Ann Lee"~2', "without ~", "author:Ann Lee"),
    ('raw:"Acme Late"~2', 'raw:"Acme Late"~2', "without ~", 'raw:"Acme Late"'),
    # --- in order
    ("acme ONEAR late", "ONEAR", "number", "ONEAR/5"),
    ("acme ONEAR/101 late", "ONEAR/101", "at most", "ONEAR/100"),
    ("acme NEAR/3f late", "NEAR/3f", "ONEAR", "ONEAR/3"),
    ("ONEAR/3 late", "ONEAR/3", "before it", ""),
    ("acme ONEAR/3", "ONEAR/3", "after it", ""),
    ("acme NEAR/3 late ONEAR/3 lost", "ONEAR/3", "two things", ""),
    # --- ?
    ("?acme", "?acme", "not at its beginning", ""),
    ("ac?", "ac?", "3 of them", "ac"),
    ("a??b", "a??b", "3 of them", ""),
    ("title:ac?", "title:ac?", "3 of them", ""),
    ("e-m?il", "e-m?il", "single word", ""),
    ("acm?'́s", "acm?'́s", "", ""),
    ("東?京", "東?京", "NEAR", ""),
    ("acm?**", "acm?**", "single word", ""),
    ("wom?n", "wom?n", "too few letters", ""),
    ("-acme wom?n lang:en", "wom?n", "too few letters", ""),
    ("acme OR wom?n", "wom?n", "too few letters", ""),
    ("acme OR -wom?n", "wom?n", "only leaves out", ""),
    # --- spelled so
    ("{Acme", "{", "never closed", ""),
    ("Acme}", "}", "closes nothing", ""),
    ('{Acme "late"}', '"', "Between braces", ""),
    ("{Acme {late}}", "{", "Between braces", ""),
    ("{}", "{}", "no word", ""),
    ("acme {!}", "{!}", "no word", ""),
    ("raw:", "raw:", "right after the colon", "raw:Apple"),
    ("raw:!", "raw:!", "no word", ""),
    ("title:{ }", "title:{ }", "right after the colon", "title:review"),
    ("site:{acme.com}", "site:{acme.com}", "without braces", "site:acme.com"),
    # --- fields
    ("tag:!", "tag:!", "hashtag", "tag:acme"),
    ("tag:acme*", "*", "words only", ""),
    ("url:acme.com", "url:acme.com", "path", "site:acme.com"),
    ("url:acme.com/", "url:acme.com/", "path", "site:acme.com"),
    ("url:/returns", "url:/returns", "name of a site", "url:example.com/returns"),
    ("url:returns", "url:returns", "name of a site", "url:example.com/returns"),
    ("url:acme.com/a?b=1", "url:acme.com/a?b=1", "without what follows", 'url:"acme.com/a"'),
    ("acme links:0", "links:0", "at least", "links:3"),
    ("acme links:many", "links:many", "at least", "links:3"),
    ("acme links:5000", "links:5000", "at least", "links:3"),
    ("links:acme.com", "links:acme.com", "site:", "site:acme.com"),
    ("links:https://acme.com/a", "links:https://acme.com/a", "site:", "url:acme.com/a"),
    ("acme country:uk", "country:uk", "two letters", "country:gb"),
    ("acme country:Germany", "country:Germany", "two letters", "country:gb"),
    ("acme min_followers:lots", "min_followers:lots", "at least", "min_followers:1000"),
    ("acme min_followers:1,00", "min_followers:1,00", "at least", "min_followers:1000"),
    ("acme followers:100", "followers:", "min_followers:", "min_followers:"),
    ("from:ann", "from:", "author:", "author:"),
    ("min_followers:100 country:gb", "min_followers:100", "nearly everything", ""),
    ("acme NEAR/3 country:gb", "country:gb", "whole post", ""),
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
    ("“late parcel”～3 acme", '"late parcel"~3 AND acme', False),
    ("acme ONEAR/03 (a OR b)", "acme ONEAR/3 (a OR b)", False),
    ("acme onear b", "acme AND onear AND b", False),
    ("｛Acme｝late", "{Acme} AND late", False),
    ("-{The Acme} x", "NOT {The Acme} AND x", False),
    ("acme wom?n", "acme AND wom?n", False),
    ("what?! acme？", "what?! AND acme？", False),
    ("東京?", "東京?", False),
    ("tag:AcmeFail OR url:acme.com/a", "tag:AcmeFail OR url:acme.com/a", False),
    ('acme url:"acme.com/a (b)"', 'acme AND url:"acme.com/a (b)"', False),
    ("acme min_followers:10k links:2 country:GB", "acme AND min_followers:10k AND links:2 AND country:GB", False),
    ("__x__:y acme", "__x__:y AND acme", False),
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
        ("acme onear/3 late", "onear/3", "ONEAR/3"),
        ('acme "la* te"', "*", ""),
        ("{Acm*}", "*", ""),
        ("raw:Acm*", "*", ""),
        ("Where is my acme?", "acme?", "acme"),
        ("acme anal?se?", "anal?se?", ""),
    ],
)
def test_hints(text: str, marked: str, suggestion: str) -> None:
    (hint,) = parse(text).hints
    assert text[hint.position : hint.position + hint.length] == marked
    assert hint.suggestion == suggestion


@pytest.mark.parametrize(
    "text", ["acme AND late", '"salt and pepper"', "#and acme", "andy", '"why? me"~2', "acme wom?n"]
)
def test_no_hint_without_need(text: str) -> None:
    assert parse(text).hints == ()


def test_words_are_those_a_match_can_show() -> None:
    query = parse('“Fennel & Rye” OR #FennelRye OR (title:"two words" late* late* -lost lang:en) OR @rye')
    assert query.words() == ["Fennel & Rye", "#FennelRye", "two words", "late*", "@rye"]
    assert parse("Title:acme").words() == ["acme"]
    wide = parse('title:"tea pot"~3 {Tea Pot} raw:"Big Tea" teap?t raw:Pot tag:TeaPot min_followers:3')
    assert wide.words() == ["tea pot", "Tea Pot", "Big Tea", "teap?t", "Pot", "TeaPot"]


def test_two_ways_to_write_one_query_are_one_tree() -> None:
    assert parse('ACME  "very late"').ast == parse("acme AND “Very, late!”").ast
    assert parse("acme").ast != parse("title:acme").ast
    assert parse("{ Acme } x").ast == parse("raw:Acme x").ast
    assert parse("{Acme}").ast != parse("{acme}").ast != parse("acme").ast
    assert parse('"a b"~2').ast != parse('"a b"').ast
    assert parse("a NEAR/2 b").ast != parse("a ONEAR/2 b").ast
    assert parse("url:https://www.ACME.com/Returns/").ast == parse("url:acme.com/returns").ast
    assert parse("x min_followers:1,000").ast == parse("x min_followers:1k").ast


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("author:Ann", "author:ann"),
        ("site:shop.acme.com", "site:shop.acme.com"),
        ("url:acme.com/a/b", "site:acme.com"),
        ('author:"Site: x/y"', 'author:"site x y"'),
    ],
)
def test_what_a_fact_is_filed_under_is_true_wherever_it_is(text: str, anchor: str) -> None:
    fact = parse(text).ast
    assert isinstance(fact, Fact)
    assert fact.anchor == anchor
    query = parse(f"acme {text}")
    doc = tokens(post("acme", link="https://shop.acme.com/a/b", author="ann", name="Site: X/Y"))
    assert matches(query, doc) is not None
    assert anchor in doc.facts


@pytest.mark.parametrize(("text", "head"), [("orga?i", "orga"), ("wom?n", ""), ("éáíó?", "éáíó"), ("o'n?il", "")])
def test_a_word_with_a_gap_is_filed_under_its_beginning_when_that_is_long_enough(text: str, head: str) -> None:
    query = parse(f"acme {text}")
    assert isinstance(query.ast, And)
    pattern = query.ast.parts[1]
    assert isinstance(pattern, Pattern)
    assert pattern.head == head
    assert is_narrow(pattern) is bool(head)


noise = st.text(st.characters(exclude_categories=()), max_size=60)
tokens_of_the_language = st.lists(
    st.sampled_from(
        ["AND", "OR", "NOT", "NEAR/3", "NEAR", "-", "(", ")", '"', "“", "*", "#", "@", ":", "lang:en", "acme",
         "late",
         "site:a.b", "title:", "x*", "東", "ONEAR/2", "~", "~2", "{", "}", "?", "raw:", "tag:", "url:a.b/", "links:",
         "min_followers:", "country:", "has:", "Acm?e", "1", " ", " ", "/", "'", "（",
         "http://", "author:", "\u0301", "\ufeff"]
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


def test_a_suggestion_keeps_clear_of_what_follows() -> None:
    error = refusal('links:"many"-late')
    assert error is not None
    assert error.suggestion == "links:3 "
    assert refusal("links:3 -late acme") is None


def test_long_and_deep() -> None:
    assert len(parse("acme " * 400).reading()) > 2000
    with pytest.raises(QueryError) as refused:
        parse("a" * 2500)
    assert (refused.value.position, refused.value.length) == (2000, 500)
    with pytest.raises(QueryError, match="20 deep"):
        parse("(" * 900 + "a" + ")" * 900)

"""How text is cut, and that every word still knows where it came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.query import matches, parse, tokens
from makegood.listen.query.tests.post import post
from makegood.listen.query.tests.reference_words import cut
from makegood.listen.query.tests.strategies import texts
from makegood.listen.query.text import (
    exact_ends,
    handle_keys,
    host_key,
    normal,
    spelled,
    split,
    tag_key,
    tag_words,
)

CUT = [
    ("", ()),
    ("... -- !", ()),
    ("Acme, late!", ("acme", "late")),
    ("acme's ACME’S acmeʼs", ("acme's", "acme's", "acme's")),
    ("'tis 'quoted' rock'n'roll", ("tis", "quoted", "rock'n'roll")),
    ("_under_ snake_case a__b", ("under", "snake_case", "a__b")),
    ("3.14 1,000 $20", ("3", "14", "1", "000", "20")),
    ("Acme™ Acme®", ("acme", "acme")),
    ("ＡＣＭＥ ﬁne Ⅷ", ("acme", "fine", "viii")),
    ("STRASSE straße", ("strasse", "strasse")),
    ("cafe\u0301 café", ("café", "café")),
    ("un\u00adseen zero\u200bwidth می\u200cخواهم", ("unseen", "zero", "width", "میخواهم")),
    ("東京タワー", ("東", "京", "タ", "ワ", "ー")),
    ("ﾀﾜｰ", ("タ", "ワ", "ー")),
    ("iPhone用ケース", ("iphone", "用", "ケ", "ー", "ス")),
    ("한글", ("한", "글")),
    ("㍿", ("株", "式", "会", "社")),
    ("שָׁלוֹם שלום", ("שלום", "שלום")),
    ("مَرْحَبًا مرحبـــا ـ", ("مرحبا", "مرحبا")),
    ("أكمي آسف", ("أكمي", "آسف")),
    ("👍🏽👍 ❤️❤", ("👍", "👍", "❤", "❤")),
    ("👩‍🍳 🇩🇪🇫🇷", ("👩🍳", "🇩🇪", "🇫🇷")),
    ("fire🔥fire", ("fire", "🔥", "fire")),
    ("हिन्दी", ("हिन्दी",)),
]


@pytest.mark.parametrize(("text", "keys"), CUT)
def test_cut(text: str, keys: tuple[str, ...]) -> None:
    assert split(text) == keys


def places(text: str) -> dict[str, list[str]]:
    doc = tokens(post(text))
    return {
        key: [text[span.start : span.end] for span in (doc.span(place, place) for place in found)]
        for key, found in doc.words.items()
    }


def test_places_are_in_the_text_as_it_was_written() -> None:
    text = "Ⅷ ﬁne ﷽ Cafe\u0301’s 東京 ﾊﾟﾝ 👍🏽 straße STRASSE"
    found = places(text)
    assert found["viii"] == ["Ⅷ"]
    assert found["fine"] == ["ﬁne"]
    assert found["café"] == ["Cafe\u0301’s"]
    assert found["東"] == ["東"]
    assert found["パ"] == ["ﾊﾟ"]
    assert found["👍"] == ["👍🏽"]
    assert found["strasse"] == ["straße", "STRASSE"]


@settings(max_examples=300, deadline=None)
@given(st.one_of(texts(), st.text(st.characters(exclude_categories=()))))
@example("İ ŉ ΐ ᾳ")
@example("\u1100\u1161\u11a8")
def test_each_place_holds_the_word_it_stands_for(text: str) -> None:
    doc = tokens(post(text))
    for key, found in doc.words.items():
        for place in found:
            span = doc.span(place, place)
            assert 0 <= span.start < span.end <= len(text)
            assert set(key) & set(normal(text[span.start : span.end]))
    ends = [end for _, end in doc.places[1]]
    assert ends == sorted(ends)


@settings(max_examples=300, deadline=None)
@given(texts())
def test_cut_agrees_with_the_reference(text: str) -> None:
    assert list(split(text)) == [keys[0] for keys in cut(text)]


@settings(max_examples=200, deadline=None)
@given(texts())
def test_how_the_accents_are_encoded_makes_no_difference(text: str) -> None:
    assert split(unicodedata.normalize("NFD", text)) == split(unicodedata.normalize("NFC", text))


def test_more_ways_to_find_one_word() -> None:
    assert set(places("Acme's l'Acme dell’Acme o'neill")) == {
        "acme's", "acme", "l'acme", "dell'acme", "o'neill"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#acme #Acme_X", {"#acme", "#acme_x"}),
        ("＃acme", {"#acme"}),
        ("a#b &#39; http://a.b/#c ##d", set()),
        ("最高#東京タワーです", {"#東京タワーです"}),
        ("#acme's", {"#acme"}),
        ("# acme #!", set()),
    ],
)
def test_tags(text: str, tags: set[str]) -> None:
    assert {key for key in tokens(post(text)).marks if key[0] == "#"} == tags


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("AcmeFail", ("acme", "fail")),
        ("acmefail", ("acmefail",)),
        ("NHSFail", ("nhs", "fail")),
        ("ACME", ("acme",)),
        ("Fennel\u200fRye", ("fennel", "rye")),
        ("iPhone15Pro", ("i", "phone", "15", "pro")),
        ("late_again__now", ("late", "again", "now")),
        ("ÉcoleÉté", ("école", "été")),
        ("E\u0301coleE\u0301te\u0301", ("école", "été")),
        ("ΑθήναΠόλη", ("αθήνα", "πόλη")),
        ("東京Acme", ("東", "京", "acme")),
        ("Customer Service", ("customer", "service")),
        ("مرحبا", ("مرحبا",)),
        ("", ()),
    ],
)
def test_the_words_of_a_hashtag(tag: str, words: tuple[str, ...]) -> None:
    assert tag_words(tag) == words
    if tag and " " not in tag:
        doc = tokens(post(f"so #{tag}!"))
        assert [found for found, _ in doc.tagged] == [words]
        assert {f"tag:{word}" for word in words} <= set(doc.marks)


@pytest.mark.parametrize("text", ["a snake_case__word", "rock'n'roll '90s x''y a_'b c'_d", "3.14 1,000", "", "_'_"])
def test_plain_text_is_cut_in_the_same_way_as_any(text: str) -> None:
    assert split(text) == split(f"{text} é")[:-1]


@settings(max_examples=300, deadline=None)
@given(st.text("ab1_' .-", max_size=20))
def test_plain_text_is_always_cut_in_the_same_way(text: str) -> None:
    assert split(text) == split(f"{text} é")[:-1]


@pytest.mark.parametrize(
    ("raw", "text", "found"),
    [
        ("Acme", "Acme", "Acme"),
        ("Acme", "acme", None),
        ("Acme", "Acme's", "Acme"),
        ("Acme", "l’Acme", "Acme"),
        ("Acme's", "Acme’s", "Acme’s"),
        ("café", "cafe\u0301", "cafe\u0301"),
        ("fine", "ﬁne", None),
        ("ﬁne", "ﬁne", "ﬁne"),
        ("The Shop", "The  \n Shop", "The  \n Shop"),
        ("The Shop", "The-Shop", None),
        ("Acme", "Ac\u00adme\u200f", "Ac\u00adme\u200f"),
        ("Acme", "L\u00ad’Acme", "Acme"),
        ("مرحبا", "مرحبـــا", "مرحبـــا"),
        ("مرحبا", "مَرْحَبًا", None),
        ("👍", "👍🏽", None),
    ],
)
def test_spelling(raw: str, text: str, found: str | None) -> None:
    ends = exact_ends(spelled(raw), text, 0, len(text))
    assert (ends and text[slice(*ends)]) == found


@pytest.mark.parametrize(
    ("raw", "text", "start", "end", "found"),
    [
        (".NET", "on .NET!", 4, 7, ".NET"),
        (".NET", "NET", 0, 3, None),
        ("C++", "c C++", 2, 3, "C++"),
        ("C++", "C+", 0, 1, None),
        ("-a-", "-\u200fa-\u200f-", 2, 3, "-\u200fa-"),
        ("--a", "-a", 1, 2, None),
    ],
)
def test_signs_around_a_spelling(raw: str, text: str, start: int, end: int, found: str | None) -> None:
    ends = exact_ends(raw, text, start, end)
    assert (ends and text[slice(*ends)]) == found


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@Acme.", {"@acme"}),
        ("@acme.example.com's", {"@acme.example.com", "@acme"}),
        ("@ann-lee@example.social.", {"@ann-lee@example.social", "@ann-lee"}),
        ("help@acme.com https://a.b/@acme", set()),
        ("你好@acmeさん", {"@acme"}),
        ("@ @_", set()),
    ],
)
def test_handles(text: str, handles: set[str]) -> None:
    assert set(tokens(post(text)).marks) == handles


def test_handle_keys() -> None:
    assert handle_keys("@Ann.Example.com") == ("ann.example.com", "ann")
    assert handle_keys("https://example.social/@Ann") == ("ann@example.social", "ann")
    assert handle_keys("did:plc:x") == ("did:plc:x",)
    assert handle_keys("@") == ()


def test_tag_and_host_keys() -> None:
    assert tag_key("Customer Service!") == "#customerservice"
    assert tag_key("...") == ""
    assert host_key("WWW.München.de.") == "xn--mnchen-3ya.de"


def test_links_that_cannot_be_read_do_no_harm() -> None:
    doc = tokens(post("x https://[::1 http://", link="http://[bad"))
    assert "has:link" in doc.facts


def test_nothing_reaches_from_one_field_into_the_next() -> None:
    doc = tokens(post("late again", title="Acme", tag="lost parcel"))
    assert matches(parse('"acme late"'), doc) is None
    assert matches(parse("acme NEAR/100 late"), doc) is None
    assert matches(parse('"again lost"'), doc) is None
    assert matches(parse('"lost parcel" acme late'), doc) is not None

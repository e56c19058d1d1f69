"""How text is cut, and that every word still knows where it came from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from makegood.listen.query import matches, parse, tokens
from makegood.listen.query.tests.post import post
from makegood.listen.query.tests.reference import cut
from makegood.listen.query.tests.strategies import texts
from makegood.listen.query.text import handle_keys, host_key, normal, split, tag_key

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
    ("שָׁלוֹם", (normal("שָׁלוֹם"),)),
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
    assert set(tokens(post(text)).marks) == tags


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

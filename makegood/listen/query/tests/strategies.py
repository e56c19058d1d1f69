"""Random activities and queries over a small vocabulary, so that they often meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from makegood.activity import Activity, Author, Media

WORDS = [
    "acme", "Acme", "ACME’s", "acme's", "l'acme", "acmes", "Fennel", "rye", "and", "late", "latest", "don't",
    "naïve", "nai\u0308ve", "cafe", "café", "caf\u0065\u0301", "straße", "STRASSE", "ﬁne", "fine", "e-mail",
    "foo_bar", "_acme_",
    "東京", "東京タワー", "京", "ﾀﾜｰ", "애크미", "애크미는", "ไทย", "שלום", "שָׁלוֹם", "مرحبا",
    "می\u200cخواهم", "so\u00adft", "soft", "🔥", "👍🏽", "👍",
    "💛\ufe0f", "💛", "x", "42", "Acme™", "Ⅷ", "１２",
    "AcME", "L'ACME", "acme’S", "مَرْحَبًا", "مرحبـــا", "ـ", "latter", "lat\u0327er", "C++",
]  # fmt: skip
TAGS = [
    "#acme", "#Acme_x", "#東京", "#FennelRye", "#caf\u0065\u0301", "#AcmeLATELater", "#late42", "#ACMECorp", "#مَرْحَبًا",
    "#CaféÉté", "#Cafe\u0301E\u0301te", "#東京Acme",
]  # fmt: skip
HANDLES = ["@acme", "@acme.example.com", "@acme@example.social", "@ann-lee"]
FACTS = [
    "lang:en", "lang:pt-br", "lang:pt", "network:bluesky", "has:link", "has:media",
    "site:acme.com", "site:shop.acme.com", "author:ann", "author:ann.example.com",
    "author:did:plc:ann", 'author:"Ann Lee"',
    "has:image", "has:video", "has:title", "has:rating", "country:gb", "country:br", "links:1", "links:2", "links:3",
    "min_followers:1", "min_followers:1k", "url:acme.com/a", "url:shop.acme.com/x/y", "url:acme.com/y",
    'url:"acme.com/b c"',
]  # fmt: skip
LINKS = ["https://www.acme.com/a", "https://[bad", "https://acme.com/a/", "https://shop.acme.com/x/y/z#n"]
GLUE = ["", " ", " ", " ", " ", ", ", ".", "-", "/", "\n", "(", "\u200f", "\u0301", "'", "_", "#", "@", "&"]

URLS = [
    "https://shop.acme.com/x", "http://other.org", "hi@acme.com", "https://shop.acme.com/x/Y?z=1",
    "http://acme.com/b%20c/", "HTTPS://ACME.com/Y).", "https://acme.com/a?b=2",
]  # fmt: skip
FEW = ["acme", "Acme", "late", "acme's", "東京", "x", "late,"]
"""So few that two of them often meet."""

pieces = st.sampled_from([*WORDS, *TAGS, *HANDLES, *URLS])


@st.composite
def texts(draw: st.DrawFn, most: int = 12) -> str:
    """Vocabulary stuck together with spaces, signs and now and then nothing."""
    if draw(st.booleans()):
        return " ".join(draw(st.lists(st.sampled_from(FEW), max_size=most)))
    parts = draw(st.lists(st.tuples(pieces, st.sampled_from(GLUE)), max_size=most))
    return "".join(piece + glue for piece, glue in parts)


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    author = Author(
        id=draw(st.sampled_from(["did:plc:ann", "did:plc:bob", "https://example.social/@ann"])),
        handle=draw(st.sampled_from(["", "ann.example.com", "bob", "ann@example.social"])),
        name=draw(st.sampled_from(["", "Ann Lee", "ann  LEE!", "Bob"])),
        followers=draw(st.sampled_from([None, 0, 1, 999, 1000])),
    )
    image, video = (Media(kind=kind, url=f"https://example.com/{kind}") for kind in ("image", "video"))
    fields: dict[str, Any] = {
        "text": draw(texts()),
        "title": draw(st.one_of(st.just(""), texts(3))),
        "tags": tuple(draw(st.lists(st.sampled_from(["acme", "Acme X", "東京", "late", "!", "AcmeLate"]), max_size=2))),
        "mentions": tuple(draw(st.lists(st.sampled_from(["acme", "https://example.social/@acme"]), max_size=1))),
        "links": tuple(draw(st.lists(st.sampled_from(LINKS), max_size=2))),
        "language": draw(st.sampled_from(["", "en", "en-GB", "pt-BR", "english", "sr-Latn-GB", "en-x-gb", "gb"])),
        "media": draw(st.sampled_from([(), (image,), (image, video)])),
        "rating": draw(st.sampled_from([None, 1])),
        "network": draw(st.sampled_from(["bluesky", "feeds"])),
    }
    return Activity(id="1", author=author, posted_at=datetime(2026, 1, 1, tzinfo=UTC), **fields)


def phrase(words: list[str]) -> str:
    return '"' + " ".join(words) + '"'


words = st.one_of(st.sampled_from(FEW), st.sampled_from(WORDS))
shaped = st.sampled_from(
    [
        "acm?",
        "lat??",
        "l?te",
        "la?er",
        "late?t",
        "caf?",
        "nai?e",
        "str?ss?",
        "AC?E*",
        "rock?n",
        "don'?",
        "title:lat?",
        "?",
    ]
)
apart = st.builds(
    lambda words, slack, title: f"{title}{phrase(words)}~{slack}",
    st.lists(words, min_size=2, max_size=4),
    st.sampled_from([0, 1, 2, 5]),
    st.sampled_from(["", "", "title:"]),
)
exact = st.one_of(
    words.map(lambda word: f"{{{word}}}"),
    st.lists(st.sampled_from([*FEW, *WORDS, "-", "/", "c++"]), min_size=1, max_size=3).map(
        lambda words: "{" + " ".join(words) + "}"
    ),
    st.sampled_from(
        ["raw:Acme", 'raw:"Acme late"', "title:{Acme}", "{#Acme}", "{Acme-late}", "{@acme}", "{Acme's}", "{’s}"]
    ),
)
inside_tags = st.sampled_from(
    [
        "tag:acme",
        "tag:Late",
        "tag:AcmeLate",
        "tag:東京",
        "tag:京",
        "tag:42",
        "tag:fennel",
        "tag:café",
        "tag:x",
        "tag:مرحبا",
    ]
)
starred = st.sampled_from(["acme*", "late*", "fenn*", "cafe*", "stra*", "foo_b*", "title:acme*"])
positional = st.one_of(
    words,
    st.lists(words, min_size=1, max_size=3).map(phrase),
    starred,
    shaped,
    exact,
    inside_tags,
    st.sampled_from(WORDS).map(lambda word: f"title:{word}"),
    st.sampled_from([*TAGS, *HANDLES]),
)
near = st.builds(
    lambda left, right, distance, name: f"{left} {name}/{distance} {right}",
    positional,
    st.one_of(positional, st.lists(positional, min_size=2, max_size=3).map(lambda p: f"({' OR '.join(p)})")),
    st.sampled_from([0, 1, 2, 5, 100]),
    st.sampled_from(["NEAR", "ONEAR"]),
)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        several.map(" AND ".join),
        several.map(" ".join),
        several.map(" OR ".join),
        inner.map(lambda part: f"NOT ({part})"),
        inner.map(lambda part: f"-({part})"),
        inner.map(lambda part: f"({part})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) NOT ({pair[1]})"),
    )


queries = st.recursive(st.one_of(positional, near, apart, st.sampled_from(FACTS)), _grow, max_leaves=8)
"""Texts of queries: most can be read, some are refused because nothing anchors them."""

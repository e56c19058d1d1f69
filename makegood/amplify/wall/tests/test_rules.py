"""What may be said of the wall, and what machines read there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.amplify.wall.rules import (
    Piece,
    WallError,
    clean_sites,
    clean_slug,
    frame_ancestors,
    hiding_problem,
    new_slug,
    structured,
)


def piece(**fields: Any) -> Piece:
    known: dict[str, Any] = {
        "author": "Ada",
        "text": "Lovely",
        "network": "bluesky",
        "posted_at": datetime(2026, 5, 4, 12, tzinfo=UTC),
        "url": "https://bsky.example/1",
    }
    return Piece(**(known | fields))


def read(*pieces: Piece) -> Any:
    return json.loads(structured(pieces, "Teapot & Co", "https://desk.example/wall/teapot/"))


@pytest.mark.parametrize("slug", ["teapot-praise", "abc", "a1b", "x" * 60, " Teapot "])
def test_an_end_of_an_address(slug: str) -> None:
    assert clean_slug(slug) == slug.strip().lower()


@pytest.mark.parametrize("slug", ["ab", "-abc", "abc-", "a--b", "a b", "a/b", "../x", "té", "x" * 61, "a_b", "a.b", ""])
def test_what_is_no_end_of_an_address(slug: str) -> None:
    with pytest.raises(WallError, match="such as teapot-praise"):
        clean_slug(slug)


def test_a_drawn_end_is_an_end_and_never_the_same() -> None:
    drawn = {new_slug() for _each in range(200)}
    assert len(drawn) == 200
    assert all(clean_slug(each) == each and len(each) == 24 for each in drawn)


def test_sites_are_origins() -> None:
    said = "https://shop.example/\nhttps://www.shop.example:8443\n https://shop.example\nhttp://localhost:9000"
    assert clean_sites(said) == ["https://shop.example", "https://www.shop.example:8443", "http://localhost:9000"]
    assert frame_ancestors(clean_sites(said)).count(" ") == 2


@pytest.mark.parametrize(
    "said",
    [
        "shop.example",
        "http://shop.example",
        "https://shop.example/page",
        "https://user@shop.example",
        "https://*.shop.example",
        "https://shop.example;script-src",
        "https://shop.example'none'",
        "javascript:alert(1)",
        "https://",
        "https://shop.example?x=1",
        "https://[::1",
        "https://shop.example:port",
        "*",
    ],
)
def test_what_is_no_site_never_reaches_the_policy(said: str) -> None:
    with pytest.raises(WallError):
        clean_sites(said)


def test_at_most_ten_sites() -> None:
    with pytest.raises(WallError, match="Ten"):
        clean_sites("\n".join(f"https://s{number}.example" for number in range(11)))


def test_without_sites_nobody_frames_it() -> None:
    assert frame_ancestors([]) == "'none'"


def test_on_a_wall_of_everything_nothing_is_hidden() -> None:
    assert hiding_problem("selected") is None
    assert "465.7" in str(hiding_problem("everything"))


def test_no_rating_and_no_sum_of_ratings_is_ever_claimed() -> None:
    said = structured([piece(), piece(is_review=True)], "Teapot & Co", "https://desk.example/")
    assert "ating" not in said, "neither reviewRating nor AggregateRating"
    kinds = [each["@type"] for each in read(piece(), piece(is_review=True))["hasPart"]]
    assert kinds == ["Quotation", "Review"]


def test_machines_read_who_said_what_when_and_where() -> None:
    (entry,) = read(piece(language="de"))["hasPart"]
    assert entry["author"] == {"@type": "Person", "name": "Ada"}
    assert (entry["text"], entry["datePublished"], entry["url"]) == ("Lovely", "2026-05-04", "https://bsky.example/1")
    assert entry["inLanguage"] == "de"


def test_what_is_only_linked_to_is_not_quoted_to_machines() -> None:
    assert read(piece(linked=True, text="", author=""))["hasPart"] == []


BREAKING_OUT = "</script><script>alert(1)</script>"
HOSTILE = [BREAKING_OUT, "<!--<script>", "a & b", "\u2028\u2029", "]]>", '"}],"x":["', "\\u003c"]


class Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        self.tags.append(tag)


def stays_inside(text: str) -> None:
    said = structured([piece(text=text, author=text)], text, "https://desk.example/")
    page = Scripts()
    page.feed(f'<script type="application/ld+json">{said}</script><p>')
    assert page.tags == ["script", "p"]
    assert "<" not in said
    assert "--" + ">" not in said
    assert json.loads(said)["hasPart"][0]["text"] == text, "nothing of it is lost"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    stays_inside(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_words_stay_words(text: str) -> None:
    stays_inside(text)

"""What is known about a post as a whole."""

from __future__ import annotations

import msgspec
import pytest

from makegood.activity import Media
from makegood.listen.query import matches, parse, tokens
from makegood.listen.query.facts import Link, links_of
from makegood.listen.query.tests.post import post


def fits(
    query: str, text: str = "acme", *, followers: int | None = None, kinds: tuple[str, ...] = (), **more: str
) -> bool:
    activity = post(text, **more)
    activity = msgspec.structs.replace(
        activity,
        author=msgspec.structs.replace(activity.author, followers=followers),
        media=tuple(Media(kind=kind, url="https://example.com/x") for kind in kinds),
    )
    return matches(parse(query), tokens(activity)) is not None


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://acme.com/A/b?c=1#d.", [Link("acme.com", ("a", "b"), "c=1")]),
        ("(http://www.acme.com/) and http://acme.com", [Link("acme.com", (), "")]),
        ("“https://acme.com/a”, https://acme.com/a/", [Link("acme.com", ("a",), "")]),
        ("https://acme.com:8080/b%20c", [Link("acme.com", ("b c",), "")]),
        ("https://user@münchen.de/straße!", [Link("xn--mnchen-3ya.de", ("strasse",), "")]),
        (
            "https://archive.example/2026/https://acme.com/a",
            [Link("archive.example", ("2026", "https:", "acme.com", "a"), ""), Link("acme.com", ("a",), "")],
        ),
        ("acme.com/a ftp://acme.com https://", []),
    ],
)
def test_links_in_the_text(text: str, links: list[Link]) -> None:
    assert links_of(post(text)) == links


def test_a_link_in_the_text_and_beside_it_is_one() -> None:
    assert len(links_of(post("https://www.acme.com/a", link="https://acme.com/a/"))) == 1
    assert len(links_of(post("https://acme.com/a?x=1", link="https://acme.com/a?x=2"))) == 2


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://acme.com/returns", True),
        ("https://www.ACME.com/Returns/123?a=b#c", True),
        ("https://shop.acme.com/en-gb/returns/", True),
        ("https://acme.com/returns-policy", False),
        ("https://acme.com/a?next=/returns", False),
        ("https://acme.com/a#/returns", False),
        ("https://notacme.com/returns", False),
        ("https://other.com/acme.com/returns", False),
        ("https://[bad/returns", False),
    ],
)
def test_url(link: str, found: bool) -> None:
    assert fits("url:acme.com/returns", "x", link=link) is found


def test_parts_of_a_path_stand_in_a_row() -> None:
    assert fits("url:acme.com/a/b", "x https://acme.com/x/a/b/c")
    assert not fits("url:acme.com/a/b", "x https://acme.com/a/x/b")
    assert fits('url:"acme.com/b c"', "x https://acme.com/b%20c")


@pytest.mark.parametrize(("followers", "found"), [(None, False), (0, False), (999, False), (1000, True), (10**9, True)])
def test_followers_that_nobody_knows_are_not_enough(followers: int | None, found: bool) -> None:
    for query in ("acme min_followers:1000", "acme min_followers:1k", "acme min_followers:1,000"):
        assert fits(query, followers=followers) is found
    assert fits("acme -min_followers:1000", followers=followers) is not found


@pytest.mark.parametrize(
    ("lang", "found"),
    [("en-GB", True), ("EN_gb", True), ("sr-Latn-GB", True), ("en", False), ("gb", False), ("en-x-gb", False),
     ("de-DE", False), ("en-GB-oxendict", True), ("en-840", False), ("", False)],
)  # fmt: skip
def test_the_country_is_that_of_the_language(lang: str, found: bool) -> None:
    assert fits("acme country:gb", lang=lang) is found


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
def test_has_tells_what_kind(kind: str) -> None:
    for other in ("image", "video", "audio"):
        assert fits(f"acme has:{other}", kinds=(kind,)) is (kind == other)
    assert fits(f"acme has:media has:{kind}s", kinds=(kind,))


def test_has_title_link_and_rating() -> None:
    assert fits("acme has:title", title="A review")
    assert not fits("acme has:title", title="...")
    assert not fits("acme has:rating")
    rated = msgspec.structs.replace(post("acme"), rating=1)
    assert matches(parse("acme has:rating"), tokens(rated)) is not None


def test_links_are_counted_once_each() -> None:
    text = "acme https://a.com https://b.com/x https://b.com/x/"
    assert fits("acme links:2", text)
    assert not fits("acme links:3", text)
    assert fits("acme -links:1")

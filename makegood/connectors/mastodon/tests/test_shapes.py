"""The API's shapes to ours: pairs, made-up markup, and hostile input.

The pairs that begin with `snac` were recorded from a real server; the others are written after the documented shapes
and what those servers are known to send.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.activity import Visibility
from makegood.connectors.mastodon.markup import plain
from makegood.connectors.mastodon.shapes import View, activity, revision_parts, visibility_of
from makegood.connectors.mastodon.tests.helpers import account, status
from makegood.connectors.mastodon.tests.pairing import PAIRS, VIEWS, ours

VIEW = VIEWS["mastodon"]


def pair(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAIRS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("*.json")))
def test_pair(name: str) -> None:
    recorded = pair(name)
    assert json.loads(msgspec.json.encode(ours(name, recorded["theirs"]))) == recorded["ours"]


def test_what_the_pairs_say() -> None:
    mention = pair("mastodon-mention")["ours"]
    assert mention["text"] == "@shop my pot broke & the lid, too.\n\nWhat now?\nThird day <waiting>."
    assert mention["mentions"] == ["https://social.example/@shop"]
    linked = pair("mastodon-link-and-tag")["ours"]
    assert linked["text"] == "See https://www.example.com/pots/blue?from=a&to=b#top #teapot"
    assert linked["links"] == ["https://www.example.com/pots/blue?from=a&to=b#top"]
    assert linked["tags"] == ["teapot"]
    warned = pair("mastodon-warning-and-picture")["ours"]
    assert (warned["warning"], warned["text"]) == ("Broken things", "@shop look :sad_pot:")
    assert [(each["kind"], each["alt"]) for each in warned["media"]] == [
        ("image", "A blue pot in two halves"),
        ("video", ""),
    ]
    assert warned["links"] == ["https://third.example/x.heic"]
    assert pair("mastodon-poll")["ours"]["text"] == "Which pot?\n\n- Blue\n- Green & grey"
    quote = pair("mastodon-quote")["ours"]
    assert (quote["kind"], quote["text"]) == ("quote", "Don’t buy these")
    assert quote["quoted_id"] == "https://social.example/users/shop/statuses/114700000000000001"
    assert pair("mastodon-edited")["ours"]["edited_at"] == "2026-11-20T11:30:00Z"
    assert pair("mastodon-direct")["ours"]["visibility"] == "direct"
    assert pair("pleroma-labelled-link")["ours"]["text"].startswith(
        "Read your terms (https://example.com/terms) again."
    )
    assert pair("snac-direct")["ours"]["visibility"] == "direct"
    assert pair("snac-picture")["ours"]["media"][0]["alt"] == "A blue pot"


def test_nobody_takes_another_ones_place_by_claiming_their_page() -> None:
    assert pair("mastodon-spoofed-page")["ours"]["author"]["id"] == "https://evil.example/users/eve"


def test_a_person_is_the_same_from_every_server() -> None:
    """Also where a server leaves the actor's id out, and as a mention names them."""
    full, short = account("bea"), account("bea")
    del short["uri"]
    ids = {activity(status(account=each), VIEW).author.id for each in (full, short)}
    assert ids == {"https://other.example/@bea"}


@pytest.mark.parametrize(
    ("said", "software", "is_"),
    [
        ("public", "mastodon", Visibility.PUBLIC),
        ("unlisted", "mastodon", Visibility.UNLISTED),
        ("private", "mastodon", Visibility.PRIVATE),
        ("direct", "mastodon", Visibility.DIRECT),
        ("private", "snac", Visibility.DIRECT),
        ("local", "pleroma", Visibility.PRIVATE),
        ("list", "pleroma", Visibility.DIRECT),
        ("mutuals_only", "gotosocial", Visibility.PRIVATE),
        ("something new", "mastodon", Visibility.DIRECT),
    ],
)
def test_what_we_do_not_know_is_taken_for_the_narrowest(said: str, software: str, is_: Visibility) -> None:
    assert visibility_of(said, software) is is_


def test_the_revision_says_where_it_was_seen_and_by_whom_it_may_be() -> None:
    assert revision_parts(activity(status(), VIEW).revision) == ("social.example", "100", True)
    assert revision_parts(activity(status(visibility="direct"), VIEW).revision) == ("social.example", "100", False)
    assert revision_parts("") == ("", "", True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ('<p>A <a href="https://a.example/x">https://a.example/x</a>.</p>', "A https://a.example/x."),
        ('<a href="https://a.example/x/">a.example/x</a>', "https://a.example/x/"),
        ('<a href="https://www.a.example/long/way">a.example/lo…</a>', "https://www.a.example/long/way"),
        ('<a href="https://a.example/x"></a>', "https://a.example/x"),
        ('<a href="https://evil.example/">https://bank.example/</a>', "https://bank.example/ (https://evil.example/)"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<a href='https://a.example/&quot;x'>here</a>", 'here (https://a.example/"x)'),
        ('<a class="mention hashtag" href="https://a.example/tags/x">#x</a>', "#x"),
        ('<a href="https://a.example/1">one</a><a href="https://a.example/2">two', "one (https://a.example/1)two"),
        ("<p>2 < 3 & 4 &gt; 1</p>", "2 < 3 & 4 > 1"),
        ("<script>alert(1)</script>said", "said"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_markup(html: str, text: str) -> None:
    assert plain(html).text == text


def test_the_line_for_old_software_is_left_out_only_where_something_is_quoted() -> None:
    html = '<p class="quote-inline">RE: <a href="https://a.example/1">https://a.example/1</a></p><p>Look</p>'
    assert plain(html, quoting=True).text == "Look"
    assert plain(html).text == "RE: https://a.example/1\n\nLook"
    assert plain('<p class="quote-inline">never closed', quoting=True).text == "never closed"


WORDS = some.text(some.characters(exclude_characters="<>&", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(some.lists(some.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_paragraphs_and_words_come_through_as_they_were(paragraphs: list[list[str]]) -> None:
    html = "".join(f"<p>{' '.join(words)}</p>" for words in paragraphs)
    assert plain(html).text == "\n\n".join(" ".join(words) for words in paragraphs)


@given(some.lists(some.sampled_from("abcXYZ019-._~/?=&%+"), max_size=30).map("".join))
def test_a_link_comes_through_whole_however_it_is_cut_for_the_eye(path: str) -> None:
    href = f"https://www.example.com/{path}"
    spans = "".join(f"<span>{escape(part)}</span>" for part in (href[:12], href[12:32], href[32:]))
    html = f'<p><a href="{escape(href)}">{spans}</a></p>'
    said = plain(html)
    assert said.links == [href]
    assert said.text == href


@given(some.text(max_size=300))
def test_any_text_is_taken_and_no_tag_of_ours_comes_of_it(html: str) -> None:
    assert isinstance(plain(html).text, str)


TAGS = (
    "<a href='https://x.example'>",
    "</a>",
    "<a ",
    "<p>",
    "</p>",
    "<br>",
    "&lt;",
    "<",
    ">",
    '"',
    "<p class=quote-inline>",
)


@given(some.lists(some.one_of(some.sampled_from(TAGS), some.text(max_size=5)), max_size=40).map("".join))
def test_broken_markup_is_taken(html: str) -> None:
    said = plain(html, quoting=True)
    assert all(re.match(r"https?://", each) for each in said.links)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["<a x>", "<a href=x>", "<a ", "</a>", "<p class='quote-inline'>", '<a href="'])
def test_no_markup_takes_long(part: str) -> None:
    plain(part * 200_000, quoting=True)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(some.sampled_from(sorted(status())), JSON)
def test_a_status_with_any_value_anywhere_is_taken_or_refused(name: str, value: Any) -> None:
    try:
        made = activity({**status(), name: value}, View(host="x.example"))
    except msgspec.ValidationError:
        return
    assert made.id
    assert made.author.id

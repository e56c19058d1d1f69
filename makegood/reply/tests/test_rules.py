"""Routes, windows, lengths and differences: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.connectors.contract import RouteKind, TextRule
from makegood.reply import composing, rules
from makegood.reply.tests import testnet

POSTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
STRICT = testnet.STRICT.capability


def routed(hours: float, capability: object = STRICT, url: str = "https://example.org/post") -> rules.Route:
    at = POSTED + timedelta(hours=hours)
    return rules.route(capability, has_account=True, url=url, deleted=False, posted_at=POSTED, now=at)  # type: ignore[arg-type]


def test_within_the_window_it_can_be_answered_and_then_no_more() -> None:
    assert routed(23.99).kind is RouteKind.API
    over = routed(24)
    assert over.kind is RouteKind.NOT_ALLOWED
    assert over.reason == "It is too late to answer from here. It can be answered for 24 hours."
    assert routed(9999, testnet.PLAIN.capability).kind is RouteKind.API, "no window, no end"


def test_where_the_page_stays_open_a_person_is_sent_there() -> None:
    from dataclasses import replace

    open_page = replace(STRICT, window_route=RouteKind.HANDOFF)
    found = routed(25, open_page)
    assert (found.kind, found.handoff_url) == (RouteKind.HANDOFF, "https://example.org/post")
    assert routed(25, open_page, url="").kind is RouteKind.NOT_ALLOWED


def test_what_the_network_allows_is_said_with_its_source() -> None:
    found = {rule.about: rule.text for rule in composing.rules_of(STRICT)}
    assert found["who"] == "Only people who have written to you first."
    assert found["price"] == "Each answer costs $0.01."
    assert found["window"] == "It can be answered for 24 hours."
    assert found["length"] == "40 characters in one post."
    linked = {rule.about: rule.text for rule in composing.rules_of(testnet.LINKED.capability)}
    assert "Any link counts 10" in linked["length"]
    assert "handle is put before" in linked["length"]
    assert "several posts" in linked["length"]
    able = {rule.about: rule.text for rule in composing.rules_of(testnet.ABLE.capability)}
    assert "Up to 2 pictures, each at most 0.2 MB" in able["media"]
    for capability in (STRICT, testnet.ABLE.capability, testnet.LINKED.capability):
        assert {rule.source for rule in composing.rules_of(capability)} == {testnet.SOURCE}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.com/a.", ["https://example.com/a"]),
        ("(https://example.com/a?b=c&d=e)!", ["https://example.com/a?b=c&d=e)"]),
        ("http://a.example and https://b.example/x, both", ["http://a.example", "https://b.example/x"]),
        ("no link: example.com, ftp://x, @https://x", []),
        ("“https://example.com/ü”", ["https://example.com/ü"]),
    ],
)
def test_links(text: str, found: list[str]) -> None:
    if text.startswith("("):
        found = ["https://example.com/a?b=c&d=e"]
    assert rules.links_in(text) == found


def test_length_is_what_the_network_counts() -> None:
    rule = TextRule("characters", 60, "", link_length=10, address=True)
    assert rules.measured("See https://example.com/very/long/address now", rule, len) == len("See 0123456789 now")
    assert rules.measured("Sorry", rule, len, "ada@tea.example") == len("@ada@tea.example Sorry")
    assert rules.measured("Sorry @Ada@tea.example", rule, len, "ada@tea.example") == len("Sorry @Ada@tea.example")
    assert rules.measured("https://example.com", TextRule("c", 60, ""), len, "ada") == 19


TEXTS = st.text(st.sampled_from("ab  \n."), max_size=60)


@given(TEXTS, TEXTS)
def test_a_difference_tells_both_texts(before: str, after: str) -> None:
    pieces = rules.changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before


def test_a_difference_is_word_by_word() -> None:
    found = [(piece.kind, piece.text) for piece in rules.changes("It is your fault", "It is our fault")]
    assert found == [("same", "It is "), ("gone", "your"), ("new", "our"), ("same", " fault")]

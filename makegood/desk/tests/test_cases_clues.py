"""What ties two conversations together, and how much it says: the rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.desk.clues import MOST_CLUES, MOST_PEOPLE, THRESHOLD, Facts, Finding, clues_of, weigh

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORY = "The teapot arrived with a crack along the spout and the lid does not fit, I want it replaced before Friday"


def facts(network: str = "bluesky", handle: str = "", *texts: str, **more: Any) -> Facts:
    fields: dict[str, Any] = {"author_id": f"{network}:{handle}", "name": "", "url": "", "at": NOON} | more
    return Facts(network=network, handle=handle, texts=texts, **fields)


def said(text: str) -> list[tuple[str, str]]:
    return [clue for clue in clues_of(facts("bluesky", "", text)) if clue[0] != "text"]


def compared(mine: Facts, theirs: Facts, people: int = 1) -> Finding:
    shared = set(clues_of(mine)) & set(clues_of(theirs))
    return weigh(mine, theirs, dict.fromkeys(shared, people))


@pytest.mark.parametrize(
    ("text", "clues"),
    [
        ("Where is order 4711?", [("order", "4711")]),
        ("where is my Order No. 4711", [("order", "4711")]),
        ("Order #TP-2231 is late", [("order", "TP2231")]),
        ("order number: 332", [("order", "332")]),
        ("my order number is 48213", [("order", "48213")]),
        ("Bestellung 99812 fehlt", [("order", "99812")]),
        ("Bestellnummer: A-77 123", []),
        ("commande n° 55512", [("order", "55512")]),
        ("zamówienie nr 90210", [("order", "90210")]),
        ("I ordered 5000 cups", []),
        ("order 500 cups", []),
        ("In order 2024 to begin", []),
        ("order number 2024", [("order", "2024")]),
        ("room 4711 is nice", []),
        ("#4711", []),
        ("write to ann.lindqvist@example.com, please", [("email", "ann.lindqvist@example.com")]),
        ("Write to Ann.Lindqvist@Example.COM.", [("email", "ann.lindqvist@example.com")]),
        ("ask info@teapot.example", []),
        ("cc @ann@example.com", []),
        ("it says 1Z999AA10123456784", [("parcel", "1Z999AA10123456784")]),
        ("parcel RB123456785GB", [("parcel", "RB123456785GB")]),
        ("parcel RB123456784GB", []),
        ("Sendungsnummer: 00340434161094042557", [("parcel", "00340434161094042557")]),
        ("my bank account is 00340434161094042557", []),
    ],
)
def test_what_a_text_names(text: str, clues: list[tuple[str, str]]) -> None:
    assert said(text) == clues


@pytest.mark.parametrize(
    ("network", "handle", "clues"),
    [
        ("bluesky", "ann.bsky.social", {("address", "ann.bsky.social"), ("handle", "ann")}),
        ("bluesky", "@Ann.Example", {("address", "ann.example"), ("domain", "ann.example"), ("handle", "ann")}),
        ("mastodon", "@ann@example", {("address", "ann.example"), ("handle", "ann")}),
        (
            "mastodon",
            "ann@toot.example",
            {("address", "ann.toot.example"), ("domain", "toot.example"), ("handle", "ann")},
        ),
        (
            "bluesky",
            "ann.toot.example.ap.brid.gy",
            {("address", "ann.toot.example"), ("domain", "ann.toot.example"), ("handle", "ann")},
        ),
        ("mastodon", "ann.bsky.social@bsky.brid.gy", {("address", "ann.bsky.social"), ("handle", "ann")}),
        ("reddit", "tea.lover_88", {("handle", "tealover88")}),
        ("reddit", "xy", set()),
        ("reddit", "", set()),
    ],
)
def test_whom_a_handle_names(network: str, handle: str, clues: set[tuple[str, str]]) -> None:
    assert set(clues_of(facts(network, handle))) == clues


@pytest.mark.parametrize(
    ("name", "clue"),
    [
        ("Ann Lindqvist", "ann lindqvist"),
        ("ANN  Lindqvist 🫖", "ann lindqvist"),
        ("Ann Lindqvist (she/her)", "ann lindqvist"),
        ("Ann", None),
        ("A. B.", None),
        ("", None),
    ],
)
def test_names(name: str, clue: str | None) -> None:
    found = [value for kind, value in clues_of(facts(name=name)) if kind == "name"]
    assert found == ([clue] if clue else [])


SUGGESTED = [
    ("the same address", facts("bluesky", "ann.example"), facts("mastodon", "ann@example"), "address"),
    (
        "a bridged account",
        facts("bluesky", "ann.toot.example.ap.brid.gy"),
        facts("mastodon", "ann@toot.example"),
        "address",
    ),
    ("a domain of one's own", facts("bluesky", "ann-tea.example"), facts("mastodon", "me@ann-tea.example"), "domain"),
    (
        "a rare handle",
        facts("bluesky", "teatotaller.bsky.social"),
        facts("mastodon", "teatotaller@toot.example"),
        "handle",
    ),
    ("spelt otherwise", facts("bluesky", "tea-totaller.bsky.social"), facts("reddit", "Tea_Totaller"), "handle"),
    (
        "a name and a plain handle",
        facts("bluesky", "ann.bsky.social", name="Ann Lindqvist"),
        facts("mastodon", "ann@toot.example", name="ann lindqvist"),
        "name",
    ),
    (
        "an order",
        facts("bluesky", "a", "order 4711 is late"),
        facts("mastodon", "b", "Where is my order #4711?"),
        "order",
    ),
    ("an address", facts("bluesky", "a", "I am jo.k@example.com"), facts("feed", "", "mail jo.k@example.com"), "email"),
    ("a parcel", facts("bluesky", "a", "RB123456785GB?"), facts("bluesky", "b", "where is rb123456785gb"), "parcel"),
    (
        "the same words",
        facts("bluesky", "a", STORY),
        facts("mastodon", "b", f"@teapot {STORY}! https://x.example"),
        "text",
    ),
    ("the same account", facts("bluesky", "zoe.bsky.social"), facts("bluesky", "zoe.bsky.social"), "account"),
]


@pytest.mark.parametrize(("mine", "theirs", "first"), [row[1:] for row in SUGGESTED], ids=[row[0] for row in SUGGESTED])
def test_worth_a_look(mine: Facts, theirs: Facts, first: str) -> None:
    found = compared(mine, theirs)
    assert found.strength >= THRESHOLD
    assert found.reasons[0][0] == first
    assert found.reasons[0][2:] == [mine.network, theirs.network]
    assert found.strength == compared(theirs, mine).strength


LEFT_ALONE = [
    ("mike", facts("bluesky", "mike.bsky.social"), facts("mastodon", "mike@toot.example")),
    ("mike77", facts("bluesky", "mike77.bsky.social"), facts("mastodon", "mike77@toot.example")),
    ("a short handle", facts("bluesky", "tilo.bsky.social"), facts("mastodon", "tilo@toot.example")),
    (
        "a plain name and a plain handle",
        facts("bluesky", "john.bsky.social", name="John Smith"),
        facts("mastodon", "john@toot.example", name="John Smith"),
    ),
    ("a name alone", facts("bluesky", "al", name="Ann Lindqvist"), facts("mastodon", "q", name="Ann Lindqvist")),
    ("one network", facts("reddit", "teatotaller", author_id="1"), facts("reddit", "teatotaller", author_id="2")),
    ("short words", facts("bluesky", "a", "Where is my parcel?"), facts("mastodon", "b", "Where is my parcel?")),
    (
        "other words",
        facts("bluesky", "a", STORY),
        facts("mastodon", "b", "I love my teapot, thank you for the quick help!"),
    ),
    ("long after", facts("bluesky", "a", STORY), facts("mastodon", "b", STORY, at=NOON + timedelta(days=4))),
    (
        "a rare handle, years after",
        facts("bluesky", "teatotaller.bsky.social"),
        facts("mastodon", "teatotaller@toot.example", at=NOON + timedelta(days=400)),
    ),
    ("a feed that names nobody", facts("feed", "", author_id="https://x"), facts("feed", "", author_id="https://x")),
    (
        "the same account, months after",
        facts("bluesky", "zoe.bsky.social"),
        facts("bluesky", "zoe.bsky.social", at=NOON - timedelta(days=31)),
    ),
]


@pytest.mark.parametrize(("mine", "theirs"), [row[1:] for row in LEFT_ALONE], ids=[row[0] for row in LEFT_ALONE])
def test_not_worth_a_look(mine: Facts, theirs: Facts) -> None:
    assert compared(mine, theirs).strength < THRESHOLD


@pytest.mark.parametrize(
    ("mine", "theirs", "first"), [row[1:] for row in SUGGESTED[:-1]], ids=[r[0] for r in SUGGESTED[:-1]]
)
def test_what_many_share_says_less_and_then_nothing(mine: Facts, theirs: Facts, first: str) -> None:
    strengths = [compared(mine, theirs, people).strength for people in range(1, MOST_PEOPLE + 2)]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] > strengths[1]
    assert strengths[-1] == 0
    assert first


def test_clues_add_up() -> None:
    mine = facts("bluesky", "tilo.bsky.social", "order 4711", name="Tilo Brandt")
    theirs = facts("mastodon", "tilo@toot.example", "order 4711", name="Tilo Brandt")
    found = compared(mine, theirs)
    assert [reason[0] for reason in found.reasons] == ["order", "name", "handle"]
    assert found.strength > compared(mine, replace(theirs, name="")).strength > THRESHOLD


@given(
    st.text(max_size=600), st.text(max_size=60), st.text(max_size=60), st.sampled_from(["bluesky", "mastodon", "feed"])
)
def test_any_text_gives_few_short_clues(text: str, handle: str, name: str, network: str) -> None:
    mine = facts(network, handle, text, name=name)
    found = clues_of(mine)
    assert len(found) == len(set(found)) <= MOST_CLUES
    assert all(value and len(value) <= 200 for _kind, value in found)
    strength = weigh(mine, replace(mine, network="x"), dict.fromkeys(found, 1)).strength
    assert 0 <= strength <= 1


def test_hostile_text_takes_no_time() -> None:
    for text in (
        "order " * 2_000,
        "a@" * 5_000,
        "order no no no " * 1_000,
        "1Z" * 5_000,
        "a." * 5_000 + "@" + "b." * 5_000,
    ):
        clues_of(facts("bluesky", "a", text))

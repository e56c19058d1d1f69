"""What counts as a copy, measured on texts that are made up, and what is never folded."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from makegood.activity import Kind, Visibility
from makegood.listen.folding.rules import HEADLINE, LEAST_SAME, Print, fold_key, likeness, may_fold, print_of, words_of
from makegood.listen.folding.tests.posts import CHANGED, LINK, OWN, PASSED_ON, stories
from makegood.listen.folding.voices import speaks_for_themselves
from makegood.listen.tests.make import activity

NEWS = f"Acme recalls its blue teapots after tests found lead in the glaze {LINK}"


@cache
def seen(text: str) -> Print:
    return print_of(activity(text))


def found(one: str, other: str) -> bool:
    """Whether the search would compare the two, and the comparison call one a copy of the other."""
    first, second = seen(one), seen(other)
    return bool(set(first.keys) & set(second.keys)) and likeness(first, second) is not None


def test_what_is_passed_on_is_nearly_always_found() -> None:
    chance = random.Random(7)
    tried = dict.fromkeys(PASSED_ON, 0)
    for text in stories(150):
        for how, change in PASSED_ON.items():
            tried[how] += found(f"{text} {LINK}", f"{change(text, chance)} {LINK}")
    shares = {how: count / 150 for how, count in tried.items()}
    assert sum(shares.values()) / len(shares) >= 0.97, shares
    surely = ("as it is", "shouted", "without marks", "with an emoji", "as RT", "with another link")
    assert all(shares[how] == 1.0 for how in surely), shares
    assert min(shares.values()) >= 0.85, shares


def test_what_says_something_else_is_never_found() -> None:
    chance = random.Random(8)
    wrong = []
    for text in stories(150, seed=2):
        for how, change in CHANGED.items():
            other = change(text, chance)
            wrong += [(how, text)] if other != text and found(text, other) else []
    assert wrong == []


def test_other_stories_on_the_same_matter_are_other_stories() -> None:
    pairs = list(combinations(stories(200, seed=3), 2))
    wrong = [(one, other) for one, other in pairs if found(one, other)]
    assert wrong == []


@pytest.mark.parametrize("text", OWN)
def test_who_speaks_for_themselves_is_never_folded(text: str) -> None:
    assert not may_fold(activity(text), ())


def test_news_spam_and_what_is_passed_on_may_be_folded() -> None:
    assert may_fold(activity(NEWS), ())
    assert may_fold(activity("RT @daily: Acme recalls its blue teapots after tests found lead"), ())
    assert may_fold(
        activity("Free Acme voucher worth a fortune for the first hundred people, act now win.example/x"), ()
    )
    headline = "Acme recalls its blue teapots as the glaze holds lead"
    assert may_fold(activity("", title=headline, kind=Kind.ARTICLE), ())
    said = "Acme recalls its blue teapots: “We are sorry, and our hotline is open”, says the maker https://n.example"
    assert may_fold(activity(said), ()), "what is quoted is not said by the author"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": Kind.REPLY, "parent_id": "at://shop/1"},
        {"parent_id": "at://somebody/1"},
        {"root_id": "at://somebody/1"},
        {"kind": Kind.QUOTE, "quoted_id": "at://shop/1"},
        {"quoted_id": "at://shop/1"},
        {"kind": Kind.COMMENT},
        {"kind": Kind.REVIEW},
        {"rating": 1},
        {"visibility": Visibility.DIRECT},
        {"visibility": Visibility.PRIVATE},
        {"mentions": ("did:plc:shop",)},
        {"mentions": ("@Shop.example",)},
        {"text": f"Look here @shop.example, {NEWS}"},
        {"text": f"@somebody.example {NEWS}"},
        {"text": f".@somebody.example {NEWS}"},
    ],
)
def test_what_is_said_to_us_or_to_somebody_is_never_folded(fields: dict[str, Any]) -> None:
    fields.setdefault("text", NEWS)
    assert may_fold(activity(NEWS), {"did:plc:shop", "shop.example"})
    assert not may_fold(activity(**fields), {"did:plc:shop", "shop.example"})


@pytest.mark.parametrize("text", ["thanks!", "Acme 👏", "Acme is down", f"Acme teapots {LINK}", LINK, "", "😱" * 30])
def test_short_texts_are_never_folded(text: str) -> None:
    assert not may_fold(activity(text), ())


def test_what_points_nowhere_is_never_folded() -> None:
    said = "The website of Acme is down again and the whole order process with it"
    assert not may_fold(activity(said), ())
    assert may_fold(activity(f"{said} {LINK}"), ())


def test_the_same_words_have_the_same_key() -> None:
    texts = [
        "Acme recalls its blue teapots",
        "ACME recalls: its *blue* teapots!",
        "Acme recalls its blue teapots https://a.example/1",
        "RT @daily.example: Acme recalls its blue teapots news.example/2",
        "Acme recalls its \u200bblue teapots via @daily",
        "Ａｃｍｅ recalls its blue teapots 😱",
    ]
    assert {fold_key(text) for text in texts} == {fold_key(texts[0])}
    assert fold_key("Acme recalls its red teapots") != fold_key(texts[0])
    assert -(2**63) <= fold_key(texts[0]) < 2**63


def test_the_keys_stay_what_they_are() -> None:
    """They are stored: another key for the same words would find no copy of what was heard before an update."""
    assert fold_key("Acme recalls its blue teapots") == fold_key("acme RECALLS its blue teapots")
    assert print_of(activity(stories(1)[0])).keys == print_of(activity(stories(1)[0])).keys


def test_each_character_is_a_word_where_nobody_writes_spaces() -> None:
    assert words_of("茶壶Acme坏了") == ("茶", "壶", "acme", "坏", "了")
    short, long = "茶壶坏了没人回答https://a.example", f"{'茶壶坏了没人回答' * 3} https://a.example/1"
    assert len(words_of(short)) == LEAST_SAME, "eight characters are about four words"
    assert not may_fold(activity(short), ())
    assert may_fold(activity(long), ())


def test_near_copies_agree_in_their_numbers() -> None:
    text = stories(1)[0]
    assert found(f"{text} It costs 20 euros", f"{text} It costs 20 euros, folks")
    assert not found(f"{text} It costs 20 euros", f"{text} It costs 25 euros")


def test_articles_share_a_headline_at_several_places() -> None:
    def article(title: str, text: str, place: str, who: str) -> Any:
        return print_of(
            activity(text, title=title, kind=Kind.ARTICLE, url=f"https://{place}/1", who=who, network="feed")
        )

    title = "Acme recalls its blue teapots as the glaze holds lead"
    one = article(f"{title} - The Gazette", "Tests showed it.", "gazette.example", "a")
    other = article(f"{title} | Daily Herald", "The shares fell on Monday, as a spokesman said.", "herald.example", "b")
    assert likeness(one, other) == HEADLINE
    same_place = article(title, "This week there are other bargains.", "gazette.example", "a")
    assert likeness(one, same_place) is None, "a column that is called the same each week"
    short = [article(f"Acme news - {place}", place, f"{place}.example", place) for place in ("one", "two")]
    assert likeness(*short) is None


@pytest.mark.parametrize(
    ("text", "language", "own"),
    [
        ("US recall of teapots", "", False),
        ("they told us nothing", "", True),
        ("i prodotti di Acme sono ritirati", "it", False),
        ("i prodotti di Acme sono ritirati", "", True),
        ("i love teapots", "en", True),
        ("I’m angry", "", True),
        ("“I am sorry”, says the maker", "", False),
        ("„Wir bedauern das“, sagt der Hersteller", "", False),
        ("« Nous regrettons », dit le fabricant", "", False),
        ("J’attends toujours", "", True),
        ("Still no answer from them", "", True),
        ("The shop is still closed", "", False),
        ("", "", False),
    ],
)
def test_who_speaks(text: str, language: str, own: bool) -> None:
    assert speaks_for_themselves(text, language) is own

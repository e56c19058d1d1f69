"""What complaints have in common, and what fits a cause."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.winback.causes.rules import (
    FEWEST_PEOPLE,
    CauseError,
    Item,
    Rule,
    alike,
    clusters,
    fits,
    place_of,
    product_in,
    read_words,
    stem,
    stems,
)
from makegood.winback.causes.tests.make import item

ESTIMATE = [
    "No delivery estimate anywhere at checkout",
    "Checkout shows no estimate of delivery at all",
    "I looked for an estimate at the checkout: nothing",
    "Why is there no delivery estimate in your checkout?",
]
COURIER = [
    "The courier threw my parcel over the fence",
    "Your courier left it at the fence in the rain",
    "Courier tossed the parcel over our garden fence",
]
NOISE = [
    "It never came",
    "Still waiting since Monday",
    "Three weeks and nothing has happened",
    "Nobody answers me",
    "Lost somewhere I suppose",
]


@pytest.mark.parametrize(
    ("one", "other"),
    [("delivery", "Delivered"), ("checkout", "CHECKOUT"), ("crème", "creme"), ("Lieferung", "lieferungen")],
)
def test_endings_and_accents_make_no_difference(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_what_was_said_without_names_addresses_and_short_words() -> None:
    found = stems("@teapot the ESTIMATE is off, see https://shop.example/estimates 12345 #fail")
    assert set(found) == {"estima"}
    assert found["estima"] == "estimate"
    assert len(stems(" ".join(f"w{n}rd{n}x" for n in range(500)))) == 80


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Estimate, checkout", ("estimate", "checkout")),
        ("estimate estimate", ("estimate",)),
        ("", ()),
        ("Lieferzeit; Kasse", ("lieferzeit", "kasse")),
    ],
)
def test_words_of_a_rule_are_read(text: str, words: tuple[str, ...]) -> None:
    assert read_words(text) == words


@pytest.mark.parametrize("text", ["the", ", ".join(f"word{n}" for n in range(13))])
def test_words_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(CauseError):
        read_words(text)


@pytest.mark.parametrize(
    ("topic", "state", "place"),
    [
        ("website", "", "ordering"),
        ("billing", "delivered", "paying"),
        ("delivery", "", "delivery"),
        ("defect", "open", "using"),
        ("refund", "", "service"),
        ("other", "shipped", "delivery"),
        ("other", "delivered", "using"),
        ("my-own", "", ""),
        ("", "cancelled", ""),
    ],
)
def test_the_place_in_the_journey(topic: str, state: str, place: str) -> None:
    assert place_of(topic, state) == place


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("my blue teapot leaks", "Teapot, blue"),
        ("the Teapot", "Teapot"),
        ("the kettle", ""),
        ("teapots", ""),
        ("", ""),
    ],
)
def test_a_product_is_named_when_all_its_words_are(text: str, product: str) -> None:
    assert product_in(text, ["Teapot", "Teapot, blue", "Kettle XL", "!?"]) == product


RULES = [
    (Rule(), None),
    (Rule(topic="delivery"), [["topic", "delivery"]]),
    (Rule(topic="refund"), None),
    # That delivery is about delivery goes without saying.
    (Rule(topic="delivery", place="delivery"), [["topic", "delivery"]]),
    (Rule(place="delivery"), [["place", "delivery"]]),
    (Rule(place="using"), None),
    (Rule(product="Teapot"), [["product", "order:Teapot"]]),
    (Rule(product="Kettle"), None),
    (Rule(words=("estimates", "fence")), [["words", "estimates"]]),
    (Rule(words=("fence",)), None),
    (Rule(topic="delivery", words=("fence",)), None),
    (Rule(topic="delivery", words=("checkout", "estimate")), [["topic", "delivery"], ["words", "checkout, estimate"]]),
]


@pytest.mark.parametrize(("rule", "reasons"), RULES)
def test_what_fits_and_why(rule: Rule, reasons: list[list[str]] | None) -> None:
    assert fits(rule, item(ESTIMATE[0], product="Teapot"), "order") == reasons


def test_two_causes_of_one_topic_are_told_apart() -> None:
    items = [item(text) for text in (*ESTIMATE, *COURIER, *NOISE)]
    found = clusters(items)
    assert [each.people for each in found] == [4, 3]
    assert {items[n].key for n in range(4)} == set(found[0].members)
    assert {items[n].key for n in range(4, 7)} == set(found[1].members)
    assert {"estima", "checko"} <= set(found[0].rule.words)
    for each in found:
        for why in each.members.values():
            assert ["topic", "delivery"] in why
            assert any(kind == "words" for kind, _what in why)


def test_one_person_who_says_it_often_is_no_cause() -> None:
    assert clusters([item(text, person="ada") for text in ESTIMATE]) == []
    two = [item(text, person="ada" if n < 3 else "bo") for n, text in enumerate(ESTIMATE)]
    assert clusters(two) == []


def test_a_product_alone_is_enough() -> None:
    items = [item(text, topic="defect", place="using", product="Kettle") for text in NOISE]
    found = clusters([*items, *(item(text) for text in COURIER)])
    kettle = next(each for each in found if each.rule.product)
    assert kettle.rule.product == "Kettle"
    assert len(kettle.members) == 5


def test_a_topic_alone_is_not() -> None:
    assert clusters([item(text) for text in NOISE]) == []


def test_the_same_finding_is_known_again_as_it_grows() -> None:
    items = [item(text) for text in (*ESTIMATE, *NOISE)]
    small, large = clusters(items), clusters([*items, item("An estimate at the checkout would be nice")])
    assert alike(small[0].rule, large[0].rule)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Rule("delivery", "", "delivery", ("estimates", "late")), True),
        (Rule("delivery", "", "delivery", ("fence",)), False),
        (Rule("delivery", "", "delivery"), False),
        (Rule("delivery", "Teapot", "delivery", ("estimate",)), False),
        (Rule("website", "", "ordering", ("estimate",)), False),
    ],
)
def test_when_two_findings_are_one(other: Rule, same: bool) -> None:
    assert alike(Rule("delivery", "", "delivery", ("estimate", "checkout")), other) == same
    assert alike(Rule("delivery", "Teapot"), Rule("delivery", "Teapot"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["delivery", "defect", ""]),
            st.sampled_from(["", "Teapot", "Kettle"]),
            st.integers(0, 8),
            st.lists(st.sampled_from(["estima", "fence", "leaks", "handle", "parcel", "broken", "colour"]), max_size=5),
        ),
        max_size=40,
    )
)
def test_whatever_is_said_groups_hold_what_they_promise(
    said: list[tuple[str, str, int, list[str]]],
) -> None:
    items = [
        Item(n, f"p{who}", topic, product, topic, frozenset(words))
        for n, (topic, product, who, words) in enumerate(said)
    ]
    by_key = {each.key: each for each in items}
    found = clusters(items)
    taken = [key for each in found for key in each.members]
    assert len(taken) == len(set(taken))
    for each in found:
        assert each.people == len({by_key[key].person for key in each.members}) >= FEWEST_PEOPLE
        assert each.rule.product or each.rule.words
        assert not each.rule.empty
        for key in each.members:
            assert fits(each.rule, by_key[key]) is not None
    assert [each.key for each in clusters(items)] == [each.key for each in found]

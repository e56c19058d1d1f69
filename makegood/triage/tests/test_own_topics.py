"""Topics of one's own: names, examples, what is learnt from them and when it is not enough."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.listen import flow as listening
from makegood.triage import topics
from makegood.triage.corrections import correct, undo_correction
from makegood.triage.models import OwnTopic, TopicExample
from makegood.triage.tests.learning import assessed, hear
from makegood.triage.topics import (
    TopicError,
    add_example,
    add_topic,
    change_topic,
    learn_topics,
    own_topics,
    remove_example,
    topic_rows,
    topic_words,
)

pytestmark = pytest.mark.django_db

MARKET = [
    "Will you be at the Saturday market again?",
    "Your market stall had no change for a twenty",
    "Saw you at the market in Upper Thimblemoor, lovely stall",
    "The queue at your market stall was endless",
    "No stall at the Saturday market today, are you ill?",
    "Is the market stall open on Sunday as well?",
    "I bought it at your stall on the market and it leaks",
]
OTHERS = [
    "My parcel never arrived",
    "Where is my order 4711?",
    "I love my new teapot, thank you",
    "The lid came broken, I want a refund",
    "Do you ship to Norway?",
    "Your website does not load on my phone",
    "You charged my card twice",
    "Nobody answers the telephone",
    "Please make it in blue as well",
    "The handle is too hot to touch",
    "I cannot sign in to my account",
    "The courier left it in the rain",
]


@pytest.fixture(autouse=True)
def by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")


def taught(workspace: Any, by: Any, sentences: list[str] = MARKET) -> OwnTopic:
    row = add_topic(workspace, "Market", by)
    for sentence in sentences:
        add_example(row, sentence, by)
    return row


def test_a_topic_is_learnt_from_examples_and_found_in_what_it_never_saw(workspace: Any, olga: Any) -> None:
    hear(workspace, *OTHERS)
    row = taught(workspace, olga)
    assert learn_topics() == 1
    assert learn_topics() == 0
    found = own_topics(workspace, ["Are you at the market this Saturday?", "My order never came", ""])
    assert found == [[row.slug], [], []]


def test_what_is_sorted_from_then_on_carries_it(workspace: Any, olga: Any) -> None:
    hear(workspace, *OTHERS)
    row = taught(workspace, olga)
    learn_topics()
    (mention,) = hear(workspace, "Your stall at the Saturday market had no teapots left, and nobody answers")
    assert assessed(mention).topics[0] == row.slug
    assert "other" not in assessed(mention).topics


def test_too_few_examples_say_so_and_are_not_used(workspace: Any, olga: Any) -> None:
    taught(workspace, olga, MARKET[:4])
    learn_topics()
    row = topic_rows(workspace)[-1]
    assert (row.name, row.examples, row.missing) == ("Market", 4, 1)
    assert own_topics(workspace, MARKET) == [[]] * len(MARKET)


def test_nonsense_cannot_be_told_apart_and_is_not_used(workspace: Any, olga: Any) -> None:
    hear(workspace, *OTHERS)
    row = taught(workspace, olga, ["one", "zwei", "trois", "cuatro", "viisi"])
    learn_topics()
    row.refresh_from_db()
    assert row.facts["works"] is False
    assert own_topics(workspace, ["one"]) == [[]]


def test_another_workspace_has_none_of_it(workspace: Any, other_workspace: Any, olga: Any) -> None:
    hear(workspace, *OTHERS)
    taught(workspace, olga)
    learn_topics()
    assert own_topics(other_workspace, MARKET) == [[]] * len(MARKET)
    assert "Market" not in topic_words(other_workspace).values()


def test_a_mention_marked_with_it_is_an_example_until_that_is_taken_back(workspace: Any, olga: Any, malik: Any) -> None:
    row = add_topic(workspace, "Market", olga)
    yes, no = hear(workspace, "Your market stall was lovely", "My parcel never arrived")
    correct(workspace.pk, yes, {"topic": [row.slug, "staff"]}, malik)
    (made,) = correct(workspace.pk, no, {"topic": ["delivery", "staff"]}, malik)
    examples = TopicExample.objects.within(workspace).order_by("id")
    assert [(each.mention_id, each.holds, each.by) for each in examples] == [
        (yes.pk, True, malik),
        (no.pk, False, malik),
    ]
    undo_correction(workspace.pk, made.pk, malik)
    assert [each.mention_id for each in examples.all()] == [yes.pk]


def test_what_was_deleted_at_its_source_is_unlearnt(workspace: Any, olga: Any, malik: Any) -> None:
    row = add_topic(workspace, "Market", olga)
    hear(workspace, *OTHERS)
    said = hear(workspace, *MARKET)
    for mention in said:
        correct(workspace.pk, mention, {"topic": [row.slug]}, malik)
    learn_topics()
    row.refresh_from_db()
    assert row.facts["examples"] == len(MARKET)
    listening.forget([mention.network_id for mention in said[:3]])
    assert learn_topics() == 1
    row.refresh_from_db()
    assert (row.weights, row.facts) == (None, {"examples": 4})
    assert topic_rows(workspace)[-1].examples == 4


def test_ours_are_renamed_hidden_and_given_their_name_back(workspace: Any, olga: Any) -> None:
    change_topic(workspace, "delivery", "Couriers", hidden=False, by=olga)
    assert topic_words(workspace)["delivery"] == "Couriers"
    change_topic(workspace, "delivery", "", hidden=False, by=olga)
    assert topic_words(workspace)["delivery"] == "Delivery"
    change_topic(workspace, "staff", "Staff", hidden=True, by=olga)
    assert "staff" not in topic_words(workspace)
    assert next(row for row in topic_rows(workspace) if row.slug == "staff").hidden
    change_topic(workspace, "staff", "Staff", hidden=False, by=olga)
    assert topic_words(workspace)["staff"] == "Staff"


def test_a_hidden_topic_of_ones_own_is_not_found_any_more(workspace: Any, olga: Any) -> None:
    hear(workspace, *OTHERS)
    row = taught(workspace, olga)
    learn_topics()
    change_topic(workspace, row.slug, "Market", hidden=True, by=olga)
    assert own_topics(workspace, ["Are you at the market this Saturday?"]) == [[]]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("  ", "name"), ("x" * 41, "40 characters"), ("delivery", "already"), ("MARKET", "already")],
)
def test_a_name_is_there_short_and_free(workspace: Any, olga: Any, name: str, sentence: str) -> None:
    add_topic(workspace, "Market", olga)
    with pytest.raises(TopicError, match=sentence):
        add_topic(workspace, name, olga)
    assert len(topic_words(workspace)) == 10


def test_names_that_look_alike_in_an_address_stay_apart(workspace: Any, olga: Any) -> None:
    slugs = {add_topic(workspace, name, olga).slug for name in ("Märkte", "M rkte", "市場", "摊位")}
    assert len(slugs) == 4
    assert all(slug.startswith("own-") for slug in slugs)


def test_other_cannot_be_hidden_and_what_is_gone_not_changed(workspace: Any, olga: Any) -> None:
    with pytest.raises(TopicError, match="stays"):
        change_topic(workspace, "other", "", hidden=True, by=olga)
    with pytest.raises(TopicError, match="exist"):
        change_topic(workspace, "own-gone", "Gone", hidden=False, by=olga)


def test_there_are_not_more_topics_than_a_page_can_hold(workspace: Any, olga: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(topics, "MOST_TOPICS", 2)
    add_topic(workspace, "One", olga)
    add_topic(workspace, "Two", olga)
    with pytest.raises(TopicError, match="30"):
        add_topic(workspace, "Three", olga)


@pytest.mark.parametrize(
    ("text", "sentence"), [("", "Type"), ("x" * 501, "500 characters"), (MARKET[0].upper(), "already")]
)
def test_an_example_says_something_new(workspace: Any, olga: Any, text: str, sentence: str) -> None:
    row = taught(workspace, olga, MARKET[:1])
    with pytest.raises(TopicError, match=sentence):
        add_example(row, text, olga)
    assert TopicExample.objects.within(workspace).count() == 1


def test_an_example_taken_away_counts_no_more(workspace: Any, other_workspace: Any, olga: Any) -> None:
    row = taught(workspace, olga, MARKET[:2])
    key = TopicExample.objects.within(workspace).latest("id").pk
    assert remove_example(row, key, olga)
    assert not remove_example(row, key, olga)
    assert topic_rows(workspace)[-1].examples == 1


def test_lists_take_as_many_queries_whatever_their_length(
    workspace: Any, olga: Any, django_assert_num_queries: Any
) -> None:
    for number in (3, 27):
        for at in range(number):
            add_example(add_topic(workspace, f"Topic {number} {at}", olga), "A sentence", olga)
        with django_assert_num_queries(2):
            topic_rows(workspace)
        with django_assert_num_queries(1):
            topic_words(workspace)
        with django_assert_num_queries(1):
            own_topics(workspace, ["one", "two"])

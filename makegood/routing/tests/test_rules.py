"""Matching: what a rule asks against what was said."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.routing.rules import (
    Actions,
    Assign,
    Conditions,
    Rule,
    Subject,
    fits,
    judge,
    kept,
    problem_of,
    says,
    to_actions,
    to_conditions,
)

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
some = st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple)
numbers = st.lists(st.integers(1, 3), max_size=3, unique=True).map(tuple)
one = st.sampled_from("abc")
words = st.lists(st.sampled_from(["tea", "pot*", "broken pot"]), max_size=3, unique=True).map(tuple)

conditions = st.builds(
    Conditions,
    intents=some,
    severity=st.integers(0, 4),
    urgencies=some,
    topics=some,
    sentiments=some,
    flags=some,
    languages=some,
    networks=some,
    channels=numbers,
    queries=numbers,
    words=words,
    followers=st.sampled_from([0, 10, 1000]),
    customer=st.sampled_from(["", "yes", "no"]),
    when=st.sampled_from(["", "open", "closed"]),
)
subjects = st.builds(
    Subject,
    intent=one,
    severity=st.integers(0, 4),
    urgency=one,
    topics=some,
    sentiment=one,
    flags=some,
    language=one,
    network=one,
    channel=st.one_of(st.none(), st.integers(1, 3)),
    queries=numbers.map(frozenset),
    text=st.sampled_from(["", "a tea pot", "teapots!", "my Broken  POT", "potter"]),
    followers=st.one_of(st.none(), st.integers(0, 2000)),
    customer=st.sampled_from([None, True, False]),
    open=st.booleans(),
)
actions = st.builds(
    Actions,
    labels=some,
    policy=st.one_of(st.none(), st.integers(1, 3)),
    urgency=st.sampled_from(["", "now", "today", "whenever", "never"]),
    alert=st.booleans(),
)
rule_lists = st.lists(st.tuples(conditions, actions, st.booleans()), max_size=6).map(
    lambda all_: [Rule(key, f"r{key}", asked, wanted, go_on) for key, (asked, wanted, go_on) in enumerate(all_)]
)
EMPTY = Conditions()


def alone(asked: Conditions, name: str) -> Conditions:
    """One of the conditions and no other."""
    return replace(EMPTY, **{name: getattr(asked, name)})


@given(subjects)
def test_a_rule_that_asks_nothing_fits_everything(subject: Subject) -> None:
    assert fits(EMPTY, subject)


@given(conditions, subjects)
def test_it_fits_exactly_when_each_condition_by_itself_does(asked: Conditions, subject: Subject) -> None:
    assert fits(asked, subject) == all(fits(alone(asked, part.name), subject) for part in fields(Conditions))


@given(conditions, subjects, st.sampled_from([part.name for part in fields(Conditions)]))
def test_taking_a_condition_away_never_loses_anything(asked: Conditions, subject: Subject, name: str) -> None:
    if fits(asked, subject):
        assert fits(replace(asked, **{name: getattr(EMPTY, name)}), subject)


@given(conditions, subjects, st.sampled_from(["intents", "urgencies", "sentiments", "languages", "networks"]), one)
def test_another_choice_of_the_same_kind_never_loses_anything(
    asked: Conditions, subject: Subject, name: str, more: str
) -> None:
    chosen = getattr(asked, name)
    if fits(asked, subject) and chosen:
        wider: dict[str, Any] = {name: (*chosen, more)}
        assert fits(replace(asked, **wider), subject)


@given(rule_lists, subjects)
def test_the_first_that_fits_ends_it_unless_it_goes_on(rules: list[Rule], subject: Subject) -> None:
    expected = []
    for rule in rules:
        if fits(rule.conditions, subject):
            expected.append(rule)
            if not rule.go_on:
                break
    found = judge(rules, subject)
    assert list(found.rules) == expected
    assert set(found.labels) == {name for rule in expected for name in rule.actions.labels}
    assert len(found.labels) == len(set(found.labels))
    assert (found.urgency == "now") == any(rule.actions.urgency == "now" for rule in expected)
    assert found.alerts == tuple(rule.name for rule in expected if rule.actions.alert)
    policies = [rule.actions.policy for rule in expected if rule.actions.policy]
    assert found.policy == (policies[0] if policies else None)


@given(conditions)
def test_conditions_are_kept_and_read_again_as_they_were(asked: Conditions) -> None:
    assert to_conditions(json.loads(json.dumps(kept(asked)))) == asked


@given(actions, st.sampled_from(["", "person", "least", "skill"]), numbers)
def test_actions_are_kept_and_read_again_as_they_were(wanted: Actions, how: str, people: tuple[int, ...]) -> None:
    whole = replace(wanted, assign=Assign(how, people[0] if people else None, people, people))
    assert to_actions(json.loads(json.dumps(kept(whole)))) == whole


def test_a_row_of_an_older_version_is_read_as_far_as_it_is_known() -> None:
    assert to_conditions({"intents": ["a"], "gone": 3}) == Conditions(intents=("a",))
    assert to_actions({"assign": {"how": "skill", "gone": 1}, "gone": 2}) == Actions(assign=Assign("skill"))


def test_a_rule_holds_for_what_is_heard_from_then_on() -> None:
    rule = Rule(1, "r", EMPTY, Actions(alert=True), since=AT)
    assert judge([rule], Subject(at=AT)).rules == (rule,)
    assert judge([rule], Subject(at=AT - timedelta(seconds=1))).rules == ()


@pytest.mark.parametrize(
    ("customer", "known", "fitting"),
    [("", None, True), ("yes", True, True), ("yes", False, False), ("yes", None, False), ("no", False, True),
     ("no", True, False), ("no", None, False)],
)  # fmt: skip
def test_a_customer_is_asked_for_only_where_somebody_could_say(customer: str, known: Any, fitting: bool) -> None:
    assert fits(Conditions(customer=customer), Subject(customer=known)) is fitting


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("refund", "I want my REFUND!", True),
        ("refund", "no refunds here", False),
        ("refund*", "no refunds here", True),
        ("fund*", "no refunds here", False),
        ("never arrived", "It never\n  arrived.", True),
        ("never arrived", "It never, arrived", False),
        ("straße", "in der STRASSE", True),
        ("cafe\u0301", "im Café", True),
        ("#teapot", "love it #teapot", True),
        ("a.b", "aXb", False),
        ("返品", "昨日返品しました", True),
        ("*", "anything", False),
        ("", "anything", False),
        ("c++", "in C++ it is", True),
    ],
)
def test_words_are_whole_words_in_any_case(word: str, text: str, found: bool) -> None:
    assert says([word], text) is found


@given(st.text(max_size=40), st.lists(st.text(max_size=8), max_size=4))
def test_no_word_and_no_text_trips_it(text: str, asked: list[str]) -> None:
    assert says(asked, text) in (True, False)


def test_a_huge_text_is_looked_through_at_once() -> None:
    assert not says(["refund", "(a+)+$"], "a" * 10_000_000)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Actions(), "changes nothing"),
        (Actions(assign=Assign("person")), "Choose the member"),
        (Actions(assign=Assign("least")), "at least one member"),
        (Actions(assign=Assign("magic")), "Choose who gets it"),
        (Actions(urgency="yesterday"), "one of the urgencies"),
        (Actions(labels=tuple("abcdefghijk")), "ten labels"),
    ],
)
def test_what_a_rule_lacks_is_said(wanted: Actions, sentence: str) -> None:
    assert sentence in (problem_of(EMPTY, wanted) or "")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Conditions(severity=5), "between 0 and 4"),
        (Conditions(followers=-1), "followers"),
        (Conditions(customer="maybe"), "customer"),
        (Conditions(when="noon"), "open or closed"),
        (Conditions(words=tuple(map(str, range(51)))), "are the most"),
    ],
)
def test_what_a_rule_asks_wrongly_is_said(asked: Conditions, sentence: str) -> None:
    assert sentence in (problem_of(asked, Actions(alert=True)) or "")


def test_a_fine_rule_has_no_problem() -> None:
    assert problem_of(Conditions(severity=2, words=("tea",)), Actions(assign=Assign("skill"))) is None

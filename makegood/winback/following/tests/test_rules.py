"""When somebody is asked again, and what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from makegood.winback.following import rules
from makegood.winback.following.rules import FollowUpError, Given, Plan

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("remedy", "causes", "days"),
    [
        ("refund", [], 7),
        ("", [], 5),
        ("call", [], 3),
        ("refund", [12], 20),
        ("", [12], 20),
        ("refund", [12, 13], 30),
        ("refund", [99], 7),
        ("unheard of", [], 5),
    ],
)
def test_the_cause_goes_before_the_remedy_and_that_before_the_rest(remedy: str, causes: list[int], days: int) -> None:
    assert rules.days_for(Plan(by_cause={"12": 20, "13": 30}), remedy, causes) == days


@pytest.mark.parametrize("days", [0, 61, -1])
def test_a_plan_keeps_within_two_months(days: int) -> None:
    assert rules.plan_problem(Plan()) is None
    assert rules.plan_problem(Plan(days=days)) == "Each lies between 1 and 60 days."
    assert rules.plan_problem(Plan(by_remedy={"refund": days})) is not None
    assert rules.plan_problem(Plan(by_cause={"1": days})) is not None


@pytest.mark.parametrize(
    ("score", "resolved", "because"),
    [
        (1, None, "score"),
        (2, None, "score"),
        (3, None, ""),
        (5, None, ""),
        (5, False, "not_resolved"),
        (1, False, "not_resolved"),
        (1, True, "score"),
        (3, True, ""),
        (4, True, ""),
    ],
)
def test_what_brings_it_back(score: int, resolved: bool | None, because: str) -> None:
    assert rules.reopens(score, resolved) == because


def test_an_answer_is_read() -> None:
    assert rules.read_answer("5", "yes", "  Fine\r\nnow  ") == Given(5, True, "Fine\nnow")
    assert rules.read_answer("1", "no", "") == Given(1, False, "")
    assert rules.read_answer("3", "maybe", "") == Given(3, None, "")
    assert rules.read_answer("3", "", "x\x00y").comment == "xy", "PostgreSQL keeps no such character"
    assert len(rules.read_answer("3", "", "x\r\n" * 1_000).comment) == 1_999


@pytest.mark.parametrize("score", ["", "0", "6", "55", "five", "٣", "-1"])
def test_only_five_answers_are_scores(score: str) -> None:
    with pytest.raises(FollowUpError, match="one of the five"):
        rules.read_answer(score, "yes", "")


def test_a_comment_has_its_length() -> None:
    with pytest.raises(FollowUpError, match="2,000"):
        rules.read_answer("3", "", "x" * 2_001)


def test_an_answer_can_be_changed_for_two_weeks() -> None:
    for days, may in ((0, True), (14, True), (15, False)):
        assert rules.may_change(NOW, 0, NOW + timedelta(days=days), in_public=False) is may
    assert rules.may_change(NOW, 20, NOW, in_public=False) is False, "not for ever back and forth"
    assert rules.may_change(NOW, 0, NOW, in_public=True) is False, "a link for everybody is nobody's own"

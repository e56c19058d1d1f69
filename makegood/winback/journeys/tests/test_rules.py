"""Where somebody stands, as tables: what happened on which day, and what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from makegood.winback.journeys.rules import Complaint, Evidence, Fact, grouped, resolved_at, says_leaving, state_of

BASE = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOW = BASE + timedelta(days=400)


def on(day: float, ref: str = "") -> Fact:
    return Fact(BASE + timedelta(days=day), ref or f"row:{day}")


def known(**days: Any) -> Evidence:
    """Evidence from day numbers: `complaints` begins at day 0, `scores` are (day, score), `by` is expected_by."""
    scores = [(on(day), score) for day, score in days.pop("scores", ())]
    by = days.pop("by", None)
    facts: dict[str, Any] = {name: [on(day) for day in each] for name, each in days.items()}
    facts.setdefault("complaints", [on(0)])
    return Evidence(now=NOW, scores=scores, expected_by=on(by).at if by is not None else None, **facts)


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("unhappy", "complained", {}),
    ("unhappy", "complained", {"bought": [3]}),
    ("unhappy", "complained", {"thanks": [1]}),
    ("unhappy", "complained", {"praise": [1]}),
    ("unhappy", "complained", {"told_bought": [3]}),
    ("acknowledged", "answered", {"answers": [1]}),
    ("acknowledged", "answered", {"answers": [1], "bought": [0.5]}),
    ("acknowledged", "answered", {"answers": [1], "praise": [2]}),
    ("acknowledged", "answered", {"answers": [1], "scores": [(2, 3)]}),
    ("unhappy", "complained_again", {"complaints": [0, 2], "answers": [1]}),
    ("acknowledged", "answered", {"complaints": [0, 2], "answers": [1, 3]}),
    ("resolved", "done", {"remedied": [1]}),
    ("resolved", "solved", {"remedied": [1], "solved": [3]}),
    ("resolved", "said_right", {"remedied": [1], "solved": [3], "right": [2]}),
    ("unhappy", "not_right", {"remedied": [1], "not_right": [2]}),
    ("acknowledged", "answered", {"remedied": [1], "not_right": [2], "answers": [3]}),
    ("resolved", "done", {"remedied": [1, 4], "not_right": [2]}),
    ("unhappy", "complained_again", {"complaints": [0, 5], "remedied": [1], "right": [2]}),
    ("satisfied", "score", {"remedied": [1], "scores": [(2, 5)]}),
    ("satisfied", "score", {"scores": [(2, 4)]}),
    ("unhappy", "low_score", {"remedied": [1], "scores": [(2, 2)]}),
    ("satisfied", "score", {"scores": [(2, 1), (4, 5)]}),
    ("unhappy", "low_score", {"scores": [(2, 5), (4, 1)]}),
    ("satisfied", "thanked", {"remedied": [1], "thanks": [2]}),
    ("satisfied", "thanked", {"answers": [1], "thanks": [2]}),
    ("resolved", "done", {"remedied": [3], "thanks": [2]}),
    ("returned", "bought", {"answers": [1], "bought": [2]}),
    ("returned", "bought", {"remedied": [1], "bought": [2, 9]}),
    ("returned", "bought", {"scores": [(1, 5)], "bought": [2]}),
    ("returned", "told_bought", {"answers": [1], "told_bought": [2]}),
    ("unhappy", "complained_again", {"complaints": [0, 5], "answers": [1], "bought": [2]}),
    ("advocate", "praised", {"remedied": [1], "praise": [2]}),
    ("advocate", "praised", {"remedied": [1], "bought": [3], "praise": [4]}),
    ("advocate", "praised", {"answers": [1], "bought": [3], "praise": [4]}),
    ("returned", "bought", {"answers": [1], "bought": [3], "praise": [2]}),
    ("advocate", "praised", {"remedied": [3], "praise": [2, 5]}),
    ("unhappy", "complained_again", {"complaints": [0, 9], "remedied": [1], "bought": [3], "praise": [4]}),
    ("lost", "said_leaving", {"leaving": [0]}),
    ("lost", "said_leaving", {"leaving": [0], "answers": [1]}),
    ("lost", "said_leaving", {"answers": [1], "leaving": [2], "complaints": [0, 2]}),
    ("lost", "said_leaving", {"answers": [1], "remedied": [2], "leaving": [3]}),
    ("resolved", "done", {"leaving": [0], "remedied": [2]}),
    ("satisfied", "score", {"leaving": [0], "scores": [(5, 5)]}),
    ("returned", "bought", {"answers": [1, 4], "leaving": [2], "bought": [5]}),
    ("lost", "not_back", {"answers": [1], "by": 100}),
    ("lost", "not_back", {"by": 100}),
    ("lost", "not_back", {"remedied": [1], "scores": [(2, 5)], "by": 100}),
    ("satisfied", "score", {"remedied": [1], "scores": [(2, 5)], "by": 500}),
    ("returned", "bought", {"answers": [1], "bought": [300], "by": 100}),
    ("returned", "told_bought", {"answers": [1], "told_bought": [300], "by": 100}),
    ("advocate", "praised", {"remedied": [1], "praise": [2], "by": 100}),
]


@pytest.mark.parametrize(("state", "reason", "days"), CASES)
def test_where_they_stand(state: str, reason: str, days: dict[str, Any]) -> None:
    found = state_of(known(**days))
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize(("state", "reason", "days"), CASES)
def test_the_order_in_which_evidence_is_read_does_not_matter(state: str, reason: str, days: dict[str, Any]) -> None:
    turned = {name: each[::-1] if isinstance(each, list) else each for name, each in days.items()}
    found = state_of(known(**turned))
    assert found == state_of(known(**days))
    assert (found.state, found.reason) == (state, reason)


def test_each_state_and_reason_has_a_case() -> None:
    assert {state for state, _reason, _days in CASES} == {
        "unhappy",
        "acknowledged",
        "resolved",
        "satisfied",
        "returned",
        "advocate",
        "lost",
    }


def test_the_verdict_names_what_shows_it() -> None:
    assert state_of(known(answers=[1], bought=[5, 3])).fact == on(3)
    assert state_of(known(answers=[1], by=9)).fact is None
    assert state_of(known(complaints=[0, 2], answers=[1])).fact == on(2)
    assert state_of(known()).fact == on(0)


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (None, {"answers": [1], "bought": [2], "thanks": [3]}),
        (2, {"remedied": [4], "right": [2], "solved": [3]}),
        (5, {"scores": [(3, 2), (5, 3)]}),
        (None, {"scores": [(3, 2)]}),
        (4, {"remedied": [-1, 4]}),
    ],
)
def test_when_it_was_resolved(day: float | None, days: dict[str, Any]) -> None:
    assert resolved_at(known(**days)) == (None if day is None else on(day).at)


@pytest.mark.parametrize(
    "text",
    [
        "I will never buy from you again.",
        "Never again!",
        "I won't order here again",
        "I won’t order here again",
        "That was the last time I shop here",
        "You have lost a customer",
        "You lost me as a loyal customer",
        "I'm deleting my account",
        "Cancel my subscription now",
        "Ich bestelle nie wieder bei euch",
        "Das war meine letzte Bestellung",
    ],
)
def test_a_plain_farewell_is_heard(text: str) -> None:
    assert says_leaving(text)


@pytest.mark.parametrize(
    "text",
    [
        "My teapot never arrived",
        "I never got an answer. Please order the part.",
        "The lid broke again",
        "Nobody ever told me, and I return it tomorrow",
        "The last teapot was fine",
        "When can I buy it again?",
        "",
    ],
)
def test_other_complaints_are_no_farewell(text: str) -> None:
    assert not says_leaving(text)


def one(key: int, day: float, person: str = "a", case: int | None = None, **fields: Any) -> Complaint:
    settled = fields.pop("settled", None)
    at = on(settled).at if settled is not None else None
    return Complaint(key, on(day).at, case, person, fields.pop("known", True), at)


GROUPS: list[tuple[list[Complaint], dict[int, int]]] = [
    ([one(1, 0), one(2, 3)], {1: 1, 2: 1}),
    ([one(1, 0, settled=2), one(2, 3)], {1: 1, 2: 2}),
    ([one(1, 0, settled=4), one(2, 3)], {1: 1, 2: 1}),
    ([one(1, 0), one(2, 3, "b")], {1: 1, 2: 2}),
    ([one(1, 0, case=7), one(2, 3, "b", case=7)], {1: 1, 2: 2}),
    ([one(1, 0, case=7), one(2, 3, "b", case=7, known=False)], {1: 1, 2: 1}),
    ([one(1, 0, case=7, known=False), one(2, 3, "b", case=7, known=False)], {1: 1, 2: 1}),
    ([one(1, 0, case=7, settled=1), one(2, 3, case=7)], {1: 1, 2: 1}),
    ([one(1, 0, case=7), one(2, 3, case=8)], {1: 1, 2: 2}),
    ([one(1, 0, case=7), one(2, 3)], {1: 1, 2: 1}),
    ([one(1, 5), one(2, 0)], {1: 2, 2: 2}),
    ([], {}),
]


@pytest.mark.parametrize(("complaints", "heads"), GROUPS)
def test_what_is_about_one_complaint(complaints: list[Complaint], heads: dict[int, int]) -> None:
    for order in permutations(complaints):
        assert grouped(order) == heads

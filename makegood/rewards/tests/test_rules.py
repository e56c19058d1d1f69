"""What counts and for how much: tables, and what must hold whatever is drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.rewards import rules


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"complaint": True}, ""),
        ({"complaint": True, "severity": 3}, ""),
        ({"complaint": True, "urgency": "today"}, ""),
        ({"complaint": True, "flags": ["spam", "sarcasm", "person"]}, ""),
        ({"complaint": True, "flags": ["abuse"]}, "abuse"),
        ({"complaint": True, "flags": ["threat"]}, "threat"),
        ({"complaint": True, "severity": 4}, "rage"),
        ({"complaint": True, "urgency": "now"}, "urgent"),
        ({"complaint": True, "reopened": True}, "reopened"),
        ({"complaint": True, "flags": ["abuse"], "urgency": "now", "reopened": True}, "abuse"),
        ({"complaint": False, "flags": ["abuse"], "severity": 4, "urgency": "now", "reopened": True}, ""),
    ],
)
def test_what_is_a_hard_conversation(facts: dict[str, Any], because: str) -> None:
    assert rules.hard_because(**facts) == because


@pytest.mark.parametrize(
    ("score", "resolved", "good"),
    [
        (5, True, True),
        (4, True, True),
        (4, None, True),
        (5, False, False),
        (3, True, False),
        (1, None, False),
        (0, None, False),
        (6, True, False),
    ],
)
def test_what_is_a_satisfied_customer(score: int, resolved: bool | None, good: bool) -> None:
    assert rules.good_score(score, resolved) is good


@pytest.mark.parametrize(
    ("before", "mutual", "again", "points"),
    [
        (0, False, False, 10),
        (1, False, False, 10),
        (2, False, False, 5),
        (3, False, False, 0),
        (9, False, False, 0),
        (0, True, False, 5),
        (1, True, False, 5),
        (2, True, False, 2),
        (3, True, False, 0),
        (0, False, True, 0),
    ],
)
def test_for_how_much_kudos_between_two_count(before: int, mutual: bool, again: bool, points: int) -> None:
    weighed = rules.weigh(10, before, mutual, again)
    assert weighed.points == points
    assert weighed.facts() == {"nth": before + 1, "mutual": mutual, "again": again}


@given(st.integers(0, 100), st.integers(0, 40), st.booleans())
def test_a_pair_never_gains_by_thanking_more(points: int, before: int, mutual: bool) -> None:
    this, following = (rules.weigh(points, number, mutual).points for number in (before, before + 1))
    assert points >= this >= following >= 0
    assert rules.weigh(points, before, True).points <= rules.weigh(points, before, False).points
    month = sum(rules.weigh(points, number, mutual).points for number in range(before + 1))
    assert month <= 2 * points + points // 2


@given(st.integers(0, 100), st.lists(st.integers(1, 30), unique=True, max_size=20))
def test_a_split_is_fair_and_whole(points: int, people: list[int]) -> None:
    parts = rules.split(points, people)
    assert sum(parts.values()) == (points if people else 0)
    assert all(part > 0 for part in parts.values())
    shares = [parts.get(person, 0) for person in people]
    assert shares == sorted(shares, reverse=True)
    assert not shares or shares[0] - shares[-1] <= 1


@pytest.mark.parametrize(
    ("chosen", "may_note", "reads_all", "part"),
    [
        (None, True, True, True),
        (None, True, False, False),
        (True, True, False, True),
        (False, True, True, False),
        (None, False, True, False),
        (True, False, True, False),
    ],
)
def test_who_takes_part(chosen: bool | None, may_note: bool, reads_all: bool, part: bool) -> None:
    assert rules.takes_part(chosen, may_note=may_note, reads_all=reads_all) is part


def test_points_as_chosen_and_within_bounds() -> None:
    assert rules.points_for("satisfied", {}) == 10
    assert rules.points_for("satisfied", {"satisfied": 0}) == 0
    assert rules.points_for("satisfied", {"satisfied": 5_000}) == rules.MOST_POINTS
    assert rules.points_for("satisfied", {"satisfied": -3}) == 0


@pytest.mark.parametrize(
    ("moment", "zone", "month"),
    [
        (datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Berlin", ("2026-03-31T22:00", "2026-04-30T22:00")),
        (datetime(2026, 3, 31, 21, 30, tzinfo=UTC), "Europe/Berlin", ("2026-02-28T23:00", "2026-03-31T22:00")),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "UTC", ("2026-12-01T00:00", "2027-01-01T00:00")),
        (datetime(2026, 2, 1, 4, 59, tzinfo=UTC), "America/New_York", ("2026-01-01T05:00", "2026-02-01T05:00")),
    ],
)
def test_a_month_is_the_shops_month(moment: datetime, zone: str, month: tuple[str, str]) -> None:
    assert tuple(each.isoformat()[:16] for each in rules.month_of(moment, zone)) == month


def test_a_day_is_the_shops_day() -> None:
    late = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    assert rules.day_of(late, "Europe/Berlin").isoformat() == "2026-05-05"
    assert rules.day_of(late, "America/New_York").isoformat() == "2026-05-04"


@pytest.mark.parametrize(
    ("reason", "before", "said"),
    [
        ("", [], "in your own words"),
        ("   \n ", [], "in your own words"),
        ("thanks!", [], "in your own words"),
        ("x" * 501, [], "500 letters"),
        ("She found  the LOST parcel", ["she found the lost\nparcel"], "exactly this before"),
        ("She found the lost parcel", ["He found the lost parcel"], None),
    ],
)
def test_a_reason_is_in_ones_own_words(reason: str, before: list[str], said: str | None) -> None:
    problem = rules.reason_problem(reason, before)
    assert problem is None if said is None else said in str(problem)


@pytest.mark.parametrize(
    ("spent", "wanted", "budget", "same", "fits"),
    [
        ((0, 0), (5_000, 50), (None, None), True, True),
        ((0, 0), (5_000, 50), (5_000, 50), True, True),
        ((1, 0), (5_000, 50), (5_000, 50), True, False),
        ((0, 1), (5_000, 50), (5_000, 50), True, False),
        ((9_000, 0), (0, 50), (5_000, None), True, True),
        ((0, 0), (1, 50), (0, None), True, False),
        ((0, 0), (1, 50), (5_000, None), False, False),
        ((0, 0), (1, 50), (None, None), False, True),
        ((0, 0), (0, 50), (5_000, None), False, True),
    ],
)
def test_what_fits_into_a_budget(
    spent: tuple[int, int], wanted: tuple[int, int], budget: tuple[int | None, int | None], same: bool, fits: bool
) -> None:
    assert (rules.budget_problem(spent, wanted, budget, same) is None) is fits


@pytest.mark.parametrize(
    ("a_day", "values", "points", "fine"),
    [
        (3, ["Kindness"], {"kudos": 5}, True),
        (0, [], {}, False),
        (11, [], {}, False),
        (3, ["v"] * 13, {}, False),
        (3, ["v" * 61], {}, False),
        (3, [], {"hard": 101}, False),
        (3, [], {"hard": -1}, False),
    ],
)
def test_settings_have_bounds(a_day: int, values: list[str], points: dict[str, int], fine: bool) -> None:
    assert (rules.rules_problem(a_day, values, points) is None) is fine


@pytest.mark.parametrize(
    ("name", "points", "cost", "stock", "fine"),
    [
        ("A day off", 100, 0, None, True),
        ("A mug", 20, 900, 0, True),
        ("  ", 20, 0, None, False),
        ("A mug", 0, 0, None, False),
        ("A mug", 20, -1, None, False),
        ("A mug", 20, 0, -1, False),
    ],
)
def test_a_reward_makes_sense(name: str, points: int, cost: int, stock: int | None, fine: bool) -> None:
    assert (rules.reward_problem(name, points, cost, stock) is None) is fine

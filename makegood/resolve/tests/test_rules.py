"""How much somebody may decide: the pure part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from makegood.resolve import rules
from makegood.resolve.rules import Ceiling, Given, Over
from makegood.resolve.story import Facts, Worth, as_kept, from_kept, story

AMOUNTS = st.integers(0, 10**9)
MOST = st.one_of(st.none(), AMOUNTS)
CEILINGS = st.builds(Ceiling, st.sampled_from(["EUR", "USD", "JPY"]), MOST, MOST, MOST, MOST)
GIVEN = st.builds(Given, AMOUNTS, AMOUNTS, AMOUNTS)
ROLES = st.sampled_from(["agent", "manager", "owner"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns", "Pacific/Apia"])
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))


@given(role=ROLES, ceiling=CEILINGS, before=GIVEN, wanted=st.integers(1, 10**9))
def test_nothing_is_allowed_above_any_limit(role: str, ceiling: Ceiling, before: Given, wanted: int) -> None:
    found = rules.judge(role, ceiling, before, wanted, "EUR")
    tops = [
        (ceiling.per_case, before.case),
        (ceiling.per_person_year, before.person),
        (ceiling.per_month, before.month),
        (ceiling.four_eyes, before.case),
    ]
    within = ceiling.currency == "EUR" and all(top is None or used + wanted <= top for top, used in tops)
    assert found.allowed is within
    assert bool(found.why) is not within
    if found.allowed:
        assert not found.needs_two


@given(role=ROLES, ceiling=CEILINGS, before=GIVEN, wanted=st.integers(2, 10**9), cut=st.data())
def test_splitting_gains_nothing(role: str, ceiling: Ceiling, before: Given, wanted: int, cut: Any) -> None:
    part = cut.draw(st.integers(1, wanted - 1))
    later = Given(before.case + part, before.person + part, before.month + part)
    halves = rules.judge(role, ceiling, before, part, "EUR"), rules.judge(role, ceiling, later, wanted - part, "EUR")
    whole = rules.judge(role, ceiling, before, wanted, "EUR")
    assert whole.allowed is all(each.allowed for each in halves)
    assert whole.needs_two is any(each.needs_two for each in halves)


@given(ceiling=CEILINGS, before=GIVEN, wanted=st.integers(1, 10**9))
def test_another_currency_is_never_within_a_limit(ceiling: Ceiling, before: Given, wanted: int) -> None:
    found = rules.judge("agent", ceiling, before, wanted, "CHF")
    assert [each.limit for each in found.overs] == ["currency"]
    assert found.needs_two is (ceiling.four_eyes is not None)


@pytest.mark.parametrize(("role", "allowed"), [("agent", False), ("manager", False), ("owner", True)])
def test_without_a_limit_only_owners_give(role: str, allowed: bool) -> None:
    assert rules.judge(role, None, Given(), 1, "EUR").allowed is allowed
    assert rules.judge(role, None, Given(), 0, "EUR").allowed


def test_whoever_is_learning_asks_for_everything() -> None:
    assert not rules.judge("owner", None, Given(), 0, "EUR", learning=True).allowed
    assert not rules.judge("agent", Ceiling("EUR"), Given(), 1, "EUR", learning=True).covered


def test_the_second_limit_is_covered_by_two() -> None:
    found = rules.judge("manager", Ceiling("EUR", per_case=900, four_eyes=100), Given(), 200, "EUR")
    assert (found.allowed, found.covered, found.needs_two) == (False, True, True)
    assert not rules.judge("manager", Ceiling("EUR", per_case=100, four_eyes=100), Given(), 200, "EUR").covered


@given(at=MOMENTS, zone=ZONES)
def test_a_month_begins_at_midnight_in_the_shop(at: datetime, zone: str) -> None:
    began = rules.month_began(at, zone)
    there = began.astimezone(ZoneInfo(zone))
    assert (there.day, there.hour, there.minute) == (1, 0, 0)
    assert began <= at < began + timedelta(days=32)
    assert (there.year, there.month) == (at.astimezone(ZoneInfo(zone)).year, at.astimezone(ZoneInfo(zone)).month)
    year = rules.year_began(at, zone).astimezone(ZoneInfo(zone))
    assert (year.month, year.day, year.hour, year.year) == (1, 1, 0, there.year)


@pytest.mark.parametrize(
    ("kind", "amount", "cost", "counted"),
    [
        ("refund", 5000, 2000, 5000),
        ("refund", 5000, 6000, 6000),
        ("voucher", 5000, 2000, 5000),
        ("return", 5000, 2000, 5000),
        ("replacement", 5000, 2000, 2000),
        ("gift", 5000, 2000, 2000),
        ("courier", 5000, 2000, 2000),
        ("call", 5000, 0, 0),
        ("apology", 0, 0, 0),
    ],
)
def test_what_limits_count(kind: str, amount: int, cost: int, counted: int) -> None:
    assert rules.counted(kind, amount, cost) == counted


@given(st.text(max_size=600), st.text(max_size=600))
def test_marks_of_people_fit_and_differ(one: str, other: str) -> None:
    marks = rules.person_mark(f"author:{one}"), rules.person_mark(f"author:{other}")
    assert all(len(mark) <= 80 for mark in marks)
    assert (marks[0] == marks[1]) is (one == other)


@pytest.mark.parametrize(
    ("language", "minor", "currency", "words"),
    [
        ("en", 1234567, "EUR", "12,345.67 EUR"),
        ("de", 1234567, "EUR", "12.345,67 EUR"),
        ("en", 500, "JPY", "500 JPY"),
        ("en", 1500, "KWD", "1.500 KWD"),
        ("en", 5, "EUR", "0.05 EUR"),
    ],
)
def test_amounts_read_as_people_write_them(language: str, minor: int, currency: str, words: str) -> None:
    with translation.override(language):
        assert rules.amount_words(minor, currency) == words


# The story


def test_facts_are_kept_and_read_again() -> None:
    facts = Facts("Jana", "Bluesky", worth=Worth("EUR", 1, 2, "", "x"), overs=(Over("case", "EUR", 1, 2, 3),))
    assert from_kept(as_kept(facts)) == facts
    assert from_kept({"author": "Jana", "network": "Bluesky", "unknown": 1}) == Facts("Jana", "Bluesky")
    assert story(from_kept({})).lines[1] == "No order is linked to it."


def test_each_member_reads_it_in_their_own_way() -> None:
    facts = Facts(
        "Jana", "Bluesky", order="T-1", order_total_minor=123456, order_currency="EUR", placed_on="2026-03-01"
    )
    with translation.override("de"):
        assert "1.234,56 EUR" in story(facts).lines[1]
        assert "01.03.2026" in story(facts).lines[1]


def test_what_is_not_known_is_said() -> None:
    read = story(Facts("Jana", "Bluesky", asked_by="Malik", kind="apology", followers=12345, replies=1))
    assert [each.text for each in read.figures] == [
        "not enough orders to say",
        "nothing but time",
        "12,345 followers, 1 reply so far",
    ]
    assert read.lines[3] == "Nothing stands against it."
    assert story(Facts("Jana", "Bluesky", public=False)).figures[2].text == "said in private"


@given(st.text(max_size=400), st.text(max_size=400), st.booleans())
def test_a_story_is_four_short_lines(excerpt: str, reason: str, exception: bool) -> None:
    lines = story(Facts("Jana", "Bluesky", excerpt=excerpt, reason=reason, exception=exception)).lines
    assert len(lines) == 4
    assert all(line and "\n" not in line and len(line) < 300 for line in lines)

"""Who gets it, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.clocks import api as clocks
from makegood.routing.choosing import LONGEST_REASON, Board, Duty, Person, choose, with_rule
from makegood.routing.rules import Assign

MONDAY = datetime(2026, 5, 4, 10, tzinfo=UTC)
WORKDAYS = clocks.Hours("UTC", (((540, 1080),),) * 5 + ((), ()))
ALWAYS = Duty("UTC")
SKILL = Assign("skill")


def duty(hours: clocks.Hours | None = WORKDAYS, at: datetime = MONDAY) -> Duty:
    return Duty.of(hours, "UTC", at - timedelta(days=1), at)


def person(user: int, name: str = "", **more: Any) -> Person:
    return Person(user, name or f"P{user}", more.pop("duty", ALWAYS), **more)


def board(*people: Person, load: Mapping[int, int] | None = None, **more: Any) -> Board:
    return Board({one.user: one for one in people}, load=dict(load or {}), **more)


def everybody(found: Board) -> Assign:
    return Assign("least", people=tuple(found.people))


class TestDuty:
    def test_it_is_on_from_its_beginning_to_just_before_its_end(self) -> None:
        found = duty()
        nine, six = MONDAY.replace(hour=9), MONDAY.replace(hour=18)
        assert [found.is_on(at) for at in (nine - timedelta(seconds=1), nine, six - timedelta(seconds=1), six)] == [
            False, True, True, False,
        ]  # fmt: skip
        assert (found.until(MONDAY), found.begins(MONDAY)) == (six, None)
        assert (found.until(six), found.begins(six)) == (None, nine + timedelta(days=1))
        assert found.begins(MONDAY.replace(day=8, hour=19)) == nine + timedelta(days=7)

    def test_around_the_clock_never_ends(self) -> None:
        for found in (ALWAYS, duty(clocks.Hours("UTC", (((0, 1440),),) * 7))):
            assert found.is_on(MONDAY)
            assert found.begins(MONDAY) is None
        assert ALWAYS.until(MONDAY) is None

    def test_a_night_shift_is_one_stretch(self) -> None:
        found = duty(clocks.Hours("UTC", (((1320, 1440 + 360),),) * 7))
        midnight = MONDAY.replace(hour=0)
        assert found.until(midnight) == midnight.replace(hour=6)
        assert found.begins(MONDAY) == MONDAY.replace(hour=22)

    @given(
        st.lists(st.tuples(st.integers(0, 1380), st.integers(30, 600)), min_size=7, max_size=7),
        st.integers(0, 20 * 24 * 60),
    )
    def test_it_says_what_the_hours_say(self, days: list[tuple[int, int]], minutes: int) -> None:
        hours = clocks.Hours("Europe/Berlin", tuple(((begin, min(begin + span, 1440)),) for begin, span in days))
        at = MONDAY + timedelta(minutes=minutes)
        found = Duty.of(hours, "UTC", MONDAY - timedelta(days=1), MONDAY + timedelta(days=20))
        assert found.is_on(at) == clocks.is_open(hours, at)
        if not found.is_on(at):
            assert found.begins(at) == clocks.next_opening(hours, at)


class TestOne:
    def test_a_member_gets_it_whatever_the_hour_and_the_load(self) -> None:
        late = MONDAY.replace(hour=20)
        found = choose(Assign("person", 1), board(person(1, duty=duty(), most=2), load={1: 5}), "de", (), late)
        assert (found.user, found.because) == (1, "5 open, back on Tue 09:00")

    def test_while_they_are_away_it_is_their_stand_in(self) -> None:
        away = person(1, "Malik", away_until=date(2026, 5, 6), stand_in=2)
        found = choose(Assign("person", 1), board(away, person(2)), "", (), MONDAY)
        assert (found.user, found.because) == (2, "in the place of Malik, who is away until 6 May, 0 open")

    @pytest.mark.parametrize("stand_in", [None, 3, 2])
    def test_without_one_it_waits_for_them(self, stand_in: int | None) -> None:
        """Nobody, somebody who is gone, somebody who is away as well."""
        gone = date(2026, 5, 6)
        rows = (person(1, "Malik", away_until=gone, stand_in=stand_in), person(2, away_until=gone))
        found = choose(Assign("person", 1), board(*rows), "", (), MONDAY)
        assert (found.user, found.waits) == (None, True)
        assert found.because == "Malik is away until 6 May"

    def test_who_has_left_gets_nothing_and_is_not_waited_for(self) -> None:
        found = choose(Assign("person", 9), board(person(1)), "", (), MONDAY)
        assert (found.user, found.waits) == (None, False)
        assert "any more" in found.because

    def test_being_away_begins_and_ends_on_days_of_the_shop(self) -> None:
        away = person(1, away_from=date(2026, 5, 5), away_until=date(2026, 5, 5))
        found = board(away, zone="Asia/Tokyo")
        moments = {MONDAY: False, MONDAY.replace(hour=15): True, MONDAY.replace(day=5, hour=15): False}
        assert {at: found.is_away(away, at) for at in moments} == moments


class TestSeveral:
    def test_who_has_least_gets_it(self) -> None:
        found = board(person(1), person(2), person(3), load={1: 2, 2: 1, 3: 4})
        outcome = choose(everybody(found), found, "", (), MONDAY)
        assert (outcome.user, outcome.because) == (2, "1 open, the least of 3")

    def test_of_equals_who_was_given_something_the_longest_ago(self) -> None:
        found = board(person(1), person(2), person(3))
        got = []
        for number in range(6):
            outcome = choose(everybody(found), found, "", (), MONDAY)
            assert outcome.user is not None
            got.append(outcome.user)
            found.give(outcome.user, MONDAY + timedelta(minutes=number), counts=False)
        assert got == [1, 2, 3, 1, 2, 3]

    def test_a_team_is_its_people(self) -> None:
        found = board(person(1), person(2), teams={7: frozenset({2, 99})})
        assert choose(Assign("least", teams=(7,)), found, "", (), MONDAY).user == 2

    def test_off_duty_full_and_away_are_left_out(self) -> None:
        rows = (
            person(1, duty=duty(clocks.Hours("UTC", ((),) * 6 + (((0, 60),),)))),
            person(2, most=1),
            person(3, away_until=date(2026, 5, 4)),
            person(4),
        )
        found = board(*rows, load={2: 1, 4: 50})
        outcome = choose(everybody(found), found, "", (), MONDAY)
        assert (outcome.user, outcome.because) == (4, "50 open")

    def test_with_nobody_free_it_waits_and_says_for_whom(self) -> None:
        rows = (
            person(1, "Malik", most=10),
            person(2, "Nadia", duty=duty(at=MONDAY.replace(hour=20))),
            person(3, "Olga", away_until=date(2026, 6, 3)),
        )
        found = board(*rows, load={1: 10})
        outcome = choose(everybody(found), found, "", (), MONDAY.replace(hour=20))
        assert (outcome.user, outcome.waits) == (None, True)
        expected = "waits: Malik has 10 of 10 open, Nadia is off duty until Tue 09:00, Olga is away until 3 June"
        assert outcome.because == expected

    def test_many_who_can_not_are_not_all_named(self) -> None:
        found = board(*(person(user, most=1) for user in range(9)), load=dict.fromkeys(range(9), 1))
        assert choose(everybody(found), found, "", (), MONDAY).because.endswith("6 more can’t either")

    def test_who_takes_nothing_is_not_chosen(self) -> None:
        found = board(person(1, takes=False))
        for assign in (everybody(found), SKILL):
            outcome = choose(assign, found, "", (), MONDAY)
            assert (outcome.user, outcome.waits) == (None, False)


class TestSkill:
    GERMAN = person(1, "Malik", languages=frozenset({"de", "en"}), topics=frozenset({"delivery"}))
    ANY = person(2, "Ann")
    FRENCH = person(3, "Fanny", languages=frozenset({"fr"}))

    def test_who_speaks_it_comes_first_and_the_reason_says_so(self) -> None:
        found = board(self.GERMAN, self.ANY, self.FRENCH, load={1: 3}, topics={"delivery": "Delivery"})
        outcome = choose(SKILL, found, "de", ("delivery",), MONDAY)
        assert (outcome.user, outcome.because) == (1, "speaks German, knows about Delivery, 3 open")

    def test_who_said_nothing_takes_it_when_the_others_are_full(self) -> None:
        full = person(1, languages=frozenset({"de"}), most=3)
        outcome = choose(SKILL, board(full, self.ANY, self.FRENCH, load={1: 3}), "de", (), MONDAY)
        assert (outcome.user, outcome.because) == (2, "0 open")

    def test_a_language_that_nobody_speaks_waits_for_nobody(self) -> None:
        outcome = choose(SKILL, board(self.GERMAN, self.FRENCH), "fi", (), MONDAY)
        assert (outcome.user, outcome.waits, outcome.because) == (None, False, "nobody here speaks Finnish")

    def test_a_topic_that_nobody_knows(self) -> None:
        found = board(person(1, topics=frozenset({"billing"})), topics={"own:3": "Glazes"})
        assert choose(SKILL, found, "", ("own:3",), MONDAY).because == "nobody here knows about Glazes"

    def test_a_language_that_was_not_told_and_other_topics_ask_for_nothing(self) -> None:
        for language, topics in (("und", ()), ("", ("other",))):
            assert choose(SKILL, board(self.FRENCH), language, topics, MONDAY).user == 3


@given(
    st.integers(1, 6),
    st.dictionaries(st.integers(0, 5), st.integers(1, 8), max_size=6),
    st.dictionaries(st.integers(0, 5), st.integers(0, 12), max_size=6),
    st.integers(0, 40),
)
def test_the_loads_come_as_close_as_limits_let_them_and_no_limit_is_passed(
    people: int, most: dict[int, int], load: dict[int, int], count: int
) -> None:
    found = board(*(person(user, most=most.get(user)) for user in range(people)), load=load)
    before = {user: load.get(user, 0) for user in range(people)}
    got: Counter[int] = Counter()
    for number in range(count):
        outcome = choose(everybody(found), found, "", (), MONDAY)
        if outcome.user is None:
            assert outcome.waits
            assert all(not found.has_room(one) for one in found.people.values()), "it waits only when all are full"
            break
        got[outcome.user] += 1
        found.give(outcome.user, MONDAY + timedelta(seconds=number))
    after = {user: before[user] + got[user] for user in before}
    assert after == {user: found.load.get(user, 0) for user in before}
    for user, n in got.items():
        assert user not in most or after[user] <= most[user]
        others = [other for other in before if other not in most or after[other] < most[other]]
        assert all(after[user] - 1 <= after[other] for other in others), (n, "somebody with room had less")


@given(st.text(max_size=300), st.text(min_size=1, max_size=80))
def test_the_name_of_the_rule_is_never_cut(because: str, name: str) -> None:
    reason = with_rule(because, name)
    assert reason.endswith(f"rule “{name}”")
    assert len(reason) <= LONGEST_REASON

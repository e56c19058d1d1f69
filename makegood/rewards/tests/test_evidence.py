"""Points from what the journal shows, and their way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.desk import api as desk
from makegood.desk.models import Conversation
from makegood.journal.models import Mark
from makegood.kit import clock
from makegood.rewards import api as rewards
from makegood.rewards import evidence
from makegood.rewards.models import PointLine
from makegood.rewards.tests.scene import Shop
from makegood.winback import api as winback
from makegood.winback.models import Cause

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def read_all_again(shop: Shop) -> None:
    """As after a crash, or where ids came late: every line a second time."""
    Mark.objects.filter(name="points").update(entry_id=0)
    rewards.give_points()


def test_a_satisfied_customer_after_a_complaint(shop: Shop, malik: Any, olga: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    given = shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True, commented=False)
    assert shop.points(malik) == 10
    assert shop.points(olga) == 0
    line = PointLine.objects.within(shop.workspace).get()
    assert (line.kind, line.matter, line.evidence) == ("satisfied", f"conversation:{talk.pk}", given.pk)
    assert line.facts == {"score": 5, "whole": 10, "of": 1}
    assert "points.given" in shop.verbs()


@pytest.mark.parametrize(("score", "resolved"), [(3, True), (1, False), (5, False), (0, None)])
def test_nothing_for_a_customer_who_is_not(shop: Shop, malik: Any, score: int, resolved: bool | None) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, followup=1, score=score, resolved=resolved)
    assert shop.points(malik) == 0


def test_nothing_where_nobody_had_complained(shop: Shop, malik: Any) -> None:
    talk = shop.talk(intent="question")
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert shop.points(malik) == 0


def test_neither_many_answers_nor_fast_ones_give_anything(shop: Shop, malik: Any) -> None:
    for intent in ("complaint", "question", "praise"):
        talk = shop.talk(intent=intent)
        for _answer in range(40):
            shop.line("reply.sent", talk, malik, reply=1)
            shop.line("conversation.answered", talk, malik, first=True, seconds=2, in_time=True)
            shop.line("conversation.closed", talk, malik)
    assert shop.points(malik) == 0
    assert not PointLine.objects.within(shop.workspace).exists()


def test_more_answers_to_the_same_evidence_give_nothing_more(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, mona)
    for _answer in range(20):
        shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert (shop.points(mona), shop.points(malik)) == (5, 5)


def test_split_among_those_who_took_part_the_first_gets_the_odd_point(shop: Shop, malik: Any, mona: Any) -> None:
    olga = shop.person("Ola", "owner")
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("remedy.done", talk, mona, kind="voucher")
    shop.line("reply.by_hand", talk, olga)
    shop.line("satisfaction.given", talk, followup=1, score=4, resolved=True)
    assert [shop.points(each) for each in (malik, mona, olga)] == [4, 3, 3]


def test_who_is_left_out_gets_nothing_and_nobody_gains_by_it(shop: Shop, malik: Any, cora: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("reply.sent", talk, cora)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert (shop.points(malik), shop.points(cora)) == (5, 0)


def test_a_freelancer_who_takes_part_gets_their_share(shop: Shop, malik: Any, olga: Any, cora: Any) -> None:
    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("reply.sent", talk, cora)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert (shop.points(malik), shop.points(cora)) == (5, 5)


def test_a_customer_who_came_back(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("journey.moved", talk, journey=1, was="resolved", state="satisfied", reason="csat")
    assert shop.points(malik) == 0
    shop.line("journey.moved", talk, journey=1, was="satisfied", state="returned", reason="order")
    assert shop.points(malik) == 15
    shop.line("journey.moved", talk, journey=1, was="returned", state="advocate", reason="praise")
    assert shop.points(malik) == 15
    shop.line("journey.moved", talk, journey=1, was="returned", state="satisfied", reason="order_gone")
    assert shop.kinds(malik) == [("returned", 15), ("reversed", -15)]


def test_a_promise_kept_in_time_counts_once_a_case(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    shop.line("promise.made", talk, malik, words="by Friday")
    shop.line("promise.kept", talk, malik, in_time=False, words="by Friday")
    assert shop.points(malik) == 0
    shop.line("promise.kept", talk, malik, in_time=True, words="by Friday")
    for _again in range(5):
        shop.line("promise.kept", talk, malik, in_time=True, words="by Friday")
    assert shop.points(malik) == 3
    other = shop.talk()
    shop.line("promise.made", other, mona, words="by Monday")
    shop.line("promise.kept", other, malik, in_time=True, words="by Monday")
    assert (shop.points(mona), shop.points(malik)) == (2, 4)


def test_a_fixed_cause_is_its_owners(shop: Shop, malik: Any, mona: Any) -> None:
    shop.about_cause("cause.fixed", 7, owner=malik.pk)
    assert shop.points(malik) == 20
    shop.about_cause("cause.reopened", 7)
    assert shop.points(malik) == 0
    shop.about_cause("cause.fixed", 7, owner=mona.pk)
    assert (shop.points(malik), shop.points(mona)) == (0, 20)
    shop.about_cause("cause.fixed", 8, owner=None)
    shop.about_cause("cause.fixed", 9, owner=10**9)
    assert (shop.points(malik), shop.points(mona)) == (0, 20)


@pytest.mark.parametrize(
    ("read", "because"),
    [
        ({"flags": ["abuse"], "urgency": "today"}, "abuse"),
        ({"flags": [], "severity": 4, "urgency": "today"}, "rage"),
        ({"flags": [], "severity": 1, "urgency": "now"}, "urgent"),
    ],
)
def test_a_hard_conversation_is_for_who_takes_it(
    shop: Shop, malik: Any, mona: Any, read: dict[str, Any], because: str
) -> None:
    talk = shop.talk(**read)
    for person in (malik, malik, mona):
        shop.line("reply.sent", talk, person)
    assert (shop.points(malik), shop.points(mona)) == (8, 0)
    assert PointLine.objects.within(shop.workspace).get().facts["because"] == because


def test_what_turned_hard_later_does_not_make_an_earlier_answer_hard(shop: Shop, malik: Any) -> None:
    talk = shop.talk(severity=4)
    line = shop.line("reply.sent", talk, malik)
    talk.messages.update(posted_at=line.at + timedelta(minutes=5))
    assert shop.points(malik) == 0


def test_one_that_was_opened_again_is_hard(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    assert shop.points(malik) == 0
    shop.line("followup.reopened", talk, followup=1)
    shop.line("reply.sent", talk, mona)
    assert (shop.points(malik), shop.points(mona)) == (0, 8)


@pytest.mark.parametrize("verb", ["conversation.reopened", "followup.reopened"])
def test_all_that_evidence_gave_is_taken_back_when_it_is_opened_again(shop: Shop, malik: Any, verb: str) -> None:
    talk = shop.talk(flags=["abuse"])
    shop.line("reply.sent", talk, malik)
    shop.line("promise.kept", talk, malik, in_time=True, words="x")
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    before = shop.kinds(malik)
    assert before == [("hard", 8), ("promise", 3), ("satisfied", 10)]
    shop.line(verb, talk)
    assert shop.points(malik) == 0
    after = shop.kinds(malik)
    assert after[: len(before)] == before, "nothing is deleted or changed"
    assert sorted(after[len(before) :]) == sorted(("reversed", -points) for _kind, points in before)
    assert shop.verbs().count("points.reversed") == len(before)


def test_new_evidence_after_that_counts_once_more(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    for score in (5, 2, 4, 1, 5, 5):
        shop.line("satisfaction.given", talk, followup=1, score=score, resolved=True)
    assert shop.points(malik) == 10
    assert [points for _kind, points in shop.kinds(malik)] == [10, -10, 10, -10, 10]


def test_a_case_counts_once_over_all_its_conversations(shop: Shop, malik: Any) -> None:
    first, second = shop.talk(), shop.talk()
    for talk in (first, second):
        shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", first, followup=1, score=5, resolved=True)
    before = shop.points(malik)
    case = shop.case(first, second)
    shop.line("satisfaction.given", second, followup=2, score=5, resolved=True)
    assert shop.points(malik) == before
    shop.line("case.reopened", case)
    assert shop.points(malik) == 0


def test_a_reopened_conversation_takes_back_what_its_case_gave(shop: Shop, malik: Any) -> None:
    first, second = shop.talk(), shop.talk()
    shop.case(first, second)
    shop.line("reply.sent", first, malik)
    shop.line("satisfaction.given", first, followup=1, score=5, resolved=True)
    assert shop.points(malik) == 10
    shop.line("conversation.reopened", second)
    assert shop.points(malik) == 0


def test_reading_again_changes_nothing(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("reply.sent", talk, mona)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    shop.line("satisfaction.given", talk, followup=1, score=4, resolved=True)
    shop.line("promise.kept", talk, malik, in_time=True, words="x")
    shop.about_cause("cause.fixed", 3, owner=mona.pk)
    shop.line("conversation.reopened", talk)
    shop.about_cause("cause.reopened", 3)
    shop.line("reply.sent", talk, mona)
    before = (shop.kinds(malik), shop.kinds(mona))
    for _time in range(2):
        read_all_again(shop)
    assert (shop.kinds(malik), shop.kinds(mona)) == before


def test_the_sample_gives_nothing_and_nor_does_another_workspace(
    shop: Shop, malik: Any, sten: Any, other_workspace: Any
) -> None:
    talk = shop.talk()
    Conversation.objects.within(shop.workspace).filter(pk=talk.pk).update(is_sample=True)
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert shop.points(malik) == 0
    other = Shop(other_workspace)
    real = shop.talk()
    # A line that names somebody else's conversation finds nothing.
    other.line("reply.sent", real, sten)
    other.line("satisfaction.given", real, followup=1, score=5, resolved=True)
    assert other.points(sten) == 0


def test_points_set_to_nothing_give_nothing(shop: Shop, malik: Any, olga: Any) -> None:
    points = dict(rewards.DEFAULTS) | {"satisfied": 0, "hard": 0}
    rewards.save_rules(shop.member(olga), kudos_a_day=3, values=[], points=points, board=False)
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, followup=1, score=5, resolved=True)
    assert shop.kinds(malik) == []


def test_what_is_not_as_expected_stops_nobody(shop: Shop, malik: Any) -> None:
    talk = shop.talk()
    shop.line("satisfaction.given", talk)
    shop.line("journey.moved", talk)
    shop.line("promise.kept", talk)
    shop.about_cause("cause.fixed", 0)
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, score=5)
    assert shop.points(malik) == 10


def test_the_desks_own_lines_are_understood(shop: Shop, malik: Any, mona: Any) -> None:
    """Not lines as this test would write them, but as the desk does."""
    talk = shop.talk()
    given = desk.promise(talk, "by Friday", clock.now() + timedelta(days=2), malik)
    desk.keep_promise(given, mona)
    assert (shop.points(malik), shop.points(mona)) == (2, 1)
    desk.close(talk, mona)
    desk.reopen(talk, mona)
    assert (shop.points(malik), shop.points(mona)) == (0, 0)


def test_a_causes_own_lines_are_understood(shop: Shop, malik: Any, mona: Any) -> None:
    cause = Cause.objects.create(workspace=shop.workspace, name="The spout breaks", state="open", owner=malik)
    winback.fix_cause(shop.member(mona), cause, "A thicker spout")
    assert (shop.points(malik), shop.points(mona)) == (20, 0)
    winback.open_cause_again(shop.member(mona), cause)
    assert shop.kinds(malik) == [("cause", 20), ("reversed", -20)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(evidence.VERBS) - {"cause.fixed", "cause.reopened", "case.reopened"})),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 5),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_a_matter_counts_at_most_once_for_each_kind_and_person(
    steps: list[tuple[str, int, int, int, bool]], shop: Shop, malik: Any, mona: Any, olga: Any
) -> None:
    people, talks = [malik, mona, olga], [shop.talk(severity=each * 2) for each in range(3)]
    for verb, talk, person, score, again in steps:
        state = "returned" if score > 2 else "satisfied"
        data = {"score": score, "resolved": True, "state": state, "was": "returned", "in_time": score > 1, "words": "x"}
        shop.line(verb, talks[talk], people[person], **data)
        if again:
            read_all_again(shop)
    rewards.give_points()
    rows = PointLine.objects.within(shop.workspace)
    standing = rows.filter(undone_by__isnull=True).exclude(kind="reversed")
    once = [(row.user_id, row.kind, row.matter) for row in standing]
    assert len(once) == len(set(once))
    for person in people:
        mine = sum(row.points for row in standing if row.user_id == person.pk)
        assert rewards.balance_of(shop.workspace.pk, person.pk) == mine >= 0
    count = rows.count()
    read_all_again(shop)
    assert rows.count() == count


def test_the_clock_of_a_line_is_now(shop: Shop, malik: Any) -> None:
    before = clock.now()
    shop.about_cause("cause.fixed", 7, owner=malik.pk)
    assert shop.points(malik) == 20
    assert PointLine.objects.within(shop.workspace).get().at >= before

"""Several at one moment, on connections of their own: nobody spends twice, nothing is given twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from makegood.rewards import api as rewards
from makegood.rewards.models import Kudos, PointLine, Reward
from makegood.rewards.tests.scene import Shop, new_key
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def told(outcomes: list[Any]) -> Counter[str]:
    """How often which came of it; anything that is no sentence for a person is raised here."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, rewards.RewardError):
            raise outcome
    return Counter("refused" if isinstance(each, Exception) else "done" for each in outcomes)


def test_points_are_spent_once(shop: Shop, malik: Any, mona: Any) -> None:
    reward, member = shop.reward(mona, points=20), shop.member(malik)
    shop.earn(malik, 50)
    acts = [lambda: rewards.ask_for(member, reward.pk, request_key=new_key()) for _each in range(6)]
    assert told(at_once(*acts)) == {"done": 2, "refused": 4}
    assert rewards.balance_of(shop.workspace.pk, malik.pk) == 10


def test_the_last_one_goes_to_one(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    reward = shop.reward(mona, points=20, stock=1)
    people = [malik, mona, olga]
    for person in people:
        shop.earn(person, 20)
    members = [shop.member(person) for person in people]
    acts = [lambda n=n: rewards.ask_for(members[n], reward.pk, request_key=new_key()) for n in range(3)]
    assert told(at_once(*acts)) == {"done": 1, "refused": 2}
    assert Reward.objects.within(shop.workspace).get().stock == 0
    assert sum(rewards.balance_of(shop.workspace.pk, person.pk) for person in people) == 40


def test_the_budget_holds_and_one_decision_counts(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    rewards.set_budget(shop.member(olga), currency="EUR", minor=1_000, points=None)
    reward = shop.reward(mona, points=10, cost_minor=600)
    shop.earn(malik, 20)
    member = shop.member(malik)
    asked = [rewards.ask_for(member, reward.pk, request_key=new_key()) for _each in range(2)]
    managers = [shop.member(mona), shop.member(olga)]
    acts = [lambda n=n: rewards.fulfil(managers[n % 2], asked[n // 2].pk) for n in range(4)]
    assert told(at_once(*acts)) == {"done": 1, "refused": 3}
    assert rewards.budget_now(shop.workspace).spent_minor == 600


def test_declined_and_taken_back_at_once_gives_back_once(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    shop.earn(malik, 20)
    request = rewards.ask_for(shop.member(malik), shop.reward(mona).pk, request_key=new_key())
    own, manager, owner = shop.member(malik), shop.member(mona), shop.member(olga)
    outcomes = at_once(
        lambda: rewards.withdraw_request(own, request.pk),
        lambda: rewards.decline_request(manager, request.pk, "no"),
        lambda: rewards.fulfil(owner, request.pk),
    )
    assert told(outcomes) == {"done": 1, "refused": 2}
    request.refresh_from_db()
    assert rewards.balance_of(shop.workspace.pk, malik.pk) == (0 if request.state == "fulfilled" else 20)


def test_kudos_stay_within_the_day_and_two_who_thank_each_other_at_once_both_count_once(
    shop: Shop, malik: Any, olga: Any
) -> None:
    giver, other = shop.member(olga), shop.member(malik)
    said = [f"You found the lost parcel of customer {number}" for number in range(7)]
    acts = [lambda n=n: rewards.give_kudos(giver, malik.pk, said[n], request_key=new_key()) for n in range(5)]
    back = [lambda n=n: rewards.give_kudos(other, olga.pk, said[n], request_key=new_key()) for n in (5, 6)]
    assert told(at_once(*acts, *back)) == {"done": 5, "refused": 2}
    rows = Kudos.objects.within(shop.workspace).order_by("pk")
    assert sorted(row.weighed["nth"] for row in rows if row.giver_id == olga.pk) == [1, 2, 3]
    first = rows[0]
    assert not first.weighed["mutual"]
    assert all(row.weighed["mutual"] for row in rows if row.giver_id != first.giver_id)


def test_evidence_read_by_two_workers_counts_once(shop: Shop, malik: Any) -> None:
    talk = shop.talk(flags=["abuse"])
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, score=5)
    told(at_once(*[rewards.give_points] * 3))
    assert Counter(PointLine.objects.within(shop.workspace).values_list("kind", flat=True)) == {
        "hard": 1,
        "satisfied": 1,
    }

"""The ledger, the catalogue and the budget: what is held comes back, and nobody spends what they have not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.desk.models import Notice
from makegood.rewards import api as rewards
from makegood.rewards import ledger
from makegood.rewards.models import PointLine, Reward, RewardRequest
from makegood.rewards.tests.scene import Shop, at, new_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def ask(shop: Shop, user: Any, reward: Reward, **options: Any) -> RewardRequest:
    options.setdefault("request_key", new_key())
    return rewards.ask_for(shop.member(user), reward.pk, **options)


def balance(shop: Shop, user: Any) -> int:
    return rewards.balance_of(shop.workspace.pk, user.pk)


def refused(act: Any) -> str:
    with pytest.raises(rewards.RewardError) as error, transaction.atomic():
        act()
    return error.value.sentence


def test_asked_held_and_given(shop: Shop, malik: Any, mona: Any) -> None:
    reward = shop.reward(mona, "A day off", 20, stock=2)
    shop.earn(malik, 50)
    request = ask(shop, malik, reward, wish="Friday")
    assert balance(shop, malik) == 30
    reward.refresh_from_db()
    assert reward.stock == 1
    assert Notice.objects.within(shop.workspace).filter(user=mona, kind="reward").get().by == malik
    done = rewards.fulfil(shop.member(mona), request.pk, "Enjoy it")
    assert (done.state, done.decided_by_name, done.note) == ("fulfilled", "Mona", "Enjoy it")
    assert balance(shop, malik) == 30
    assert "has your reward" in Notice.objects.within(shop.workspace).get(user=malik).text
    assert shop.verbs()[-2:] == ["reward.asked", "reward.fulfilled"]
    assert "decided already" in refused(lambda: rewards.decline_request(shop.member(mona), request.pk, "no"))
    assert balance(shop, malik) == 30


def test_declined_with_a_word_and_the_points_come_back_once(shop: Shop, malik: Any, mona: Any) -> None:
    reward = shop.reward(mona, stock=1)
    shop.earn(malik, 20)
    request = ask(shop, malik, reward)
    assert balance(shop, malik) == 0
    assert "Say why" in refused(lambda: rewards.decline_request(shop.member(mona), request.pk, "  "))
    rewards.decline_request(shop.member(mona), request.pk, "We are too few on Friday")
    assert balance(shop, malik) == 20
    assert "decided already" in refused(lambda: rewards.decline_request(shop.member(mona), request.pk, "again"))
    with transaction.atomic():
        assert not ledger.pay_back(shop.workspace.pk, request.pk, "declined")
    assert balance(shop, malik) == 20
    reward.refresh_from_db()
    assert reward.stock == 1
    assert shop.verbs()[-2:] == ["reward.declined", "reward.paid_back"]
    assert "We are too few" in Notice.objects.within(shop.workspace).get(user=malik).text


def test_taken_back_by_who_asked(shop: Shop, malik: Any, mona: Any) -> None:
    shop.earn(malik, 20)
    request = ask(shop, malik, shop.reward(mona))
    assert "not there" in refused(lambda: rewards.withdraw_request(shop.member(mona), request.pk))
    rewards.withdraw_request(shop.member(malik), request.pk)
    assert balance(shop, malik) == 20
    assert shop.verbs()[-1] == "reward.paid_back"


def test_nobody_asks_for_more_than_they_have_or_there_is(
    shop: Shop, malik: Any, mona: Any, cora: Any, other_workspace: Any, sten: Any
) -> None:
    reward = shop.reward(mona, "A mug", 20, stock=0)
    assert "none left" in refused(lambda: ask(shop, malik, reward))
    rewards.save_reward(shop.member(mona), reward, name="A mug", points=20, stock=1)
    shop.earn(malik, 19)
    assert "You lack 1 points" in refused(lambda: ask(shop, malik, reward))
    assert "do not take part" in refused(lambda: ask(shop, cora, reward))
    assert "not in the catalogue" in refused(lambda: ask(Shop(other_workspace), sten, reward))
    rewards.save_reward(shop.member(mona), reward, name="A mug", points=10, active=False)
    assert "not in the catalogue" in refused(lambda: ask(shop, malik, reward))
    assert balance(shop, malik) == 19


def test_one_click_is_one_request(shop: Shop, malik: Any, mona: Any) -> None:
    reward, key = shop.reward(mona), new_key()
    shop.earn(malik, 100)
    assert ask(shop, malik, reward, request_key=key) == ask(shop, malik, reward, request_key=key)
    assert balance(shop, malik) == 80


def test_nobody_grants_themselves_a_reward_but_who_is_alone(shop: Shop, mona: Any, olga: Any, malik: Any) -> None:
    shop.earn(mona, 40)
    request = ask(shop, mona, shop.reward(mona))
    assert "Somebody else decides" in refused(lambda: rewards.fulfil(shop.member(mona), request.pk))
    assert "Only a manager" in refused(lambda: rewards.fulfil(shop.member(malik), request.pk))
    rewards.fulfil(shop.member(olga), request.pk)


def test_an_owner_alone_may(workspace: Any, olga: Any, malik: Any) -> None:
    shop = Shop(workspace)
    shop.earn(olga, 40)
    rewards.fulfil(shop.member(olga), ask(shop, olga, shop.reward(olga)).pk)


def test_the_months_budget_is_looked_at_when_it_is_given(
    shop: Shop, malik: Any, mona: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.workspace.timezone = "Europe/Berlin"
    shop.workspace.save()
    at(monkeypatch, datetime(2026, 5, 31, 12, 0, tzinfo=UTC))
    rewards.set_budget(shop.member(olga), currency="EUR", minor=5_000, points=None)
    mug = shop.reward(mona, "A mug", 10, cost_minor=3_000)
    shop.earn(malik, 100)
    first, second = ask(shop, malik, mug), ask(shop, malik, mug)
    rewards.fulfil(shop.member(mona), first.pk)
    now = rewards.budget_now(shop.workspace)
    assert (now.spent_minor, now.spent_points, now.minor) == (3_000, 10, 5_000)
    assert "budget does not cover it" in refused(lambda: rewards.fulfil(shop.member(mona), second.pk))
    second.refresh_from_db()
    assert second.state == "asked"
    assert balance(shop, malik) == 80
    free = ask(shop, malik, shop.reward(mona, "Choose the music", 5))
    rewards.fulfil(shop.member(mona), free.pk)
    # In Berlin it is June, in UTC still May.
    at(monkeypatch, datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    assert rewards.budget_now(shop.workspace).spent_minor == 0
    rewards.fulfil(shop.member(mona), second.pk)
    assert rewards.budget_now(shop.workspace).spent_minor == 3_000


def test_a_budget_in_points_and_one_in_another_currency(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    rewards.set_budget(shop.member(olga), currency="USD", minor=5_000, points=30)
    shop.earn(malik, 100)
    euros = ask(shop, malik, shop.reward(mona, "A mug", 10, cost_minor=1))
    assert "another currency" in refused(lambda: rewards.fulfil(shop.member(mona), euros.pk))
    big = ask(shop, malik, shop.reward(mona, "A day off", 31))
    assert "points are used up" in refused(lambda: rewards.fulfil(shop.member(mona), big.pk))
    assert shop.verbs()[0] == "budget.set"


@pytest.mark.parametrize(
    "values", [{"currency": "EURO"}, {"currency": "eur"}, {"minor": -1}, {"points": -1}, {"points": 10**7}]
)
def test_a_budget_makes_sense(shop: Shop, olga: Any, values: dict[str, Any]) -> None:
    wanted = {"currency": "EUR", "minor": None, "points": None, **values}
    refused(lambda: rewards.set_budget(shop.member(olga), **wanted))


def test_the_catalogue(shop: Shop, mona: Any, malik: Any) -> None:
    day = shop.reward(mona, "  A  day off ")
    assert day.name == "A day off"
    assert "already" in refused(lambda: shop.reward(mona, "A day off"))
    assert "manager" in refused(lambda: shop.reward(malik, "A yacht"))
    assert "name" in refused(lambda: shop.reward(mona, " "))
    assert "capitals" in refused(lambda: shop.reward(mona, "A mug", currency="euro"))
    rewards.save_reward(shop.member(mona), day, name="A day off", points=200)
    shop.reward(mona, "The music", 5)
    rewards.save_reward(shop.member(mona), None, name="Old", points=1, active=False)
    assert [row.name for row in rewards.catalogue(shop.workspace)] == ["The music", "A day off"]
    assert len(rewards.catalogue(shop.workspace, everything=True)) == 3


def test_what_was_asked_for_stays_as_it_was(shop: Shop, malik: Any, mona: Any) -> None:
    mug = shop.reward(mona, "A mug", 10, cost_minor=500)
    shop.earn(malik, 30)
    request = ask(shop, malik, mug)
    rewards.save_reward(shop.member(mona), mug, name="A cup", points=25, cost_minor=900)
    request.refresh_from_db()
    assert (request.reward_name, request.points, request.cost_minor) == ("A mug", 10, 500)


def test_the_ledger_only_grows(shop: Shop, malik: Any) -> None:
    shop.earn(malik, 10)
    line = PointLine.objects.within(shop.workspace).get()
    line.points = 1_000
    with pytest.raises(TypeError):
        line.save()
    with pytest.raises(TypeError):
        line.delete()
    same = {"workspace": shop.workspace, "user": malik, "kind": "cause", "matter": line.matter}
    with pytest.raises(IntegrityError), transaction.atomic():
        PointLine.objects.create(**same, points=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        PointLine.objects.create(**same | {"matter": "x"}, points=-10)
    with pytest.raises(IntegrityError), transaction.atomic():
        PointLine.objects.create(**same | {"kind": "held"}, points=10)


def test_points_that_are_taken_back_after_they_were_spent(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    shop.line("reply.sent", talk, malik)
    shop.line("satisfaction.given", talk, score=5)
    assert shop.points(malik) == 10
    reward = shop.reward(mona, points=10)
    ask(shop, malik, reward)
    shop.line("conversation.reopened", talk)
    assert shop.points(malik) == -10, "the reward stays; what comes next fills the gap first"
    shop.earn(malik, 15)
    assert "You lack 5 points" in refused(lambda: ask(shop, malik, reward))


STEPS = st.lists(
    st.tuples(st.sampled_from(["earn", "ask", "fulfil", "decline", "withdraw", "reverse"]), st.integers(0, 40)),
    max_size=30,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_the_lines_add_up(steps: list[tuple[str, int]], shop: Shop, malik: Any, mona: Any) -> None:
    """Beside the product a few plain numbers are kept; they must say the same."""
    reward = Reward.objects.within(shop.workspace).first() or shop.reward(mona, "Something", 10, stock=1_000_000)
    expected, earned = balance(shop, malik), []
    waiting: list[RewardRequest] = []
    stock = Reward.objects.within(shop.workspace).get().stock or 0
    for step, number in steps:
        if step == "earn" and number:
            shop.earn(malik, number)
            earned.append(number)
            expected += number
        elif step == "ask":
            if expected >= 10:
                waiting.append(ask(shop, malik, reward))
                expected, stock = expected - 10, stock - 1
            else:
                assert "lack" in refused(lambda: ask(shop, malik, reward))
        elif step == "reverse" and earned:
            with transaction.atomic():
                rows = PointLine.objects.within(shop.workspace).filter(kind="cause", undone_by__isnull=True)
                ledger.take_back(rows.order_by("-pk")[:1], "cause")
            expected -= earned.pop()
        elif waiting and step in ("fulfil", "decline", "withdraw"):
            request = waiting.pop(number % len(waiting))
            if step == "fulfil":
                rewards.fulfil(shop.member(mona), request.pk)
                continue
            if step == "decline":
                rewards.decline_request(shop.member(mona), request.pk, "no")
            else:
                rewards.withdraw_request(shop.member(malik), request.pk)
            expected, stock = expected + 10, stock + 1
        assert balance(shop, malik) == expected
    reward.refresh_from_db()
    assert reward.stock == stock

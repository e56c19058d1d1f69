"""Kudos: who may give them, how many, and for how much they count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.desk.models import Notice
from makegood.rewards import api as rewards
from makegood.rewards.models import Kudos, PointLine
from makegood.rewards.tests.scene import Shop, at, new_key

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def refused(shop: Shop, giver: Any, receiver: Any, *args: Any, **options: Any) -> str:
    before = Kudos.objects.within(shop.workspace).count()
    with pytest.raises(rewards.RewardError) as error:
        shop.thank(giver, receiver, *args, **options)
    assert Kudos.objects.within(shop.workspace).count() == before
    return error.value.sentence


def test_thanks_for_a_conversation(shop: Shop, olga: Any, malik: Any) -> None:
    talk = shop.talk()
    kudos = shop.thank(olga, malik, "You stayed calm for an hour", conversation=talk)
    assert (kudos.giver_name, kudos.receiver_name, kudos.points) == ("Olga", "Malik", 5)
    line = PointLine.objects.within(shop.workspace).get()
    assert (line.user_id, line.kind, line.points, line.matter) == (malik.pk, "kudos", 5, f"conversation:{talk.pk}")
    told = Notice.objects.within(shop.workspace).get(user=malik, kind="kudos")
    assert told.text == "thanks you: “You stayed calm for an hour”"
    assert shop.verbs() == ["kudos.given", "points.given"]
    assert rewards.balance_of(shop.workspace.pk, olga.pk) == 0


def test_a_collaborator_is_told_though_the_conversation_is_not_hers(shop: Shop, olga: Any, cora: Any) -> None:
    from makegood.desk import api as desk

    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    shop.thank(olga, cora, conversation=shop.talk())
    assert desk.count_notices(shop.member(cora)) == 1
    rows, _more = rewards.feed(shop.member(cora), takes_part=True)
    assert rows[0].conversation is None
    assert rows[0].hidden


def test_nobody_thanks_themselves(shop: Shop, olga: Any) -> None:
    assert "somebody else" in refused(shop, olga, olga)


def test_who_may_give_and_get(
    shop: Shop, olga: Any, malik: Any, vera: Any, cora: Any, sten: Any, other_workspace: Any
) -> None:
    assert "do not take part" in refused(shop, vera, malik)
    assert "do not take part" in refused(shop, cora, malik)
    assert "who takes part" in refused(shop, malik, cora)
    assert "who takes part" in refused(shop, malik, vera)
    assert "who takes part" in refused(shop, malik, sten)
    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    shop.thank(malik, cora)
    shop.thank(cora, malik)
    rewards.let_take_part(shop.member(olga), shop.member(malik), False)
    assert "do not take part" in refused(shop, malik, cora)
    with pytest.raises(rewards.RewardError):
        rewards.let_take_part(shop.member(olga), shop.member(vera), True)
    with pytest.raises(rewards.RewardError):
        rewards.let_take_part(shop.member(malik), shop.member(cora), True)
    with pytest.raises(rewards.RewardError):
        rewards.let_take_part(shop.member(olga), Membership.objects.within(other_workspace).get(user=sten), False)


def test_a_few_a_day_and_gone_at_its_end(shop: Shop, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.workspace.timezone = "Europe/Berlin"
    shop.workspace.save()
    at(monkeypatch, datetime(2026, 5, 13, 21, 30, tzinfo=UTC))
    for left in (2, 1, 0):
        shop.thank(olga, malik)
        assert rewards.left_today(shop.member(olga)) == left
    assert "Tomorrow" in refused(shop, olga, malik)
    assert rewards.left_today(shop.member(malik)) == 3
    at(monkeypatch, datetime(2026, 5, 13, 22, 1, tzinfo=UTC))
    assert rewards.left_today(shop.member(olga)) == 3, "midnight in Berlin; three days unused are no more than three"
    at(monkeypatch, NOON + timedelta(days=5))
    assert rewards.left_today(shop.member(olga)) == 3


@pytest.mark.parametrize("reason", ["", "   ", "great", "x" * 501])
def test_a_reason_is_required(shop: Shop, olga: Any, malik: Any, reason: str) -> None:
    with pytest.raises(rewards.RewardError):
        rewards.give_kudos(shop.member(olga), malik.pk, reason, request_key=new_key())


def test_not_the_same_words_twice(shop: Shop, olga: Any, malik: Any, mona: Any) -> None:
    shop.thank(olga, malik, "You found the lost parcel")
    assert "exactly this before" in refused(shop, olga, mona, "you found the  lost parcel")
    shop.thank(malik, mona, "You found the lost parcel")


def test_a_value_is_one_of_the_shops(shop: Shop, olga: Any, malik: Any) -> None:
    assert "values" in refused(shop, olga, malik, value="Kindness")
    rewards.save_rules(shop.member(olga), kudos_a_day=3, values=["Kindness"], points=rewards.DEFAULTS, board=False)
    assert shop.thank(olga, malik, value="Kindness").value == "Kindness"


def test_only_for_what_one_may_see(
    shop: Shop, olga: Any, malik: Any, cora: Any, sten: Any, other_workspace: Any
) -> None:
    rewards.let_take_part(shop.member(olga), shop.member(cora), True)
    talk, elsewhere = shop.talk(), Shop(other_workspace).talk()
    assert "not there" in refused(shop, cora, malik, conversation=talk)
    assert "not there" in refused(shop, cora, malik, case=shop.case(talk))
    assert "not there" in refused(shop, malik, olga, conversation=elsewhere)
    assert "not there" in refused(shop, malik, olga, case=Shop(other_workspace).case(elsewhere))


def test_one_click_is_one_kudos(shop: Shop, olga: Any, malik: Any) -> None:
    key = new_key()
    first = shop.thank(olga, malik, "You found the lost parcel", request_key=key)
    assert shop.thank(olga, malik, "You found the lost parcel", request_key=key) == first
    assert rewards.balance_of(shop.workspace.pk, malik.pk) == 5


def test_two_who_thank_each_other_all_the_time_gain_little(
    shop: Shop, olga: Any, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, NOON)
    counted = [shop.thank(olga, malik).points for _each in range(3)]
    at(monkeypatch, NOON + timedelta(days=1))
    counted += [shop.thank(olga, malik).points for _each in range(3)]
    assert counted == [5, 5, 2, 0, 0, 0]
    back = shop.thank(malik, olga)
    assert (back.points, back.weighed["mutual"]) == (2, True)
    assert rewards.weighed_words(back.weighed) == "You thank each other this month, so each counts half."
    assert shop.thank(mona, malik).points == 5, "others count whole"
    at(monkeypatch, NOON + timedelta(days=30))
    assert shop.thank(olga, malik).points == 5, "a new month"


def test_what_counts_nothing_is_still_said(shop: Shop, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)
    for _each in range(3):
        shop.thank(olga, malik)
    at(monkeypatch, NOON + timedelta(days=1))
    kudos = shop.thank(olga, malik)
    assert kudos.points == 0
    assert "count for nothing" in rewards.weighed_words(kudos.weighed)
    assert Notice.objects.within(shop.workspace).filter(user=malik).count() == 4
    assert PointLine.objects.within(shop.workspace).count() == 3


def test_a_case_counts_once_for_each_person_thanked(shop: Shop, olga: Any, malik: Any, mona: Any) -> None:
    talk, other = shop.talk(), shop.talk()
    case = shop.case(talk, other)
    assert shop.thank(olga, malik, conversation=talk).points == 5
    again = shop.thank(mona, malik, conversation=other)
    assert (again.points, again.weighed["again"]) == (0, True)
    assert shop.thank(mona, olga, case=case).points == 5


def test_kudos_stay_when_a_case_is_opened_again(shop: Shop, olga: Any, malik: Any) -> None:
    talk = shop.talk()
    shop.thank(olga, malik, conversation=talk)
    shop.line("conversation.reopened", talk)
    assert shop.points(malik) == 5


def test_public_ones_are_for_the_team_private_ones_for_two(
    shop: Shop, olga: Any, malik: Any, mona: Any, vera: Any, cora: Any
) -> None:
    shop.thank(olga, malik, "Everybody may read this one")
    shop.thank(olga, malik, "This is between you and me", public=False)

    def seen(user: Any) -> int:
        member = shop.member(user)
        return len(rewards.feed(member, rewards.seat_of(member).takes_part)[0])

    assert [seen(each) for each in (olga, malik, mona, vera, cora)] == [2, 2, 1, 1, 0]


def test_whoever_leaves_keeps_their_name_and_the_ledger_its_sum(shop: Shop, olga: Any, malik: Any, mona: Any) -> None:
    from makegood.accounts import api as accounts

    shop.thank(malik, mona)
    shop.thank(mona, malik)
    accounts.remove_member(shop.workspace, olga, shop.member(malik).pk)
    rows, _more = rewards.feed(shop.member(olga), takes_part=True)
    assert {(row.kudos.giver_name, row.kudos.receiver_name) for row in rows} == {("Malik", "Mona"), ("Mona", "Malik")}
    assert rewards.balance_of(shop.workspace.pk, malik.pk) == 2
    assert malik not in rewards.colleagues(shop.member(olga))
    malik.delete()
    line = PointLine.objects.within(shop.workspace).get(name="Malik")
    assert (line.user_id, line.points) == (None, 2)


def test_erasing_a_customer_takes_the_words_and_leaves_the_thanks(shop: Shop, olga: Any, malik: Any) -> None:
    talk, other = shop.talk(), shop.talk()
    shop.thank(olga, malik, "You calmed Ada of Elm Street", conversation=talk)
    shop.thank(olga, malik, "You calmed somebody else", conversation=other)
    found = rewards.export_threads(shop.workspace.pk, [talk.pk])
    assert [each["reason"] for each in found["kudos"]] == ["You calmed Ada of Elm Street"]
    assert rewards.erase_threads(shop.workspace.pk, [talk.pk]) == 1
    rows, _more = rewards.feed(shop.member(olga), takes_part=True)
    assert [row.kudos.reason for row in rows] == ["You calmed somebody else", ""]
    assert rewards.balance_of(shop.workspace.pk, malik.pk) == 10
    assert rewards.export_threads(shop.workspace.pk, [talk.pk]) == {"kudos": []}


def test_the_board_is_opt_in_and_each_can_stay_off_it(
    shop: Shop, olga: Any, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, NOON)
    shop.earn(malik, 20)
    shop.earn(mona, 20)
    shop.earn(olga, 5)

    def shown() -> Any:
        found = rewards.board(shop.workspace, rewards.seats(shop.workspace))
        return None if found is None else [(one.place, str(one.user), one.points) for one in found]

    assert shown() is None
    rewards.save_rules(shop.member(olga), kudos_a_day=3, values=[], points=rewards.DEFAULTS, board=True)
    assert shown() == [(1, "Malik", 20), (1, "Mona", 20), (3, "Olga", 5)]
    rewards.show_on_board(shop.member(malik), False)
    assert shown() == [(1, "Mona", 20), (2, "Olga", 5)]
    rewards.let_take_part(shop.member(olga), shop.member(mona), False)
    assert shown() == [(1, "Olga", 5)]
    at(monkeypatch, NOON + timedelta(days=31))
    assert shown() == []


def test_settings_are_the_owners(shop: Shop, mona: Any, malik: Any) -> None:
    for member in (shop.member(mona), shop.member(malik)):
        with pytest.raises(rewards.RewardError):
            rewards.save_rules(member, kudos_a_day=3, values=[], points={}, board=True)
        with pytest.raises(rewards.RewardError):
            rewards.set_budget(member, currency="EUR", minor=1, points=None)
    assert shop.verbs() == []

"""While somebody is away another decides in their place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.kit import clock
from makegood.resolve.deciders import delegates_of, end_delegate, places_taken, set_delegate
from makegood.resolve.models import Limit, Remedy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import Shop, approve, at, join, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    """Malik may give 10 EUR a case, Mona 100 EUR, Olga everything."""
    made = Shop(workspace)
    made.limit(case=1000)
    made.limit("manager", case=10000)
    return made


def test_a_delegate_decides_with_the_authority_of_who_is_away(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    anna = person(shop, "Anna", "agent")
    today = clock.now().date()
    set_delegate(join(shop.workspace, mona), mona, anna, today, today + timedelta(days=7))
    request = shop.request(malik, shop.talk(), 5000)
    assert shop.told(anna) == ["asks you to decide in the place of Mona: Voucher, 50.00 EUR"]
    assert shop.told(mona) == []
    row = approve(shop, request, anna)
    assert (row.state, row.decided_by, row.decided_for) == ("approved", anna, mona)
    assert Remedy.objects.within(shop.workspace).get().decided_role == "manager"
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, shop.request(malik, shop.talk(), 10001), anna)
    # Not their own, and no longer than that.
    own = shop.request(anna, shop.talk(), 5000)
    with pytest.raises(ResolveError, match="Somebody else has to decide"):
        approve(shop, own, anna)


def test_both_days_are_included_in_the_shops_zone(
    shop: Shop, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    type(shop.workspace).objects.filter(pk=shop.workspace.pk).update(timezone="Pacific/Auckland")
    anna = person(shop, "Anna", "agent")
    now = at(monkeypatch, clock.now().replace(month=7, day=10, hour=13, minute=0))
    first = now.date() + timedelta(days=1)  # It is 01:00 of the 11th in Auckland.
    set_delegate(join(shop.workspace, mona), mona, anna, first, first)
    for hours, places in ((-2, 0), (0, 1), (22, 1), (23, 0)):
        at(monkeypatch, now + timedelta(hours=hours))
        assert len(places_taken(join(shop.workspace, anna))) == places


def test_who_is_away_gives_no_more_than_they_have(shop: Shop, malik: Any, mona: Any) -> None:
    anna = person(shop, "Anna", "agent")
    today = clock.now().date()
    set_delegate(join(shop.workspace, mona), mona, anna, today, today)
    request = shop.request(malik, shop.talk(), 5000)
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="agent")
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, request, anna)
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="manager")
    Membership.objects.within(shop.workspace).filter(user=anna).update(learning=True)
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, request, anna)


def test_one_authority_never_agrees_twice(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="agent").update(four_eyes_minor=2000)
    anna, today = person(shop, "Anna", "agent"), clock.now().date()
    set_delegate(join(shop.workspace, olga), mona, anna, today, today)
    request = shop.request(malik, shop.talk(), 3000)
    row = approve(shop, request, anna)
    assert (row.state, row.first_by, row.first_for) == ("open", anna, mona)
    for user in (anna, mona):
        with pytest.raises(ResolveError, match="agreed already"):
            approve(shop, request, user)
    assert approve(shop, request, olga).state == "approved"


def test_who_asks_gets_no_yes_by_their_own_authority(shop: Shop, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="manager").update(four_eyes_minor=2000)
    anna, today = person(shop, "Anna", "agent"), clock.now().date()
    set_delegate(join(shop.workspace, mona), mona, anna, today, today)
    person(shop, "Otto", "owner")
    request = shop.request(mona, shop.talk(), 3000)
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, request, anna)


def test_who_may_say_who_is_in_whose_place(shop: Shop, malik: Any, mona: Any, olga: Any, vera: Any) -> None:
    today = clock.now().date()
    day = timedelta(days=1)
    me = join(shop.workspace, mona)
    for user, to, first, last, words in (
        (olga, malik, today, today, "Only owners"),
        (mona, mona, today, today, "somebody else"),
        (mona, malik, today, today - day, "after the first"),
        (mona, malik, today, today + 400 * day, "within a year"),
        (mona, malik, today - 3 * day, today - 2 * day, "over already"),
        (mona, vera, today, today, "answers customers"),
    ):
        with pytest.raises(ResolveError, match=words):
            set_delegate(me, user, to, first, last)
    with pytest.raises(ResolveError, match="Only who decides"):
        set_delegate(join(shop.workspace, malik), malik, mona, today, today)
    row = set_delegate(join(shop.workspace, olga), mona, malik, today, today)
    assert [each.pk for each in delegates_of(shop.workspace)] == [row.pk]
    with pytest.raises(ResolveError, match="Only owners"):
        end_delegate(join(shop.workspace, person(shop, "Anna", "agent")), row)
    end_delegate(join(shop.workspace, malik), row)
    end_delegate(join(shop.workspace, malik), row)
    assert delegates_of(shop.workspace) == []

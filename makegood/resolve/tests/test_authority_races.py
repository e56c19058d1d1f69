"""Several at one moment, on connections of their own: limits hold, one click is one remedy, one decision counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db.models import Sum

from makegood.accounts.api import change_role
from makegood.accounts.models import Membership
from makegood.resolve import asking, deciding, links
from makegood.resolve.models import Remedy
from makegood.resolve.rules import ResolveError, Wanted
from makegood.resolve.tests.authority_scene import Shop, approve, join, new_key, person
from makegood.resolve.tests.money_scene import Scene
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, mona: Any) -> Shop:
    return Shop(workspace)


def given(shop: Shop) -> int:
    rows = Remedy.objects.within(shop.workspace).filter(state__in=["auto_approved", "approved", "executed"])
    return int(rows.aggregate(total=Sum("counted_minor"))["total"] or 0)


def clean(outcomes: list[Any]) -> list[Any]:
    """What came of it; anything that is no sentence for a person is raised here."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, ResolveError):
            raise outcome
    return outcomes


@pytest.mark.parametrize("limit", ["case", "person", "month"])
def test_agents_in_parallel_stay_within_each_limit(shop: Shop, malik: Any, limit: str) -> None:
    most: dict[str, Any] = {limit: 10000}
    shop.limit(**most)
    agents = [malik, *(person(shop, name, "agent") for name in ("Anna", "Aki", "Ali"))]
    order = shop.order()
    if limit == "case":
        talks = [shop.talk(f"handle{number}") for number in range(4)]
        fields: dict[str, Any] = {"order": order}
    else:
        talks = [shop.talk("one" if limit == "person" else "") for _each in range(4)]
        fields = {}
    wanted = [
        Wanted(kind="voucher", currency="EUR", amount_minor=3000, request_key=new_key(), **fields) for _ in range(8)
    ]
    members = [join(shop.workspace, each) for each in agents]
    acts = [lambda n=n: asking.ask(members[n % 4], talks[(n // 2) % 4], wanted[n]) for n in range(8)]
    states = Counter(remedy.state for remedy in clean(at_once(*acts)))
    assert states == {"auto_approved": 3, "requested": 5}
    assert given(shop) == 9000


def test_one_click_twice_at_once_is_one_remedy(shop: Shop, malik: Any) -> None:
    shop.limit(case=10000)
    talk, member = shop.talk(), join(shop.workspace, malik)
    wanted = Wanted(kind="voucher", currency="EUR", amount_minor=3000, request_key=new_key())
    found = clean(at_once(*(lambda: asking.ask(member, talk, wanted) for _each in range(5))))
    assert {each.pk for each in found} == {Remedy.objects.within(shop.workspace).get().pk}
    assert shop.verbs() == ["given"]


def test_a_refund_clicked_by_two_agents_goes_back_once(scene: Scene, olga: Any, malik: Any, mona: Any) -> None:
    shop = Shop(scene.workspace)
    shop.limit(case=100000)
    shop.limit("manager", case=100000)
    charge, talk = scene.charge(9000), shop.talk()
    members = [join(shop.workspace, each) for each in (malik, mona)]
    wanted = [
        Wanted(kind="refund", currency="EUR", amount_minor=9000, charge=charge, request_key=new_key()) for _ in "ab"
    ]
    acts = [lambda n=n: asking.ask(members[n], talk, wanted[n]) for n in range(2)]
    found = clean(at_once(*acts))
    assert sorted(isinstance(each, ResolveError) for each in found) == [False, True]
    assert given(shop) == 9000


def test_two_deciders_at_once_decide_once(shop: Shop, malik: Any, olga: Any) -> None:
    otto = person(shop, "Otto", "owner")
    for _each in range(3):
        request = shop.request(malik, shop.talk(), 5000)
        found = clean(
            at_once(
                lambda: approve(shop, request, olga),  # noqa: B023
                lambda: deciding.decline(request, join(shop.workspace, otto), "No"),  # noqa: B023
            )
        )
        assert sum(isinstance(each, ResolveError) for each in found) == 1
        request.refresh_from_db()
        assert (request.state == "approved") is (request.remedy.state == "approved")


def test_managers_at_once_stay_within_their_limit(shop: Shop, malik: Any, mona: Any) -> None:
    shop.limit("manager", case=10000)
    others = [mona, *(person(shop, f"Boss{n}", "manager") for n in range(3))]
    talk = shop.talk()
    requests = [shop.request(malik, talk, 4000) for _each in range(4)]
    found = clean(at_once(*(lambda n=n: approve(shop, requests[n], others[n]) for n in range(4))))
    assert sum(isinstance(each, ResolveError) for each in found) == 2
    assert given(shop) == 8000


def test_one_person_in_two_tabs_does_not_agree_twice(shop: Shop, malik: Any, olga: Any, mona: Any) -> None:
    shop.limit(case=90000, four_eyes=1000)
    shop.limit("manager")
    for _each in range(3):
        request = shop.request(malik, shop.talk(), 5000)
        clean(at_once(*(lambda: approve(shop, request, mona) for _tab in range(3))))  # noqa: B023
        request.refresh_from_db()
        assert (request.state, request.first_by) == ("open", mona)
    assert given(shop) == 0


def test_a_link_in_two_tabs_decides_once(shop: Shop, malik: Any, olga: Any) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    secret = links.make_link(request, olga)
    found = clean(at_once(*(lambda: links.decide_by_link(secret, olga, deciding.approve) for _tab in range(4))))
    assert sum(isinstance(each, ResolveError) for each in found) == 3
    assert shop.verbs() == ["requested", "approved"]


def test_whoever_is_demoted_meanwhile_gives_no_more(shop: Shop, olga: Any, mona: Any) -> None:
    shop.limit("manager", case=100000)
    member, talk = join(shop.workspace, mona), shop.talk()
    wanted = [Wanted(kind="voucher", currency="EUR", amount_minor=100, request_key=new_key()) for _each in range(6)]
    acts = [lambda n=n: asking.ask(member, talk, wanted[n]) for n in range(6)]
    clean(at_once(*acts, lambda: change_role(shop.workspace, olga, member.pk, "agent")))
    assert Membership.objects.within(shop.workspace).get(user=mona).role == "agent"
    rows = Remedy.objects.within(shop.workspace)
    assert not rows.filter(state="auto_approved").exclude(decided_role="manager").exists()
    late = Wanted(kind="voucher", currency="EUR", amount_minor=100, request_key=new_key())
    assert asking.ask(member, talk, late).state == "requested"

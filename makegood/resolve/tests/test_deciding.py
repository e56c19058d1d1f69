"""Who decides, who does not, and what becomes of what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.kit import clock
from makegood.resolve import deciding
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


def test_a_manager_approves_within_a_managers_limits(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    assert (len(shop.told(mona)), len(shop.told(olga))) == (1, 0)
    row = approve(shop, request, mona, "  Gladly ")
    remedy = Remedy.objects.within(shop.workspace).get()
    assert (row.state, row.decided_by, row.decided_for) == ("approved", mona, None)
    assert (remedy.state, remedy.decided_by, remedy.decided_role) == ("approved", mona, "manager")
    assert remedy.decided_because == "Gladly"
    assert remedy.try_at is not None
    assert shop.told(malik) == ["approved what you asked for: “Gladly”"]
    assert shop.verbs() == ["requested", "approved"]


def test_above_it_only_the_owner_does(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    request = shop.request(malik, shop.talk(), 10001)
    assert (len(shop.told(mona)), len(shop.told(olga))) == (0, 1)
    acts: list[Callable[[], object]] = [
        lambda: approve(shop, request, mona),
        lambda: deciding.decline(request, join(shop.workspace, mona), "No"),
        lambda: deciding.counter(request, join(shop.workspace, mona), amount_minor=10002),
    ]
    for act in acts:
        with pytest.raises(ResolveError, match="above what you may decide"):
            act()
    assert approve(shop, request, olga).state == "approved"


def test_what_was_given_meanwhile_counts_when_it_is_decided(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    first, second = shop.request(malik, talk, 6000), shop.request(malik, talk, 6000)
    approve(shop, first, mona)
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, second, mona)
    assert Remedy.objects.within(shop.workspace).filter(state="approved").count() == 1


def test_a_managers_month_counts_what_they_approved(shop: Shop, malik: Any, mona: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="manager").update(per_month_minor=9000)
    approve(shop, shop.request(malik, shop.talk(), 5000), mona)
    assert shop.ask(mona, shop.talk(), 4000).state == "auto_approved"
    with pytest.raises(ResolveError, match="above what you may decide"):
        approve(shop, shop.request(malik, shop.talk(), 1001), mona)


def test_nobody_approves_their_own(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    request = shop.request(mona, shop.talk(), 20000)
    with pytest.raises(ResolveError, match="Somebody else has to decide"):
        approve(shop, request, mona)
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="owner")
    with pytest.raises(ResolveError, match="Somebody else has to decide"):
        approve(shop, request, mona)


@pytest.mark.parametrize(
    ("change", "words"), [({"role": "agent"}, "above"), ({"learning": True}, "above"), ({"role": "viewer"}, "nothing")]
)
def test_who_may_no_longer_decide_does_not(
    shop: Shop, malik: Any, mona: Any, change: dict[str, Any], words: str
) -> None:
    request, stale = shop.request(malik, shop.talk(), 5000), join(shop.workspace, mona)
    Membership.objects.within(shop.workspace).filter(user=mona).update(**change)
    with pytest.raises(ResolveError, match=words):
        deciding.approve(request, stale)


def test_strangers_do_not(shop: Shop, malik: Any, sten: Any, other_workspace: Any) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    with pytest.raises(ResolveError, match="not there"):
        deciding.approve(request, join(other_workspace, sten))


def test_it_is_decided_once(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    approve(shop, request, mona)
    acts: list[Callable[[], object]] = [
        lambda: approve(shop, request, olga),
        lambda: deciding.decline(request, join(shop.workspace, olga), "No"),
        lambda: deciding.counter(request, join(shop.workspace, olga), amount_minor=10),
        lambda: deciding.withdraw(request, join(shop.workspace, malik)),
    ]
    for act in acts:
        with pytest.raises(ResolveError, match=r"decided this already|been decided"):
            act()


def test_declining_says_why(shop: Shop, malik: Any, mona: Any) -> None:
    request, member = shop.request(malik, shop.talk(), 5000), join(shop.workspace, mona)
    with pytest.raises(ResolveError, match="why not"):
        deciding.decline(request, member, " ")
    with pytest.raises(ResolveError, match="too long"):
        deciding.decline(request, member, "x" * 301)
    deciding.decline(request, member, "We had sent a new one")
    assert Remedy.objects.within(shop.workspace).get().state == "declined"
    assert shop.told(malik) == ["declined what you asked for: “We had sent a new one”"]


def test_the_asker_takes_it_back(shop: Shop, malik: Any, mona: Any) -> None:
    request = shop.request(malik, shop.talk(), 5000)
    with pytest.raises(ResolveError, match="Only who asked"):
        deciding.withdraw(request, join(shop.workspace, mona))
    assert deciding.withdraw(request, join(shop.workspace, malik)).state == "withdrawn"
    assert Remedy.objects.within(shop.workspace).get().state == "reversed"
    with pytest.raises(ResolveError, match="decided this already"):
        approve(shop, request, mona)


# Two who agree


def test_two_different_people_agree(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="agent").update(four_eyes_minor=2000)
    request = shop.request(malik, shop.talk(), 3000)
    assert (len(shop.told(mona)), len(shop.told(olga))) == (1, 1)
    row = approve(shop, request, mona)
    assert (row.state, row.first_by) == ("open", mona)
    assert Remedy.objects.within(shop.workspace).get().state == "requested"
    assert len(shop.told(olga)) == 2
    with pytest.raises(ResolveError, match="agreed already"):
        approve(shop, request, mona)
    assert approve(shop, request, olga).state == "approved"
    assert shop.verbs() == ["requested", "half_approved", "approved"]


def test_owners_too_above_their_second_limit(shop: Shop, mona: Any, olga: Any) -> None:
    shop.limit("owner", four_eyes=5000)
    otto = person(shop, "Otto", "owner")
    assert shop.ask(olga, shop.talk(), 5000).state == "auto_approved"
    request = shop.request(olga, shop.talk(), 5001)
    assert request.needs_two
    approve(shop, request, otto)
    with pytest.raises(ResolveError, match="Somebody else"):
        approve(shop, request, olga)
    assert approve(shop, request, mona).state == "approved"


def test_the_deciders_own_second_limit_holds(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="manager").update(four_eyes_minor=2000)
    request = shop.request(malik, shop.talk(), 3000)
    assert not request.needs_two
    assert approve(shop, request, mona).state == "open"
    # An owner without a second limit is enough.
    assert approve(shop, request, olga).state == "approved"


def test_the_first_word_counts_only_while_it_may(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="agent").update(four_eyes_minor=2000)
    otto = person(shop, "Otto", "owner")
    request = shop.request(malik, shop.talk(), 3000)
    approve(shop, request, mona)
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="agent")
    row = approve(shop, request, olga)
    assert (row.state, row.first_by) == ("open", olga)
    assert approve(shop, request, otto).state == "approved"


# Another offer


def test_another_offer_is_taken(shop: Shop, malik: Any, mona: Any) -> None:
    request = shop.request(malik, shop.talk(), 9000, words="Sorry")
    member = join(shop.workspace, mona)
    row = deciding.counter(request, member, amount_minor=4000, note="Half of it")
    first = Remedy.objects.within(shop.workspace).get()
    assert (row.state, first.state, row.counter_minor) == ("countered", "countered", 4000)
    assert shop.told(malik) == ["offers something else than you asked for: 40.00 EUR"]
    with pytest.raises(ResolveError, match="Only who asked"):
        deciding.take_counter(request, member)
    taken = deciding.take_counter(request, join(shop.workspace, malik))
    assert (taken.state, taken.amount_minor, taken.counter_of) == ("approved", 4000, first)
    assert (taken.decided_by, taken.decided_role, taken.asked_by) == (mona, "manager", malik)
    assert (taken.words, taken.counted_minor) == ("Sorry", 4000)
    assert taken.try_at is not None
    assert deciding.take_counter(request, join(shop.workspace, malik)) == taken
    assert shop.verbs() == ["requested", "countered", "counter_taken"]


def test_another_kind_is_offered(shop: Shop, malik: Any, mona: Any) -> None:
    request = shop.request(malik, shop.talk(), 9000, details={"percent": 10})
    deciding.counter(request, join(shop.workspace, mona), kind="gift", amount_minor=3000, cost_minor=1200)
    taken = deciding.take_counter(request, join(shop.workspace, malik))
    assert (taken.kind, taken.cost_minor, taken.counted_minor, taken.details) == ("gift", 1200, 1200, {})


def test_an_offer_is_within_the_deciders_authority_when_taken(shop: Shop, malik: Any, mona: Any) -> None:
    talk = shop.talk()
    request, member = shop.request(malik, talk, 9000), join(shop.workspace, mona)
    with pytest.raises(ResolveError, match="above what you may decide"):
        deciding.counter(request, member, amount_minor=10001)
    with pytest.raises(ResolveError, match="what was asked for"):
        deciding.counter(request, member, amount_minor=9000)
    with pytest.raises(ResolveError, match="not less than nothing"):
        deciding.counter(request, member, amount_minor=-1)
    deciding.counter(request, member, amount_minor=8000)
    approve(shop, shop.request(malik, talk, 3000), mona)
    with pytest.raises(ResolveError, match="Mona may no longer decide"):
        deciding.take_counter(request, join(shop.workspace, malik))
    Limit.objects.within(shop.workspace).filter(role="manager").update(per_case_minor=11000)
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="agent")
    with pytest.raises(ResolveError, match="Mona may no longer decide"):
        deciding.take_counter(request, join(shop.workspace, malik))


def test_no_offer_above_what_two_agree_on(shop: Shop, malik: Any, mona: Any, olga: Any) -> None:
    Limit.objects.within(shop.workspace).filter(role="manager").update(four_eyes_minor=2000)
    request = shop.request(malik, shop.talk(), 5000)
    with pytest.raises(ResolveError, match="Two have to agree"):
        deciding.counter(request, join(shop.workspace, mona), amount_minor=2001)
    assert deciding.counter(request, join(shop.workspace, mona), amount_minor=2000).state == "countered"


def test_an_offer_is_let_be_or_runs_out(shop: Shop, malik: Any, mona: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = join(shop.workspace, malik)
    one, two = shop.request(malik, shop.talk(), 5000), shop.request(malik, shop.talk(), 5000)
    with pytest.raises(ResolveError, match="Nothing else was offered"):
        deciding.take_counter(one, me)
    for each in (one, two):
        deciding.counter(each, join(shop.workspace, mona), amount_minor=2000)
    deciding.leave_counter(one, me)
    with pytest.raises(ResolveError, match="let be"):
        deciding.take_counter(one, me)
    at(monkeypatch, clock.now() + timedelta(hours=48))
    with pytest.raises(ResolveError, match="run out"):
        deciding.take_counter(two, me)
    assert not Remedy.objects.within(shop.workspace).filter(state="approved").exists()

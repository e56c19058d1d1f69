"""Within one's authority it is done at once, above it somebody decides; and nothing gets around a limit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.resolve import asking
from makegood.resolve.models import ApprovalRequest, ReasonCode, Remedy
from makegood.resolve.rules import ResolveError, Wanted
from makegood.resolve.story import Worth, story_of
from makegood.resolve.tests.authority_scene import Shop, join, new_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any) -> Shop:
    return Shop(workspace)


def _lines(line: Any, count: int) -> dict[str, Any]:
    return {"lines": [[line.pk, count]]}


def test_within_authority_it_is_given_at_once(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000, person=15000, month=100000)
    remedy = shop.ask(malik, shop.talk(), 3000)
    assert (remedy.state, remedy.decided_by, remedy.decided_role) == ("auto_approved", malik, "agent")
    assert remedy.try_at is not None
    assert remedy.counted_minor == 3000
    assert remedy.decided_because == (
        "Within authority: 30.00 EUR of 50.00 EUR a case, 30.00 EUR of 150.00 EUR a person and year, "
        "30.00 EUR of 1,000.00 EUR a month."
    )
    assert shop.verbs() == ["given"]
    assert not ApprovalRequest.objects.within(shop.workspace).exists()


def test_above_it_those_who_may_decide_are_asked(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=5000)
    talk = shop.talk()
    shop.ask(malik, talk, 3000)
    request = shop.request(malik, talk, 2001)
    assert request.why == "Above 50.00 EUR a case: 30.00 EUR given before, 20.01 EUR more."
    assert not request.needs_two
    assert request.remedy.try_at is None
    assert shop.told(olga) == ["asks you to decide: Voucher, 20.01 EUR"]
    assert shop.told(malik) == []


def test_exactly_the_limit_is_within_it(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000, person=5000, month=5000, four_eyes=5000)
    assert shop.ask(malik, shop.talk(), 5000).state == "auto_approved"


@pytest.mark.parametrize("kind", ["voucher", "gift"])
def test_without_any_limit_agents_always_ask(shop: Shop, malik: Any, kind: str) -> None:
    request = shop.request(malik, shop.talk(), 1, kind=kind, cost_minor=1)
    assert request.why == "Nothing of this kind may be given without asking."


def test_owners_decide_without_a_limit(shop: Shop, olga: Any) -> None:
    assert shop.ask(olga, shop.talk(), 10**9, currency="JPY").state == "auto_approved"


def test_words_cost_nothing_and_need_no_limit(shop: Shop, malik: Any) -> None:
    assert shop.ask(malik, shop.talk(), 0, kind="apology").state == "auto_approved"


def test_a_kind_has_its_own_limit_or_shares_the_rest(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    shop.limit(kind="voucher", case=1000)
    talk = shop.talk()
    assert shop.ask(malik, talk, 1000).state == "auto_approved"
    assert shop.ask(malik, talk, 1).state == "requested"
    # What has no limit of its own counts together.
    assert shop.ask(malik, talk, 0, kind="gift", cost_minor=3000).state == "auto_approved"
    assert shop.ask(malik, talk, 0, kind="courier", cost_minor=2000).state == "auto_approved"
    assert shop.ask(malik, talk, 0, kind="courier", cost_minor=1).state == "requested"


def test_goods_count_at_cost_and_money_in_full(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    assert shop.ask(malik, shop.talk(), 9000, kind="gift", cost_minor=5000).state == "auto_approved"
    assert shop.ask(malik, shop.talk(), 5001, cost_minor=10).state == "requested"
    assert shop.ask(malik, shop.talk(), 5001, kind="return", cost_minor=10).state == "requested"


def test_nobody_states_less_than_goods_cost_by_the_shops_record(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    order = shop.order()
    known = shop.line(order, quantity=2, total_minor=20000, cost_minor=12001)
    unknown = shop.line(order, total_minor=10000)
    one = shop.ask(malik, shop.talk(), 0, kind="gift", cost_minor=1, order=order, details=_lines(known, 1))
    assert (one.state, one.cost_minor) == ("requested", 6001)
    two = shop.ask(
        malik, shop.talk(), 0, kind="replacement", cost_minor=1, order=order, details={"lines": [[unknown.pk, 1]]}
    )
    assert (two.state, two.cost_minor) == ("requested", 6000)
    with pytest.raises(ResolveError, match="no more of each than they bought"):
        shop.ask(malik, shop.talk(), 0, kind="gift", cost_minor=1, order=order, details=_lines(known, 3))
    with pytest.raises(ResolveError, match="in EUR"):
        shop.ask(
            malik,
            shop.talk(),
            0,
            kind="gift",
            cost_minor=1,
            currency="USD",
            order=order,
            details={"lines": [[known.pk, 1]]},
        )


def test_learning_members_always_ask(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    Membership.objects.within(shop.workspace).filter(user=malik).update(learning=True)
    assert shop.request(malik, shop.talk(), 1).why == "Whoever is still learning always asks."


def test_another_currency_is_asked_for_and_never_converted(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=5000)
    assert shop.request(malik, shop.talk(), 1, currency="JPY").why == (
        "The limit is in EUR and says nothing about other currencies."
    )
    shop.limit("owner", case=None, four_eyes=100000)
    with pytest.raises(ResolveError, match="Nobody else here"):
        shop.ask(olga, shop.talk(), 1, currency="JPY")


def test_a_demoted_member_loses_their_authority_at_once(shop: Shop, mona: Any) -> None:
    shop.limit(case=1000)
    shop.limit("manager", case=9000)
    stale, talk = join(shop.workspace, mona), shop.talk()
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="agent")
    wanted = Wanted(kind="voucher", currency="EUR", amount_minor=5000, request_key=new_key())
    assert asking.ask(stale, talk, wanted).state == "requested"
    Membership.objects.within(shop.workspace).filter(user=mona).update(role="viewer")
    with pytest.raises(ResolveError, match="Only who answers"):
        asking.ask(stale, talk, Wanted(kind="voucher", currency="EUR", amount_minor=1, request_key=new_key()))
    Membership.objects.within(shop.workspace).filter(user=mona).delete()
    with pytest.raises(ResolveError, match="any more"):
        asking.ask(stale, talk, Wanted(kind="voucher", currency="EUR", amount_minor=1, request_key=new_key()))


@pytest.mark.parametrize("who", ["vera", "cora"])
def test_who_may_not_work_may_not_ask(shop: Shop, who: str, request: Any) -> None:
    shop.limit(case=5000)
    with pytest.raises(ResolveError):
        shop.ask(request.getfixturevalue(who), shop.talk(), 1)


# The key


def test_the_same_key_is_the_same_request(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=5000)
    talk, key = shop.talk(), new_key()
    first = shop.ask(malik, talk, 3000, request_key=key, details={"days": [1, 2]})
    assert shop.ask(malik, talk, 3000, request_key=key, details={"days": [1, 2]}) == first
    assert Remedy.objects.within(shop.workspace).count() == 1
    assert shop.verbs() == ["given"]
    for other in (
        {"amount": 3001},
        {"amount": 3000, "currency": "USD"},
        {"amount": 3000, "details": {"days": [1, 3]}},
        {"amount": 3000, "kind": "gift", "cost_minor": 3000},
        {"amount": 3000, "cost_minor": 5},
        {"amount": 3000, "exception": True, "reason_words": "why"},
        {"amount": 3000, "words": "Hello"},
    ):
        fields: dict[str, Any] = {"details": {"days": [1, 2]}, **other}
        with pytest.raises(ResolveError, match="other details"):
            shop.ask(malik, talk, request_key=key, **fields)
    for who, where in ((olga, talk), (malik, shop.talk())):
        with pytest.raises(ResolveError, match="other details"):
            shop.ask(who, where, 3000, request_key=key, details={"days": [1, 2]})


def test_a_second_click_asks_nobody_again(shop: Shop, malik: Any, olga: Any) -> None:
    talk, key = shop.talk(), new_key()
    first = shop.ask(malik, talk, 3000, request_key=key)
    assert shop.ask(malik, talk, 3000, request_key=key) == first
    assert len(shop.told(olga)) == 1


# What cannot be


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": -1}, "not less than nothing"),
        ({"amount": 10.5}, "whole number"),
        ({"amount": True}, "whole number"),
        ({"amount": 10**13}, "whole number"),
        ({"amount": 100, "cost_minor": -100}, "not less than nothing"),
        ({"amount": 100, "kind": "money"}, "from the list"),
        ({"amount": 100, "currency": "eur"}, "three letters"),
        ({"amount": 100, "request_key": ""}, "Reload"),
        ({"amount": 100, "request_key": "a b c d e f g"}, "Reload"),
        ({"amount": 0}, "how much they get"),
        ({"amount": 100, "kind": "gift"}, "what it costs you"),
        ({"amount": 100, "kind": "refund"}, "the payment"),
        ({"amount": 100, "exception": True}, "why you make an exception"),
        ({"amount": 100, "reason_words": "x" * 301}, "too long"),
        ({"amount": 100, "words": "x" * 10_001}, "too long"),
    ],
)
def test_what_cannot_be_asked_is_said(shop: Shop, malik: Any, fields: dict[str, Any], words: str) -> None:
    shop.limit(case=5000)
    with pytest.raises(ResolveError, match=words):
        shop.ask(malik, shop.talk(), **fields)
    assert not Remedy.objects.within(shop.workspace).exists()


def test_nothing_of_another_shop_can_be_named(shop: Shop, malik: Any, other_workspace: Any, sten: Any) -> None:
    shop.limit(case=5000)
    theirs = Shop(other_workspace)
    reason = ReasonCode.objects.within(other_workspace).first()
    for named in ({"order": theirs.order()}, {"charge": theirs.charge()}, {"reason": reason}):
        with pytest.raises(ResolveError, match="not there any more"):
            shop.ask(malik, shop.talk(), 100, **named)
    with pytest.raises(ResolveError, match="not there any more"):
        shop.ask(malik, theirs.talk(), 100)


def test_a_payment_belongs_to_its_order_and_currency(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    charge = shop.charge(shop.order())
    with pytest.raises(ResolveError, match="another order"):
        shop.ask(malik, shop.talk(), 100, charge=charge, order=shop.order())
    with pytest.raises(ResolveError, match="paid in EUR"):
        shop.ask(malik, shop.talk(), 100, kind="refund", charge=charge, currency="USD")
    assert shop.ask(malik, shop.talk(), 100, charge=charge).order == charge.order


# What deciders read


def test_the_story_in_four_lines_and_three_figures(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=5000)
    order = shop.order(
        placed_at=datetime(2026, 3, 1, 12, tzinfo=UTC), delivered_at=datetime(2026, 3, 5, 12, tzinfo=UTC)
    )
    worth = Worth("EUR", 18000, 34000, "", "2,310 customers of yours")
    request = shop.request(
        malik,
        shop.talk(),
        9000,
        kind="return",
        cost_minor=3600,
        cost_from="your margin of 60 %",
        order=order,
        exception=True,
        reason_words="She was in hospital",
        policy_said="“Returns” gives 14 days.",
        worth=worth,
    )
    request.refresh_from_db()
    story = story_of(request)
    assert story.lines == (
        "Somebody on Sample shop: “My teapot arrived broken and nobody answers”",
        f"Order {order.number} over 90.00 EUR, placed on 03/01/2026, delivered on 03/05/2026.",
        "Malik asks for, as an exception: Return, 90.00 EUR. Why: “She was in hospital”",
        "“Returns” gives 14 days. Above 50.00 EUR a case: 0.00 EUR given before, 90.00 EUR more.",
    )
    assert [(each.name, each.text, each.source) for each in story.figures] == [
        ("Losing this customer", "180–340 EUR", "2,310 customers of yours"),
        ("This gesture", "36.00 EUR", "your margin of 60 %"),
        ("How far it can travel", "public, 0 replies so far", "Sample shop"),
    ]


def test_a_look_beforehand_says_the_same_and_writes_nothing(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    talk, member = shop.talk(), join(shop.workspace, malik)
    wanted = Wanted(kind="voucher", currency="EUR", amount_minor=6000, request_key=new_key())
    found = asking.judge(member, talk, wanted)
    assert not found.allowed
    assert (found.overs[0].limit, found.overs[0].by) == ("case", 1000)
    assert not Remedy.objects.within(shop.workspace).exists()

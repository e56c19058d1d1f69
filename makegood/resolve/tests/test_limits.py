"""Splitting, time and currency get around no limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.accounts.models import Workspace
from makegood.desk.cases import add_to_case, open_case, take_out
from makegood.identify.models import Contact, Identity
from makegood.kit import clock
from makegood.resolve.models import Remedy
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import Shop, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any) -> Shop:
    return Shop(workspace)


def test_the_same_order_is_one_case_on_every_handle(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    order = shop.order()
    assert shop.ask(malik, shop.talk("one"), 3000, order=order).state == "auto_approved"
    assert shop.ask(malik, shop.talk("two"), 3000, order=order).state == "requested"
    # Linked, and not named.
    third = shop.talk("three")
    shop.link(third, order)
    assert shop.ask(malik, third, 3000).state == "requested"
    # Its payment, and what looks like the same payment.
    charge = shop.charge(order)
    assert shop.ask(malik, shop.talk("four"), 3000, charge=charge).state == "requested"
    double = shop.charge(double_of=charge)
    assert shop.ask(malik, shop.talk("five"), 3000, charge=double).state == "requested"


def test_what_was_linked_only_counts_too(shop: Shop, malik: Any) -> None:
    shop.limit(case=5000)
    order, first = shop.order(), shop.talk("one")
    shop.link(first, order)
    assert shop.ask(malik, first, 3000).state == "auto_approved"
    assert shop.ask(malik, shop.talk("two"), 3000, order=order).state == "requested"


def test_conversations_of_a_case_count_together(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=5000)
    one, two, three = shop.talk("one"), shop.talk("two"), shop.talk("three")
    case = open_case([one, two], "Broken", "", olga, olga)
    assert shop.ask(malik, one, 3000).state == "auto_approved"
    assert shop.ask(malik, two, 3000).state == "requested"
    # Taken out, what it was given stays with the case, and with it.
    take_out(case, one, olga)
    assert shop.ask(malik, two, 3000).state == "requested"
    assert shop.ask(malik, one, 3000).state == "requested"
    add_to_case(case, three, olga)
    assert shop.ask(malik, three, 3000).state == "requested"


def test_a_person_is_one_on_all_their_handles(shop: Shop, malik: Any) -> None:
    shop.limit(person=5000)
    one, two = shop.talk("one"), shop.talk("two")
    assert shop.ask(malik, one, 3000).state == "auto_approved"
    assert shop.ask(malik, two, 1000).state == "auto_approved"
    contact = Contact.objects.create(workspace=shop.workspace, name="Jana")
    ties = [
        Identity.objects.create(
            workspace=shop.workspace, contact=contact, kind="author", network="sample", value=name, basis="told"
        )
        for name in ("one", "two")
    ]
    assert shop.ask(malik, one, 2000).state == "requested"
    assert shop.ask(malik, two, 2000).state == "requested"
    given = shop.ask(malik, two, 1000)
    assert (given.state, given.person_key, given.contact) == ("auto_approved", f"contact:{contact.pk}", contact)
    # Split off again, an account keeps what it was given while it was theirs.
    Identity.objects.within(shop.workspace).filter(pk=ties[1].pk).delete()
    assert shop.ask(malik, two, 3001).state == "requested"
    assert shop.ask(malik, two, 3000).state == "auto_approved"


def test_one_buyer_is_one_person_whatever_order_it_is(shop: Shop, malik: Any) -> None:
    shop.limit(person=5000)
    order = shop.order()
    assert shop.ask(malik, shop.talk("one"), 3000, order=order).state == "auto_approved"
    assert shop.ask(malik, shop.talk("two"), 3000, order=shop.order(order.customer)).state == "requested"
    assert shop.ask(malik, shop.talk("three"), 3000, order=shop.order()).state == "auto_approved"


def test_long_accounts_count_too(shop: Shop, malik: Any) -> None:
    shop.limit(person=5000)
    name = "https://a.example/" + "x" * 300
    first = shop.ask(malik, shop.talk(name), 3000)
    assert len(first.person_key) <= 80
    assert shop.ask(malik, shop.talk(name), 3000).state == "requested"


@pytest.mark.parametrize("state", ["declined", "expired", "reversed", "countered", "requested"])
def test_what_was_not_given_does_not_count(shop: Shop, malik: Any, state: str) -> None:
    shop.limit(case=5000, person=5000, month=5000)
    talk = shop.talk()
    first = shop.ask(malik, talk, 5000)
    assert shop.ask(malik, talk, 1).state == "requested"
    Remedy.objects.within(shop.workspace).filter(pk=first.pk).update(state=state)
    assert shop.ask(malik, talk, 5000).state == "auto_approved"


def test_four_eyes_count_what_the_case_gets_in_all(shop: Shop, malik: Any, mona: Any) -> None:
    shop.limit(case=9000, four_eyes=5000)
    shop.limit("manager")
    talk = shop.talk()
    assert shop.ask(malik, talk, 3000).state == "auto_approved"
    request = shop.request(malik, talk, 3000)
    assert request.needs_two
    assert request.why == "Above 50.00 EUR two others have to agree."


def test_two_who_agree_must_be_there(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(case=9000, four_eyes=5000)
    with pytest.raises(ResolveError, match="there is only one"):
        shop.ask(malik, shop.talk(), 6000)
    shop.limit("owner", four_eyes=5000)
    with pytest.raises(ResolveError, match="Nobody else here"):
        shop.ask(olga, shop.talk(), 6000)
    assert not Remedy.objects.within(shop.workspace).exists()


# Time


def test_months_and_years_are_the_shops(shop: Shop, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.objects.filter(pk=shop.workspace.pk).update(timezone="Pacific/Auckland")
    shop.limit(month=5000)
    shop.limit(kind="gift", person=5000)
    talk = shop.talk()
    # 31 December, 10:30 UTC: in Auckland the year ends in half an hour.
    now = at(monkeypatch, datetime(2026, 12, 31, 10, 30, tzinfo=UTC))
    assert shop.ask(malik, talk, 5000).state == "auto_approved"
    assert shop.ask(malik, talk, 0, kind="gift", cost_minor=5000).state == "auto_approved"
    assert shop.ask(malik, talk, 1).state == "requested"
    at(monkeypatch, now + timedelta(minutes=31))
    assert shop.ask(malik, talk, 5000).state == "auto_approved"
    assert shop.ask(malik, talk, 0, kind="gift", cost_minor=5000).state == "auto_approved"
    # Set back an hour, nothing opens anew.
    at(monkeypatch, now)
    assert shop.ask(malik, talk, 1).state == "requested"
    assert shop.ask(malik, talk, 0, kind="gift", cost_minor=1).state == "requested"


def test_a_clock_set_back_opens_no_limit(shop: Shop, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.limit(month=5000)
    now = clock.now()
    shop.ask(malik, shop.talk(), 5000)
    for back in (timedelta(hours=1), timedelta(days=3), timedelta(days=400)):
        at(monkeypatch, now - back)
        assert shop.ask(malik, shop.talk(), 1).state == "requested"


def test_a_month_counts_what_the_role_decided_and_not_what_owners_did(shop: Shop, malik: Any, olga: Any) -> None:
    shop.limit(month=5000)
    shop.ask(olga, shop.talk(), 90000)
    assert shop.ask(malik, shop.talk(), 5000).state == "auto_approved"
    assert shop.ask(malik, shop.talk(), 1).state == "requested"

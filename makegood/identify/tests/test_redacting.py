"""A whole shop that must be erased: who its customers are goes, what was paid stays; and when it comes back."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ALL
from makegood.identify import api as identify
from makegood.identify.hooks import receive, work_events
from makegood.identify.models import Charge, Contact, Customer, HookEvent, Identity, Order, Source
from makegood.identify.reading import read_due
from makegood.identify.tests.scene import connect, says
from makegood.identify.tests.world import ann, order, parcel, payment, signed, world
from makegood.journal.models import Entry
from makegood.kit import clock

pytestmark = pytest.mark.django_db


def redact(source: Source, key: str = "r1", *who: str) -> int:
    """The shop says whom to erase; what that is worked to."""
    assert receive(source.hook, *signed({"id": key, "erase": list(who) or [ALL]})).status == 200
    return work_events()


@pytest.fixture
def stocked(workspace: Any, shop: Source, payments: Source) -> Source:
    """The shop, read: Ann with an order that came in a parcel and was paid, Bo as a guest."""
    guest = order(1043, customer=None, email="bo@example.com", name="Bo Hill", destination="Bonn")
    world.changes = [order(fulfilments=(parcel(),), payment_refs=("ch1",), destination="Berlin"), guest]
    while read_due():
        world.changes = [each for each in world.changes if not hasattr(each, "fingerprint")]
    return shop


def values(workspace: Any, model: type[Any], *names: str) -> list[Any]:
    return list(model.objects.within(workspace).order_by("pk").values_list(*names))


def test_names_go_and_figures_stay(workspace: Any, stocked: Source) -> None:
    assert redact(stocked) == 1
    assert values(workspace, Customer, "name", "email", "phone") == [("", "", "")] * 2
    assert values(workspace, Order, "number", "total_minor", "destination") == [
        ("#1042", 2490, ""),
        ("#1043", 2490, ""),
    ]
    assert not Customer.objects.within(workspace).filter(external_id__contains="@").exists()
    row = Source.objects.within(workspace).get(pk=stocked.pk)
    assert (row.state, row.secret, row.due_at, row.cursor) == ("disconnected", "", None, {})
    assert "erased" in identify.health_of_source(row).sentence
    [line] = Entry.objects.within(workspace).filter(verb="source.redacted")
    assert line.data == {"customers": 2, "orders_kept": 2, "payments_kept": 0}


def test_payments_of_its_orders_lose_who_paid(workspace: Any, stocked: Source, payments: Source) -> None:
    from makegood.connectors.payments.contract import PayPage

    identify.store_pay_page(payments, PayPage(payments=(payment("ch1"), payment("ch2", email="else@example.com"))))
    redact(stocked)
    assert values(workspace, Charge, "external_id", "email", "fingerprint", "amount_minor") == [
        ("ch1", "", "", 2490),
        ("ch2", "else@example.com", "card-of-ann", 2490),
    ]


def test_what_ties_somebody_to_a_customer_stands_without_the_name(workspace: Any, stocked: Source) -> None:
    thread = says(workspace, "My teapot is broken", name="Ann")
    customer = Customer.objects.within(workspace).get(external_id="c1")
    contact = identify.tie_customer(thread, customer, basis="told", evidence="Ann Lee is the name on the order")
    assert contact.name == "Ann Lee"
    redact(stocked)
    ties = {row.kind: row for row in Identity.objects.within(workspace).filter(contact=contact)}
    assert (ties["customer"].shown, ties["customer"].evidence, ties["customer"].ended_at) == ("", "", None)
    assert (ties["author"].shown, ties["author"].evidence) == ("ann.example", "")
    assert Contact.objects.within(workspace).get(pk=contact.pk).name == ""
    assert identify.contact_of(thread) == contact


def test_a_name_that_a_member_gave_stays(workspace: Any, stocked: Source, olga: Any) -> None:
    thread = says(workspace, "My teapot is broken", name="Ann")
    customer = Customer.objects.within(workspace).get(external_id="c1")
    contact = identify.tie_customer(thread, customer, basis="told")
    identify.describe(contact, "The lady with the dog", "", olga)
    redact(stocked)
    assert Contact.objects.within(workspace).get(pk=contact.pk).name == "The lady with the dog"


def test_it_is_done_though_the_shop_turned_us_out_before(workspace: Any, stocked: Source) -> None:
    """Shopify asks for it two days after the app was taken away: then nothing is read there any more."""
    Source.objects.within(workspace).filter(pk=stocked.pk).update(due_at=clock.now())
    world.troubles = [Trouble(Verdict.DISCONNECT, "The app is gone.")]
    read_due()
    assert Source.objects.within(workspace).get(pk=stocked.pk).state == "disconnected"
    assert receive(stocked.hook, *signed({"id": "o", "orders": ["o1042"]})).status == 200
    asked = len(world.asked)
    assert redact(stocked) == 1
    assert Customer.objects.within(workspace).exclude(name="").count() == 0
    assert len(world.asked) == asked, "nothing is asked of a shop that has turned us out"
    assert HookEvent.objects.within(workspace).filter(done_at__isnull=True).count() == 1


def test_other_shops_keep_theirs(workspace: Any, stocked: Source) -> None:
    other = connect(workspace, address="other.example")
    identify.store_shop_page(other, page_of(order(2000, customer=ann(name="Cy"))))
    redact(stocked)
    assert values(workspace, Customer, "name") == [("",), ("",), ("Cy",)]


def page_of(*orders: Any) -> Any:
    from makegood.connectors.shops.contract import ShopPage

    return ShopPage(orders=orders)


def test_a_shop_that_comes_back_tells_anew_but_not_of_who_was_erased_by_name(workspace: Any, stocked: Source) -> None:
    redact(stocked, "r1", "c1")
    redact(stocked, "r2")
    row = connect(workspace)
    assert row.pk == stocked.pk
    while read_due():
        pass
    names = dict(Customer.objects.within(workspace).values_list("orders__number", "name"))
    assert names == {"#1042": "", "#1043": "Bo Hill"}
    assert Order.objects.within(workspace).count() == 2


def test_more_than_one_lot(workspace: Any, shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from makegood.identify import redacting

    monkeypatch.setattr(redacting, "BATCH", 2)
    orders = [order(each, customer=ann(id=f"c{each}", email=f"c{each}@example.com")) for each in range(5)]
    identify.store_shop_page(shop, page_of(*orders))
    redact(shop)
    assert Customer.objects.within(workspace).filter(erased_at__isnull=True).count() == 0
    [line] = Entry.objects.within(workspace).filter(verb="source.redacted")
    assert line.data["customers"] == 5

"""The sample shop's money: beside the thread while it is there, and gone with it, whatever was tried out."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from makegood.accounts.models import Membership
from makegood.desk.flow import open_new
from makegood.desk.models import Conversation
from makegood.identify import api as identify
from makegood.identify.models import Charge, Contact, Customer, MoneySettings, Order, Source, ValueModel
from makegood.identify.tests.scene import connect, known_kinds
from makegood.identify.tests.world import order
from makegood.kit.scope import Scoped
from makegood.resolve.models import LedgerEntry, Remedy
from makegood.triage import api as triage
from makegood.web.tests.account_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tried(as_olga: Client) -> Client:
    """Olga, who has had the sample shop shown, and the worker has sorted it."""
    as_olga.post("/sample/add/")
    triage.sort_new()
    open_new()
    return as_olga


def thread(workspace: Any, who: str) -> Conversation:
    rows = Conversation.objects.within(workspace).filter(author_id=f"sample:author:{who}")
    return rows.order_by("id")[0]


def bought(workspace: Any, olga: Any, row: Conversation) -> identify.Bought:
    """What stands beside a conversation for Olga."""
    return identify.orders_for(Membership.objects.get(workspace=workspace, user=olga), row)


def test_the_double_charge_stands_beside_the_complaint(tried: Client, workspace: Any, olga: Any) -> None:
    row = thread(workspace, "dev")
    [double] = bought(workspace, olga, row).doubles
    assert (double.open_minor, double.disputed) == (3800, False)
    assert (double.charge.amount_minor, double.charge.order_number) == (3800, "TM-2071")
    assert Charge.objects.within(workspace).filter(double_of__isnull=False).count() == 2
    contact = identify.contact_of(row)
    assert contact is not None
    assert (contact.name, contact.is_sample) == ("Dev Harlow", True)


def test_orders_parcels_and_what_they_are_worth(tried: Client, workspace: Any, olga: Any) -> None:
    assert identify.fit_due() == 1
    maren = thread(workspace, "maren")
    orders = {view.order.number: view for view in bought(workspace, olga, maren).orders}
    assert set(orders) == {"TM-1988", "TM-1790"}
    assert orders["TM-1988"].days_late == 13
    assert orders["TM-1790"].charges[0].refunded_minor == 2690
    stuck = bought(workspace, olga, thread(workspace, "oskar")).orders[0]
    assert (stuck.order.state, stuck.days_late) == ("shipped", 9)
    nadia = thread(workspace, "nadia")
    contact = identify.contact_of(nadia)
    assert contact is not None
    worth = identify.worth_of(workspace, identify.customers_of(contact))
    assert (worth.orders, worth.method) == (4, "cohort")
    assert "likely to spend" in worth.sentence


def test_twice_is_once(tried: Client, workspace: Any) -> None:
    before = Order.objects.within(workspace).count()
    tried.post("/sample/add/")
    assert Order.objects.within(workspace).count() == before
    assert Source.objects.within(workspace).count() == 2


def test_nothing_of_it_is_left(tried: Client, workspace: Any, olga: Any) -> None:
    identify.fit_due()
    row = thread(workspace, "dev")
    contact = identify.contact_of(row)
    Remedy.objects.create(
        workspace=workspace, conversation=row, contact=contact, kind="voucher", currency="EUR", request_key="k1",
        charge=Charge.objects.within(workspace).filter(double_of__isnull=False)[0], state="executed",
    )  # fmt: skip
    tried.post("/sample/remove/")
    left = {
        model.__name__: count
        for model in apps.get_models()
        if issubclass(model, Scoped) and (count := model.objects.within(workspace).count())
    }
    # The journal keeps that it was there; the shop's own settings are not of the sample.
    assert not set(left) & {
        "Source", "Customer", "Order", "OrderLine", "OrderRef", "Fulfilment", "Charge", "ChargeRef", "ChargeRefund",
        "Contact", "Identity", "IdentitySuggestion", "OrderLink", "ValueModel", "MoneySettings", "Remedy",
        "Conversation", "Mention", "Message",
    }, left  # fmt: skip


def test_what_is_tried_out_costs_nothing(tried: Client, workspace: Any) -> None:
    from makegood.resolve import finishing

    remedy = Remedy.objects.create(
        workspace=workspace, conversation=thread(workspace, "bea"), kind="voucher", currency="EUR", request_key="k1",
        amount_minor=1500, state="approved",
    )  # fmt: skip
    assert finishing.execute(Remedy.objects.within(workspace).filter(pk=remedy.pk), remedy)
    assert remedy.state == "executed"
    assert not LedgerEntry.objects.within(workspace).exists()


def test_a_shops_own_stay(tried: Client, workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from makegood.connectors.shops.contract import ShopPage

    known_kinds(monkeypatch)
    own = connect(workspace, by=olga)
    identify.store_shop_page(own, ShopPage(orders=(order(),)))
    kept = Contact.objects.create(workspace=workspace, name="Ann")
    identify.save_money(workspace, olga, currency="EUR", margin_percent=40, discount_percent=10)
    identify.fit_due()
    assert ValueModel.objects.within(workspace).get().customers == 1, "the sample's count for nothing beside them"
    tried.post("/sample/remove/")
    assert [row.pk for row in Source.objects.within(workspace)] == [own.pk]
    assert Order.objects.within(workspace).get().number == "#1042"
    assert Customer.objects.within(workspace).count() == 1
    assert Contact.objects.within(workspace).get() == kept
    assert MoneySettings.objects.within(workspace).exists()


def test_its_pages_say_what_it_is_and_offer_nothing_to_do(tried: Client, workspace: Any) -> None:
    for row in Source.objects.within(workspace):
        page = text_of(tried.get(f"/sources/{row.pk}/"))
        assert "Invented customers, orders and payments." in page
        for act in ("pause", "resume", "remove", "subscribe", "again"):
            assert f"/sources/{row.pk}/{act}/" not in tried.get(f"/sources/{row.pk}/").content.decode()
            assert tried.post(f"/sources/{row.pk}/{act}/").status_code == 404
    assert "Sample" in text_of(tried.get("/sources/"))


def test_no_money_can_move(tried: Client, workspace: Any) -> None:
    from makegood.identify.reading import read_due

    assert read_due() == 0
    for row in Source.objects.within(workspace):
        assert identify.health_of_source(row).mood == "working"

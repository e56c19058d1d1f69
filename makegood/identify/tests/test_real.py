"""A real Vendure and a real localstripe, from connecting to a refund that somebody makes in their own back office.

What is read there reaches the tables by the steps of the running product; nothing of either end is played.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.identify import api as identify
from makegood.identify.models import Charge, Customer, HookEvent, Order, Source
from makegood.identify.reading import read_due
from makegood.identify.tests.scene import held_charges, held_orders
from makegood.kit import clock
from tests.servers.localstripe import KEY, StripeServer
from tests.servers.vendure import VendureShop

pytestmark = [pytest.mark.django_db, pytest.mark.vendure, pytest.mark.slow]
Later = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves our clock on."""
    real, ahead = clock.now, timedelta()

    def move(span: timedelta) -> None:
        nonlocal ahead
        ahead += span

    monkeypatch.setattr(clock, "now", lambda: real() + ahead)
    return move


def vendure_source(workspace: Any, olga: Any, server: VendureShop) -> Source:
    form = {"url": f"{server.url}/admin-api", "key": server.api_key()}
    return identify.connect_source(workspace, olga, "shop", "vendure", form)


def stripe_source(workspace: Any, olga: Any, server: StripeServer) -> Source:
    form = {"key": KEY, "api_base": server.url, "webhook_secret": "whsec_teapot"}
    return identify.connect_source(workspace, olga, "payments", "stripe", form)


def read_all() -> None:
    """The step runs until nothing is due; whoever tests may be slower than its turn."""
    while read_due():
        pass


def read_again(workspace: Any) -> None:
    Source.objects.within(workspace).update(due_at=clock.now())
    read_all()


def states(workspace: Any) -> set[tuple[str, str, bool]]:
    rows = Source.objects.within(workspace)
    return {(row.state, row.last_error, row.caught_up_at is not None) for row in rows}


def test_from_connecting_to_a_refund_in_the_shops_own_back_office(
    workspace: Any, olga: Any, vendure_server: VendureShop, stripe_server: StripeServer, later: Later
) -> None:
    placed = vendure_server.buy("real@example.com", {"TEAPOT": 2, "CUP": 1}, first="Rea")
    facts: dict[str, Any] = {"email": "real@example.com", "metadata": {"order_number": placed["code"]}}
    first, second = (stripe_server.charge(7500, **facts)["id"] for _ in range(2))
    vendure_source(workspace, olga, vendure_server)
    stripe_source(workspace, olga, stripe_server)
    read_all()
    assert states(workspace) == {("working", "", True)}

    order = Order.objects.within(workspace).select_related("customer").get(number=placed["code"])
    assert (order.total_minor, order.currency, order.state) == (7500, "EUR", "paid")
    assert (order.customer.name, order.customer.email) == ("Rea Lovelace", "real@example.com")
    assert sorted(order.lines.values_list("sku", "quantity", "total_minor")) == [("CUP", 1, 1000), ("TEAPOT", 2, 6000)]
    charges = {row.external_id: row for row in Charge.objects.within(workspace).filter(order=order)}
    assert set(charges) == {first, second}
    # Made in the same second, either may count as the first.
    (double,) = (row for row in charges.values() if row.double_of is not None)
    assert {double, double.double_of} == set(charges.values()), "two payments, one order"
    second = double.external_id

    before = held_orders(workspace), held_charges(workspace)
    read_again(workspace)
    assert (held_orders(workspace), held_charges(workspace)) == before

    # By hand, there: the shop's own date of the order stays as it was.
    vendure_server.refund(placed["id"], 700, "Chipped", "re_by_hand")
    stripe_server.refund(second, 7500)
    later(timedelta(hours=2))
    read_again(workspace)
    order.refresh_from_db()
    assert order.refunded_minor == 700
    assert list(order.refunds.values_list("amount_minor", "reason", "payment_ref")) == [(700, "Chipped", "re_by_hand")]
    back = Charge.objects.within(workspace).get(external_id=second)
    assert (back.refunded_minor, back.refunds.get().state) == (7500, "done")
    worth = identify.worth_of(workspace, [order.customer])
    assert worth.spent_minor == 7500, "of one who paid twice and got one back, all of the order stays"
    assert states(workspace) == {("working", "", True)}


def test_a_customer_who_was_renamed_is_asked_for_by_id(workspace: Any, olga: Any, vendure_server: VendureShop) -> None:
    vendure_server.buy("named@example.com", {"CUP": 1}, first="Bea")
    source = vendure_source(workspace, olga, vendure_server)
    read_all()
    row = Customer.objects.within(workspace).get(email="named@example.com")
    vendure_server.rename(row.external_id, "Beatrix")
    # Vendure sends no webhooks; this is what one of a shop that does would leave.
    HookEvent.objects.create(
        workspace=workspace, source=source, event_id="e1", kind="customer", wants={"customers": [row.external_id, "0"]}
    )
    assert identify.work_events() == 1
    row.refresh_from_db()
    assert row.name == "Beatrix Lovelace"
    assert HookEvent.objects.within(workspace).get().problem == ""

"""Webhooks: verified, stored once, worked later; whatever the sender does."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import OrderState
from makegood.identify import api as identify
from makegood.identify import hooks
from makegood.identify.hooks import receive, work_events
from makegood.identify.models import Charge, Customer, HookEvent, Order, Source
from makegood.identify.reading import read_due
from makegood.identify.tests.scene import connect, held_orders
from makegood.identify.tests.world import ann, order, payment, signed, world
from makegood.kit import clock

pytestmark = pytest.mark.django_db


def tell(source: Source, key: str = "e1", **facts: Any) -> int:
    """The shop tells of something; returns the status of the answer."""
    return receive(source.hook, *signed({"id": key, **facts})).status


def events(source: Source) -> list[HookEvent]:
    return list(HookEvent.objects.within(source.workspace_id).order_by("id"))


def due_now(source: Source) -> None:
    HookEvent.objects.within(source.workspace_id).update(due_at=clock.now())


def test_it_is_stored_answered_and_worked_later(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    assert tell(shop, orders=["o1042"]) == 200
    assert ("fetch", ("o1042",)) not in world.asked
    (event,) = events(shop)
    assert (event.event_id, event.wants, event.done_at) == ("e1", {"orders": ["o1042"]}, None)
    assert work_events() == 1
    assert list(held_orders(workspace)) == ["o1042"]
    assert events(shop)[0].done_at is not None
    assert work_events() == 0


def test_a_replay_is_answered_and_changes_nothing(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    assert [tell(shop, orders=["o1042"]) for _ in range(3)] == [200, 200, 200]
    assert work_events() == 1
    assert tell(shop, orders=["o1042"]) == 200
    assert work_events() == 0
    assert [what for what, _ids in world.asked].count("fetch") == 1


def test_a_forged_one_is_turned_away(shop: Source) -> None:
    headers, body = signed({"id": "e1", "orders": ["o1"]}, secret="guessed")
    assert receive(shop.hook, headers, body).status == 400
    headers, body = signed({"id": "e1", "orders": ["o1"]})
    assert receive(shop.hook, headers, body + b" ").status == 400
    assert receive(shop.hook, {}, body).status == 400
    assert events(shop) == []


def test_nonsense_that_is_signed_is_turned_away_and_no_crash(shop: Source) -> None:
    headers, body = signed({"orders": ["o1"]})
    assert receive(shop.hook, headers, body).status == 400


def test_out_of_order_events_end_in_what_the_shop_says_now(workspace: Any, shop: Source) -> None:
    """They name orders; what they said of them is not looked at."""
    world.changes = [order(minutes=5, state=OrderState.SHIPPED)]
    for key in ("e3", "e1", "e2"):
        tell(shop, key, orders=["o1042"])
    assert work_events() == 3
    assert held_orders(workspace)["o1042"]["state"] == "shipped"
    assert world.asked[-1] == ("fetch", ("o1042",)), "once for all of them"


def test_an_address_that_nobody_has_or_had_is_unknown(shop: Source, olga: Any) -> None:
    old = shop.hook
    assert receive("x" * 32, *signed({"id": "e1"})).status == 404
    identify.remove_source(shop, olga)
    assert receive(old, *signed({"id": "e1"})).status == 404


def test_what_a_paused_shop_tells_waits_until_it_is_resumed(workspace: Any, shop: Source, olga: Any) -> None:
    world.changes = [order()]
    identify.pause_source(shop, olga)
    assert tell(shop, orders=["o1042"]) == 200
    assert work_events() == 0
    identify.resume_source(shop, olga)
    assert work_events() == 1
    assert list(held_orders(workspace)) == ["o1042"]


def test_a_failure_is_tried_again_later_and_a_refusal_never(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    tell(shop, orders=["o1042"])
    world.troubles = [Trouble(Verdict.RETRY, "Away.")]
    assert work_events() == 0
    (event,) = events(shop)
    assert (event.problem, event.lease_until) == ("Away.", None)
    assert event.due_at > clock.now()
    due_now(shop)
    assert work_events() == 1
    tell(shop, "e2", orders=["o1"])
    world.troubles = [Trouble(Verdict.REFUSE, "No such order.")]
    assert work_events() == 0
    assert events(shop)[1].done_at is not None


def test_one_that_is_refused_does_not_take_the_others_with_it(workspace: Any, shop: Source) -> None:
    world.changes = [order(1), order(2)]
    tell(shop, "e1", orders=["o1"])
    tell(shop, "e2", orders=["o2"])
    world.troubles = [Trouble(Verdict.REFUSE, "No."), Trouble(Verdict.REFUSE, "No.")]
    assert work_events() == 1
    assert list(held_orders(workspace)) == ["o2"]
    assert all(event.done_at for event in events(shop))


def test_a_shop_that_turns_us_out_is_disconnected_and_its_events_wait(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    tell(shop, orders=["o1042"])
    world.troubles = [Trouble(Verdict.DISCONNECT, "The key was taken back.")]
    assert work_events() == 0
    assert Source.objects.within(workspace).get().state == "disconnected"
    due_now(shop)
    assert work_events() == 0
    connect(workspace)
    assert work_events() == 1


def test_a_worker_that_never_came_back_is_followed_by_another(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    tell(shop, orders=["o1042"])
    assert len(hooks._claim()) == 1
    assert work_events() == 0
    HookEvent.objects.within(workspace).update(lease_until=clock.now())
    assert work_events() == 1


def test_a_webhook_that_names_customers_only_brings_them_as_they_are_now(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    world.people = {"c1": ann(name="Ann Berg", email="ann@new.example"), "c2": ann(id="c2", name="Bo")}
    read_due()
    tell(shop, customers=["c1", "c2", "gone"])
    assert work_events() == 1
    assert world.asked[-1] == ("fetch_customers", ("c1", "c2", "gone"))
    rows = Customer.objects.within(workspace).order_by("external_id")
    assert [(row.external_id, row.name, row.email) for row in rows] == [
        ("c1", "Ann Berg", "ann@new.example"),
        ("c2", "Bo", "ann@example.com"),
    ]
    assert held_orders(workspace)["o1042"]["customer"][1] == "Ann Berg"
    assert events(shop)[0].done_at is not None


def test_many_customers_are_asked_for_in_lots(workspace: Any, shop: Source) -> None:
    for lot in range(2):
        tell(shop, f"e{lot}", customers=[f"c{number}" for number in range(lot * 60, lot * 60 + 60)])
    assert work_events() == 2
    assert [len(ids) for what, ids in world.asked if what == "fetch_customers"] == [50, 50, 20]


def test_customers_that_cannot_be_had_now_are_tried_again(workspace: Any, shop: Source) -> None:
    world.people = {"c1": ann()}
    tell(shop, customers=["c1"])
    world.troubles = [Trouble(Verdict.RETRY, "Away.")]
    assert work_events() == 0
    due_now(shop)
    assert work_events() == 1
    assert Customer.objects.within(workspace).get().name == "Ann Lee"


def test_a_customer_who_was_erased_is_not_known_again_by_a_webhook(workspace: Any, shop: Source) -> None:
    world.people = {"c1": ann()}
    tell(shop, customers=["c1"])
    tell(shop, "e2", erase=["c1"])
    work_events()
    tell(shop, "e3", customers=["c1"])
    work_events()
    assert Customer.objects.within(workspace).get().name == ""


def test_who_must_be_erased_is_erased(workspace: Any, shop: Source) -> None:
    world.changes = [order()]
    tell(shop, orders=["o1042"])
    work_events()
    tell(shop, "e2", erase=["c1"])
    work_events()
    assert Customer.objects.within(workspace).get().email == ""
    assert Order.objects.within(workspace).count() == 1


def test_a_payment_that_was_told_of_is_read(workspace: Any, payments: Source) -> None:
    world.changes = [payment()]
    tell(payments, payments=["ch1"])
    work_events()
    assert Charge.objects.within(workspace).get().external_id == "ch1"


def test_one_that_asks_for_nothing_is_known_and_done(shop: Source) -> None:
    assert tell(shop) == 200
    assert events(shop)[0].done_at is not None


def test_an_id_longer_than_the_column_is_still_one_event(shop: Source) -> None:
    for _ in range(2):
        tell(shop, "e" * 500, orders=["o1"])
    tell(shop, "e" * 501, orders=["o1"])
    assert len(events(shop)) == 2


def test_a_shop_whose_webhooks_cannot_be_verified_takes_none(shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(hooks, "connector_of", lambda _source: replace(identify.connector_of(shop), verify=None))
    assert tell(shop) == 404


def test_old_events_are_forgotten(workspace: Any, shop: Source) -> None:
    tell(shop)
    HookEvent.objects.within(workspace).update(done_at=clock.now() - hooks.KEPT)
    work_events()
    assert events(shop) == []

"""Orders and payments beside a thread, and finding them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.activity import Visibility
from makegood.connectors.payments.contract import ChargeState, PayPage
from makegood.connectors.shops.contract import OrderState, ShopPage
from makegood.desk import api as desk
from makegood.identify import api as identify
from makegood.identify.models import Order, Source
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import says
from makegood.identify.tests.world import BASE, ann, order, parcel, payment, refund, shop_refund
from makegood.journal import api as journal

pytestmark = pytest.mark.django_db


def seat(user: Any) -> Membership:
    return Membership.objects.select_related("workspace").get(user=user)


@pytest.fixture
def scene(workspace: Any, shop: Source, payments: Source) -> Any:
    """Ann wrote privately about order 1042, which she paid for twice; 1043 is another of hers."""
    full = order(payment_refs=("ch1",), fulfilments=(parcel(),), refunds=(shop_refund(),), promised_at=BASE)
    store_shop_page(shop, ShopPage(orders=(full, order(1043, total_minor=990))))
    identify.store_pay_page(
        payments, PayPage(payments=(payment("ch1"), payment("ch2", minutes=3)), refunds=(refund("re1", "ch1"),))
    )
    return says(workspace, "I was charged twice for order #1042", name="Ann Lee", visibility=Visibility.DIRECT)


def test_what_they_bought_stands_there_with_all_that_belongs_to_it(scene: Any, malik: Any) -> None:
    bought = identify.orders_for(seat(malik), scene)
    assert bought.contact is not None
    assert [view.order.number for view in bought.orders] == ["#1042", "#1043"]
    first, second = bought.orders
    assert first.theirs
    assert first.link is not None
    assert second.link is None
    assert ([len(first.lines), len(first.parcels), len(first.refunds)]) == [1, 1, 1]
    assert [charge.external_id for charge in first.charges] == ["ch1"]
    assert first.days_late > 0
    assert second.days_late == 0
    (double,) = bought.doubles
    assert (double.charge.external_id, double.of.external_id, double.open_minor) == ("ch2", "ch1", 2490)
    assert not double.disputed
    assert [charge.external_id for charge in bought.loose] == ["ch2"]


def test_a_double_that_was_given_back_is_open_no_more(workspace: Any, scene: Any, payments: Source, malik: Any) -> None:
    for back, left in ((1000, 1490), (2490, 0)):
        identify.store_pay_page(payments, PayPage(payments=(payment("ch2", minutes=3, refunded_minor=back),)))
        (double,) = identify.orders_for(seat(malik), scene).doubles
        assert double.open_minor == left
    one = payment("ch1", refunded_minor=2490, state=ChargeState.DISPUTED)
    two = payment("ch2", minutes=3, refunded_minor=0)
    identify.store_pay_page(payments, PayPage(payments=(one, two)))
    (double,) = identify.orders_for(seat(malik), scene).doubles
    assert double.open_minor == 0, "the other of the two was"
    assert double.disputed


def test_a_stranger_sees_nothing_and_a_collaborator_only_what_it_is_about(
    scene: Any, sten: Any, cora: Any, olga: Any
) -> None:
    assert identify.orders_for(seat(sten), scene).orders == []
    assert identify.orders_for(seat(cora), scene).orders == []
    desk.share(scene, cora, olga)
    shared = identify.orders_for(seat(cora), scene)
    assert [view.order.number for view in shared.orders] == ["#1042"]
    assert (shared.customers, shared.loose) == ([], [])


def test_who_only_names_a_number_is_shown_as_not_theirs(workspace: Any, scene: Any, malik: Any) -> None:
    other = says(workspace, "order #1042 is mine", name="Mallory", who="did:plc:mallory")
    (view,) = identify.orders_for(seat(malik), other).orders
    assert not view.theirs


@pytest.mark.parametrize("count", [3, 30])
def test_it_takes_as_many_questions_for_three_orders_as_for_thirty(
    scene: Any, shop: Source, malik: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    store_shop_page(shop, ShopPage(orders=tuple(order(2000 + n) for n in range(count))))
    viewer = seat(malik)
    with django_assert_max_num_queries(21):
        bought = identify.orders_for(viewer, scene)
    assert len(bought.orders) == min(2 + count, 20)


def test_a_cancelled_order_is_not_late(workspace: Any, scene: Any, shop: Source, malik: Any) -> None:
    gone = order(minutes=1, promised_at=BASE - timedelta(days=9), state=OrderState.CANCELLED)
    store_shop_page(shop, ShopPage(orders=(gone,)))
    assert identify.orders_for(seat(malik), scene).orders[0].days_late == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("1042", ["#1042"]),
        ("#104", ["#1043", "#1042"]),
        ("Ann@Ex", ["#1043", "#1042"]),
        ("lee", ["#1043", "#1042"]),
        ("Zoe", []),
        ("1", []),
        ("", []),
        ("  ", []),
        ("%", []),
    ],
)
def test_orders_are_found_by_number_name_or_address(scene: Any, words: str, found: list[str]) -> None:
    assert [row.number for row in identify.find_orders(scene.workspace_id, words)] == found


def test_finding_is_bounded_and_keeps_to_the_workspace(
    scene: Any, shop: Source, other_workspace: Any, django_assert_max_num_queries: Any
) -> None:
    many = tuple(order(3000 + n, customer=ann(id=f"x{n}")) for n in range(60))
    store_shop_page(shop, ShopPage(orders=many))
    with django_assert_max_num_queries(2):
        assert len(identify.find_orders(scene.workspace_id, "ann")) == 20
    assert identify.find_orders(other_workspace, "ann") == []


def test_a_member_links_and_unlinks_an_order_and_both_are_noted(workspace: Any, scene: Any, malik: Any) -> None:
    row = Order.objects.within(workspace).get(number_key="1043")
    for _ in range(2):
        identify.link_order(scene, row, malik)
    assert [view.link is not None for view in identify.orders_for(seat(malik), scene).orders] == [True, True]
    for _ in range(2):
        identify.unlink_order(scene, row, malik)
    assert identify.orders_for(seat(malik), scene).orders[1].link is None
    again = identify.link_order(scene, row, malik)
    assert (again.removed_at, again.how, again.by) == (None, "member", malik)
    lines = [line.verb for line in journal.about(workspace, [f"conversation:{scene.pk}"])]
    assert lines[-3:] == ["order.linked", "order.unlinked", "order.linked"]


def test_open_pages_hear_of_a_refund_once_and_of_no_old_ones(workspace: Any, payments: Source) -> None:
    def told() -> int:
        return journal.Entry.objects.within(workspace).filter(verb="charge.refunded").count()

    page = PayPage(payments=(payment("ch1"),), refunds=(refund("re1", "ch1"),))
    Source.objects.within(workspace).filter(pk=payments.pk).update(caught_up_at=None)
    payments.refresh_from_db()
    identify.store_pay_page(payments, page)
    assert told() == 0
    payments.caught_up_at = BASE
    identify.store_pay_page(payments, page)
    assert told() == 0
    identify.store_pay_page(payments, PayPage(payments=(payment("ch1"),), refunds=(refund("re2", "ch1"),)))
    identify.store_pay_page(payments, PayPage(payments=(payment("ch1"),), refunds=(refund("re2", "ch1"),)))
    assert told() == 1

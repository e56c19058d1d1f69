"""What is stored does not depend on the order in which it came, nor on how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from makegood.accounts.models import Workspace
from makegood.connectors.payments.contract import ChargeState, PayPage, RefundState
from makegood.connectors.shops.contract import OrderState, ShopCustomer, ShopLine, ShopOrder, ShopPage
from makegood.identify import api as identify
from makegood.identify.models import Charge, ChargeRefund, Customer, HookEvent, Order, OrderLine, Source
from makegood.identify.storing import store_shop_page
from makegood.identify.tests.scene import connect, held_charges, held_orders
from makegood.identify.tests.world import BASE, ann, order, parcel, payment, refund, shop_refund

pytestmark = pytest.mark.django_db
STATES = list(OrderState)


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is taken back, as one example must not see another's rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def version(number: int, at: int) -> ShopOrder:
    """An order as it stands at a moment: everything about it follows from the two."""
    return order(
        number,
        minutes=at,
        state=STATES[at % len(STATES)],
        total_minor=2490 + at,
        customer=ann(phone=f"+49 {at}", name=f"Ann Lee {at}") if number % 2 else None,
        email="Guest@Example.com",
        name=f"Guest {at}",
        lines=tuple(ShopLine(id=str(n), name=f"Pot {n}", quantity=at, total_minor=at) for n in range(at % 3)),
        fulfilments=tuple(parcel(id=f"p{n}", state=f"s{at}") for n in range(at % 2)),
        payment_refs=tuple(f"ch{number}-{n}" for n in range(at % 3)),
    )


deliveries = some.lists(
    some.lists(some.tuples(some.integers(1, 4), some.integers(0, 6)), min_size=1, max_size=4), min_size=1, max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries)
def test_whatever_comes_in_whatever_order_the_newest_stands(
    workspace: Any, shop: Source, pages: list[list[tuple[int, int]]]
) -> None:
    newest = {
        number: max(at for page in pages for n, at in page if n == number) for page in pages for number, _at in page
    }
    with undone():
        for page in pages:
            store_shop_page(shop, ShopPage(orders=tuple(version(*pair) for pair in page)))
        found = held_orders(workspace)
        for number, at in newest.items():
            store_shop_page(shop, ShopPage(orders=(version(number, at),)))
        assert held_orders(workspace) == found, "the newest once more changes nothing"
        assert {key: facts["changed_at"] for key, facts in found.items()} == {
            f"o{number}": BASE + timedelta(minutes=at) for number, at in newest.items()
        }
        for number, at in newest.items():
            facts = found[f"o{number}"]
            assert facts["total_minor"] == 2490 + at
            assert len(facts["lines"]) == at % 3
            assert len(facts["parcels"]) == at % 2
            assert facts["refs"] == [f"ch{number}-{n}" for n in range(at % 3)]
        for odd in (True, False):
            ats = [at for number, at in newest.items() if bool(number % 2) is odd]
            if ats:
                row = Customer.objects.within(workspace).get(email="ann@example.com" if odd else "guest@example.com")
                assert row.name == f"{'Ann Lee' if odd else 'Guest'} {max(ats)}"


answers = some.lists(
    some.tuples(some.integers(0, 5), some.integers(1, 2), some.booleans()),
    min_size=1,
    max_size=10,
    unique_by=lambda a: a[0],
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers, some.randoms(use_true_random=False))
def test_of_two_answers_of_a_processor_the_one_asked_for_later_stands(
    workspace: Any, payments: Source, said: list[tuple[int, int, bool]], dice: Any
) -> None:
    """Each answer: when it was asked for, for which payment, and whether that was given back by then."""

    def answer(at: int, number: int, back: bool) -> PayPage:
        refunds = (refund(f"re{number}", f"ch{number}", state=RefundState.DONE if back else RefundState.PENDING),)
        one = payment(f"ch{number}", minutes=5000 * number, refunded_minor=2490 if back else 0, method=f"asked {at}")
        return PayPage(payments=(one,), refunds=refunds)

    def stored(order_of: list[tuple[int, int, bool]]) -> dict[str, Any]:
        with undone():
            for at, number, back in [*order_of, order_of[0]]:
                identify.store_pay_page(payments, answer(at, number, back), BASE + timedelta(seconds=at))
            return held_charges(workspace)

    shuffled = list(said)
    dice.shuffle(shuffled)
    found = stored(shuffled)
    assert found == stored(sorted(said))
    for number in {number for _at, number, _back in said}:
        at, back = max((at, back) for at, n, back in said if n == number)
        assert found[f"ch{number}"]["refunded_minor"] == (2490 if back else 0)
        assert found[f"ch{number}"]["method"] == f"asked {at}"
        assert found[f"ch{number}"]["refunds"] == [(f"re{number}", "done" if back else "pending", 2490)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.permutations(range(5)))
def test_orders_and_payments_find_each_other_in_whatever_order_they_come(
    workspace: Any, shop: Source, payments: Source, places: list[int]
) -> None:
    """Ann pays for order 1042 twice; 1043 is paid by a payment that only its own note ties to it."""
    steps = [
        lambda: store_shop_page(shop, ShopPage(orders=(order(1042, payment_refs=("pi1",)),))),
        lambda: store_shop_page(
            shop, ShopPage(orders=(order(1043, total_minor=990, customer=ann(id="c2", email="b@c.de")),))
        ),
        lambda: identify.store_pay_page(payments, PayPage(payments=(payment("ch1", refs=("pi1",)),))),
        lambda: identify.store_pay_page(payments, PayPage(payments=(payment("ch2", minutes=3),))),
        lambda: identify.store_pay_page(
            payments,
            PayPage(payments=(payment("ch3", amount_minor=990, order_number="1043", email="", fingerprint="x"),)),
        ),
    ]
    with undone():
        for place in places:
            steps[place]()
        found = held_charges(workspace)
        assert {key: (each["order"], each["double_of"]) for key, each in found.items()} == {
            "ch1": ("o1042", None),
            "ch2": (None, "ch1"),
            "ch3": ("o1043", None),
        }


def test_an_order_is_stored_with_all_that_belongs_to_it(workspace: Any, shop: Source) -> None:
    full = order(
        fulfilments=(parcel(delivered_at=BASE + timedelta(days=2)), parcel(id="p2")),
        refunds=(shop_refund(), shop_refund(id="r2", amount_minor=1, currency="USD")),
        number="DE-1042",
        destination="Berlin, Germany",
    )
    assert store_shop_page(shop, ShopPage(orders=(full,))) == 1
    row = Order.objects.within(workspace).get()
    assert (row.number, row.number_key, row.refunded_minor) == ("#DE-1042", "DE1042", 500)
    assert (row.shipped_at, row.delivered_at) == (BASE, None), "one parcel is still on its way"
    assert row.refunds.count() == 2
    assert row.customer.email == "ann@example.com", "looked up in lower case"
    there = order("DE-1042", minutes=1, fulfilments=(parcel(delivered_at=BASE + timedelta(days=2)),))
    store_shop_page(shop, ShopPage(orders=(there,)))
    row.refresh_from_db()
    assert row.delivered_at == BASE + timedelta(days=2)
    assert row.refunds.count() == 0, "what the shop no longer says is gone"


def test_a_line_keeps_its_id_when_the_order_changes(workspace: Any, shop: Source) -> None:
    store_shop_page(shop, ShopPage(orders=(order(),)))
    before = OrderLine.objects.within(workspace).get().pk
    two = (
        ShopLine(id="1", name="Red teapot", quantity=1, total_minor=2490),
        ShopLine(id="2", name="Cup", quantity=1, total_minor=5),
    )
    store_shop_page(shop, ShopPage(orders=(order(minutes=1, lines=two),)))
    assert OrderLine.objects.within(workspace).get(external_id="1").pk == before
    assert OrderLine.objects.within(workspace).get(pk=before).name == "Red teapot"


def test_a_guest_is_a_customer_by_their_address(workspace: Any, shop: Source) -> None:
    guests = (
        order(1, customer=None, email=" Bo@Example.com", name="Bo"),
        order(2, customer=None, email="bo@example.com", name="Bo"),
        order(3, customer=None, email="", name="Cy"),
        order(4, customer=None, email="", name="Cy"),
    )
    store_shop_page(shop, ShopPage(orders=guests))
    found = sorted(Customer.objects.within(workspace).values_list("external_id", "name"))
    assert found == [("guest:bo@example.com", "Bo"), ("guest:order:o3", "Cy"), ("guest:order:o4", "Cy")]


def test_two_states_of_one_moment_are_settled_by_asking_again(workspace: Any, shop: Source) -> None:
    asked = BASE + timedelta(days=1)
    store_shop_page(shop, ShopPage(orders=(order(total_minor=1),)), asked)
    store_shop_page(shop, ShopPage(orders=(order(total_minor=2),)), asked - timedelta(seconds=1))
    assert Order.objects.within(workspace).get().total_minor == 1
    event = HookEvent.objects.within(workspace).get()
    assert (event.wants, event.done_at) == ({"orders": ["o1042"]}, None)
    store_shop_page(shop, ShopPage(orders=(order(total_minor=2),)), asked + timedelta(seconds=1))
    assert Order.objects.within(workspace).get().total_minor == 2
    assert HookEvent.objects.within(workspace).count() == 1


def test_a_refund_of_a_payment_that_nobody_told_us_of_has_it_asked_for(workspace: Any, payments: Source) -> None:
    identify.store_pay_page(payments, PayPage(refunds=(refund("re1", "ch9"),)))
    assert not ChargeRefund.objects.within(workspace).exists()
    assert HookEvent.objects.within(workspace).get().wants == {"payments": ["ch9"]}


def test_what_is_too_long_or_odd_is_cut_and_stored(workspace: Any, shop: Source) -> None:
    odd = order(number="9" * 300, destination="x\x00y" * 400, url="https://shop.example/" + "a" * 5000)
    store_shop_page(shop, ShopPage(orders=(odd,)))
    row = Order.objects.within(workspace).get()
    assert (len(row.number), len(row.number_key), len(row.url)) == (100, 100, 2000)
    assert "\x00" not in row.destination


def test_of_two_orders_with_one_number_the_address_decides_or_nothing_does(workspace: Any, kinds: None) -> None:
    """Two shops, and payments that name a number both have."""
    pay = connect(workspace, "payments")
    for address, who in (("a.example", ann()), ("b.example", ann(id="c9", email="zoe@example.com"))):
        store_shop_page(connect(workspace, address=address), ShopPage(orders=(order(1042, customer=who),)))
    paid = (payment("ch1", order_number="1042", email="ZOE@example.com"), payment("ch2", order_number="1042", email=""))
    identify.store_pay_page(pay, PayPage(payments=paid))
    rows = {row.external_id: row for row in Charge.objects.within(workspace).select_related("order__customer")}
    assert rows["ch1"].order is not None
    assert rows["ch1"].order.customer.email == "zoe@example.com"
    assert rows["ch2"].order is None


def test_an_erased_customer_is_not_filled_in_again(workspace: Any, shop: Source) -> None:
    store_shop_page(shop, ShopPage(orders=(order(destination="Berlin"),)))
    identify.forget_customer(shop, "c1")
    store_shop_page(shop, ShopPage(orders=(order(minutes=1),), customers=(ShopCustomer(id="c1", name="Ann"),)))
    row = Customer.objects.within(workspace).get()
    assert (row.name, row.email, row.phone) == ("", "", "")
    assert row.erased_at is not None
    assert Order.objects.within(workspace).get().total_minor == 2490, "what was bought stays on record"


def test_another_workspaces_orders_are_never_touched(workspace: Any, other_workspace: Workspace, kinds: None) -> None:
    """Both read a shop with the same ids."""
    mine, theirs = connect(workspace), connect(other_workspace)
    store_shop_page(mine, ShopPage(orders=(order(payment_refs=("ch1",)),)))
    store_shop_page(theirs, ShopPage(orders=(order(minutes=5, total_minor=7),)))
    pay = connect(other_workspace, "payments")
    identify.store_pay_page(pay, PayPage(payments=(payment("ch1", order_number="#1042"),)))
    assert Order.objects.within(workspace).get().total_minor == 2490
    assert not Charge.objects.within(workspace).exists()
    charge = Charge.objects.within(other_workspace).get()
    assert charge.order is not None
    assert charge.order.workspace_id == other_workspace.pk
    assert charge.state == ChargeState.PAID


@pytest.mark.parametrize("count", [3, 30])
def test_a_page_takes_as_many_questions_for_three_orders_as_for_thirty(
    workspace: Any, shop: Source, count: int, django_assert_max_num_queries: Any
) -> None:
    page = ShopPage(orders=tuple(order(1000 + n, payment_refs=(f"ch{n}",)) for n in range(count)))
    with django_assert_max_num_queries(45):
        store_shop_page(shop, page)
    with django_assert_max_num_queries(45):
        store_shop_page(shop, page)

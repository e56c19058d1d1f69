"""What the sample's customers bought: whole, in the past, and the same each time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from makegood.connectors.payments.registry import processor
from makegood.connectors.sample.content import activities
from makegood.connectors.sample.stock import AUTHORS, OTHERS, bought, paid
from makegood.connectors.shops.registry import KINDS, shop

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_orders_add_up_and_lie_in_the_past() -> None:
    page = bought(NOW)
    assert page.orders == bought(NOW).orders
    assert len({order.id for order in page.orders}) == len(page.orders)
    for order in page.orders:
        assert sum(line.total_minor for line in order.lines) + order.shipping_minor == order.total_minor
        moments = [order.placed_at, order.changed_at]
        moments += [at for each in order.fulfilments for at in (each.shipped_at, each.delivered_at) if at]
        assert order.placed_at == min(moments)
        assert max(moments) <= NOW, order.number
    assert [order.placed_at for order in page.orders] == sorted(order.placed_at for order in page.orders)


def test_each_is_paid_and_two_are_paid_twice() -> None:
    totals = {order.number: order.total_minor for order in bought(NOW).orders}
    page = paid(NOW)
    counts = Counter(payment.order_number for payment in page.payments)
    assert set(counts) == set(totals)
    assert sorted(number for number, count in counts.items() if count > 1) == ["TM-2071", "TM-2102"]
    assert all(payment.amount_minor == totals[payment.order_number] for payment in page.payments)
    assert all(payment.at <= NOW for payment in page.payments)


def test_who_was_charged_twice_says_so_and_how_much() -> None:
    said = {activity.author.id: activity.text for activity in activities(NOW) if "38 euros" in activity.text}
    assert AUTHORS["dev"] in said
    [order] = [order for order in bought(NOW).orders if order.number == "TM-2071"]
    assert (order.total_minor, order.customer and order.customer.id) == (3800, "dev")


def test_one_parcel_came_late_and_one_is_stuck() -> None:
    orders = {order.number: order for order in bought(NOW).orders}
    came, stuck = orders["TM-1988"], orders["TM-2031"]
    assert came.promised_at is not None
    assert came.fulfilments[0].delivered_at is not None
    assert came.fulfilments[0].delivered_at - came.promised_at > timedelta(days=13)
    assert stuck.promised_at is not None
    assert stuck.promised_at < NOW
    assert stuck.fulfilments[0].delivered_at is None


def test_everybody_who_is_known_writes() -> None:
    writers = {activity.author.id: activity.author.name for activity in activities(NOW)}
    buyers = {order.customer.id: order.customer.name for order in bought(NOW).orders if order.customer is not None}
    for key, author in AUTHORS.items():
        assert writers[author] == buyers[key], "they are called the same in both places"
    assert OTHERS > 60, "enough to say what a customer is worth"


def test_nobody_can_connect_it_and_it_does_nothing() -> None:
    assert "sample" not in KINDS
    for made in (shop("sample"), processor("sample")):
        assert made.capability.kind == "sample"
        assert (made.connect, made.read, made.fetch, made.verify, made.subscribe) == (None,) * 5

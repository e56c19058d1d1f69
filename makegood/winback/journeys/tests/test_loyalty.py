"""The loyalty report from rows: who is counted, when it is counted anew, and that nine cases are not enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.identify.models import Order, Source
from makegood.kit import clock
from makegood.winback.journeys import loyalty
from makegood.winback.journeys.comparing import Comparison, TooFew
from makegood.winback.journeys.step import follow_journeys
from makegood.winback.journeys.tests.journey_scene import JourneyShop, ago
from makegood.winback.models import Journey, LoyaltyCount

pytestmark = pytest.mark.django_db


def complainers(shop: JourneyShop, count: int, *, back: int = 0, solved: int = 0) -> None:
    """So many customers who complained 300 days ago; the first `back` bought again, the first `solved` were helped."""
    for number in range(count):
        talk = shop.complains(f"did:plc:x{number:04}", days=300)
        customer = shop.customer(talk)
        shop.orders(customer, 305)
        if number < back:
            shop.orders(customer, 250)
        if number < solved:
            shop.gives(talk, 295)


def others(shop: JourneyShop, count: int, *, back: int = 0) -> None:
    """So many customers who ordered once and never complained; the first `back` bought again."""
    for number in range(count):
        customer = shop.customer()
        shop.orders(customer, 400)
        if number < back:
            shop.orders(customer, 350)


def report(shop: JourneyShop, days: int = 90) -> loyalty.Loyalty:
    shop.follow()
    loyalty.count_loyalty(shop.workspace)
    found = loyalty.loyalty_of(shop.workspace, days)
    assert found is not None
    return found


def test_from_nine_cases_it_refuses_and_says_how_many_are_missing(shop: JourneyShop) -> None:
    complainers(shop, 9, back=9)
    others(shop, 60, back=20)
    found = report(shop)
    assert found.everybody == TooFew("cases", 9, 21)
    assert isinstance(found.solved, TooFew)
    assert isinstance(found.unsolved, TooFew)
    assert found.complainers == 9


def test_from_enough_it_compares_them_with_those_like_them(shop: JourneyShop) -> None:
    complainers(shop, 64, back=48, solved=32)
    others(shop, 60, back=15)
    found = report(shop)
    assert isinstance(found.everybody, Comparison)
    assert found.everybody.cases == 64
    # Whoever complained a little later after their order than another has not complained yet where that one had.
    assert 60 <= found.everybody.others < 60 + 64
    assert found.everybody.share == pytest.approx(48 / 64)
    assert 0.25 <= found.everybody.others_share < 0.6
    assert found.everybody.by.low > 0
    assert isinstance(found.solved, Comparison)
    assert isinstance(found.unsolved, Comparison)
    assert found.solved.share == pytest.approx(1.0)
    assert found.unsolved.share == pytest.approx(0.5)


def test_who_complained_lately_waits_and_who_is_unknown_is_left_out(shop: JourneyShop) -> None:
    complainers(shop, 2)
    late = shop.complains(days=100)
    shop.orders(shop.customer(late), 105)
    shop.complains(days=300)
    shop.complains("did:plc:twice", days=290)
    shop.complains("did:plc:twice", days=200)
    found = report(shop, 180)
    assert found.left_out == {"too_recent": 1, "unknown": 2}
    assert report(shop, 90).left_out == {"unknown": 2}


def test_the_first_complaint_counts_and_refunds_do_not_move_the_bands(shop: JourneyShop) -> None:
    talk = shop.complains("did:plc:ann", days=400)
    customer = shop.customer(talk)
    shop.orders(customer, 405, 300, refunded_minor=2500)
    shop.gives(talk, 399)
    shop.again()
    shop.complains("did:plc:ann", days=200)
    found = report(shop)
    (row,) = LoyaltyCount.objects.within(shop.workspace).get(days=90).strata
    assert (row["cases"], row["bought"], row["orders"]) == (1, 0, 0)
    assert isinstance(found.everybody, TooFew)


def test_guests_tied_together_are_one_person(shop: JourneyShop) -> None:
    from makegood.identify import api as identify

    talk = shop.complains(days=300)
    first, second = shop.customer(talk), shop.customer()
    shop.orders(first, 305)
    shop.orders(second, 250)
    identify.tie_customer(talk, second, basis="told", by=shop.agent)
    report(shop)
    (row,) = LoyaltyCount.objects.within(shop.workspace).get(days=90).strata
    assert (row["cases"], row["bought"]) == (1, 1)


def test_the_sample_shop_counts_only_alone(shop: JourneyShop, workspace: Any) -> None:
    Source.objects.within(workspace).update(is_sample=True)
    complainers(shop, 3)
    report(shop)
    assert sum(row["cases"] for row in LoyaltyCount.objects.within(workspace).get(days=90).strata) == 3
    real = Source.objects.create(workspace=workspace, side="shop", kind="testshop", name="R", address="r", hook="real")
    shop.source = real
    shop.orders(shop.customer(), 300)
    report(shop)
    assert sum(row["cases"] for row in LoyaltyCount.objects.within(workspace).get(days=90).strata) == 0


def test_it_is_counted_once_a_day_where_somebody_complained(shop: JourneyShop, other_workspace: Any) -> None:
    assert loyalty.count_due() == 0
    complainers(shop, 2)
    follow_journeys()
    rows = LoyaltyCount.objects.within(shop.workspace)
    assert sorted(rows.values_list("days", flat=True)) == [90, 180]
    assert loyalty.count_due() == 0
    rows.update(counted_at=ago(1.1))
    assert loyalty.count_due() == 1
    assert rows.filter(counted_at__gt=clock.now() - timedelta(minutes=1)).count() == 2
    assert loyalty.loyalty_of(other_workspace, 90) is None


def test_voided_complaints_are_not_counted_and_old_ones_stay(shop: JourneyShop) -> None:
    complainers(shop, 3)
    report(shop)
    first, second, _third = Journey.objects.within(shop.workspace).order_by("pk")
    Journey.objects.within(shop.workspace).filter(pk=first.pk).update(void_at=clock.now())
    Journey.objects.within(shop.workspace).filter(pk=second.pk).update(erased_at=clock.now())
    loyalty.count_loyalty(shop.workspace)
    (row,) = (r for r in LoyaltyCount.objects.within(shop.workspace).get(days=90).strata if r["cases"])
    assert row["cases"] == 2


def test_many_cost_as_many_queries_as_few(shop: JourneyShop) -> None:
    counts = []
    for many in (3, 27):
        complainers(shop, many, back=2)
        others(shop, many)
        shop.follow()
        with CaptureQueriesContext(connection) as seen:
            loyalty.count_loyalty(shop.workspace)
        counts.append(len(seen))
        with CaptureQueriesContext(connection) as seen:
            loyalty.loyalty_of(shop.workspace, 90)
        assert len(seen) == 1
    assert Order.objects.within(shop.workspace).count() > 50
    # The first count makes two rows, the second changes them.
    assert max(counts) <= 20, counts
    assert abs(counts[0] - counts[1]) <= 4, counts

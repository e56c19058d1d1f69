"""The policy says how it stands and what an exception costs, and never just no."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.identify.models import Fulfilment, MoneySettings
from makegood.resolve.models import ReturnPolicy
from makegood.resolve.policies import Bought, fits, judge_line, policy_says, verdict
from makegood.resolve.rules import ResolveError
from makegood.resolve.tests.authority_scene import Shop

DAY = timedelta(days=1)
TODAY = date(2026, 3, 24)


def policy(name: str = "Returns", days: int = 14, **fields: Any) -> ReturnPolicy:
    return ReturnPolicy(pk=hash(name), name=name, window_days=days, **fields)


def bought(name: str = "Teapot", *, came: int | None = 5, **fields: Any) -> Bought:
    """Something that was delivered so many days ago, and ordered three days before that."""
    delivered = None if came is None else TODAY - came * DAY
    placed = TODAY - ((came or 0) + 3) * DAY
    return Bought(name, fields.pop("total", 9000), fields.pop("cost", 3600), placed, delivered, **fields)


@pytest.mark.parametrize(
    ("came", "allowed", "day"), [(0, True, 0), (13, True, 13), (14, True, 14), (15, False, 15), (19, False, 19)]
)
def test_the_last_day_is_in_the_window(came: int, allowed: bool, day: int) -> None:
    found = judge_line([policy()], bought(came=came), TODAY)
    assert (found.allowed, found.day) == (allowed, day)
    assert found.last_day == TODAY - came * DAY + 14 * DAY


def test_day_nineteen_of_fourteen_says_what_an_exception_costs() -> None:
    found = verdict([policy()], [bought(came=19)], TODAY, "EUR")
    assert not found.allowed
    assert found.sentence == (
        "“Returns” gives 14 days from delivery: they ended on 03/19/2026, and today is day 19. "
        "An exception pays 90.00 EUR back and costs you 36.00 EUR if it can’t be sold again, less if it can."
    )
    assert (found.exception_price_minor, found.exception_cost_minor) == (9000, 3600)


def test_within_the_window_no_exception_is_spoken_of() -> None:
    found = verdict([policy()], [bought(came=10)], TODAY, "EUR")
    assert found.sentence == "“Returns” gives 14 days from delivery: until 03/28/2026, and today is day 10."
    assert (found.exception_price_minor, found.exception_cost_minor) == (0, 0)


def test_it_counts_from_the_order_where_the_policy_says_so() -> None:
    found = judge_line([policy(counts_from="placed")], bought(came=13), TODAY)
    assert (found.why, found.day) == ("over", 16)
    assert judge_line([policy(counts_from="placed")], bought(came=None), TODAY).why == "open"


def test_what_has_not_arrived_has_all_its_days() -> None:
    found = verdict([policy()], [bought(came=None)], TODAY, "EUR")
    assert found.allowed
    assert found.sentence.endswith("no delivery is on record: they have not begun.")


def test_what_is_never_taken_back_has_its_price_all_the_same() -> None:
    found = verdict([policy("Engraved", returnable=False)], [bought(came=1)], TODAY, "EUR")
    assert not found.allowed
    assert found.sentence.startswith("“Engraved” takes nothing back as a rule. An exception pays 90.00 EUR back")


def test_without_a_policy_it_is_theirs_to_decide() -> None:
    found = verdict([], [bought()], TODAY, "EUR")
    assert not found.allowed
    assert found.sentence.startswith("No policy says anything about this, so it is yours to decide. An exception")


def test_a_mixed_cart_says_it_for_each() -> None:
    policies = [
        policy("Shoes", 30, matches={"category": ["Shoes"]}),
        policy("Sale", returnable=False, matches={"sku": ["SALE-"]}),
        policy(),
    ]
    cart = [
        bought("Boots", came=19, category="shoes"),
        bought("Mug", came=19, sku="sale-7", total=1000, cost=400),
        bought("Teapot", came=19),
        bought("Kettle", came=19),
    ]
    found = verdict(policies, cart, TODAY, "EUR")
    assert [each.why for each in found.lines] == ["open", "never", "over", "over"]
    assert not found.allowed
    assert found.sentence == (
        "Boots: “Shoes” gives 30 days from delivery: until 04/04/2026, and today is day 19. "
        "Mug: “Sale” takes nothing back as a rule. "
        "Teapot, Kettle: “Returns” gives 14 days from delivery: they ended on 03/19/2026, and today is day 19. "
        "An exception pays 190.00 EUR back and costs you 76.00 EUR if it can’t be sold again, less if it can."
    )


@pytest.mark.parametrize(
    ("matches", "allowed"),
    [
        ({}, True),
        ({"category": []}, True),
        ({"category": ["TEAPOTS"]}, True),
        ({"category": ["Tea"]}, False),
        ({"sku": ["TEA-"]}, True),
        ({"sku": ["EA-"]}, False),
        ({"sku": [""]}, True),
        ({"category": ["Shoes"], "sku": ["tea"]}, True),
    ],
)
def test_what_a_policy_is_for(matches: dict[str, list[str]], allowed: bool) -> None:
    assert fits(matches, bought(sku="TEA-12", category="Teapots")) is allowed


@given(
    came=st.integers(0, 400),
    days=st.integers(0, 400),
    total=st.integers(0, 10**9),
    placed=st.sampled_from(["placed", "delivered"]),
)
def test_a_sentence_never_only_says_no(came: int, days: int, total: int, placed: str) -> None:
    found = verdict([policy(days=days, counts_from=placed)], [bought(came=came, total=total)], TODAY, "EUR")
    began = came + (3 if placed == "placed" else 0)
    assert found.allowed is (began <= days)
    assert ("An exception pays" in found.sentence) is not found.allowed
    assert found.exception_price_minor == (0 if found.allowed else total)


# From the shop's record


@pytest.fixture
def shop(workspace: Any) -> Shop:
    type(workspace).objects.filter(pk=workspace.pk).update(timezone="Europe/Berlin")
    workspace.refresh_from_db()
    return Shop(workspace)


@pytest.mark.django_db
def test_days_are_those_of_the_shop(shop: Shop) -> None:
    # 23:30 on the 1st in London is the 2nd in Berlin.
    order = shop.order(delivered_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    shop.line(order)
    last = datetime(2026, 3, 16, 22, 59, tzinfo=UTC)
    assert policy_says(shop.workspace, order, (), last).allowed
    assert not policy_says(shop.workspace, order, (), last + timedelta(minutes=1)).allowed


@pytest.mark.django_db
def test_the_window_begins_with_the_last_parcel(shop: Shop) -> None:
    order = shop.order(delivered_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    shop.line(order)
    _first, second = (
        Fulfilment.objects.create(workspace=shop.workspace, order=order, external_id=str(n), delivered_at=when)
        for n, when in enumerate((datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)))
    )
    day = datetime(2026, 3, 20, 12, tzinfo=UTC)
    assert policy_says(shop.workspace, order, (), day).lines[0].day == 11
    second.delivered_at = None
    second.save()
    assert policy_says(shop.workspace, order, (), day).lines[0].day == 19
    order.delivered_at = None
    assert policy_says(shop.workspace, order, (), day).lines[0].why == "not_begun"


@pytest.mark.django_db
def test_part_of_an_order_costs_its_part(shop: Shop) -> None:
    MoneySettings.objects.create(workspace=shop.workspace, margin_percent=75)
    order = shop.order(delivered_at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    cups = shop.line(order, name="Cup", quantity=4, total_minor=4001)
    shop.line(order, name="Teapot", total_minor=9000, cost_minor=2000)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    part = policy_says(shop.workspace, order, [[cups.pk, 2]], at)
    assert (part.exception_price_minor, part.exception_cost_minor) == (2000, 501)
    whole = policy_says(shop.workspace, order, (), at)
    assert (whole.exception_price_minor, whole.exception_cost_minor) == (13001, 1001 + 2000)
    for lines in ([[cups.pk, 5]], [[cups.pk, 0]], [[cups.pk + 99, 1]], [[cups.pk, 1], [cups.pk, 1]]):
        with pytest.raises(ResolveError, match="products of this order"):
            policy_says(shop.workspace, order, lines, at)


@pytest.mark.django_db
def test_it_takes_few_queries_however_long_the_order(shop: Shop, django_assert_num_queries: Any) -> None:
    order = shop.order(delivered_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    for more in (3, 30):
        for _each in range(more):
            shop.line(order)
        with django_assert_num_queries(5):
            policy_says(shop.workspace, order, (), datetime(2026, 3, 20, tzinfo=UTC))

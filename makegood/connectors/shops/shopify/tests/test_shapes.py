"""Shopify's shape to ours: pairs, and anything at all."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.shops.contract import OrderState
from makegood.connectors.shops.shopify import queries, shapes
from makegood.connectors.shops.shopify.tests.admin import an_order, line, moment, money, person
from makegood.connectors.shops.shopify.tests.asking import complaints
from makegood.kit.money import from_minor

PAIRS = Path(__file__).parent / "pairs"
SHOP = "teapots.myshopify.com"
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def whole(number: int = 1, **more: Any) -> dict[str, Any]:
    found = an_order(number, **more)
    return found | {"lineItems": {"nodes": found["lineItems"]}}


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("*.json")))
def test_pairs(name: str) -> None:
    found = json.loads((PAIRS / f"{name}.json").read_text("utf-8"))
    assert json.loads(msgspec.json.encode(shapes.order(found["theirs"], SHOP))) == found["ours"]


@pytest.mark.parametrize(
    "name", ["order-paid-tax-included-discounted", "order-abroad-tax-on-top-refunded", "order-yen-unpaid"]
)
def test_what_was_bought_and_sent_is_what_was_paid(name: str) -> None:
    ours = json.loads((PAIRS / f"{name}.json").read_text("utf-8"))["ours"]
    assert sum(each["total_minor"] for each in ours["lines"]) + ours["shipping_minor"] == ours["total_minor"]


@pytest.mark.parametrize("name", queries.__all__)
def test_shopify_knows_every_field_we_ask_for(name: str) -> None:
    assert complaints(getattr(queries, name)) == []


def test_a_field_that_shopify_does_not_know_is_noticed() -> None:
    asked = queries.ORDERS.replace("displayFinancialStatus", "financialStatus").replace("sortKey:", "sortBy:")
    assert complaints(asked) == [
        "Field 'financialStatus' doesn't exist on type 'Order'",
        "Field 'orders' doesn't accept argument 'sortBy'",
    ]


PARCEL = {"legacyResourceId": "1", "status": "SUCCESS", "createdAt": moment(1), "displayStatus": "IN_TRANSIT"}


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, OrderState.PAID),
        ({"displayFinancialStatus": "PENDING"}, OrderState.OPEN),
        ({"displayFinancialStatus": "AUTHORIZED"}, OrderState.OPEN),
        ({"displayFinancialStatus": "PARTIALLY_PAID"}, OrderState.OPEN),
        ({"displayFinancialStatus": "EXPIRED"}, OrderState.OPEN),
        ({"displayFinancialStatus": "REFUNDED"}, OrderState.PAID),
        ({"displayFinancialStatus": None}, OrderState.PAID),
        ({"displayFinancialStatus": "VOIDED"}, OrderState.CANCELLED),
        ({"cancelledAt": moment(5)}, OrderState.CANCELLED),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, OrderState.PART_SHIPPED),
        ({"displayFulfillmentStatus": "FULFILLED"}, OrderState.SHIPPED),
        ({"displayFulfillmentStatus": "FULFILLED", "fulfillments": [PARCEL]}, OrderState.SHIPPED),
        (
            {"displayFulfillmentStatus": "FULFILLED", "fulfillments": [PARCEL | {"deliveredAt": moment(9)}, PARCEL]},
            OrderState.SHIPPED,
        ),
        (
            {"displayFulfillmentStatus": "FULFILLED", "fulfillments": [PARCEL | {"displayStatus": "DELIVERED"}]},
            OrderState.DELIVERED,
        ),
    ],
)
def test_states(more: dict[str, Any], state: OrderState) -> None:
    assert shapes.order(whole(**more), SHOP).state is state


@given(
    some.sampled_from(["EUR", "JPY", "KWD"]),
    some.booleans(),
    some.lists(some.tuples(some.integers(0, 10**9), some.integers(0, 10**9), some.integers(0, 10**6)), max_size=4),
)
def test_every_minor_unit_survives(currency: str, included: bool, parts: list[tuple[int, int, int]]) -> None:
    def bag(minor: int) -> dict[str, Any]:
        return money(from_minor(minor, currency), currency)

    lines = [
        line(
            place,
            originalTotalSet=bag(price),
            taxLines=[{"priceSet": bag(tax)}],
            discountAllocations=[{"allocatedAmountSet": bag(discount)}],
        )
        for place, (price, tax, discount) in enumerate(parts)
    ]
    raw = whole(presentmentCurrencyCode=currency, taxesIncluded=included, lineItems=lines)
    for name in ("totalPriceSet", "totalShippingPriceSet", "totalTaxSet", "totalDiscountsSet"):
        raw[name] = bag(123_456_789)
    ours = shapes.order(raw, SHOP)
    assert ours.total_minor == ours.shipping_minor == ours.tax_minor == ours.discount_minor == 123_456_789
    assert [each.total_minor for each in ours.lines] == [
        price - discount + (0 if included else tax) for price, tax, discount in parts
    ]


def test_an_address_that_is_hidden_is_not_verified() -> None:
    hidden = person(1, defaultEmailAddress=None, verifiedEmail=True)
    assert shapes.customer(hidden, SHOP).verified is False
    assert shapes.customer(person(1, verifiedEmail=False), SHOP).verified is False


def test_somebody_without_a_name_is_not_called_by_their_address() -> None:
    nobody = person(1, firstName=None, lastName=None, displayName="c1@t.example")
    assert shapes.customer(nobody, SHOP).name == ""


def test_a_tracking_link_that_is_none() -> None:
    parcel = PARCEL | {"trackingInfo": [{"company": None, "number": "1", "url": "javascript:alert(1)"}]}
    [found] = shapes.order(whole(fulfillments=[parcel]), SHOP).fulfilments
    assert (found.tracking, found.tracking_url, found.state) == ("1", "", "in transit")


@pytest.mark.parametrize(
    "change",
    [
        {"presentmentCurrencyCode": "Taler"},
        {"totalPriceSet": money("1.00", "USD")},
        {"totalPriceSet": money("NaN")},
        {"totalPriceSet": money("sNaN")},
        {"totalPriceSet": money("9" * 40)},
        {"totalPriceSet": None},
        {"updatedAt": "soon"},
        {"legacyResourceId": None},
    ],
)
def test_what_makes_no_sense_is_a_value_error(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        shapes.order(whole() | change, SHOP)


@given(some.dictionaries(some.sampled_from(sorted(an_order(1))), anything, max_size=4))
def test_any_order_is_an_order_or_a_value_error(change: dict[str, Any]) -> None:
    with suppress(ValueError, ArithmeticError):
        shapes.order(copy.deepcopy(whole()) | change, SHOP)


@given(some.dictionaries(some.sampled_from(sorted(person(1))), anything, max_size=4))
def test_anybody_is_a_customer_or_a_value_error(change: dict[str, Any]) -> None:
    with suppress(ValueError):
        shapes.customer(person(1) | change, SHOP)

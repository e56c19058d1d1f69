"""Vendure's rows and ours, side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.shops.contract import OrderState
from makegood.connectors.shops.vendure.capability import CAPABILITY
from makegood.connectors.shops.vendure.shapes import (
    STATES,
    View,
    customer_of,
    from_minor_there,
    order_of,
    to_minor_here,
)
from makegood.connectors.shops.vendure.tests.record import PAIRS, VIEW, plain

AT = "2026-03-01T10:00:00.000Z"


def row(**changes: Any) -> dict[str, Any]:
    """An order of one teapot."""
    payment = {"id": "9", "state": "Settled", "amount": 3500, "transactionId": "pi_1", "updatedAt": AT, "refunds": []}
    line = {
        "id": "5",
        "quantity": 1,
        "orderPlacedQuantity": 1,
        "proratedLinePriceWithTax": 3000,
        "proratedUnitPriceWithTax": 3000,
        "productVariant": {"sku": "TEAPOT", "name": "Teapot", "productId": "1"},
    }
    whole = {
        "id": "1",
        "type": "Regular",
        "code": "ABCDEFGHJKLMNPQR",
        "state": "PaymentSettled",
        "updatedAt": AT,
        "orderPlacedAt": AT,
        "currencyCode": "EUR",
        "totalWithTax": 3500,
        "shippingWithTax": 500,
        "customer": None,
        "lines": [line],
        "payments": [payment],
        "fulfillments": None,
        "history": {"items": []},
    }
    return {**whole, **changes}


@pytest.mark.parametrize("path", sorted(PAIRS.glob("*.json")), ids=lambda path: path.stem)
def test_pairs(path: Path) -> None:
    pair = json.loads(path.read_text("utf-8"))
    made = customer_of if path.stem.startswith("customer") else order_of
    assert plain(made(pair["vendure"], VIEW)) == pair["makegood"]


def test_there_are_pairs() -> None:
    assert len(list(PAIRS.glob("*.json"))) == 4


def test_yen_have_no_sen_here_though_they_have_there() -> None:
    line = {**row()["lines"][0], "proratedLinePriceWithTax": 50050}
    order = order_of(
        row(currencyCode="JPY", totalWithTax=55050, shippingWithTax=5000, payments=[], lines=[line]), View(2)
    )
    assert order is not None
    assert (order.total_minor, order.shipping_minor, order.lines[0].total_minor) == (551, 50, 501)


def test_a_shop_that_counts_three_digits() -> None:
    order = order_of(row(totalWithTax=35000, payments=[]), View(3))
    assert order is not None
    assert order.total_minor == 3500


@given(minor=some.integers(0, 10**12), currency=some.sampled_from(["EUR", "JPY", "KWD"]), precision=some.integers(3, 6))
def test_money_there_and_back(minor: int, currency: str, precision: int) -> None:
    assert to_minor_here(from_minor_there(minor, currency, precision), currency, precision) == minor


def test_what_a_shop_cannot_write_is_not_rounded() -> None:
    with pytest.raises(ValueError, match="2 digits"):
        from_minor_there(1, "KWD", 2)


def test_what_was_paid_counts_when_the_order_was_cancelled() -> None:
    line = {**row()["lines"][0], "quantity": 0, "proratedLinePriceWithTax": 0}
    order = order_of(row(state="Cancelled", totalWithTax=500, lines=[line]), View())
    assert order is not None
    assert (order.state, order.total_minor) == (OrderState.CANCELLED, 3500)
    assert [(each.quantity, each.total_minor) for each in order.lines] == [(1, 3000)]


def test_a_line_that_was_taken_out_is_no_line() -> None:
    gone = {**row()["lines"][0], "id": "6", "quantity": 0, "proratedLinePriceWithTax": 0}
    order = order_of(row(lines=[*row()["lines"], gone]), View())
    assert order is not None
    assert [line.id for line in order.lines] == ["5"]


def test_a_payment_that_failed_is_none() -> None:
    declined = {**row()["payments"][0], "id": "8", "state": "Declined", "transactionId": "pi_0"}
    order = order_of(row(payments=[declined, *row()["payments"]]), View())
    assert order is not None
    assert order.payment_refs == ("pi_1",)
    assert order.total_minor == 3500


def test_a_refund_that_failed_is_none_and_a_pending_one_is() -> None:
    refunds = [
        {"id": str(number), "state": state, "total": 100, "reason": None, "createdAt": AT, "updatedAt": AT}
        for number, state in enumerate(("Failed", "Pending", "Settled"))
    ]
    order = order_of(row(payments=[{**row()["payments"][0], "refunds": refunds}]), View())
    assert order is not None
    assert [refund.id for refund in order.refunds] == ["1", "2"]


def test_the_newest_of_all_dates_is_when_it_changed() -> None:
    entry = {"type": "ORDER_NOTE", "createdAt": "2026-03-05T10:00:00.000Z", "data": {"note": "x"}}
    order = order_of(row(history={"items": [entry]}), View())
    assert order is not None
    assert order.changed_at.day == 5


def test_surcharges_are_lines_so_that_all_adds_up() -> None:
    extra = {"id": "3", "description": "Gift wrap", "sku": None, "priceWithTax": 250}
    order = order_of(row(surcharges=[extra], totalWithTax=3750, payments=[]), View())
    assert order is not None
    assert sum(line.total_minor for line in order.lines) + order.shipping_minor == order.total_minor


def test_a_sellers_part_of_an_order_is_left_out() -> None:
    assert order_of(row(type="Seller"), View()) is None


@pytest.mark.parametrize("broken", [{"orderPlacedAt": None}, {"totalWithTax": "35"}, {"lines": [{}]}, {"id": None}])
def test_a_row_that_makes_no_sense(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        order_of(row(**broken), View())


def test_every_state_of_a_placed_order_is_known() -> None:
    # https://docs.vendure.io/current/core/core-concepts/orders: those before payment are no orders yet.
    assert set(STATES) >= {
        "PaymentSettled",
        "Shipped",
        "PartiallyShipped",
        "Delivered",
        "PartiallyDelivered",
        "Cancelled",
    }


def test_its_order_numbers_are_recognised() -> None:
    assert re.findall(CAPABILITY.order_number, "Where is my order 96M5TNWWZ1DQ9YNR? I want it!") == ["96M5TNWWZ1DQ9YNR"]
    assert not re.findall(CAPABILITY.order_number, "UNCHARACTERISTIC O0I0O0I0O0I0O0I0 1234")

"""WooCommerce's shape to ours: pairs, and anything at all."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.shops.contract import OrderState
from makegood.connectors.shops.woocommerce import shapes
from makegood.connectors.shops.woocommerce.tests.wordpress import an_order, someone
from makegood.kit.money import exponent, from_minor

PAIRS = Path(__file__).parent / "pairs"
BASE = "https://teapots.example"
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def pair(name: str) -> Any:
    return json.loads((PAIRS / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(path.stem for path in PAIRS.glob("*.json")))
def test_pairs(name: str) -> None:
    found = pair(name)
    buyer = shapes.customer(found["customer"], found["base"]) if found["customer"] else None
    ours = shapes.order(found["theirs"], found["base"], found["refunds"], buyer)
    assert json.loads(msgspec.json.encode(ours)) == found["ours"]


@pytest.mark.parametrize("name", ["order-guest-paid", "order-yen-no-decimals", "order-dinar-three-decimals"])
def test_what_was_bought_and_sent_is_what_was_paid(name: str) -> None:
    ours = pair(name)["ours"]
    assert sum(line["total_minor"] for line in ours["lines"]) + ours["shipping_minor"] == ours["total_minor"]


@pytest.mark.parametrize(
    ("status", "more", "state"),
    [
        ("pending", {}, OrderState.OPEN),
        ("on-hold", {}, OrderState.OPEN),
        ("failed", {}, OrderState.OPEN),
        ("processing", {}, OrderState.PAID),
        ("completed", {}, OrderState.SHIPPED),
        ("delivered", {}, OrderState.DELIVERED),
        ("partial-shipped", {}, OrderState.PART_SHIPPED),
        ("cancelled", {}, OrderState.CANCELLED),
        ("refunded", {"date_completed_gmt": "2026-11-01T12:00:00"}, OrderState.SHIPPED),
        ("refunded", {}, OrderState.CANCELLED),
        ("gift-wrapped", {}, OrderState.PAID),
        ("gift-wrapped", {"date_paid_gmt": None}, OrderState.OPEN),
    ],
)
def test_states(status: str, more: dict[str, Any], state: OrderState) -> None:
    assert shapes.order(an_order(1, status=status, **more), BASE).state is state


@given(
    some.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
    some.lists(some.tuples(some.integers(0, 10**9), some.integers(0, 10**9)), max_size=5),
    some.integers(0, 10**9),
)
def test_every_minor_unit_survives(currency: str, lines: list[tuple[int, int]], shipping: int) -> None:
    items = [
        {
            "id": place,
            "name": "x",
            "quantity": 1,
            "total": from_minor(net, currency),
            "total_tax": from_minor(tax, currency),
        }
        for place, (net, tax) in enumerate(lines)
    ]
    total = sum(net + tax for net, tax in lines) + shipping
    raw = an_order(
        1,
        currency=currency,
        line_items=items,
        total=from_minor(total, currency),
        shipping_total=from_minor(shipping, currency),
        shipping_tax="0",
    )
    ours = shapes.order(raw, BASE)
    assert ours.total_minor == total
    assert ours.shipping_minor == shipping
    assert [line.total_minor for line in ours.lines] == [net + tax for net, tax in lines]


@given(some.decimals(0, 10**6, places=6), some.decimals(0, 10**6, places=6), some.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_line_is_rounded_once(net: Decimal, tax: Decimal, currency: str) -> None:
    item = {"id": 1, "name": "x", "quantity": 1, "total": str(net), "total_tax": str(tax)}
    [line] = shapes.order(an_order(1, currency=currency, line_items=[item]), BASE).lines
    assert abs(Decimal(line.total_minor) - (net + tax).scaleb(exponent(currency))) <= Decimal("0.5")


def test_nobody_is_verified() -> None:
    assert shapes.customer(someone(1), BASE).verified is False


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "Taler"},
        {"currency": ""},
        {"total": "NaN"},
        {"total": "1,00"},
        {"total": "9" * 30},
        {"total": []},
        {"date_created_gmt": "soon"},
        {"date_created_gmt": None},
        {"line_items": "none"},
        {"status": None},
        {"id": None},
    ],
)
def test_what_makes_no_sense_is_a_value_error(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        shapes.order(an_order(1) | change, BASE)


@given(some.dictionaries(some.sampled_from(sorted(an_order(1))), anything, max_size=4))
def test_any_order_is_an_order_or_a_value_error(change: dict[str, Any]) -> None:
    with suppress(ValueError, ArithmeticError):
        shapes.order(an_order(1) | change, BASE)


@given(anything)
def test_any_note_of_a_parcel_is_read(value: Any) -> None:
    with suppress(ValueError):
        shapes.order(an_order(1, meta_data=[{"id": 1, "key": "_wc_shipment_tracking_items", "value": value}]), BASE)


@given(some.dictionaries(some.sampled_from(sorted(someone(1))), anything, max_size=4))
def test_anybody_is_a_customer_or_a_value_error(change: dict[str, Any]) -> None:
    with suppress(ValueError):
        shapes.customer(someone(1) | change, BASE)

"""Discount codes: made once, whatever gets lost on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.shopify import CONNECTOR
from makegood.connectors.shops.shopify.tests.admin import Shopify
from makegood.connectors.shops.shopify.write import make_voucher
from tests.connectors.sentences import faults_of

FIVE = VoucherWish(code="SORRY-5", currency="EUR", amount_minor=500)
TENTH = VoucherWish(code="SORRY-10", currency="EUR", percent=10)


async def test_an_amount_off(shop: Shopify, key: dict[str, Any]) -> None:
    starts, ends = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
    made = await make_voucher(key, replace(FIVE, starts_at=starts, ends_at=ends, customer_id="7"))
    assert (made.id, made.code) == ("gid://shopify/DiscountCodeNode/1", "SORRY-5")
    assert made.url == "https://admin.shopify.com/store/teapots/discounts/1"
    sent = shop.codes["SORRY-5"]["sent"]
    assert sent["customerGets"]["value"] == {"discountAmount": {"amount": "5.00", "appliesOnEachItem": False}}
    assert (sent["usageLimit"], sent["appliesOncePerCustomer"]) == (1, True)
    assert sent["context"] == {"customers": {"add": ["gid://shopify/Customer/7"]}}
    assert (sent["startsAt"], sent["endsAt"]) == ("2026-12-01T00:00:00+00:00", "2026-12-24T18:00:00+00:00")


@pytest.mark.parametrize("percent", [1, 7, 10, 29, 33, 57, 100])
async def test_a_percentage_off_for_everybody(shop: Shopify, key: dict[str, Any], percent: int) -> None:
    wish = replace(TENTH, percent=percent)
    first = await make_voucher(key, wish)
    sent = shop.codes["SORRY-10"]["sent"]
    assert sent["customerGets"]["value"] == {"percentage": percent / 100}
    assert sent["context"] == {"all": "ALL"}
    assert await make_voucher(key, wish) == first


async def test_the_same_wish_twice_is_one_code(shop: Shopify, key: dict[str, Any]) -> None:
    assert await make_voucher(key, FIVE) == await make_voucher(key, FIVE)
    assert len(shop.codes) == 1


async def test_an_answer_that_was_lost_makes_no_second_code(shop: Shopify, key: dict[str, Any]) -> None:
    shop.lose = True
    with pytest.raises(Trouble) as caught:
        await make_voucher(key, FIVE)
    assert caught.value.verdict is Verdict.RETRY
    shop.lose = False
    assert (await make_voucher(key, FIVE)).id == "gid://shopify/DiscountCodeNode/1"
    assert len(shop.codes) == 1


async def test_two_at_once_get_the_same_code(shop: Shopify, key: dict[str, Any]) -> None:
    first, second = await asyncio.gather(make_voucher(key, FIVE), make_voucher(key, FIVE))
    assert first == second


@pytest.mark.parametrize(
    "value",
    [
        {"__typename": "DiscountAmount", "amount": {"amount": "50.0", "currencyCode": "EUR"}},
        {"__typename": "DiscountAmount", "amount": {"amount": "5.0", "currencyCode": "USD"}},
        {"__typename": "DiscountPercentage", "percentage": 0.05},
        {"__typename": "DiscountOnQuantity"},
        None,
    ],
)
async def test_a_code_of_another_worth_is_not_taken_for_ours(shop: Shopify, key: dict[str, Any], value: Any) -> None:
    shop.codes["SORRY-5"] = {
        "id": "gid://shopify/DiscountCodeNode/9",
        "codeDiscount": {"customerGets": {"value": value}},
    }
    with pytest.raises(Trouble, match="another discount") as caught:
        await make_voucher(key, FIVE)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (replace(FIVE, currency="USD"), "choose an amount"),
        (replace(FIVE, percent=5), "either an amount or a percentage"),
        (replace(FIVE, amount_minor=0), "either an amount or a percentage"),
        (replace(TENTH, percent=101), "either an amount or a percentage"),
        (replace(FIVE, ends_at=datetime(2020, 1, 1, tzinfo=UTC)), "Ends before it starts"),
    ],
)
async def test_what_cannot_be_made(shop: Shopify, key: dict[str, Any], wish: VoucherWish, says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        await make_voucher(key, wish)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert not shop.codes


def test_refunds_are_not_noted_there() -> None:
    assert CONNECTOR.record_refund is None
    assert CONNECTOR.capability.refunds is False

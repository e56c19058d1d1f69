"""What we make in the shop: once, whatever gets lost on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import VoucherWish
from makegood.connectors.shops.woocommerce.tests.wordpress import Wordpress, an_order, someone
from makegood.connectors.shops.woocommerce.write import make_voucher, record_refund
from tests.connectors.sentences import faults_of

FIVE = VoucherWish(code="SORRY-5", currency="EUR", amount_minor=500)
TENTH = VoucherWish(code="SORRY-10", currency="EUR", percent=10)


async def test_an_amount_off(shop: Wordpress, key: dict[str, Any]) -> None:
    ends = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
    made = await make_voucher(key, replace(FIVE, ends_at=ends))
    [kept] = shop.coupons.values()
    assert (made.id, made.code) == ("700", "SORRY-5")
    assert made.url.endswith("/wp-admin/post.php?post=700&action=edit")
    assert (kept["discount_type"], kept["amount"], kept["usage_limit"]) == ("fixed_cart", "5.00", 1)
    assert kept["date_expires_gmt"] == "2026-12-24T18:00:00"
    assert "email_restrictions" not in kept


async def test_a_percentage_off_and_yen(shop: Wordpress, key: dict[str, Any]) -> None:
    await make_voucher(key, TENTH)
    shop.currency = "JPY"
    await make_voucher(key, VoucherWish(code="YEN", currency="JPY", amount_minor=500))
    assert [(each["discount_type"], each["amount"]) for each in shop.coupons.values()] == [
        ("percent", "10"),
        ("fixed_cart", "500"),
    ]


async def test_a_code_for_one_customer(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.people[7] = someone(7, billing={"email": "Home@T.example"})
    await make_voucher(key, replace(FIVE, customer_id="7"))
    assert shop.coupons[700]["email_restrictions"] == ["c7@t.example", "home@t.example"]
    with pytest.raises(Trouble, match="no account"):
        await make_voucher(key, replace(FIVE, code="OTHER", customer_id="../7"))


@pytest.mark.parametrize("wish", [FIVE, TENTH])
async def test_the_same_wish_twice_is_one_coupon(shop: Wordpress, key: dict[str, Any], wish: VoucherWish) -> None:
    assert await make_voucher(key, wish) == await make_voucher(key, wish)
    assert len(shop.coupons) == 1


async def test_an_answer_that_was_lost_makes_no_second_coupon(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.lose = {"wc/v3/coupons"}
    with pytest.raises(Trouble) as caught:
        await make_voucher(key, FIVE)
    assert caught.value.verdict is Verdict.RETRY
    shop.lose = set()
    assert (await make_voucher(key, FIVE)).id == "700"
    assert len(shop.coupons) == 1


async def test_two_at_once_get_the_same_coupon(shop: Wordpress, key: dict[str, Any]) -> None:
    first, second = await asyncio.gather(make_voucher(key, FIVE), make_voucher(key, FIVE))
    assert first == second
    assert len(shop.coupons) == 1


@pytest.mark.parametrize(
    "standing",
    [
        {"discount_type": "fixed_cart", "amount": "50.00"},
        {"discount_type": "percent", "amount": "5.00"},
        {"discount_type": "fixed_product", "amount": "5.00"},
        {"discount_type": "fixed_cart", "amount": "five"},
        {"discount_type": "fixed_cart"},
    ],
)
async def test_a_code_of_another_worth_is_not_taken_for_ours(
    shop: Wordpress, key: dict[str, Any], standing: dict[str, Any]
) -> None:
    shop.coupons[1] = {"id": 1, "code": "sorry-5", **standing}
    with pytest.raises(Trouble, match="another coupon") as caught:
        await make_voucher(key, FIVE)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert len(shop.coupons) == 1


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (replace(FIVE, currency="USD"), "choose an amount"),
        (replace(FIVE, percent=5), "either an amount or a percentage"),
        (replace(FIVE, amount_minor=0), "either an amount or a percentage"),
        (replace(FIVE, amount_minor=-500), "either an amount or a percentage"),
        (replace(TENTH, percent=101), "either an amount or a percentage"),
        (replace(FIVE, starts_at=datetime.now(UTC) + timedelta(days=2)), "as soon as it is made"),
    ],
)
async def test_what_cannot_be_made(shop: Wordpress, key: dict[str, Any], wish: VoucherWish, says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        await make_voucher(key, wish)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert not shop.coupons


async def test_a_key_that_may_only_read(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.writes = False
    shop.put(an_order(1))
    for act in (make_voucher(key, FIVE), record_refund(key, "1", 100, "EUR", "k", "w")):
        with pytest.raises(Trouble, match="may only read") as caught:
            await act
        assert caught.value.verdict is Verdict.REFUSE
        assert not faults_of(caught.value.sentence), caught.value.sentence


async def test_a_refund_is_noted_without_moving_money(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    number = await record_refund(key, "1", 450, "EUR", "mg-1", "Lid broken")
    [kept] = shop.refunds[1]
    assert str(kept["id"]) == number
    assert (kept["amount"], kept["reason"], kept["refunded_payment"]) == ("4.50", "Lid broken", False)
    assert [(each["key"], each["value"]) for each in kept["meta_data"]] == [("_makegood_key", "mg-1")]


async def test_a_refund_is_noted_once_for_each_key(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    first = await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry")
    assert await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry") == first
    second = await record_refund(key, "1", 450, "EUR", "mg-2", "Sorry")
    assert second != first
    assert len(shop.refunds[1]) == 2


async def test_a_refund_whose_answer_was_lost_is_found(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    shop.lose = {"wc/v3/orders/1/refunds"}
    with pytest.raises(Trouble) as caught:
        await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry")
    assert caught.value.verdict is Verdict.RETRY
    shop.lose = set()
    assert await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry") == str(shop.refunds[1][0]["id"])
    assert len(shop.refunds[1]) == 1


async def test_a_refund_that_was_cut_short_before_its_key_was_saved_is_found(
    shop: Wordpress, key: dict[str, Any]
) -> None:
    shop.put(an_order(1))
    shop.cut_short = True
    with pytest.raises(Trouble) as caught:
        await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry")
    assert caught.value.verdict is Verdict.RETRY
    shop.cut_short = False
    await record_refund(key, "1", 450, "EUR", "mg-1", "Sorry")
    assert len(shop.refunds[1]) == 1
    # Another amount, or other words, are another refund.
    await record_refund(key, "1", 451, "EUR", "mg-2", "Sorry")
    await record_refund(key, "1", 450, "EUR", "mg-3", "Very sorry")
    assert len(shop.refunds[1]) == 3


async def test_more_than_is_left_is_refused_by_the_shop(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    await record_refund(key, "1", 2000, "EUR", "mg-1", "Sorry")
    with pytest.raises(Trouble, match="more than is left") as caught:
        await record_refund(key, "1", 491, "EUR", "mg-2", "Sorry")
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    await record_refund(key, "1", 490, "EUR", "mg-3", "Sorry")


@pytest.mark.parametrize(
    ("order", "amount", "currency"),
    [("1", 100, "USD"), ("1", 0, "EUR"), ("1", -5, "EUR"), ("", 5, "EUR"), ("1/../2", 5, "EUR")],
)
async def test_a_refund_that_makes_no_sense(
    shop: Wordpress, key: dict[str, Any], order: str, amount: int, currency: str
) -> None:
    shop.put(an_order(1))
    with pytest.raises(Trouble) as caught:
        await record_refund(key, order, amount, currency, "mg-1", "Sorry")
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert not shop.refunds.get(1)


async def test_an_order_that_is_gone(key: dict[str, Any]) -> None:
    with pytest.raises(Trouble) as caught:
        await record_refund(key, "77", 100, "EUR", "mg-1", "Sorry")
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence

"""Against a real Vendure: what happens in the shop is seen, and what is done there is done once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import OrderState, ShopOrder, VoucherWish
from makegood.connectors.shops.vendure.connecting import connect
from makegood.connectors.shops.vendure.read import fetch, read
from makegood.connectors.shops.vendure.refund import record_refund
from makegood.connectors.shops.vendure.voucher import make_voucher
from makegood.kit import clock
from tests.servers.vendure import PASSWORD, USERNAME, VendureShop

pytestmark = [pytest.mark.vendure, pytest.mark.slow]


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture(scope="module")
def credentials(vendure_server: VendureShop) -> dict[str, Any]:
    return {
        "url": f"{vendure_server.url}/admin-api",
        "key": vendure_server.api_key(),
        "currency": "EUR",
        "precision": 2,
    }


async def one(credentials: dict[str, Any], order_id: str) -> ShopOrder:
    [order] = (await fetch(credentials, (order_id,))).orders
    return order


async def test_an_order_from_the_till_to_the_door(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    placed = vendure_server.buy("ada@example.com", {"TEAPOT": 2, "CUP": 1})
    order = await one(credentials, placed["id"])
    assert (order.number, order.total_minor, order.shipping_minor) == (placed["code"], 7500, 500)
    assert (order.state, order.email, order.name) == (OrderState.PAID, "ada@example.com", "Ada Lovelace")
    assert [(line.sku, line.quantity, line.total_minor) for line in order.lines] == [
        ("TEAPOT", 2, 6000),
        ("CUP", 1, 1000),
    ]
    assert len(order.payment_refs) == 1
    assert order.customer is not None
    assert (order.customer.phone, order.customer.verified) == ("+49 30 1234567", False)
    assert order.destination == "Berlin, Germany"

    parcel = vendure_server.ship(placed["id"], 1, "0034")
    order = await one(credentials, placed["id"])
    assert order.state is OrderState.PART_SHIPPED
    [sent] = order.fulfilments
    assert (sent.carrier, sent.tracking, sent.state, sent.delivered_at) == ("DHL", "0034", "Shipped", None)
    assert sent.shipped_at is not None
    assert abs(sent.shipped_at - clock.now()) < timedelta(minutes=5)
    vendure_server.fulfil(parcel, "Delivered")
    order = await one(credentials, placed["id"])
    assert order.fulfilments[0].delivered_at is not None
    assert order.state is OrderState.PART_SHIPPED


async def test_a_refund_made_in_the_back_office_is_heard_of_though_the_order_keeps_its_date(
    vendure_server: VendureShop, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = vendure_server.buy("refunded@example.com", {"CUP": 2})
    cursor: Any = {}
    for _ in range(100):
        page = await read(credentials, cursor)
        cursor = page.cursor
        if not page.more:
            break
    before = vendure_server.order(placed["id"])["updatedAt"]
    vendure_server.refund(placed["id"], 700, "Chipped", "re_by_hand")
    assert vendure_server.order(placed["id"])["updatedAt"] == before, "Vendure has been mended: read.py can be simpler"
    # Longer than the overlap, so that only the sweep can bring it.
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    cursor = {**cursor, "high": {**cursor["high"], "orders": later.isoformat(timespec="microseconds")}}
    found: dict[str, ShopOrder] = {}
    for _ in range(100):
        page = await read(credentials, cursor)
        cursor = page.cursor
        found |= {order.id: order for order in page.orders}
        if not page.more:
            break
    [refund] = found[placed["id"]].refunds
    assert (refund.amount_minor, refund.currency, refund.reason) == (700, "EUR", "Chipped")
    assert refund.payment_ref == "re_by_hand"
    assert found[placed["id"]].changed_at >= found[placed["id"]].placed_at


async def test_a_cancelled_order_still_says_what_was_paid(
    vendure_server: VendureShop, credentials: dict[str, Any]
) -> None:
    placed = vendure_server.buy("cancelled@example.com", {"WHISK": 1})
    vendure_server.cancel(placed["id"])
    order = await one(credentials, placed["id"])
    assert (order.state, order.total_minor) == (OrderState.CANCELLED, 2499)


async def test_a_basket_is_no_order(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    basket = vendure_server.buy("basket@example.com", {"CUP": 1}, pay=False)
    page = await fetch(credentials, (basket["id"],))
    assert (page.orders, page.gone) == ((), (basket["id"],))


async def test_a_customer_who_changes_their_name(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    placed = vendure_server.buy("renamed@example.com", {"CUP": 1}, first="Bea")
    customer = (await one(credentials, placed["id"])).customer
    assert customer is not None
    vendure_server.rename(customer.id, "Beatrix")
    now = (datetime.now(UTC) - timedelta(seconds=30)).isoformat(timespec="microseconds")
    cursor: Any = {"high": {"orders": now, "customers": now}, "swept": {"recent": 1e12, "older": 1e12}}
    names: set[str] = set()
    for _ in range(100):
        page = await read(credentials, cursor)
        cursor = page.cursor
        names |= {each.name for each in page.customers if each.id == customer.id}
        if not page.more:
            break
    assert names == {"Beatrix Lovelace"}


@pytest.mark.parametrize(("worth", "paid"), [({"amount_minor": 1500}, 2000), ({"percent": 10}, 3200)])
async def test_a_voucher_works_once(
    vendure_server: VendureShop, credentials: dict[str, Any], worth: dict[str, int], paid: int
) -> None:
    code = f"SORRY-{paid}"
    ends = clock.now() + timedelta(days=30)
    made = await make_voucher(credentials, VoucherWish(code=code, currency="EUR", ends_at=ends, **worth))  # type: ignore[arg-type]
    assert made.code == code
    first = vendure_server.buy("happy@example.com", {"TEAPOT": 1}, coupon=code)
    assert first["totalWithTax"] == paid
    order = await one(credentials, first["id"])
    assert order.discount_minor == 3500 - paid
    assert sum(line.total_minor for line in order.lines) + order.shipping_minor == paid
    with pytest.raises(AssertionError, match="COUPON_CODE"):
        vendure_server.buy("second@example.com", {"TEAPOT": 1}, coupon=code)


async def test_a_voucher_that_is_over(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    ends = clock.now() - timedelta(days=1)
    await make_voucher(credentials, VoucherWish(code="SORRY-LATE", currency="EUR", amount_minor=100, ends_at=ends))
    with pytest.raises(AssertionError, match="COUPON_CODE_EXPIRED"):
        vendure_server.buy("late@example.com", {"TEAPOT": 1}, coupon="SORRY-LATE")


async def test_a_voucher_in_other_money_is_refused(credentials: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="sells in EUR"):
        await make_voucher(credentials, VoucherWish(code="SORRY-USD", currency="USD", amount_minor=100))


async def test_where_the_shop_would_move_money_the_refund_is_a_note(
    vendure_server: VendureShop, credentials: dict[str, Any]
) -> None:
    placed = vendure_server.buy("moving@example.com", {"CUP": 1}, method="moving")
    made = await record_refund(credentials, placed["id"], 500, "EUR", "key-1", "The lid came broken.")
    assert made.startswith("note-")
    assert await record_refund(credentials, placed["id"], 500, "EUR", "key-1", "The lid came broken.") == made
    there = vendure_server.order(placed["id"])
    assert there["payments"][0]["refunds"] == [], "no handler was asked to send money"
    notes = [entry["data"]["note"] for entry in there["history"]["items"] if entry["type"] == "ORDER_NOTE"]
    assert notes == ["Refunded 5.00 EUR: The lid came broken. (key-1)"]


async def test_a_way_of_paying_that_its_owner_says_moves_nothing(
    vendure_server: VendureShop, credentials: dict[str, Any]
) -> None:
    placed = vendure_server.buy("named@example.com", {"CUP": 1}, method="moving")
    made = await record_refund({**credentials, "noted": ["moving"]}, placed["id"], 500, "EUR", "key-2", "Broken.")
    [refund] = vendure_server.order(placed["id"])["payments"][0]["refunds"]
    assert (refund["id"], refund["total"]) == (made, 500)


async def test_a_refund_that_was_cut_off_before_it_was_settled_is_settled(
    vendure_server: VendureShop, credentials: dict[str, Any]
) -> None:
    placed = vendure_server.buy("pending@example.com", {"CUP": 1})
    pending = vendure_server.refund(placed["id"], 300, "Broken. (key-3)")
    assert await record_refund(credentials, placed["id"], 300, "EUR", "key-3", "Broken.") == pending
    [refund] = vendure_server.order(placed["id"])["payments"][0]["refunds"]
    assert (refund["state"], refund["transactionId"]) == ("Settled", "key-3")


async def test_a_refund_in_other_money_is_refused(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    placed = vendure_server.buy("money@example.com", {"CUP": 1})
    with pytest.raises(Trouble, match="paid in EUR"):
        await record_refund(credentials, placed["id"], 300, "USD", "key-4", "Broken.")


async def test_an_administrator_may_sign_in_instead(vendure_server: VendureShop) -> None:
    made = await connect({"url": vendure_server.url, "username": USERNAME, "password": PASSWORD})
    assert made.credentials["token"]
    page = await read({**made.credentials, "token": "run out"}, {})
    assert page.orders
    assert page.credentials is not None
    with pytest.raises(Trouble) as caught:
        await connect({"url": vendure_server.url, "username": USERNAME, "password": "wrong"})
    assert caught.value.verdict is Verdict.REFUSE


async def test_a_key_with_few_rights_reads_and_says_what_it_lacks(vendure_server: VendureShop) -> None:
    key = vendure_server.api_key("ReadOrder", "ReadCustomer")
    made = await connect({"url": vendure_server.url, "key": key})
    assert made.credentials["precision"] == 2
    with pytest.raises(Trouble, match="ReadPromotion") as caught:
        await make_voucher(made.credentials, VoucherWish(code="NO", currency="EUR", amount_minor=1))
    assert caught.value.verdict is Verdict.REFUSE
    with pytest.raises(Trouble, match="ReadCustomer"):
        await connect({"url": vendure_server.url, "key": vendure_server.api_key("ReadOrder")})


async def test_a_key_that_was_taken_back_disconnects(vendure_server: VendureShop, credentials: dict[str, Any]) -> None:
    key = vendure_server.api_key("ReadOrder", "ReadCustomer")
    made = await connect({"url": vendure_server.url, "key": key})
    vendure_server.drop_api_key(key)
    with pytest.raises(Trouble) as caught:
        await read(made.credentials, {})
    assert caught.value.verdict is Verdict.DISCONNECT

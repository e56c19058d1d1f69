"""Reading: nothing is left out, whatever changes meanwhile; and it ends."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopPage
from makegood.connectors.shops.woocommerce.read import fetch, read
from makegood.connectors.shops.woocommerce.tests.wordpress import START, Wordpress, an_order, moment, someone
from makegood.kit import clock


async def whole(
    key: Mapping[str, Any], cursor: Mapping[str, Any], most: int = 60
) -> tuple[list[ShopPage], Mapping[str, Any]]:
    """All pages of one reading, and the cursor after it."""
    pages: list[ShopPage] = []
    while len(pages) < most:
        pages.append(await read(key, cursor))
        cursor = pages[-1].cursor
        if not pages[-1].more:
            return pages, cursor
    raise AssertionError("it does not end")


def ids(pages: list[ShopPage]) -> list[str]:
    return [order.id for page in pages for order in page.orders]


async def test_all_orders_are_read_oldest_change_first(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, changed=1000 - number) for number in range(1, 251)))
    pages, _ = await whole(key, {})
    assert list(dict.fromkeys(ids(pages))) == [str(number) for number in range(250, 0, -1)]
    assert all(len(page.orders) <= 100 for page in pages)


async def test_what_changes_later_is_read_next(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1), an_order(2, 2))
    _, cursor = await whole(key, {})
    shop.put(an_order(1, 900, status="completed"), an_order(3, 901))
    pages, _ = await whole(key, cursor)
    assert ids(pages) == ["1", "3"]
    assert [order.state for page in pages for order in page.orders] == ["shipped", "paid"]


async def test_an_old_shop_at_rest_is_asked_twice_and_read_once(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, changed=5) for number in range(1, 20)))
    _, cursor = await whole(key, {})
    shop.asked.clear()
    pages, again = await whole(key, cursor)
    assert ids(pages) == []
    assert again == cursor
    assert [path for _, path, _ in shop.asked] == ["/wc/v3/orders", "/wc/v3/customers"]


async def test_what_was_saved_late_is_still_read(
    shop: Wordpress, key: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = START + timedelta(seconds=130)
    monkeypatch.setattr(clock, "now", lambda: now)
    shop.put(an_order(2, 120))
    _, cursor = await whole(key, {})
    # Its checkout began before that of order 2, and ended after we looked.
    shop.put(an_order(1, 60))
    now = START + timedelta(seconds=430)
    pages, cursor = await whole(key, cursor)
    assert ids(pages) == ["1", "2"]
    now = START + timedelta(seconds=730)
    _, cursor = await whole(key, cursor)
    now = START + timedelta(seconds=1030)
    pages, _ = await whole(key, cursor)
    assert ids(pages) == [], "ten minutes later nothing is brought again"


@pytest.mark.parametrize("crowd", [100, 101, 200, 305])
async def test_a_second_in_which_everything_changed(shop: Wordpress, key: dict[str, Any], crowd: int) -> None:
    shop.put(an_order(5000, 6), *(an_order(number, 7) for number in range(1, crowd + 1)), an_order(4000, 8))
    pages, _ = await whole(key, {})
    assert set(ids(pages)) == {str(number) for number in [5000, 4000, *range(1, crowd + 1)]}


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_left_out_while_everything_changes(shop: Wordpress, key: dict[str, Any], seed: int) -> None:
    chance = random.Random(seed)
    shop.put(*(an_order(number, changed=chance.choice([3, 3, 3, 4, 9])) for number in range(1, 331)))
    shop.people = {number: someone(number) for number in range(1, 260)}
    ticks = iter(range(100, 10_000))
    doomed = set(chance.sample(range(1, 331), 40))
    leaving = set(chance.sample(range(1, 260), 40))

    def meanwhile(path: str) -> None:
        for _ in range(3):
            if path.endswith("orders"):
                number = chance.randrange(1, 331)
                if number in doomed:
                    shop.orders.pop(number, None)
                elif number in shop.orders:
                    shop.orders[number] |= {"date_modified_gmt": moment(next(ticks)), "transaction_id": "changed"}
            elif leaving:
                shop.people.pop(leaving.pop(), None)

    shop.before = meanwhile
    pages, cursor = await whole(key, {}, most=200)
    shop.before = None
    later, _ = await whole(key, cursor, most=200)
    known = {order.id: order for page in [*pages, *later] for order in page.orders}
    people = {person.id for page in [*pages, *later] for person in page.customers}
    assert set(known) >= {str(number) for number in shop.orders}
    for number, row in shop.orders.items():
        assert known[str(number)].payment_refs == (row["transaction_id"],)
    assert people >= {str(number) for number in shop.people}


async def test_a_wrong_clock_in_the_shop_hides_nothing(shop: Wordpress, key: dict[str, Any]) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=400) - START).total_seconds()
    shop.put(an_order(1, 5), an_order(2, ahead))
    _, cursor = await whole(key, {})
    now = (datetime.now(UTC) - START).total_seconds()
    shop.put(an_order(3, now))
    pages, _ = await whole(key, cursor)
    assert "3" in ids(pages)


async def test_a_reading_that_is_cut_goes_on_where_it_was(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, number) for number in range(1, 251)))
    first = await read(key, {})
    shop.secret = "cs_other"
    with pytest.raises(Trouble) as caught:
        await read(key, first.cursor)
    assert caught.value.verdict is Verdict.DISCONNECT
    shop.secret = "cs_1"
    pages, _ = await whole(key, first.cursor)
    assert set(ids([first, *pages])) == {str(number) for number in range(1, 251)}


async def test_accounts_come_with_their_orders_and_by_themselves(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.people = {number: someone(number) for number in range(1, 131)} | {999: someone(999, role="shop_manager")}
    shop.put(
        an_order(1, 1, customer_id=7), an_order(2, 2, customer_id=999), an_order(3, 3), an_order(4, 4, customer_id=5555)
    )
    pages, cursor = await whole(key, {})
    orders = {order.id: order for page in pages for order in page.orders}
    buyer = orders["1"].customer
    assert buyer is not None
    assert (buyer.id, buyer.email, buyer.name, buyer.phone) == ("7", "c7@t.example", "Cy Number 7", "+49 228 1")
    assert orders["2"].customer is not None, "staff buy too"
    assert orders["3"].customer is None
    assert (orders["3"].email, orders["3"].name) == ("ada@t.example", "Ada Brew")
    assert orders["4"].customer is None, "their account was deleted"
    everyone = [person.id for page in pages for person in page.customers]
    assert set(everyone) == {*map(str, range(1, 131)), "999"}
    shop.people[131] = someone(131)
    pages, _ = await whole(key, cursor)
    assert [person.id for page in pages for person in page.customers] == ["131"]


async def test_refunds_come_with_their_moment(shop: Wordpress, key: dict[str, Any]) -> None:
    refund = {"id": 11, "amount": "4.50", "reason": "Lid broken", "date_created_gmt": moment(30), "meta_data": []}
    shop.put(an_order(1, 40, refunds=[{"id": 11, "reason": "Lid broken", "total": "-4.50"}]), an_order(2, 41))
    shop.refunds[1] = [refund]
    pages, _ = await whole(key, {})
    first, second = pages[0].orders
    [found] = first.refunds
    assert (found.id, found.amount_minor, found.currency, found.reason) == ("11", 450, "EUR", "Lid broken")
    assert found.at == START + timedelta(seconds=30)
    assert second.refunds == ()
    assert [path for _, path, _ in shop.asked].count("/wc/v3/orders/2/refunds") == 0


async def test_what_is_still_in_a_basket_is_no_order(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1, status="checkout-draft"), an_order(2, 2, status="auto-draft"), an_order(3, 3))
    pages, _ = await whole(key, {})
    assert ids(pages) == ["3"]


async def test_one_bad_order_costs_no_other(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1), an_order(2, 2, total="a lot"), an_order(3, 3, currency="Taler"), an_order(4, 4))
    pages, _ = await whole(key, {})
    assert ids(pages) == ["1", "4"]
    problems = [each for page in pages for each in page.problems]
    assert [each.split(" of ")[0] for each in problems] == ["Order 2", "Order 3"]


async def test_a_shop_too_old_to_say_what_changed(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.old = True
    shop.put(*(an_order(number, number) for number in range(1, 151)))
    page = await read(key, {})
    with pytest.raises(Trouble, match="too old") as caught:
        await read(key, page.cursor)
    assert caught.value.verdict is Verdict.REFUSE


async def test_a_damaged_cursor_is_said(key: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="damaged") as caught:
        await read(key, {"mark": "yesterday"})
    assert caught.value.verdict is Verdict.BUG


async def test_orders_as_they_stand_now(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1), an_order(2, 2, status="trash"), an_order(3, 3, status="completed"), an_order(5, 5))
    page = await fetch(key, ("3", "1", "2", "4", "3", "x", "-1", "٣"))
    assert {order.id for order in page.orders} == {"1", "3"}
    assert set(page.gone) == {"2", "4", "x", "-1", "٣"}


async def test_many_orders_are_fetched_in_few_requests(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, number) for number in range(1, 151)))
    page = await fetch(key, tuple(map(str, range(1, 151))))
    assert len(page.orders) == 150
    assert len(shop.asked) == 2


async def test_a_shop_that_fails_while_asked_for_one_order_has_not_lost_it(
    shop: Wordpress, key: dict[str, Any]
) -> None:
    def gone(path: str) -> None:
        if path.endswith("/orders/9"):
            shop.secret = "cs_other"

    shop.before = gone
    with pytest.raises(Trouble) as caught:
        await fetch(key, ("9",))
    assert caught.value.verdict is Verdict.DISCONNECT

"""Reading: nothing is left out, whatever changes meanwhile; and it ends."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopPage
from makegood.connectors.shops.shopify.read import fetch, read
from makegood.connectors.shops.shopify.tests.admin import START, Shopify, an_order, moment, money, person
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


async def test_all_orders_are_read_oldest_change_first(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, changed=1000 - number) for number in range(1, 36)))
    pages, _ = await whole(key, {})
    assert ids(pages) == [str(number) for number in range(35, 0, -1)]


async def test_what_changes_later_is_read_next(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1), an_order(2, 2))
    _, cursor = await whole(key, {})
    shop.put(an_order(1, 900, displayFulfillmentStatus="FULFILLED"), an_order(3, 901))
    pages, _ = await whole(key, cursor)
    assert [(order.id, order.state) for page in pages for order in page.orders if order.id != "2"] == [
        ("1", "shipped"),
        ("3", "paid"),
    ]


async def test_a_shop_at_rest_brings_nothing_again_but_its_newest_second(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, changed=number) for number in range(1, 8)))
    _, cursor = await whole(key, {})
    pages, again = await whole(key, cursor)
    assert ids(pages) == ["7"]
    assert again == cursor


async def test_what_the_index_shows_late_is_still_read(
    shop: Shopify, key: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = START + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: now)
    shop.put(an_order(2, 600))
    _, cursor = await whole(key, {})
    shop.put(an_order(1, 60))
    now = START + timedelta(minutes=15)
    pages, cursor = await whole(key, cursor)
    assert ids(pages) == ["1", "2"]


async def test_a_second_in_which_everything_changed(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, 7) for number in range(1, 48)))
    pages, _ = await whole(key, {})
    assert ids(pages) == [str(number) for number in range(1, 48)]


async def test_a_long_list_is_not_paged_too_deep(
    shop: Shopify, key: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("makegood.connectors.shops.shopify.read"), "DEEP", 30)
    shop.deepest = 60
    shop.put(*(an_order(number, number // 3) for number in range(1, 200)))
    pages, _ = await whole(key, {})
    assert set(ids(pages)) == {str(number) for number in range(1, 200)}


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_left_out_while_everything_changes(shop: Shopify, key: dict[str, Any], seed: int) -> None:
    chance = random.Random(seed)
    shop.put(*(an_order(number, changed=chance.choice([3, 3, 4, 9])) for number in range(1, 121)))
    shop.people = {str(number): person(number, chance.choice([3, 5])) for number in range(1, 260)}
    ticks = iter(range(100, 10_000))

    def meanwhile(name: str) -> None:
        for _ in range(3):
            kept = shop.orders if name == "Orders" else shop.people
            row = kept[chance.choice(sorted(kept))]
            row |= {"updatedAt": moment(next(ticks))}
            if name == "Orders":
                row["totalPriceSet"] = money(f"{chance.randrange(10_000)}.5")
                if chance.random() < 0.3:
                    kept.pop(chance.choice(sorted(kept)))

    shop.before = meanwhile
    pages, cursor = await whole(key, {}, most=300)
    shop.before = None
    later, _ = await whole(key, cursor, most=300)
    known = {order.id: order for page in [*pages, *later] for order in page.orders}
    for number, row in shop.orders.items():
        amount = row["totalPriceSet"]["presentmentMoney"]["amount"]
        assert known[number].total_minor == round(float(amount) * 100)
    assert {each.id for page in [*pages, *later] for each in page.customers} >= set(shop.people)


async def test_all_lines_of_a_long_order(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1, lines=20), an_order(2, 2, lines=21), an_order(3, 3, lines=237))
    pages, _ = await whole(key, {})
    assert [len(order.lines) for page in pages for order in page.orders] == [20, 21, 237]
    assert [each.id for each in pages[0].orders[2].lines] == [str(number) for number in range(1, 238)]


async def test_fewer_are_asked_for_where_it_costs_too_much(shop: Shopify, key: dict[str, Any]) -> None:
    shop.cost_of_one = 240
    shop.put(*(an_order(number, number) for number in range(1, 13)))
    pages, cursor = await whole(key, {})
    assert ids(pages) == [str(number) for number in range(1, 13)]
    assert [asked["first"] for name, asked in shop.asked if name == "Orders"] == [10, 4, 4, 4]
    assert cursor["size"] == 4, "it is not tried in vain again"
    assert len((await fetch(key, tuple(map(str, range(1, 13))))).orders) == 12


async def test_one_order_that_costs_too_much_is_said(shop: Shopify, key: dict[str, Any]) -> None:
    shop.cost_of_one = 1001
    for act in (read(key, {}), fetch(key, ("1",))):
        with pytest.raises(Trouble, match="too large") as caught:
            await act
        assert caught.value.verdict is Verdict.BUG


async def test_a_wait_is_computed_from_the_points(shop: Shopify, key: dict[str, Any]) -> None:
    shop.available, shop.restore = 100.0, 50.0
    with pytest.raises(Trouble, match="slow down") as caught:
        await read(key, {})
    # 600 points are wanted, 100 are there, 50 come back each second.
    assert (caught.value.verdict, caught.value.retry_after) == (Verdict.WAIT, 10.0)


async def test_the_next_page_waits_for_its_points(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, number) for number in range(1, 25)))
    page = await read(key, {})
    assert (page.more, page.next_after) == (True, None)
    shop.available = 600.0
    real = shop._costed

    def after_it_was_paid(name: str, variables: dict[str, Any]) -> bytes:
        found = real(name, variables)
        return found.replace(b'"currentlyAvailable": 600.0', b'"currentlyAvailable": 150.0')

    shop._costed = after_it_was_paid  # type: ignore[method-assign]
    page = await read(key, page.cursor)
    assert (page.more, page.next_after) == (True, 5.0)


async def test_customers_come_with_orders_and_by_themselves(shop: Shopify, key: dict[str, Any]) -> None:
    shop.people = {str(number): person(number, number) for number in range(1, 131)}
    shop.put(an_order(1, 1, customer=person(7)), an_order(2, 2))
    pages, cursor = await whole(key, {})
    buyer = pages[0].orders[0].customer
    assert buyer is not None
    assert (buyer.id, buyer.name, buyer.email, buyer.verified) == ("7", "Cy Number 7", "c7@t.example", True)
    assert pages[0].orders[1].customer is None
    assert {each.id for page in pages for each in page.customers} == set(shop.people)
    shop.people["5"] |= {"updatedAt": moment(5000), "defaultPhoneNumber": {"phoneNumber": "+49228"}}
    pages, _ = await whole(key, cursor)
    assert [(each.id, each.phone) for page in pages for each in page.customers][-1] == ("5", "+49228")


async def test_only_what_the_app_may_see_is_asked_for(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    [line] = (await read(key, {})).orders[0].lines
    assert (line.category, line.cost_minor, line.product_id) == ("Teapots", 840, "7")
    [line] = (await read({**key, "scopes": ["read_orders", "read_customers"]}, {})).orders[0].lines
    assert (line.category, line.cost_minor, line.product_id) == ("", None, "")


async def test_what_is_kept_back_is_said_and_the_rest_is_read(shop: Shopify, key: dict[str, Any]) -> None:
    shop.denied = "email"
    shop.put(an_order(1))
    page = await read(key, {})
    assert (page.orders[0].email, page.orders[0].total_minor) == ("", 2490)
    assert [each for each in page.problems if "email" in each]


async def test_one_bad_order_costs_no_other(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 1), an_order(2, 2, totalPriceSet=money("5", "USD")), an_order(3, 3, updatedAt=moment(3)))
    shop.orders["2"]["name"] = "#1002"
    pages, _ = await whole(key, {})
    assert ids(pages) == ["1", "3"]
    assert pages[0].problems[0].startswith("Order #1002 of teapots.myshopify.com could not be read")


async def test_a_wrong_clock_hides_nothing(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1, 5), an_order(2, (datetime.now(UTC) + timedelta(days=400) - START).total_seconds()))
    _, cursor = await whole(key, {})
    shop.put(an_order(3, (datetime.now(UTC) - START).total_seconds()))
    pages, _ = await whole(key, cursor)
    assert "3" in ids(pages)


async def test_a_damaged_cursor_is_said(key: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="damaged") as caught:
        await read(key, {"size": "many"})
    assert caught.value.verdict is Verdict.BUG


async def test_orders_as_they_stand_now(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(*(an_order(number, number) for number in range(1, 24)))
    page = await fetch(key, (*map(str, range(1, 26)), "3", "x"))
    assert {order.id for order in page.orders} == {str(number) for number in range(1, 24)}
    assert page.gone == ("24", "25")


async def test_an_old_order_that_is_not_shown_is_not_gone(shop: Shopify, key: dict[str, Any]) -> None:
    page = await fetch({**key, "scopes": ["read_orders", "read_customers"]}, ("77",))
    assert (page.orders, page.gone) == ((), ())


async def test_a_token_for_a_day_is_renewed_and_handed_over(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    app = {"handle": key["handle"], "client_id": "id", "client_secret": "secret", "scopes": key["scopes"]}
    page = await read(app, {})
    assert len(page.orders) == 1
    assert page.credentials is not None
    assert page.credentials["token"] == "shpat_2"
    assert (await read(page.credentials, {})).credentials is None
    assert shop.tokens == 1
    nearly_over = {**page.credentials, "ends": (datetime.now(UTC) + timedelta(minutes=5)).isoformat()}
    page = await read(nearly_over, {})
    assert shop.tokens == 2
    shop.token = "taken back"
    assert page.credentials is not None
    assert len((await read(page.credentials, {})).orders) == 1
    assert shop.tokens == 3


async def test_an_app_that_was_removed_is_to_be_connected_again(shop: Shopify, key: dict[str, Any]) -> None:
    shop.client = ("other", "other")
    shop.token = "taken back"
    app = {**key, "client_id": "id", "client_secret": "secret"}
    for credentials in (key, app):
        with pytest.raises(Trouble, match="again") as caught:
            await read(credentials, {})
        assert caught.value.verdict is Verdict.DISCONNECT
        assert "secret" not in caught.value.detail

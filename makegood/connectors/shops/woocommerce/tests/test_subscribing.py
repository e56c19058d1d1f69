"""Webhooks that are set up for the owner, with the secret that we verify them by."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.woocommerce.read import fetch_customers
from makegood.connectors.shops.woocommerce.subscribe import TOPICS, subscribe
from makegood.connectors.shops.woocommerce.tests.wordpress import Wordpress, someone

ADDRESS = "https://desk.example/hooks/abc/"


async def test_each_topic_is_set_up_once_with_our_secret(shop: Wordpress, key: dict[str, Any]) -> None:
    kept = await subscribe({**key, "webhook_secret": "hush"}, ADDRESS)
    assert kept["webhook_secret"] == "hush"
    assert sorted(each["topic"] for each in shop.hooks.values()) == sorted(TOPICS)
    assert {(each["delivery_url"], each["secret"], each["status"]) for each in shop.hooks.values()} == {
        (ADDRESS, "hush", "active")
    }
    await subscribe(kept, ADDRESS)
    assert len(shop.hooks) == len(TOPICS)


async def test_a_secret_is_made_where_there_is_none(shop: Wordpress, key: dict[str, Any]) -> None:
    first = await subscribe({**key, "webhook_secret": ""}, ADDRESS)
    assert len(first["webhook_secret"]) > 30
    assert {each["secret"] for each in shop.hooks.values()} == {first["webhook_secret"]}


async def test_one_that_was_switched_off_or_has_an_old_secret_is_put_right(
    shop: Wordpress, key: dict[str, Any]
) -> None:
    shop.hooks = {
        1: {"id": 1, "topic": TOPICS[0], "delivery_url": ADDRESS, "status": "disabled", "secret": "old"},
        2: {"id": 2, "topic": TOPICS[1], "delivery_url": "https://other.example/", "status": "active", "secret": "x"},
    }
    await subscribe({**key, "webhook_secret": "hush"}, ADDRESS)
    assert (shop.hooks[1]["status"], shop.hooks[1]["secret"]) == ("active", "hush")
    assert shop.hooks[2]["secret"] == "x", "that is somebody else's"
    assert len(shop.hooks) == len(TOPICS) + 1


async def test_a_key_that_may_only_read(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.writes = False
    with pytest.raises(Trouble, match="Read/Write") as caught:
        await subscribe(key, ADDRESS)
    assert caught.value.verdict is Verdict.REFUSE
    assert shop.hooks == {}


async def test_customers_by_their_number(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.people = {7: someone(7), 8: someone(8, role="subscriber"), 9: someone(9)}
    page = await fetch_customers(key, ("8", "7", "999", "guest", "0"))
    assert {each.id for each in page.customers} == {"7", "8"}
    assert (page.orders, page.gone) == ((), ())
    many = tuple(str(number) for number in range(1, 251))
    shop.asked.clear()
    await fetch_customers(key, many)
    assert len(shop.asked) == 3, "a hundred at a time"
    assert (await fetch_customers(key, ())).customers == ()

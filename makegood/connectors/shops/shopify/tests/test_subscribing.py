"""Webhooks that are set up for the owner: each topic once, whatever gets lost, and only where they can be verified."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.shopify.read import fetch_customers
from makegood.connectors.shops.shopify.subscribe import TOPICS, subscribe
from makegood.connectors.shops.shopify.tests.admin import Shopify, person

ADDRESS = "https://desk.example/hooks/abc/"


def told(shop: Shopify) -> list[str]:
    return [each["topic"] for each in shop.hooks if each["uri"] == ADDRESS]


async def test_each_topic_is_subscribed_once(shop: Shopify, key: dict[str, Any]) -> None:
    assert dict(await subscribe(key, ADDRESS)) == key
    assert sorted(told(shop)) == sorted(TOPICS)
    await subscribe(key, ADDRESS)
    assert len(shop.hooks) == len(TOPICS)
    await subscribe(key, "https://desk.example/hooks/other/")
    assert len(shop.hooks) == 2 * len(TOPICS)


async def test_a_topic_that_somebody_removed_comes_back(shop: Shopify, key: dict[str, Any]) -> None:
    await subscribe(key, ADDRESS)
    shop.hooks.pop(3)
    await subscribe(key, ADDRESS)
    assert sorted(told(shop)) == sorted(TOPICS)


async def test_one_whose_answer_was_lost_is_taken_as_it_is(shop: Shopify, key: dict[str, Any]) -> None:
    shop.lose = True
    with pytest.raises(Trouble) as caught:
        await subscribe(key, ADDRESS)
    assert caught.value.verdict is Verdict.RETRY
    shop.lose = False
    await subscribe(key, ADDRESS)
    assert sorted(told(shop)) == sorted(TOPICS)


async def test_one_that_is_made_in_the_same_moment_is_no_fault(shop: Shopify, key: dict[str, Any]) -> None:
    # Between our looking and our asking, somebody else subscribes.
    shop.before = lambda name: shop.hooks.append({"topic": TOPICS[0], "uri": ADDRESS}) if name == "MakeHook" else None
    await subscribe(key, ADDRESS)
    assert set(told(shop)) == set(TOPICS)


async def test_what_could_not_be_verified_is_not_asked_for(shop: Shopify, key: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="client secret") as caught:
        await subscribe({**key, "client_secret": ""}, ADDRESS)
    assert caught.value.verdict is Verdict.REFUSE
    assert (shop.hooks, shop.asked) == ([], [])


async def test_an_address_that_shopify_does_not_take(shop: Shopify, key: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="not supported") as caught:
        await subscribe(key, "http://desk.example/hooks/abc/")
    assert caught.value.verdict is Verdict.REFUSE


async def test_customers_by_their_number(shop: Shopify, key: dict[str, Any]) -> None:
    shop.people = {"7": person(7), "8": person(8)}
    page = await fetch_customers(key, ("7", "999", "nonsense", "7"))
    assert [(each.id, each.email) for each in page.customers] == [("7", "c7@t.example")]
    assert (page.orders, page.gone, page.problems) == ((), (), ())
    assert (await fetch_customers(key, ())).customers == ()
    shop.people["8"]["createdAt"] = "yesterday"
    assert "Customer 8" in (await fetch_customers(key, ("8",))).problems[0]

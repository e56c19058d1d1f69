"""Connecting: what people type, and what the app is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.shopify.api import shop_name
from makegood.connectors.shops.shopify.auth import connect
from makegood.connectors.shops.shopify.read import read
from makegood.connectors.shops.shopify.tests.admin import Shopify, an_order
from tests.connectors.sentences import faults_of


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("teapots.myshopify.com", "teapots.myshopify.com"),
        (" https://Teapots.myshopify.com/admin/orders ", "teapots.myshopify.com"),
        ("teapots", "teapots.myshopify.com"),
        ("https://admin.shopify.com/store/tea-pots-9/settings/domains", "tea-pots-9.myshopify.com"),
    ],
)
def test_names(typed: str, name: str) -> None:
    assert shop_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "teapots.example", "https://teapots.example", "127.0.0.1", "localhost:80", "[::1]", "-x.myshopify.com"),
        *(
            "evil.example/.myshopify.com",
            "evil.example#.myshopify.com",
            "evil.example?.myshopify.com",
            "a.b.myshopify.com",
        ),
        *(
            "user@evil.example",
            "x@teapots.myshopify.com",
            "teapots.myshopify.com.evil.example",
            "teapots.myshopify.com:8080",
        ),
        *(
            "téapots.myshopify.com",
            "tea pots.myshopify.com",
            "teapots.myshopify.com\r\nx",
            "..\\x.myshopify.com",
            "a" * 80,
        ),
    ],
)
def test_nothing_else_is_ever_asked(typed: str) -> None:
    with pytest.raises(Trouble) as caught:
        shop_name(typed)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert caught.value.sentence.endswith(".")


async def test_an_app_of_today(shop: Shopify, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    found = await connect({"shop": "teapots", "client_id": "id", "client_secret": "secret"})
    assert (found.id, found.kind, found.name) == ("https://teapots.myshopify.com", "shop", "Teapots & Co")
    assert found.url == "https://teapots.example"
    assert found.facts == {"currency": "EUR", "missing": [], "webhooks": True}
    assert len((await read(found.credentials, {})).orders) == 1
    assert shop.tokens == 1
    assert "shpat" not in repr((found.id, found.handle, found.name, found.url, found.facts))


async def test_an_app_of_before_2026(shop: Shopify, key: dict[str, Any]) -> None:
    found = await connect({"shop": "teapots", "token": "shpat_1"})
    assert found.facts["webhooks"] is False
    assert (await read(found.credentials, {})).credentials is None


async def test_what_the_app_lacks_is_said(shop: Shopify, key: dict[str, Any]) -> None:
    shop.scopes = ("write_orders", "read_customers")
    found = await connect({"shop": "teapots", "token": "shpat_1"})
    assert found.facts["missing"][0] == "orders older than 60 days"
    assert len(found.facts["missing"]) == 4
    shop.scopes = ("read_products",)
    with pytest.raises(Trouble, match="read_orders, read_customers") as caught:
        await connect({"shop": "teapots", "token": "shpat_1"})
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": "", "client_secret": ""}, "client ID and client secret"),
        ({"client_id": "id", "client_secret": ""}, "client ID and client secret"),
        ({"client_secret": "wrong"}, "does not accept this app"),
        ({"client_id": "", "token": "shpat_wrong"}, "does not accept this app"),
        ({"client_secret": "sécret"}, "copy"),
        ({"shop": "teapots.example"}, "permanent one"),
    ],
)
async def test_what_people_get_wrong(key: dict[str, Any], change: dict[str, str], says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        await connect({"shop": "teapots", "client_id": "id", "client_secret": "secret"} | change)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence

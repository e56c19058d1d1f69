"""Connecting: what people type, and how WordPress may be set up."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.woocommerce.api import address_of
from makegood.connectors.shops.woocommerce.auth import connect
from makegood.connectors.shops.woocommerce.read import read
from makegood.connectors.shops.woocommerce.tests.wordpress import Wordpress, an_order
from makegood.kit.tests.loopback import answer, serve
from tests.connectors.sentences import faults_of


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("shop.example", "https://shop.example"),
        (" https://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example/tea/", "https://shop.example/tea"),
        ("https://shop.example/tea/wp-admin/admin.php?page=wc-settings", "https://shop.example/tea"),
        ("shop.example/wp-json/wc/v3/", "https://shop.example"),
        ("https://shop.example:8443/index.php/shop", "https://shop.example:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://user:pw@shop.example", "https://shop.example"),
    ],
)
def test_addresses(typed: str, address: str) -> None:
    assert address_of(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "shop", "ftp://shop.example", "javascript:alert(1)", "https://", "http://shop.example", "a b.c d"]
)
def test_what_is_no_address(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    with pytest.raises(Trouble) as caught:
        address_of(typed)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence
    assert caught.value.sentence.endswith(".")


def form(key: dict[str, Any], **more: str) -> dict[str, str]:
    return {"address": key["base"], "key": key["key"], "secret": key["secret"], **more}


async def test_a_shop_is_connected(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.put(an_order(1))
    found = await connect(form(key, webhook_secret="hush"))
    assert (found.id, found.kind, found.name) == (key["base"], "shop", "Teapots & Co")
    assert found.facts == {"currency": "EUR", "query": False}
    assert found.credentials["webhook_secret"] == "hush"
    assert len((await read(found.credentials, {})).orders) == 1
    assert "cs_1" not in repr((found.id, found.handle, found.name, found.url, found.facts))


async def test_a_secret_for_webhooks_is_made_up(key: dict[str, Any]) -> None:
    first, second = await connect(form(key)), await connect(form(key))
    assert len(first.credentials["webhook_secret"]) >= 32
    assert first.credentials["webhook_secret"] != second.credentials["webhook_secret"]


async def test_a_wordpress_without_pretty_addresses(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.pretty = False
    shop.put(an_order(1))
    found = await connect(form(key))
    assert found.credentials["plain"] is True
    assert len((await read(found.credentials, {})).orders) == 1


async def test_a_web_server_that_swallows_the_header(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.swallows = True
    shop.put(an_order(1))
    found = await connect(form(key))
    assert found.credentials["query"] is True
    assert found.facts["query"] is True
    assert len((await read(found.credentials, {})).orders) == 1


async def test_the_key_is_only_put_into_the_address_where_it_must(shop: Wordpress) -> None:
    async with serve(shop) as server:
        credentials = {"base": f"{server.url}/shop", "key": "ck_1", "secret": "cs_1"}
        await connect(form(credentials))
        assert not any("cs_1" in request.path for request in server.requests)
        first = server.requests[0]
        assert "authorization" not in first.headers, "the first question is asked before we know what answers"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": "abc"}, "begins with ck_"),
        ({"key": ""}, "begins with ck_"),
        ({"secret": "ck_1"}, "begins with ck_"),
        ({"secret": "cs_ü"}, "begins with ck_"),
        ({"secret": "cs_wrong"}, "does not know this key"),
        ({"key": "ck_other"}, "does not know this key"),
        ({"address": ""}, "Please give the shop’s address"),
    ],
)
async def test_what_people_get_wrong(key: dict[str, Any], change: dict[str, str], says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        await connect(form(key) | change)
    assert caught.value.verdict is Verdict.REFUSE
    assert not faults_of(caught.value.sentence), caught.value.sentence


async def test_a_wordpress_without_woocommerce(shop: Wordpress, key: dict[str, Any]) -> None:
    shop.namespaces = ("wp/v2",)
    with pytest.raises(Trouble, match="without WooCommerce"):
        await connect(form(key))


async def test_what_is_no_wordpress() -> None:
    for raw in (
        answer(200, b"<h1>My shop</h1>"),
        answer(404, b"nothing"),
        answer(200, b'{"hello":1}'),
        answer(200, b"[]"),
    ):
        async with serve(lambda _, raw=raw: raw) as server:  # type: ignore[misc]
            with pytest.raises(Trouble, match="does not answer as WordPress") as caught:
                await connect({"address": server.url, "key": "ck_1", "secret": "cs_1"})
            assert caught.value.verdict is Verdict.REFUSE
        assert not faults_of(caught.value.sentence), caught.value.sentence


async def test_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch, shop: Wordpress) -> None:
    monkeypatch.delenv("MAKEGOOD_PRIVATE_HOSTS")
    async with serve(shop) as server:
        with pytest.raises(Trouble, match="private network"):
            await connect({"address": server.url, "key": "ck_1", "secret": "cs_1"})
        assert not server.requests

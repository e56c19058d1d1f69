"""A real Vendure behind the proxy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.shops.vendure import CONNECTOR
from tests import faults
from tests.connectors.shops.subject import ShopSubject
from tests.servers.vendure import VendureShop

__all__ = ["subject"]

# The package has a function of the same name.
reading = import_module("makegood.connectors.shops.vendure.read")


def subject(request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> ShopSubject:
    """Somebody buys cups."""
    shop: VendureShop = request.getfixturevalue("vendure_server")
    made = ShopSubject("vendure", CONNECTOR)
    made.proxy = made.close.enter_context(faults.proxy(shop.url))
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    key = shop.api_key()
    connect = CONNECTOR.connect
    assert connect is not None

    async def sign_in() -> Connected:
        return await connect({"url": made.between.url, "key": key})

    async def wrong() -> Any:
        return await connect({"url": made.between.url, "key": "certainly-not-a-key"})

    def buy(email: str) -> str:
        return str(shop.buy(email, {"CUP": 1})["id"])

    def register(email: str) -> str:
        found = shop.admin("query($id: ID!) { order(id: $id) { customer { id } } }", id=buy(email))
        return str(found["customer"]["id"])

    def refunded(order_id: str) -> list[int]:
        return [refund["total"] for payment in shop.order(order_id)["payments"] for refund in payment["refunds"]]

    def vouchers(code: str) -> int:
        found = shop.admin("{ promotions(options: {take: 1000}) { items { couponCode } } }")["items"]
        return sum(1 for each in found if each["couponCode"] == code)

    made.sign_in, made.wrong, made.buy, made.refunded, made.vouchers = sign_in, wrong, buy, refunded, vouchers
    made.register, made.touch = register, shop.touch
    made.few_a_page = lambda monkeypatch: monkeypatch.setattr(reading, "PAGE", 4)
    return made

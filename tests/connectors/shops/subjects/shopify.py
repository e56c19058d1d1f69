"""A shop at Shopify, of our own making, behind the proxy."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from importlib import import_module
from itertools import count
from typing import Any

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.shops.shopify import CONNECTOR
from makegood.connectors.shops.shopify.tests.admin import Shopify, an_order, moment, person
from tests import faults
from tests.connectors.shops.subject import ShopSubject
from tests.connectors.shops.subjects.played import played

__all__ = ["subject"]

# The package has a function of the same name.
reading = import_module("makegood.connectors.shops.shopify.read")


def subject(_request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> ShopSubject:
    """Somebody buys a teapot."""
    shop = Shopify(token="shpat_0123456789")
    made = ShopSubject("shopify", CONNECTOR)
    served = made.close.enter_context(played(shop).serving())
    made.proxy = made.close.enter_context(faults.proxy(served.url))
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    patch.setenv("MAKEGOOD_SHOPIFY", made.between.url)
    connect = CONNECTOR.connect
    assert connect is not None
    form = {"shop": "teapots.myshopify.com", "token": shop.token, "client_secret": "a-shared-secret"}
    numbers, seconds = count(1), count(1)

    async def sign_in() -> Connected:
        return await connect(form)

    async def wrong() -> Any:
        return await connect({**form, "token": "shpat_not_this_one"})

    def buy(email: str) -> str:
        order = an_order(next(numbers), next(seconds), email=email)
        shop.put(order)
        return str(order["legacyResourceId"])

    def register(email: str) -> str:
        made = person(len(shop.people) + 1, next(seconds), defaultEmailAddress={"emailAddress": email})
        shop.people[made["legacyResourceId"]] = made
        return str(made["legacyResourceId"])

    def touch(order_id: str) -> None:
        shop.orders[order_id]["updatedAt"] = moment(next(seconds))

    def vouchers(code: str) -> int:
        return int(code in shop.codes)

    def signed(body: bytes) -> Mapping[str, str]:
        digest = hmac.new(b"a-shared-secret", body, hashlib.sha256).digest()
        return {
            "X-Shopify-Hmac-Sha256": b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": "teapots.myshopify.com",
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
            "X-Shopify-Triggered-At": "2026-11-01T14:00:00+02:00",
        }

    made.sign_in, made.wrong, made.buy, made.touch = sign_in, wrong, buy, touch
    made.register = register
    made.vouchers, made.signed = vouchers, signed
    made.few_a_page = lambda monkeypatch: monkeypatch.setattr(reading, "SIZE", 2)
    made.event = b'{"id":1,"admin_graphql_api_id":"gid://shopify/Order/1"}'
    return made

"""A shop in WordPress, of our own making, behind the proxy."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from importlib import import_module
from itertools import count
from typing import Any

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.shops.woocommerce import CONNECTOR
from makegood.connectors.shops.woocommerce.tests.wordpress import Wordpress, an_order, moment, someone
from tests import faults
from tests.connectors.shops.subject import ShopSubject
from tests.connectors.shops.subjects.played import played

__all__ = ["subject"]

# The package has a function of the same name.
reading = import_module("makegood.connectors.shops.woocommerce.read")


def subject(_request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> ShopSubject:
    """Somebody buys a teapot."""
    shop = Wordpress(key="ck_0123456789", secret="cs_9876543210")
    made = ShopSubject("woocommerce", CONNECTOR)
    served = made.close.enter_context(played(shop).serving())
    made.proxy = made.close.enter_context(faults.proxy(served.url))
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    connect = CONNECTOR.connect
    assert connect is not None
    form = {"key": shop.key, "secret": shop.secret, "webhook_secret": "a-shared-secret"}
    numbers, seconds = count(1), count(1)

    async def sign_in() -> Connected:
        return await connect({**form, "address": made.between.url})

    async def wrong() -> Any:
        return await connect({**form, "address": made.between.url, "secret": "cs_not_this_one"})

    def buy(email: str) -> str:
        order = an_order(next(numbers), next(seconds))
        shop.put(order | {"billing": {**order["billing"], "email": email}})
        return str(order["id"])

    def register(email: str) -> str:
        number = len(shop.people) + 1
        shop.people[number] = someone(number, email=email)
        return str(number)

    def touch(order_id: str) -> None:
        shop.orders[int(order_id)]["date_modified_gmt"] = moment(next(seconds))

    def refunded(order_id: str) -> list[int]:
        return [round(float(each["amount"]) * 100) for each in shop.refunds.get(int(order_id), [])]

    def vouchers(code: str) -> int:
        return sum(1 for each in shop.coupons.values() if each["code"] == code.lower())

    def signed(body: bytes) -> Mapping[str, str]:
        digest = hmac.new(b"a-shared-secret", body, hashlib.sha256).digest()
        return {"X-WC-Webhook-Signature": b64encode(digest).decode(), "X-WC-Webhook-Topic": "order.updated"}

    made.sign_in, made.wrong, made.buy, made.touch = sign_in, wrong, buy, touch
    made.register = register
    made.refunded, made.vouchers, made.signed = refunded, vouchers, signed
    made.few_a_page = lambda monkeypatch: monkeypatch.setattr(reading, "PAGE", 2)
    made.event = json.dumps(an_order(1)).encode()
    return made

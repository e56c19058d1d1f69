"""Webhooks: forged, for others, old, twice, out of order, and what is to be erased."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import Event
from makegood.connectors.shops.shopify.webhook import verify

KEY = {"handle": "teapots.myshopify.com", "client_secret": "hush"}
ASKED = {"shop_id": 954889, "shop_domain": "teapots.myshopify.com"}


def sign(body: bytes, secret: str = "hush") -> str:
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(body: bytes, topic: str = "orders/updated", **more: str) -> dict[str, str]:
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": sign(body),
        "X-Shopify-Shop-Domain": "teapots.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "X-Shopify-Triggered-At": "2026-11-01T12:00:00.123456789Z",
        **more,
    }


def event(topic: str, found: Any, **more: str) -> Event:
    body = json.dumps(found).encode()
    return verify(KEY, headers(body, topic, **more), body)


def test_an_order_that_changed() -> None:
    assert event("orders/updated", {"id": 820982911946154508, "email": "a@t.example"}) == Event(
        id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        kind="orders/updated",
        at=datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC),
        orders=("820982911946154508",),
    )


@pytest.mark.parametrize(
    ("topic", "found", "orders", "customers"),
    [
        ("orders/delete", {"id": 5}, ("5",), ()),
        ("orders/edited", {"order_edit": {"order_id": 5}}, (), ()),
        ("refunds/create", {"id": 9, "order_id": 5}, ("5",), ()),
        ("fulfillments/update", {"id": 9, "order_id": 5}, ("5",), ()),
        ("order_transactions/create", {"id": 9, "order_id": 5}, ("5",), ()),
        ("customers/update", {"id": 7}, (), ("7",)),
        ("customers/data_request", {**ASKED, "customer": {"id": 7}, "orders_requested": [1]}, (), ("7",)),
        ("app/uninstalled", {"id": 1, "domain": "teapots.example"}, (), ()),
        ("products/update", {"id": 1}, (), ()),
    ],
)
def test_what_is_to_be_looked_at(topic: str, found: Any, orders: tuple[str, ...], customers: tuple[str, ...]) -> None:
    got = event(topic, found)
    assert (got.kind, got.orders, got.customers, got.erase) == (topic, orders, customers, ())


def test_a_customer_to_erase() -> None:
    found = {**ASKED, "customer": {"id": 191167, "email": "a@t.example", "phone": "5"}, "orders_to_redact": [299938]}
    got = event("customers/redact", found)
    assert (got.erase, got.customers, got.orders) == (("191167",), (), ())


def test_a_shop_to_erase() -> None:
    assert event("shop/redact", ASKED).erase == ("*",)


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        # The topic is not signed: a body that Shopify signed for something else erases nobody.
        ("customers/redact", {"id": 5, "customer": {"id": 191167}, "line_items": []}),
        ("customers/redact", {**ASKED, "customer": {"id": 191167}, "orders_requested": [1]}),
        (
            "customers/redact",
            {**ASKED, "shop_domain": "other.myshopify.com", "customer": {"id": 1}, "orders_to_redact": []},
        ),
        ("shop/redact", {**ASKED, "customer": {"id": 191167}, "orders_to_redact": []}),
        ("shop/redact", {"id": 5}),
        ("customers/redact", {**ASKED, "customer": None, "orders_to_redact": []}),
        ("customers/redact", {**ASKED, "customer": {"email": "a@t.example"}, "orders_to_redact": []}),
    ],
)
def test_what_erases_nobody(topic: str, found: Any) -> None:
    assert event(topic, found).erase == ()


@pytest.mark.parametrize(
    "change",
    [
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Hmac-Sha256": "ü"},
        {"X-Shopify-Hmac-Sha256": sign(b"{}")},
        {"X-Shopify-Hmac-Sha256": sign(b'{"id": 5}', "guess")},
        {"X-Shopify-Hmac-Sha256": hmac.new(b"hush", b'{"id": 5}', hashlib.sha256).hexdigest()},
    ],
)
def test_forged(change: dict[str, str]) -> None:
    with pytest.raises(Trouble, match="signature") as caught:
        event("orders/updated", {"id": 5}, **change)
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize("credentials", [{"handle": "teapots.myshopify.com"}, {**KEY, "client_secret": ""}])
def test_without_a_secret_nothing_is_believed(credentials: dict[str, Any]) -> None:
    body = b'{"id": 5}'
    with pytest.raises(Trouble, match="signature"):
        verify(credentials, headers(body) | {"X-Shopify-Hmac-Sha256": sign(body, "")}, body)


@pytest.mark.parametrize("domain", ["", "other.myshopify.com"])
def test_one_app_in_two_shops(domain: str) -> None:
    with pytest.raises(Trouble, match="another shop"):
        event("orders/updated", {"id": 5}, **{"X-Shopify-Shop-Domain": domain})


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b"[" * 200_000])
def test_signed_nonsense(body: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        verify(KEY, headers(body), body)
    assert caught.value.verdict is Verdict.REFUSE


def test_a_delivery_that_is_sent_again_is_the_same_event() -> None:
    # Shopify sends it again with the same id, whatever else it says the second time.
    first = event("orders/updated", {"id": 5})
    again = event("orders/updated", {"id": 5}, **{"X-Shopify-Triggered-At": "2026-11-01T15:59:00Z"})
    assert first.id == again.id
    other = event("orders/updated", {"id": 5}, **{"X-Shopify-Webhook-Id": "c"})
    assert other.id != first.id


def test_an_old_one_only_says_where_to_look() -> None:
    old = event(
        "orders/updated", {"id": 5, "total_price": "0.00"}, **{"X-Shopify-Triggered-At": "2019-01-01T00:00:00Z"}
    )
    assert (old.orders, old.at) == (("5",), datetime(2019, 1, 1, tzinfo=UTC))


def test_headers_in_any_case_and_none_at_all() -> None:
    body = b'{"id": 5}'
    lower = {name.lower(): value for name, value in headers(body).items()}
    assert verify(KEY, lower, body).orders == ("5",)
    few = {name: lower[name] for name in ("x-shopify-hmac-sha256", "x-shopify-shop-domain")}
    found = verify(KEY, few, body)
    assert (found.kind, found.at, found.orders) == ("", None, ())
    assert found.id == hashlib.sha256(body).hexdigest()


@given(some.dictionaries(some.text(max_size=30), some.text(max_size=60), max_size=5), some.binary(max_size=200))
def test_anything_is_an_event_or_refused(sent: dict[str, str], body: bytes) -> None:
    with suppress(Trouble):
        verify(KEY, sent, body)
    with suppress(Trouble):
        verify(KEY, {**sent, "X-Shopify-Hmac-Sha256": sign(body), "X-Shopify-Shop-Domain": KEY["handle"]}, body)

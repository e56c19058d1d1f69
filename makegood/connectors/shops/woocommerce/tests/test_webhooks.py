"""Webhooks: forged, old, twice, out of order."""

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
from makegood.connectors.shops.woocommerce.tests.wordpress import an_order
from makegood.connectors.shops.woocommerce.webhook import verify

KEY = {"base": "https://t.example", "webhook_secret": "hush"}


def sign(body: bytes, secret: str = "hush") -> str:
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(body: bytes, topic: str = "order.updated", **more: str) -> dict[str, str]:
    return {
        "X-WC-Webhook-Source": "https://t.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": sign(body),
        "X-WC-Webhook-ID": "12",
        "X-WC-Webhook-Delivery-ID": "9f1c",
        **more,
    }


def body_of(found: Any) -> bytes:
    return json.dumps(found).encode()


def test_an_order_that_changed() -> None:
    body = body_of(an_order(723, 60))
    assert verify(KEY, headers(body), body) == Event(
        id="12:9f1c", kind="order.updated", at=datetime(2026, 11, 1, 12, 1, tzinfo=UTC), orders=("723",)
    )


def test_an_order_that_was_put_in_the_bin_is_only_its_number() -> None:
    body = body_of({"id": 723})
    found = verify(KEY, headers(body, "order.deleted"), body)
    assert (found.orders, found.at, found.erase) == (("723",), None, ())


def test_a_customer() -> None:
    body = body_of({"id": 5, "date_modified_gmt": "2026-11-01T12:00:00"})
    found = verify(KEY, headers(body, "customer.updated"), body)
    assert (found.customers, found.orders) == (("5",), ())


def test_what_we_did_not_ask_for_asks_for_nothing() -> None:
    body = body_of({"id": 5})
    found = verify(KEY, headers(body, "product.updated"), body)
    assert (found.kind, found.orders, found.customers) == ("product.updated", (), ())


def test_names_of_headers_in_any_case() -> None:
    body = body_of({"id": 5})
    assert verify(KEY, {name.lower(): value for name, value in headers(body).items()}, body).orders == ("5",)


def test_the_first_knock() -> None:
    # WooCommerce tries the address without a signature, and does not make the webhook where that fails.
    found = verify(KEY, {"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=12")
    assert (found.id, found.kind, found.orders, found.customers) == ("ping", "ping", (), ())
    assert verify({"base": "x"}, {}, b"webhook_id=13").id == "ping", "one row, however often"


@pytest.mark.parametrize(
    "change",
    [
        {"X-WC-Webhook-Signature": ""},
        {"X-WC-Webhook-Signature": "AAAA"},
        {"X-WC-Webhook-Signature": "ü"},
        {"X-WC-Webhook-Signature": sign(b"{}")},
        {"X-WC-Webhook-Signature": sign(body_of({"id": 5}), "guess")},
        {"X-WC-Webhook-Signature": hmac.new(b"hush", body_of({"id": 5}), hashlib.sha256).hexdigest()},
        {"X-WC-Webhook-Signature": b64encode(hmac.new(b"hush", body_of({"id": 5}), hashlib.sha1).digest()).decode()},
    ],
)
def test_forged(change: dict[str, str]) -> None:
    body = body_of({"id": 5})
    with pytest.raises(Trouble, match="signature") as caught:
        verify(KEY, headers(body) | change, body)
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    "credentials", [{"base": "x"}, {"base": "x", "webhook_secret": ""}, {"base": "x", "webhook_secret": None}]
)
def test_without_a_secret_nothing_is_believed(credentials: dict[str, Any]) -> None:
    body = body_of({"id": 5})
    with pytest.raises(Trouble, match="signature"):
        verify(credentials, headers(body) | {"X-WC-Webhook-Signature": sign(body, "")}, body)


def test_a_changed_body_is_forged() -> None:
    body = body_of(an_order(723))
    with pytest.raises(Trouble, match="signature"):
        verify(KEY, headers(body), body.replace(b"723", b"724"))


def test_a_secret_that_wordpress_unescapes() -> None:
    body = body_of({"id": 5})
    signed = {"X-WC-Webhook-Signature": sign(body, "a&b")}
    assert verify({**KEY, "webhook_secret": "a&amp;b"}, headers(body) | signed, body).orders == ("5",)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'"x"', b'{"id":"5"}', b'{"id":true}', b"{}", b"\xff", b"[" * 200_000]
)
def test_signed_nonsense(body: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        verify(KEY, headers(body), body)
    assert caught.value.verdict is Verdict.REFUSE


def test_twice_is_the_same_event_and_a_later_one_is_not() -> None:
    body = body_of(an_order(723))
    first = verify(KEY, headers(body), body)
    assert verify(KEY, headers(body), body) == first
    later = body_of(an_order(723, 60))
    assert verify(KEY, headers(later, **{"X-WC-Webhook-Delivery-ID": "9f1d"}), later).id != first.id


def test_an_old_one_says_what_to_look_at_and_nothing_about_it() -> None:
    # It carries no moment that is signed. All that can be had of replaying it is a request for the order as it stands.
    old = body_of(an_order(723, -10_000_000, status="cancelled", total="0.00"))
    found = verify(KEY, headers(old), old)
    assert found.orders == ("723",)
    assert not hasattr(found, "order")


@given(some.dictionaries(some.text(max_size=30), some.text(max_size=60), max_size=5), some.binary(max_size=200))
def test_anything_is_an_event_or_refused(sent: dict[str, str], body: bytes) -> None:
    with suppress(Trouble):
        assert verify(KEY, sent, body).kind == "ping"
    with suppress(Trouble):
        verify(KEY, {**sent, "X-WC-Webhook-Signature": sign(body)}, body)

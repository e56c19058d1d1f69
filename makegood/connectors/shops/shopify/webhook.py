"""Webhooks: signed by Shopify with the app's client secret.

https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import Event
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit.clock import to_utc

__all__ = ["verify"]

_REDACT = "customers/redact"
_CLOSED = "shop/redact"
_ABOUT_ORDERS = ("orders/", "refunds/", "fulfillments/", "order_transactions/", "returns/")


def verify(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a webhook. Raises `Trouble` (REFUSE) for one that Shopify did not sign, or not for this shop.

    `id` is what each delivery of it has (X-Shopify-Webhook-Id). `kind` is Shopify's topic. The signature covers the
    body alone, so the topic and the moment (`at`) are only believed where nothing hangs on them: an event names what
    is to be fetched anew, and an old one costs a request. What is to be erased is read from the body.

    customers/redact has the customer in `erase`; shop/redact, by which the whole shop is to be erased, has "*" there.
    customers/data_request has the customer in `customers`. Answer those within 30 days:
    https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
    """
    known = {name.lower(): value for name, value in headers.items()}
    secret = str(credentials.get("client_secret") or "")
    if not secret or not _signed(secret, known.get("x-shopify-hmac-sha256", ""), body):
        raise _refused("its signature does not fit the client secret of this shop’s app")
    shop = str(credentials["handle"])
    if known.get("x-shopify-shop-domain", "").lower() != shop:
        raise _refused(f"it is about another shop than {shop}")
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise _refused("it is damaged") from error
    if not isinstance(found, dict):
        raise _refused("it does not say what it is about")
    kind = known.get("x-shopify-topic", "")[:60].lower()
    return Event(
        id=known.get("x-shopify-webhook-id", "")[:100] or hashlib.sha256(body).hexdigest(),
        kind=kind,
        at=_moment(known.get("x-shopify-triggered-at", "")),
        orders=_orders(kind, found),
        customers=_customers(kind, found),
        erase=_erase(kind, found, shop),
    )


def _signed(secret: str, signature: str, body: bytes) -> bool:
    wanted = b64encode(hmac.digest(secret.encode(), body, "sha256"))
    return hmac.compare_digest(wanted, signature.strip().encode("utf-8", "replace"))


def _refused(why: str) -> Trouble:
    return Trouble(
        Verdict.REFUSE, f"A webhook was turned away: {why}. If you miss something, please check it in the shop."
    )


def _moment(text: str) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _orders(kind: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    if not kind.startswith(_ABOUT_ORDERS):
        return ()
    return _number(found.get("id") if kind.startswith("orders/") and "id" in found else found.get("order_id"))


def _customers(kind: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "customers/data_request":
        return _named(found)
    return _number(found.get("id")) if kind.startswith("customers/") and kind != _REDACT else ()


def _erase(kind: str, found: Mapping[str, Any], shop: str) -> tuple[str, ...]:
    """Whom to erase. An order's body under this topic erases nobody: it lacks what Shopify's request has."""
    if found.get("shop_domain") != shop or "shop_id" not in found:
        return ()
    if kind == _REDACT and "orders_to_redact" in found:
        return _named(found)
    return ("*",) if kind == _CLOSED and "customer" not in found else ()


def _named(found: Mapping[str, Any]) -> tuple[str, ...]:
    person = found.get("customer")
    return _number(person.get("id")) if isinstance(person, dict) else ()


def _number(value: Any) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, int) and not isinstance(value, bool) else ()

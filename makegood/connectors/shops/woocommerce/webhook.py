"""Webhooks: signed by the shop with a secret that it shares with us.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from html import unescape
from typing import Any

import msgspec

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import Event
from makegood.connectors.shops.woocommerce import shapes
from makegood.connectors.verdicts import NOT_JSON

__all__ = ["verify"]

_PING = b"webhook_id="


def verify(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a webhook. Raises `Trouble` (REFUSE) for one that this shop did not sign.

    The signature covers the body alone, and no moment of sending: so an event only names what is to be fetched anew,
    and an old one costs a request. `kind` is the shop's topic, such as order.updated. A shop that makes a webhook first
    tries the address with an unsigned `webhook_id=7`, and wants a 200: that is the kind "ping", which asks for nothing.
    """
    known = {name.lower(): value for name, value in headers.items()}
    if "x-wc-webhook-signature" not in known and body.startswith(_PING) and len(body) < 40:
        return Event(id="ping", kind="ping")
    secret = str(credentials.get("webhook_secret") or "")
    if not secret or not _signed(secret, known.get("x-wc-webhook-signature", ""), body):
        raise _refused("its signature does not fit the secret of this shop")
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise _refused("it is damaged") from error
    number = found.get("id") if isinstance(found, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise _refused("it does not say what it is about")
    kind = known.get("x-wc-webhook-topic", "")[:60]
    about = kind.partition(".")[0]
    delivery = known.get("x-wc-webhook-delivery-id", "") or hashlib.sha256(body).hexdigest()
    return Event(
        id=f"{known.get('x-wc-webhook-id', '')[:20]}:{delivery[:100]}",
        kind=kind,
        at=shapes.changed_at(found),
        orders=(str(number),) if about == "order" else (),
        customers=(str(number),) if about == "customer" else (),
    )


def _signed(secret: str, signature: str, body: bytes) -> bool:
    """Whether the signature is right: base64 of HMAC-SHA256, keyed with the secret after WordPress has unescaped it.

    https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php
    """
    wanted = (b64encode(hmac.digest(key.encode(), body, "sha256")) for key in {secret, unescape(secret)})
    given = signature.strip().encode("utf-8", "replace")
    return any(hmac.compare_digest(each, given) for each in wanted)


def _refused(why: str) -> Trouble:
    return Trouble(
        Verdict.REFUSE, f"A webhook was turned away: {why}. If you miss something, please check it in the shop."
    )

"""Having PayPal tell us what has changed: https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_post"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.payments.paypal.calls import Calls, open_paypal
from makegood.connectors.payments.paypal.capability import WHO
from makegood.connectors.payments.paypal.errors import Fault

__all__ = ["EVENTS", "subscribe"]

EVENTS = (
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)
"""https://developer.paypal.com/api/rest/webhooks/event-names/"""
_PATH = "/v1/notifications/webhooks"
_STANDS = "WEBHOOK_URL_ALREADY_EXISTS"


async def subscribe(credentials: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Has PayPal send what changes to `address`; returns the credentials with the webhook's id.

    One that has the address already stays as it is. Raises `Trouble`: REFUSE for an address that PayPal does not take.
    """
    async with open_paypal(credentials) as calls:
        found = await _known(calls, address) or await _make(calls, address)
    return {**credentials, "webhook_id": found}


async def _known(calls: Calls, address: str) -> str:
    rows = (await calls.get(_PATH)).get("webhooks")
    mine = (each for each in rows or () if isinstance(each, Mapping) and each.get("url") == address)
    return next((str(each.get("id") or "") for each in mine), "")


async def _make(calls: Calls, address: str) -> str:
    wish = {"url": address, "event_types": [{"name": name} for name in EVENTS]}
    try:
        made = str((await calls.post(_PATH, wish)).get("id") or "")
    except Fault as fault:
        if _STANDS not in {fault.said.name, *(each.issue for each in fault.said.details)}:
            raise
        # Made by a request of ours whose answer was lost.
        made = await _known(calls, address)
    if not made:
        raise verdicts.no_sense(WHO, "a webhook without its id")
    return made

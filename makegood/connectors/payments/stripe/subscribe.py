"""Having Stripe tell us what has changed: https://docs.stripe.com/api/webhook_endpoints"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.payments.stripe.calls import open_stripe
from makegood.connectors.payments.stripe.capability import WHO

__all__ = ["EVENTS", "subscribe"]

EVENTS = (
    "charge.succeeded",
    "charge.updated",
    "charge.failed",
    "charge.captured",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""https://docs.stripe.com/api/events/types"""
_PATH = "/v1/webhook_endpoints"
_NOT_TAKEN = (
    "Stripe did not let us set the webhook up. Please let the key write “Webhook Endpoints” there, or add the endpoint "
    "by hand."
)


async def subscribe(credentials: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Has Stripe send what changes to `address`; returns the credentials with the signing secret.

    An endpoint that has the address already stays where its secret is known, and is switched on. Stripe tells a secret
    once, when the endpoint is made: where it is not known, a new endpoint takes the place of the old ones, which are
    switched off. Raises `Trouble`: REFUSE where the key may not do that.
    """
    known = [str(each) for each in credentials.get("webhook_secrets") or ()]
    async with open_stripe(credentials) as calls:
        try:
            there = [each for each in await calls.every(_PATH) if each.get("url") == address]
            if there and known:
                again = {"disabled": "false", "enabled_events": list(EVENTS)}
                await calls.post(f"{_PATH}/{there[0]['id']}", token_urlsafe(16), **again)
                return dict(credentials)
            wish = {"url": address, "description": "Makegood", "enabled_events": list(EVENTS)}
            made = await calls.post(_PATH, token_urlsafe(16), **wish)
            for each in there:
                await calls.post(f"{_PATH}/{each['id']}", token_urlsafe(16), disabled="true")
        except Trouble as trouble:
            if trouble.verdict is not Verdict.REFUSE:
                raise
            raise Trouble(Verdict.REFUSE, _NOT_TAKEN, detail=trouble.detail) from trouble
    secret = made.get("secret")
    if not isinstance(secret, str) or not secret.startswith("whsec_"):
        raise verdicts.no_sense(WHO, "an endpoint without its secret")
    return {**credentials, "webhook_secrets": [*known, secret]}

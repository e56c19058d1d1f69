"""Having the shop tell us what has changed.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/webhookSubscriptionCreate
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.shopify.api import Admin, open_admin
from makegood.connectors.shops.shopify.queries import HOOKS, MAKE_HOOK

__all__ = ["TOPICS", "subscribe"]

TOPICS = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
    "FULFILLMENTS_CREATE",
    "FULFILLMENTS_UPDATE",
    "CUSTOMERS_CREATE",
    "CUSTOMERS_UPDATE",
)
"""What is asked for. The privacy topics (customers/redact, shop/redact, customers/data_request) are set in the app's
own settings only: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""
_UNSIGNED = (
    "Webhooks of {shop} could not be verified: they are signed with the app’s client secret. "
    "Please give it under “Change the connection”, then try again."
)


async def subscribe(credentials: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Has Shopify send what changes to `address`; returns the credentials. Topics that go there already stay.

    Raises `Trouble`: REFUSE where the webhooks could not be verified, and for an address that Shopify does not take.
    """
    async with open_admin(credentials) as admin:
        if not credentials.get("client_secret"):
            raise Trouble(Verdict.REFUSE, _UNSIGNED.format(shop=admin.shop))
        known = await _known(admin, address)
        for topic in TOPICS:
            if topic not in known:
                await _make(admin, topic, address)
        return dict(admin.credentials)


async def _known(admin: Admin, address: str) -> set[str]:
    found = (await admin.ask(HOOKS, {"uri": address})).data.get("webhookSubscriptions")
    nodes = found.get("nodes") if isinstance(found, dict) else None
    if not isinstance(nodes, list):
        raise verdicts.no_sense(admin.shop, f"no list: {str(found)[:200]}")
    return {str(each.get("topic")) for each in nodes if isinstance(each, dict) and each.get("uri") == address}


async def _make(admin: Admin, topic: str, address: str) -> None:
    answer = await admin.ask(MAKE_HOOK, {"topic": topic, "hook": {"uri": address, "format": "JSON"}})
    made = answer.data.get("webhookSubscriptionCreate")
    if not isinstance(made, dict):
        raise verdicts.no_sense(admin.shop, f"{topic}: {str(made)[:200]}")
    errors = [str(each.get("message"))[:200] for each in made.get("userErrors") or [] if isinstance(each, dict)]
    # Made by a request of ours whose answer was lost.
    said = "; ".join(each for each in errors if "already been taken" not in each)
    if said:
        sentence = f"{admin.shop} does not send webhooks here: {said}. Please set them up in the app’s settings."
        raise Trouble(Verdict.REFUSE, sentence, detail=f"{topic}: {said}")

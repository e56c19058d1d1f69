"""Having the shop tell us what has changed: https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks"""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.woocommerce.api import PAGE, Fault, Server, object_of, open_server, rows_of

__all__ = ["TOPICS", "subscribe"]

TOPICS = ("order.created", "order.updated", "order.deleted", "customer.created", "customer.updated")
_PATH = "wc/v3/webhooks"


async def subscribe(credentials: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Has the shop send what changes to `address`, signed with `webhook_secret`; returns the credentials with it.

    A webhook that goes there already gets the secret we know and is switched on again: WooCommerce switches one off
    that failed five times. Raises `Trouble`: REFUSE where the key may not do that.
    """
    kept = {**credentials, "webhook_secret": credentials.get("webhook_secret") or token_urlsafe(32)}
    signed = {"secret": kept["webhook_secret"], "status": "active"}
    async with open_server(credentials) as server:
        try:
            known = await _known(server, address)
            for topic in TOPICS:
                wish = {"name": f"Makegood: {topic}", "topic": topic, "delivery_url": address, **signed}
                path = f"{_PATH}/{known[topic]}" if topic in known else _PATH
                object_of(server, await server.post(path, signed if topic in known else wish), path)
        except Fault as fault:
            if fault.status not in (401, 403):
                raise
            sentence = (
                f"The key for {server.host} may not set up webhooks. Please make one with the permission Read/Write "
                "for somebody who manages the shop, or set the webhooks up by hand."
            )
            raise Trouble(Verdict.REFUSE, sentence, detail=fault.detail) from fault
    return kept


async def _known(server: Server, address: str) -> dict[str, int]:
    """The numbers of the webhooks that go to `address`, by topic."""
    rows = rows_of(server, await server.get(_PATH, {"per_page": PAGE}), _PATH)
    return {str(row.get("topic")): row["id"] for row in rows if row.get("delivery_url") == address}

"""What Vendure lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from makegood.connectors.contract import Fact
from makegood.connectors.shops.contract import ShopCapability

__all__ = ["CAPABILITY"]

CAPABILITY = ShopCapability(
    kind="vendure",
    title="Vendure",
    # It tells its own plugins of events, and nobody else:
    # https://docs.vendure.io/current/core/developer-guide/events
    webhooks=False,
    vouchers=True,
    refunds=True,
    poll_seconds=300,
    rate_limits=(
        Fact(
            "One answer lists up to 1,000 orders, unless the shop says otherwise; Makegood asks for 50.",
            "https://docs.vendure.io/current/core/reference/typescript-api/configuration/api-options",
        ),
        Fact(
            "Vendure itself counts no requests; a proxy before it may, and Makegood waits when it is told to.",
            "https://docs.vendure.io/current/core/developer-guide/security",
        ),
    ),
    # Sixteen letters and figures, without 0, I and O, unless the shop has its own way:
    # https://docs.vendure.io/current/core/reference/typescript-api/orders/order-code-strategy
    order_number=r"\b[1-9A-HJ-NP-Z]{16}\b",
    tested="A real Vendure 3.7.3 over SQLite on loopback, with orders made through its Shop API.",
)

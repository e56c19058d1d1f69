"""What Shopify lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from makegood.connectors.contract import Fact
from makegood.connectors.shops.contract import ShopCapability

__all__ = ["API_VERSION", "CAPABILITY", "KIND", "NEEDED", "WANTED"]

KIND = "shopify"

API_VERSION = "2026-10"
"""Supported for a year: https://shopify.dev/docs/api/usage/versioning"""

NEEDED = ("read_orders", "read_customers")
"""Access scopes without which nothing can be read: https://shopify.dev/docs/api/usage/access-scopes"""
WANTED = {
    "read_all_orders": "orders older than 60 days",
    "read_products": "product types",
    "read_inventory": "what a product costs the shop",
    "write_discounts": "making discount codes",
}
"""Access scopes that are worth having, and what each is for."""

_DEV = "https://shopify.dev/docs"

CAPABILITY = ShopCapability(
    kind=KIND,
    title="Shopify",
    webhooks=True,
    vouchers=True,
    refunds=False,
    poll_seconds=300,
    rate_limits=(
        Fact(
            "Each request costs points; a shop of the standard plan gets 100 points a second back.",
            f"{_DEV}/apps/build/apis/graphql-admin/rate-limits",
        ),
        Fact("A list shows at most 25,000 entries, however it is paged.", f"{_DEV}/api/usage/limits"),
        Fact(
            "An app sees the orders of the last 60 days, and older ones with the scope read_all_orders.",
            f"{_DEV}/api/usage/access-scopes",
        ),
        Fact(
            "Names, addresses, phone numbers and e-mail addresses are protected: "
            "on some plans Shopify does not show them to an app of the shop’s own.",
            f"{_DEV}/apps/launch/protected-customer-data",
        ),
        Fact(
            "An app of the shop’s own gets a token for 24 hours at a time.",
            f"{_DEV}/apps/build/authentication-authorization/client-credentials-grant",
        ),
        Fact(
            "A webhook that is not answered in 5 seconds is sent again, 8 times in 4 hours.",
            f"{_DEV}/apps/build/webhooks/delivery-types/https",
        ),
    ),
    tested=(
        "Against a server of our own whose answers have the shapes of Shopify’s schema of version 2026-10. "
        "Not against Shopify itself."
    ),
)

"""What WooCommerce lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

from makegood.connectors.contract import Fact
from makegood.connectors.shops.contract import ShopCapability

__all__ = ["CAPABILITY", "KIND"]

KIND = "woocommerce"

_DOCS = "https://woocommerce.github.io/woocommerce-rest-api-docs/"
_SOURCE = "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes"

CAPABILITY = ShopCapability(
    kind=KIND,
    title="WooCommerce",
    webhooks=True,
    vouchers=True,
    refunds=True,
    poll_seconds=300,
    rate_limits=(
        Fact("A request brings at most 100 orders.", f"{_SOURCE}/rest-api/Controllers/Version3/"),
        Fact(
            "WooCommerce itself sets no limit on how often its orders are asked for; the shop’s host or firewall may.",
            "https://developer.woocommerce.com/docs/apis/rest-api/",
        ),
        Fact(
            "The shop must be reached by https: WooCommerce takes the key as a password there only.",
            f"{_DOCS}#authentication-over-https",
        ),
        Fact("Asking for what has changed needs WooCommerce 5.8 or newer.", f"{_DOCS}#list-all-orders"),
        Fact(
            "A webhook that fails more than five times in a row is switched off, and none is sent twice.",
            f"{_SOURCE}/class-wc-webhook.php",
        ),
        Fact("Order numbers are numbers, unless an extension of the shop makes them.", f"{_DOCS}#order-properties"),
    ),
    tested=(
        "Against a server of our own that keeps to the documented shapes and to the rules in WooCommerce’s source. "
        "Not against a real WooCommerce: it can be had from no package registry."
    ),
)

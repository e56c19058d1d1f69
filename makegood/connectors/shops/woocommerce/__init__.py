"""WooCommerce, the shop in WordPress: orders, customers, refunds and coupons over its REST API, version 3."""

from __future__ import annotations

from makegood.connectors.shops.contract import Shop
from makegood.connectors.shops.woocommerce.auth import connect
from makegood.connectors.shops.woocommerce.capability import CAPABILITY
from makegood.connectors.shops.woocommerce.read import fetch, fetch_customers, read
from makegood.connectors.shops.woocommerce.subscribe import subscribe
from makegood.connectors.shops.woocommerce.webhook import verify
from makegood.connectors.shops.woocommerce.write import make_voucher, record_refund

__all__ = ["CONNECTOR"]

CONNECTOR = Shop(
    capability=CAPABILITY,
    connect=connect,
    read=read,
    fetch=fetch,
    fetch_customers=fetch_customers,
    verify=verify,
    subscribe=subscribe,
    make_voucher=make_voucher,
    record_refund=record_refund,
)

"""Shopify: orders, customers and discount codes over its GraphQL Admin API."""

from __future__ import annotations

from makegood.connectors.shops.contract import Shop
from makegood.connectors.shops.shopify.auth import connect
from makegood.connectors.shops.shopify.capability import CAPABILITY
from makegood.connectors.shops.shopify.read import fetch, fetch_customers, read
from makegood.connectors.shops.shopify.subscribe import subscribe
from makegood.connectors.shops.shopify.webhook import verify
from makegood.connectors.shops.shopify.write import make_voucher

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
)

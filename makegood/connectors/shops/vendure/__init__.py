"""Vendure: orders and customers through its Admin API, vouchers, and refunds noted in its back office."""

from __future__ import annotations

from makegood.connectors.shops.contract import Shop
from makegood.connectors.shops.vendure.capability import CAPABILITY
from makegood.connectors.shops.vendure.connecting import connect
from makegood.connectors.shops.vendure.read import fetch, fetch_customers, read
from makegood.connectors.shops.vendure.refund import record_refund
from makegood.connectors.shops.vendure.voucher import make_voucher

__all__ = ["CONNECTOR"]

CONNECTOR = Shop(
    capability=CAPABILITY,
    connect=connect,
    read=read,
    fetch=fetch,
    fetch_customers=fetch_customers,
    make_voucher=make_voucher,
    record_refund=record_refund,
)

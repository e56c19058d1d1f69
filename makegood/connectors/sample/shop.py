"""The sample's shop: it says what it is, and does nothing."""

from __future__ import annotations

from makegood.connectors.shops.contract import Shop, ShopCapability

__all__ = ["CONNECTOR"]

CONNECTOR = Shop(ShopCapability(kind="sample", title="Sample shop", order_number=r"TM-[0-9]{4}"))

"""The kinds of shop we know: a plain dict. Each is loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from makegood.connectors.shops.contract import Shop

__all__ = ["KINDS", "SAMPLE", "shop"]

KINDS: dict[str, str] = {
    "file": "makegood.connectors.shops.orders_file",
    "shopify": "makegood.connectors.shops.shopify",
    "vendure": "makegood.connectors.shops.vendure",
    "woocommerce": "makegood.connectors.shops.woocommerce",
}

SAMPLE = {"sample": "makegood.connectors.sample.shop"}
"""What nobody connects: it comes and goes with the sample shop."""


@cache
def shop(kind: str) -> Shop:
    """The functions of a kind of shop. An unknown kind is a KeyError: rows only hold kinds that are listed."""
    found = import_module(KINDS.get(kind) or SAMPLE[kind]).CONNECTOR
    assert isinstance(found, Shop)
    return found

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from makegood.connectors.shops.shopify.tests.admin import SCOPES, Shopify
from makegood.kit.tests.loopback import serve


@pytest.fixture
def shop() -> Shopify:
    """A shop with nothing in it."""
    return Shopify()


@pytest.fixture
async def key(shop: Shopify, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """The credentials of `shop`, which answers while the test runs."""
    async with serve(shop) as server:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
        monkeypatch.setenv("MAKEGOOD_SHOPIFY", server.url)
        yield {"handle": "teapots.myshopify.com", "token": "shpat_1", "client_secret": "hush", "scopes": list(SCOPES)}

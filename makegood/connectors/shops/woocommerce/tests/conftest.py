from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from makegood.connectors.shops.woocommerce.tests.wordpress import Wordpress
from makegood.kit.tests.loopback import serve


@pytest.fixture(autouse=True)
def _loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture
def shop() -> Wordpress:
    """A shop with nothing in it."""
    return Wordpress()


@pytest.fixture
async def key(shop: Wordpress) -> AsyncIterator[dict[str, Any]]:
    """The credentials of `shop`, which answers while the test runs."""
    async with serve(shop) as server:
        yield {"base": f"{server.url}/shop", "key": shop.key, "secret": shop.secret, "webhook_secret": "hush"}

"""The shop: from no registry by name, on loopback only, and fresh each time."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.servers.test_servers import addresses_of, pid_listening_on
from tests.servers.vendure import HERE, PRICES, VendureShop


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (HERE / "package-lock.json").read_text("utf-8")


@pytest.mark.vendure
@pytest.mark.slow
def test_the_shop_listens_on_loopback_only_and_sells(vendure_server: VendureShop) -> None:
    port = urlsplit(vendure_server.url).port
    assert port is not None
    assert addresses_of(pid_listening_on(port)) == {"0100007F"}
    assert set(vendure_server.variants) == set(PRICES)
    bought = vendure_server.buy("till@example.com", {"CUP": 2})
    assert (bought["totalWithTax"], bought["currencyCode"], bought["state"]) == (2500, "EUR", "PaymentSettled")

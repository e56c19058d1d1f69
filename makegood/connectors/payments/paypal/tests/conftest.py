"""A PayPal of our own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from makegood.connectors.payments.paypal.calls import forget_tokens
from makegood.connectors.payments.paypal.webhook import forget_certificates
from tests.connectors.payments.paypal_server import PayPalServer, paypal_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PayPalServer]:
    """The server, without payments."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    forget_tokens()
    forget_certificates()
    with paypal_server() as made:
        yield made


@pytest.fixture
def credentials(server: PayPalServer) -> dict[str, Any]:
    """What the connector keeps for its account."""
    return {**server.form, "sandbox": True, "api_base": server.url}

"""Stripe as the tests of its connector see it: localstripe behind our own proxy, well at the beginning of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.localstripe import StripeServer


@pytest.fixture
def server(stripe_server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    """The server, without faults and with all keys accepted."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    yield stripe_server
    stripe_server.faults()
    stripe_server.refuse_keys()
    stripe_server.webhooks()

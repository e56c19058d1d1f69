"""What the tests of the Mastodon connector share: people on a real snac server, and a server that does as told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.scripted import Scripted
from tests.servers.snac import Snac, SnacUser


@pytest.fixture(autouse=True)
def _loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture
def shop(snac_server: Snac) -> SnacUser:
    """A shop's account, new for each test."""
    return snac_server.create_user()


@pytest.fixture
def customer(snac_server: Snac) -> SnacUser:
    """Somebody with something to say, new for each test."""
    return snac_server.create_user()


class Played(Scripted):
    """A server on loopback that answers whatever `handler` returns; None cuts the connection."""

    @property
    def host(self) -> str:
        """Its name, which has a port."""
        return self.url.removeprefix("http://")

    @property
    def credentials(self) -> dict[str, Any]:
        """Credentials of an account that lives there."""
        return {
            "instance": self.url,
            "token": "secret-token",
            "account": "1",
            "client_id": "app",
            "client_secret": "app-secret",
            "software": "mastodon",
            "domain": "shop.example",
            "streaming": self.url.replace("http", "ws"),
            "quotes": True,
        }

    def paths(self, method: str = "") -> list[str]:
        """The paths that were asked for, in order."""
        return [each.path for each in self.asked if method in {"", each.method}]


@pytest.fixture
def played() -> Iterator[Played]:
    """A fresh `Played` server."""
    with Played().serving() as made:
        yield made

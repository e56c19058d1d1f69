"""What the tests of the Bluesky connector share: a connected account on the real network, and a server that
misbehaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.scripted import Answer, Asked, Scripted, as_json


@pytest.fixture(autouse=True)
def _loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture
def network(atproto_network: AtprotoNetwork, monkeypatch: pytest.MonkeyPatch) -> AtprotoNetwork:
    """The real network, which the connector takes for Bluesky's own."""
    for name, value in atproto_network.environment.items():
        monkeypatch.setenv(name, value)
    return atproto_network


@pytest.fixture
def shop(network: AtprotoNetwork) -> TestAccount:
    """A shop's account, new for each test."""
    return network.create_account()


@pytest.fixture
def customer(network: AtprotoNetwork) -> TestAccount:
    """Somebody with something to say, new for each test."""
    return network.create_account()


Handler = Callable[[str, Any], Answer | None]


@dataclass
class Faulty:
    """A server on loopback that answers whatever `handler(path, body)` returns; None cuts the connection."""

    url: str
    handler: Handler = lambda path, body: as_json({})
    asked: list[str] = field(default_factory=list)

    @property
    def credentials(self) -> dict[str, str]:
        """Credentials of an account that lives there."""
        return {
            "service": self.url,
            "did": "did:plc:shop",
            "handle": "shop.test",
            "password": "app-password",
            "access": "token",
        }


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A fresh `Faulty` server."""

    def answer(asked: Asked) -> Answer | None:
        made.asked.append(asked.target)
        return made.handler(asked.target, asked.body if asked.body != b"" else None)

    with Scripted(answer).serving() as server:
        made = Faulty(server.url)
        yield made

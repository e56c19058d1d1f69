"""What the tests of the Bluesky connector share: a connected account on the real network, and a server that
misbehaves.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.servers.atproto import AtprotoNetwork, TestAccount


@pytest.fixture(autouse=True)
def _loopback_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")


@pytest.fixture
def network(atproto_network: AtprotoNetwork, monkeypatch: pytest.MonkeyPatch) -> AtprotoNetwork:
    """The real network, which the connector takes for Bluesky's own."""
    monkeypatch.setenv("MAKEGOOD_BLUESKY_APPVIEW", atproto_network.appview_url)
    monkeypatch.setenv("MAKEGOOD_BLUESKY_SERVICE", atproto_network.pds_url)
    monkeypatch.setenv("MAKEGOOD_PLC_DIRECTORY", atproto_network.plc_url)
    return atproto_network


@pytest.fixture
def shop(network: AtprotoNetwork) -> TestAccount:
    """A shop's account, new for each test."""
    return network.create_account()


@pytest.fixture
def customer(network: AtprotoNetwork) -> TestAccount:
    """Somebody with something to say, new for each test."""
    return network.create_account()


Answer = tuple[int, dict[str, str], bytes]
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


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON. Header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json", **named}, json.dumps(body).encode()


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A fresh `Faulty` server."""

    class Handle(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer(json.loads(body or b"null"))

        def _answer(self, body: Any) -> None:
            made.asked.append(self.path)
            answer = made.handler(self.path, body)
            self.close_connection = True
            if answer is None:
                return
            status, headers, content = answer
            with suppress(ConnectionError):
                self.send_response(status)
                for name, value in {
                    "content-length": str(len(content)),
                    "connection": "close",
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handle)
    made = Faulty(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()

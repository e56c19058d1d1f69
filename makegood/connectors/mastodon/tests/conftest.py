"""What the tests of the Mastodon connector share: people on a real snac server, and a server that does as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

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


Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[["Asked"], Answer | None]


@dataclass(frozen=True)
class Asked:
    """One request: `body` is the JSON, the form as text, or the bytes that came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class Played:
    """A server on loopback that answers whatever `handler` returns; None cuts the connection."""

    url: str
    handler: Handler = lambda asked: as_json({})
    asked: list[Asked] = field(default_factory=list)

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


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON. Header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json; charset=utf-8", **named}, json.dumps(body).encode()


def html(status_code: int = 200) -> Answer:
    """A page where JSON was expected."""
    return status_code, {"content-type": "text/html"}, b"<h1>Welcome to our Wi-Fi</h1>"


@pytest.fixture
def played() -> Iterator[Played]:
    """A fresh `Played` server."""

    class Handle(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            kind = self.headers.get("content-type", "")
            body: Any = raw
            if kind.startswith("application/json"):
                body = json.loads(raw or b"null")
            elif kind.startswith("application/x-www-form-urlencoded"):
                body = raw.decode()
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, path, query, headers, body)
            made.asked.append(asked)
            answer = made.handler(asked)
            self.close_connection = True
            if answer is None:
                return
            status, named, content = answer
            with suppress(ConnectionError):
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), "connection": "close", **named}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handle)
    made = Played(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()

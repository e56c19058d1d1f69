"""A shop with a connected account on the real network, a customer, and a proxy that can fail between them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from makegood.listen import api as listen
from tests.servers.atproto import AtprotoNetwork, TestAccount


@pytest.fixture
def network(atproto_network: AtprotoNetwork, monkeypatch: pytest.MonkeyPatch) -> AtprotoNetwork:
    """The real network, which the product takes for Bluesky's own."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    monkeypatch.setenv("MAKEGOOD_BLUESKY_APPVIEW", atproto_network.appview_url)
    monkeypatch.setenv("MAKEGOOD_BLUESKY_SERVICE", atproto_network.pds_url)
    monkeypatch.setenv("MAKEGOOD_PLC_DIRECTORY", atproto_network.plc_url)
    return atproto_network


@pytest.fixture
def shop(network: AtprotoNetwork) -> TestAccount:
    """The shop's account."""
    return network.create_account()


@pytest.fixture
def customer(network: AtprotoNetwork) -> TestAccount:
    """Somebody with something to say."""
    return network.create_account()


@pytest.fixture
def account(network: AtprotoNetwork, shop: TestAccount, workspace: Any, olga: Any) -> listen.Channel:
    """The shop's account, connected by Olga with an app password."""
    return connect(network, shop, workspace, olga)


def connect(network: AtprotoNetwork, shop: TestAccount, workspace: Any, by: Any) -> listen.Channel:
    """Connects the account with a new app password."""
    form = {"service": network.pds_url, "identifier": shop.handle, "password": network.app_password(shop)}
    return listen.connect(workspace, by, "bluesky", form)


@dataclass
class Between:
    """A proxy in front of the shop's real server that can spoil writes."""

    url: str
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """The next writes get these answers and never reach the server."""
    lost: int = 0
    """The answers of so many writes are lost on the way back."""
    writes: int = 0


@pytest.fixture
def between(network: AtprotoNetwork, account: listen.Channel) -> Iterator[Between]:
    """All that the account's channel does from now on goes through a proxy."""
    client = httpx.Client(base_url=network.pds_url, timeout=30)

    class Handle(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.close_connection = True
            writing = self.path.endswith("createRecord")
            if writing and made.refusals:
                self._answer(*made.refusals.pop(0), b"{}")
                return
            passed = ("authorization", "content-type", "accept", "atproto-proxy", "atproto-accept-labelers")
            headers = {name: value for name, value in self.headers.items() if name.lower() in passed}
            answer = client.request(self.command, self.path, content=body, headers=headers)
            if writing:
                made.writes += 1
                if made.lost:
                    made.lost -= 1
                    return
            kept = {"content-type": answer.headers.get("content-type", "application/json")}
            self._answer(answer.status_code, kept, answer.content)

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            with suppress(ConnectionError):
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), "connection": "close", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handle)
    made = Between(f"http://127.0.0.1:{server.server_address[1]}")
    secret = listen.seal({**listen.credentials_of(account), "service": made.url})
    listen.Channel.objects.within(account.workspace_id).filter(pk=account.pk).update(secret=secret)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()
    client.close()

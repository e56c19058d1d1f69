"""Where alerts arrive in tests: a real HTTP receiver and a real mail server on loopback, in threads of their own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from makegood.kit.tests.loopback import Request, answer, serve
from makegood.site.mail import mail_settings

__all__ = ["Letters", "Receiver", "letterbox", "receiver"]


@dataclass
class Receiver:
    """What came by HTTP. `reply` decides what is answered."""

    url: str = ""
    port: int = 0
    reply: Callable[[Request], bytes] = lambda _request: answer(200)
    got: list[Request] = field(default_factory=list)

    def bodies(self) -> list[Any]:
        """The JSON of each request."""
        return [json.loads(request.body) for request in self.got if request.body]


@contextmanager
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An HTTP receiver on loopback, which Makegood may reach."""
    found = Receiver()
    ready, done = threading.Event(), threading.Event()

    def take(request: Request) -> bytes:
        found.got.append(request)
        return found.reply(request)

    async def run() -> None:
        async with serve(take) as server:
            found.url, found.port = server.url, server.port
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(10)
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"127.0.0.1:{found.port}")
    try:
        yield found
    finally:
        done.set()
        thread.join(10)


@dataclass
class Letters:
    """What came by mail, and Django's settings to send there. `refuse` is an SMTP answer to each recipient."""

    settings: dict[str, Any] = field(default_factory=dict)
    refuse: str = ""
    got: list[Message] = field(default_factory=list)
    to: list[str] = field(default_factory=list)


class _Box(asyncio.Protocol):
    """As much of SMTP (https://www.rfc-editor.org/rfc/rfc5321) as it takes to be handed a mail."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.data: list[str] | None = None
        self.rest = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 here\r\n")

    def data_received(self, data: bytes) -> None:
        lines = (self.rest + data.decode("utf-8", "surrogateescape")).split("\r\n")
        self.rest = lines.pop()
        for line in lines:
            self.transport.write(self._answer(line))

    def _answer(self, line: str) -> bytes:
        if self.data is not None:
            if line != ".":
                self.data.append(line)
                return b""
            self.letters.got.append(message_from_bytes("\r\n".join(self.data).encode("utf-8", "surrogateescape")))
            self.data = None
            return b"250 kept\r\n"
        verb = line.upper()
        if verb.startswith("RCPT") and self.letters.refuse:
            return f"{self.letters.refuse}\r\n".encode()
        if verb.startswith("RCPT"):
            self.letters.to.append(line.partition("<")[2].rstrip(">"))
        if verb == "DATA":
            self.data = []
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n"


@contextmanager
def letterbox() -> Iterator[Letters]:
    """A mail server on loopback."""
    letters = Letters()
    loop = asyncio.new_event_loop()
    port: Future[int] = Future()

    def serve() -> None:
        # All in this thread: in the other a browser's loop may be running.
        server = loop.run_until_complete(loop.create_server(lambda: _Box(letters), "127.0.0.1", 0))
        port.set_result(server.sockets[0].getsockname()[1])
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    letters.settings = mail_settings(f"smtp://127.0.0.1:{port.result(10)}?tls=no&from=desk@shop.example")
    try:
        yield letters
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

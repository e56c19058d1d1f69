"""A web server on loopback that answers what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeVar

__all__ = ["Answer", "Asked", "Handler", "Scripted", "always", "as_json", "html"]

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One request: `body` is the JSON, the form as text, or the bytes that came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any

    @property
    def target(self) -> str:
        """The path with what was asked of it."""
        return f"{self.path}?{self.query}" if self.query else self.path


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body. Headers given here stand before the server's own."""
Handler = Callable[[Asked], Answer | None]


def always(answer: T) -> Callable[..., T]:
    """A handler that answers the same, whatever it is asked."""
    return lambda *_asked: answer


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON. Header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json; charset=utf-8", **named}, json.dumps(body).encode()


def html(status: int = 200) -> Answer:
    """A page where something else was expected."""
    return status, {"content-type": "text/html"}, b"<h1>Welcome to our Wi-Fi</h1>"


@dataclass
class Scripted:
    """The server: it answers whatever `handler` returns, and None cuts the connection. `asked` is what came."""

    handler: Handler = lambda asked: as_json({})
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Serves at `url` until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answering, self))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, script: Scripted, *args: Any) -> None:
        self.script = script
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        asked = self._read()
        self.script.asked.append(asked)
        answer = self.script.handler(asked)
        self.close_connection = True
        if answer is None:
            return
        status, headers, content = answer
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), "connection": "close", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def _read(self) -> Asked:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        kind = self.headers.get("content-type", "")
        body: Any = raw
        if kind.startswith("application/json"):
            body = json.loads(raw or b"null")
        elif kind.startswith("application/x-www-form-urlencoded"):
            body = raw.decode()
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, path, query, headers, body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        pass

"""A model's server on loopback, in a thread of its own, whose every answer a test decides."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "Drip", "Model", "chat_answer", "classified", "model", "reading"]


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Drip:
    """An answer that comes a byte at a time, for ever."""

    seconds: float = 0.05


@dataclass
class Model:
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    reply: Callable[[Call], Any] = lambda call: 500
    """Gives a status, (status, body), (status, body, headers), bytes to send as they are, a `Drip`, or None to hang."""


def reading(**changes: Any) -> dict[str, Any]:
    """What a well-behaved chat model makes of a complaint about a delivery."""
    found: dict[str, Any] = {
        "intent": ["complaint"],
        "severity": "3",
        "urgency": "today",
        "sentiment": "negative",
        "topic": ["delivery"],
        "flag": [],
        "sure": {"intent": 90, "severity": 60, "urgency": 70, "sentiment": 95, "topic": 80, "flag": 90},
    }
    return {**found, **changes}


def chat_answer(content: Any, *, finish: str = "stop", usage: Any = (100, 50)) -> dict[str, Any]:
    """As a chat server wraps it."""
    said = content if isinstance(content, str) else json.dumps(content)
    counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1]} if usage else None
    message = {"role": "assistant", "content": said}
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}], "usage": counted}


def classified(call: Call, **scores: float) -> list[list[dict[str, Any]]]:
    """The same labels for each text of a call."""
    row = [{"label": label, "score": score} for label, score in scores.items()]
    return [row for _ in call.body["inputs"]]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError, ValueError, IndexError):
            self._talk()

    def _talk(self) -> None:
        kept: Model = self.server.kept  # type: ignore[attr-defined]
        path = self.rfile.readline().decode().split(" ")[1]
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        call = Call(path, headers, json.loads(self.rfile.read(int(headers.get("content-length", "0")))))
        kept.calls.append(call)
        self._answer(kept.reply(call))

    def _answer(self, reply: Any) -> None:
        if reply is None:
            time.sleep(3)
        elif isinstance(reply, Drip):
            self.wfile.write(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n[")
            for _ in range(200):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(reply.seconds)
        elif isinstance(reply, bytes):
            self.wfile.write(reply)
        else:
            given: list[Any] = [reply] if isinstance(reply, int) else list(reply)
            status, body, headers = (*given, b"", {})[:3] if len(given) != 2 else (*given, {})
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            named = {"content-length": str(len(data)), "connection": "close", **headers}
            lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
            self.wfile.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False


@contextmanager
def model() -> Iterator[Model]:
    """Serves until the block ends."""
    kept = Model()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.kept = kept  # type: ignore[attr-defined]
        kept.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join(5)

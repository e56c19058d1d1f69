"""A real HTTP server on loopback whose every byte a test decides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["Request", "Server", "answer", "serve"]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    port: int
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def answer(status: int = 200, body: bytes = b"", /, **headers: str) -> bytes:
    """A whole response; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("content-length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} X\r\n{lines}connection: close\r\n\r\n".encode("latin-1") + body


@asynccontextmanager
async def serve(
    reply: Callable[[Request], bytes | Awaitable[bytes]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serves until the block ends; `reply` gives the raw response to each request."""

    working: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        working.add(task)
        try:
            await talk(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            working.discard(task)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(method, path, headers, body)
            server.requests.append(request)
            raw = reply(request)
            writer.write(raw if isinstance(raw, bytes) else await raw)
            await writer.drain()
        with suppress(ConnectionError, ssl.SSLError):
            writer.close()
            await writer.wait_closed()

    running = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    server = Server(running.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        running.close()
        for task in [*working]:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

"""The proxy itself: HTTP/1.1 one request a connection, event streams and WebSockets as they are."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from tests.faults.plan import Answer, Fault, Plan, Request, Rule

__all__ = ["Proxy", "proxy"]

HEAD_BYTES = 2**16
UPSTREAM_SECONDS = 120.0
# Ours to write anew, as we send a body of known length and end the connection.
FRAMING = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})


class Proxy:
    """Stands before the server at `upstream` until closed. Made by `proxy`.

    `url` is where clients find it. `asked` holds the last requests, the newest last.
    """

    def __init__(self, upstream: str, seed: int, rewrite: bool) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._host, self._port = parts.hostname, parts.port
        self._rewrite = rewrite
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._streams: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.port = 0
        self.plan = Plan(seed)
        self.asked: deque[Request] = deque(maxlen=500)
        self.passed: deque[Request] = deque(maxlen=500)
        """The last requests that went on to the server, whether or not their answers were spoiled."""

    @property
    def url(self) -> str:
        """Its address, http."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def counts(self) -> dict[str, int]:
        """How often each fault was injected."""
        return dict(self.plan.counts)

    def inject(
        self,
        fault: Fault,
        *,
        path: str = "",
        method: str = "",
        times: int | None = None,
        share: float = 1.0,
        skip: int = 0,
    ) -> Rule:
        """From now on requests meet this fault: see `Rule`."""
        return self.plan.add(Rule(fault, path, method, times, share, skip))

    def lift(self, *rules: Rule) -> None:
        """Takes these rules away, or all: the network is well again."""
        self.plan.take_away(*rules)

    def go_down(self) -> None:
        """The server is gone: connections are refused and open ones cut, until `come_up`."""
        self.plan.counts["down"] += 1
        self._do(self._shut())

    def come_up(self) -> None:
        """The server is back at the same address."""
        if self._server is None:
            self._do(self._listen())

    def cut_streams(self) -> int:
        """Cuts every WebSocket and event stream; how many there were."""
        return int(self._do(self._cut_streams()))

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen())

    def close(self) -> None:
        self._do(self._shut())
        self._do(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            _cut(writer)

    async def _cut_streams(self) -> int:
        streams = list(self._streams)
        for writer in streams:
            _cut(writer)
        self.plan.counts["stream cut"] += len(streams)
        return len(streams)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            # Whoever goes away in the middle, on either side, is nothing to report.
            with suppress(OSError, EOFError, ValueError, TimeoutError, asyncio.CancelledError):
                await self._handle(reader, writer)
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            self._streams.discard(writer)
            writer.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, head = await _request(reader)
        self.asked.append(request)
        fault = self.plan.fault_for(request) or Fault("none")
        await asyncio.sleep(fault.before)
        if fault.cut_before:
            _cut(writer)
            return
        if fault.instead:
            await _send(writer, fault.instead)
            return
        self.passed.append(request)
        there, to_there = await asyncio.open_connection(self._host, self._port)
        self._open.add(to_there)
        try:
            if request.headers.get("upgrade", "").lower() == "websocket":
                self._streams |= {writer}
                to_there.write(head)
                await _both_ways(reader, writer, there, to_there)
                return
            to_there.write(self._forwarded(request))
            async with asyncio.timeout(UPSTREAM_SECONDS):
                raw, got = await _answer_head(there)
            if got.headers.get("content-type", "").startswith("text/event-stream"):
                self._streams |= {writer}
                writer.write(raw)
                await _both_ways(reader, writer, there, to_there)
                return
            async with asyncio.timeout(UPSTREAM_SECONDS):
                got = await _with_body(there, got, request.method)
            await self._give(writer, got, fault)
        finally:
            self._open.discard(to_there)
            to_there.close()

    async def _give(self, writer: asyncio.StreamWriter, got: Answer, fault: Fault) -> None:
        if fault.cut_after:
            _cut(writer)
            return
        await asyncio.sleep(fault.after)
        if self._rewrite:
            got = self._rewritten(got)
        await _send(writer, fault.spoil(got) if fault.spoil else got)

    def _rewritten(self, got: Answer) -> Answer:
        body, headers = got.body, got.headers
        for host in {self._host, "localhost", "127.0.0.1"}:
            own = f"http://{host}:{self._port}"
            body = body.replace(own.encode(), self.url.encode())
            headers = {name: value.replace(own, self.url) for name, value in headers.items()}
        return Answer(got.status, headers, body)

    def _forwarded(self, request: Request) -> bytes:
        headers = {name: value for name, value in request.headers.items() if name not in FRAMING}
        headers |= {"host": f"{self._host}:{self._port}", "connection": "close", "accept-encoding": "identity"}
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            headers["content-length"] = str(len(request.body))
        lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body


@contextmanager
def proxy(upstream: str, *, seed: int = 0, rewrite: bool = False) -> Iterator[Proxy]:
    """A proxy before the server at `upstream` ("http://127.0.0.1:2583"), for the length of the block.

    With `rewrite` the server's own address becomes the proxy's in everything it answers, so that whoever follows a link
    or an address it names comes by here again.
    """
    made = Proxy(upstream, seed, rewrite)
    made.start()
    try:
        yield made
    finally:
        made.close()


def _cut(writer: asyncio.StreamWriter) -> None:
    """Ends the connection at once and without a goodbye (RST)."""
    with suppress(OSError):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _headers(lines: list[bytes]) -> dict[str, str]:
    pairs = (line.decode("latin-1").split(":", 1) for line in lines if b":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


async def _request(reader: asyncio.StreamReader) -> tuple[Request, bytes]:
    """The request, and its head as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers = _headers(lines)
    body = await _body(reader, headers, to_end=False)
    return Request(method, path, headers, body), head


async def _answer_head(reader: asyncio.StreamReader) -> tuple[bytes, Answer]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return head, Answer(int(first.split()[1]), _headers(lines), b"")


async def _with_body(reader: asyncio.StreamReader, got: Answer, method: str) -> Answer:
    empty = method == "HEAD" or got.status in {204, 304}
    body = b"" if empty else await _body(reader, got.headers, to_end=True)
    return Answer(got.status, got.headers, body)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], *, to_end: bool) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        parts = []
        while size := int((await reader.readline()).partition(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        while (await reader.readline()).strip():
            continue
        return b"".join(parts)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read() if to_end else b""


async def _send(writer: asyncio.StreamWriter, told: Answer) -> None:
    headers = {name: value for name, value in told.headers.items() if name not in FRAMING}
    headers |= {"content-length": str(len(told.body)), "connection": "close"}
    lines = [f"HTTP/1.1 {told.status} Told", *(f"{name}: {value}" for name, value in headers.items())]
    body = told.body if told.whole else told.body[: len(told.body) // 2]
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    await writer.drain()


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there: asyncio.StreamReader,
    to_there: asyncio.StreamWriter,
) -> None:
    """Passes bytes on in both directions until either side ends."""
    ways = [asyncio.create_task(_pump(reader, to_there)), asyncio.create_task(_pump(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()

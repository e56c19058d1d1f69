"""What the tests of hearing share: the real listener and polls beside the test, and a web server to listen to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections

from makegood.listen import api as listen
from makegood.listen import matching, polling
from makegood.listen.listener import Listener

__all__ = ["Answer", "Site", "due", "eventually", "listening", "look", "run_threads", "site"]

Answer = tuple[int, dict[str, str], bytes] | None
"""Status, headers, body; None cuts the connection."""


@contextmanager
def listening() -> Iterator[Listener]:
    """The product's listener in a thread of its own. At the end it is stopped wherever it is."""
    began: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []
    listener = Listener()

    async def go() -> None:
        task = asyncio.create_task(listener.run())
        began.append((asyncio.get_running_loop(), task))
        with suppress(asyncio.CancelledError):
            await task
        await sync_to_async(connections.close_all)()

    thread = threading.Thread(target=lambda: asyncio.run(go()))
    thread.start()
    try:
        eventually(lambda: began)
        yield listener
    finally:
        loop, task = began[0]
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        assert not thread.is_alive(), "the listener does not stop"


def eventually(happens: Callable[[], Any], seconds: float = 15) -> Any:
    """Waits until it happens, and returns what it was; AssertionError when it does not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := happens():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def look(at_once: int = 8) -> int:
    """Polls every channel that is due, as the listener does, in lots of `at_once`. Returns how many there were."""

    async def poll(channels: list[listen.Channel], desk: matching.Desk) -> None:
        await asyncio.gather(*(polling.poll(channel, desk) for channel in channels))
        await sync_to_async(connections.close_all)()

    count = 0
    while channels := polling.claim_due(at_once):
        desk = matching.Desk()
        desk.become(matching.active_queries())
        asyncio.run(poll(channels, desk))
        count += len(channels)
    return count


def due(channel: listen.Channel) -> listen.Channel:
    """The channel's time has come, whatever was agreed; returned fresh."""
    rows = listen.Channel.objects.within(channel.workspace_id).filter(pk=channel.pk)
    rows.update(due_at="2020-01-01T00:00:00Z")
    return rows.get()


def run_threads(work: Callable[[], Any], count: int = 2) -> list[Any]:
    """Does the same in `count` threads that begin at one moment; what each returned or raised."""
    barrier = threading.Barrier(count)
    results: list[Any] = []

    def go() -> None:
        try:
            barrier.wait(10)
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == count, "a thread hangs"
    return results


@dataclass
class Site:
    """A web server on loopback that answers what `reply(path)` says."""

    url: str
    reply: Callable[[str], Answer] = lambda _path: (404, {}, b"")
    asked: list[str] = field(default_factory=list)


@contextmanager
def site(reply: Callable[[str], Answer]) -> Iterator[Site]:
    """Serves until the block ends."""

    class Handle(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer()

        def _answer(self) -> None:
            made.asked.append(self.path)
            self.close_connection = True
            told = made.reply(self.path)
            if told is None:
                return
            status, headers, body = told
            named = {"content-length": str(len(body)), "connection": "close", **headers}
            with suppress(ConnectionError):
                self.send_response(status)
                for name, value in named.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handle)
    made = Site(f"http://127.0.0.1:{server.server_address[1]}", reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

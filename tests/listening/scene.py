"""What the tests of hearing share: the real listener and polls beside the test, and a web server to listen to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections

from makegood.listen import api as listen
from makegood.listen import matching, polling
from makegood.listen.listener import Listener
from tests.servers import scripted
from tests.servers.scripted import Asked, Scripted

__all__ = ["Answer", "Site", "due", "eventually", "listening", "look", "site"]

Answer = scripted.Answer | None
"""None cuts the connection."""


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
        desk.look()
        asyncio.run(poll(channels, desk))
        count += len(channels)
    return count


def due(channel: listen.Channel) -> listen.Channel:
    """The channel's time has come, whatever was agreed; returned fresh."""
    rows = listen.Channel.objects.within(channel.workspace_id).filter(pk=channel.pk)
    rows.update(due_at="2020-01-01T00:00:00Z")
    return rows.get()


@dataclass
class Site:
    """A web server on loopback that answers what `reply(path)` says."""

    url: str
    reply: Callable[[str], Answer]
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""


@contextmanager
def site(reply: Callable[[str], Answer]) -> Iterator[Site]:
    """Serves until the block ends."""

    def answer(asked: Asked) -> Answer:
        made.asked.append(asked.target)
        return made.reply(asked.target)

    with Scripted(answer).serving() as server:
        made = Site(server.url, reply)
        yield made

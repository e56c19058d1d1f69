"""What the tests of spreading share: a stream of posts as bytes, and real worker processes on the test's database."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.spreading.spread import Spread

__all__ = ["AUTHORS", "Feed", "Worker", "deletion", "environment", "feeding", "heard", "post", "stood", "worker"]

AUTHORS = 60
BEGAN = int(time.time() * 1e6)


def _event(number: int, commit: dict[str, Any]) -> bytes:
    event = {"did": f"did:plc:someone{number % AUTHORS}", "time_us": BEGAN + number, "kind": "commit"}
    commit |= {"collection": "app.bsky.feed.post", "rkey": f"post{number}", "rev": "3l3qo2vutsw2b"}
    return json.dumps({**event, "commit": commit}, separators=(",", ":")).encode()


def post(number: int, text: str = "My teapot is broken") -> bytes:
    """A frame: a new post of one of so many authors."""
    record = {
        "$type": "app.bsky.feed.post",
        "text": f"{text}, number {number}",
        "createdAt": clock.now().isoformat().replace("+00:00", "Z"),
        "langs": ["en"],
    }
    return _event(number, {"operation": "create", "record": record, "cid": f"bafy{number}"})


def deletion(number: int) -> bytes:
    """A frame: that post is gone."""
    return _event(number, {"operation": "delete"})


def cursor_of(number: int) -> int:
    """How far the stream is read with that post."""
    return BEGAN + number


def heard(workspace: Any) -> list[int]:
    """The numbers of what was heard, sorted."""
    ids = listen.Mention.objects.within(workspace).values_list("network_id", flat=True)
    return sorted(int(one.rsplit("/post", 1)[1]) for one in ids)


def stood(workspace: Any) -> list[int]:
    """The numbers of what was heard and is not deleted, sorted."""
    rows = listen.Mention.objects.within(workspace).filter(deleted_at__isnull=True).exclude(text="")
    return sorted(int(one.rsplit("/post", 1)[1]) for one in rows.values_list("network_id", flat=True))


def environment(**more: str) -> dict[str, str]:
    """That of a process on the test's database."""
    known = connection.settings_dict
    url = f"sqlite:///{known['NAME']}"
    if connection.vendor == "postgresql":
        url = f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
    kept = {key: value for key, value in os.environ.items() if key not in ("NATS_URL", "MAKEGOOD_PARENT")}
    # What the fast lane would have to compile first is tested with the engine.
    mine = {"DATABASE_URL": url, "QUEUE_URL": "memory:", "MAKEGOOD_HOME": str(settings.HOME), "MAKEGOOD_ENGINE": "core"}
    return {**kept, **mine, "DJANGO_SETTINGS_MODULE": "makegood.site.settings", **more}


class Worker:
    """A `makegood listen-worker`."""

    def __init__(self, nats_url: str) -> None:
        command = [sys.executable, "-P", "-m", "makegood.site.command", "listen-worker"]
        self.process = subprocess.Popen(command, env=environment(NATS_URL=nats_url), stderr=subprocess.PIPE)

    def kill(self) -> None:
        """As when the machine burns."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def leave(self, seconds: float = 20) -> str:
        """Asks it to go and waits until it has; returns what it said."""
        self.process.terminate()
        return self.process.communicate(timeout=seconds)[1].decode()


@contextmanager
def worker(nats_url: str) -> Iterator[Worker]:
    """One that is gone at the end."""
    started = Worker(nats_url)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait(10)
        assert started.process.stderr is not None
        started.process.stderr.close()


class Feed:
    """The listener's part: hands frames to a spread on a loop of its own, in a thread of its own."""

    def __init__(self, spread: Spread) -> None:
        self.spread = spread
        self.loop = asyncio.new_event_loop()
        self.stopped = asyncio.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self.stopped.wait()
        await self.spread.close()

    def put(self, frames: Sequence[bytes], number: int, seconds: float = 60) -> None:
        """Hands frames on, read up to that post; returns when there is room for more."""
        asyncio.run_coroutine_threadsafe(self.spread.put(frames, clock.now(), cursor_of(number)), self.loop).result(
            seconds
        )

    def arrived(self, number: int) -> bool:
        """Whether the stream may be said to be read up to that post."""
        return self.spread.reached == cursor_of(number)


@contextmanager
def feeding(spread: Spread) -> Iterator[Feed]:
    """Until the block ends."""
    feed = Feed(spread)
    feed.thread.start()
    try:
        yield feed
    finally:
        feed.loop.call_soon_threadsafe(feed.stopped.set)
        feed.thread.join(30)
        assert not feed.thread.is_alive(), "it does not stop"

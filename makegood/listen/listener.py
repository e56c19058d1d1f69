"""The listener process: one asyncio loop that follows the public stream and polls channels."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from makegood.jobs import api as jobs
from makegood.listen import matching, nudging, polling
from makegood.listen.following import Following
from makegood.listen.replay.keeping import Keeper
from makegood.listen.replay.wishes import is_wanted
from makegood.listen.spreading.spread import spread
from makegood.listen.taking import Taking

__all__ = ["main"]

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
LEARN_SECONDS = 0.25
"""How long the stream may wait, each second, for searches that are being taken in."""
MOST_POLLS = 16


class Listener:
    """What the loop knows. Searches, matching and the database are touched in one thread only, beside the loop."""

    def __init__(self) -> None:
        self.taking = Taking()
        self.keeper = Keeper(settings.REPLAY_FOLDER, settings.REPLAY_BYTES)
        self.following = Following(spread(sync_to_async(self.taking.take)), self.keeper.keep)
        self.polls: set[asyncio.Task[None]] = set()
        self.nudges = nudging.Nudges()
        self.followed: set[nudging.Place] = set()
        self.stream: asyncio.Task[None] | None = None

    @property
    def desk(self) -> matching.Desk:
        """Which searches listen."""
        return self.taking.desk

    async def run(self) -> None:
        """Until cancelled."""
        last_beat = 0.0
        try:
            await sync_to_async(self._look)(None)
            while True:
                await self._mind_the_stream()
                self.nudges.become(self.followed)
                await self._start_polls()
                if time.monotonic() - last_beat >= BEAT_SECONDS:
                    last_beat = time.monotonic()
                    figures = {**self.following.figures(), "queries": len(self.desk)}
                    await sync_to_async(jobs.beat)("listener", **figures)
                await asyncio.sleep(LOOK_SECONDS)
                await sync_to_async(self._look)(LEARN_SECONDS)
        finally:
            running = [*self.polls, *([self.stream] if self.stream else [])]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self.following.close()
            await self.nudges.stop()
            await asyncio.to_thread(self.keeper.stop)

    def _look(self, seconds: float | None) -> None:
        close_old_connections()
        self.taking.look(seconds)
        self.followed = nudging.wanted()
        self.keeper.want(is_wanted())

    async def _mind_the_stream(self) -> None:
        await self.following.mind()
        if self.stream is not None and self.stream.done():
            self.stream = None
        if self.taking.streams.channels and self.stream is None:
            self.stream = asyncio.create_task(self.following.run())
        if not self.taking.streams.channels and self.stream is not None:
            self.stream.cancel()

    async def _start_polls(self) -> None:
        self.polls = {task for task in self.polls if not task.done()}
        room = MOST_POLLS - len(self.polls)
        if room > 0:
            for channel in await sync_to_async(polling.claim_due)(room):
                self.polls.add(asyncio.create_task(polling.poll(channel, self.desk)))


async def _until_told() -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(Listener().run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Listens until told to stop."""
    log.info("listening, pid %s", os.getpid())
    asyncio.run(_until_told())

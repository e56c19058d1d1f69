"""The listener process: one asyncio loop that follows streams and polls channels."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from makegood.activity import Activity
from makegood.connectors.contract import Trouble
from makegood.jobs import api as jobs
from makegood.kit.pauses import back_off
from makegood.listen import flow, matching, nudging, polling
from makegood.listen.channels import PUBLIC_STREAMS
from makegood.listen.flow import Hit
from makegood.listen.models import Channel, Query, StreamCursor

__all__ = ["main"]

log = logging.getLogger(__name__)
ADDRESS = PUBLIC_STREAMS["bluesky"]
LOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
# A cursor without hits is worth a write only now and then: after a crash the posts behind it are read once more,
# and hear-once makes that harmless.
CURSOR_SECONDS = 2.0
SAMPLES_A_SECOND = 1.0
MOST_POLLS = 16


class Listener:
    """What the loop knows. The matcher is touched on the loop only, the database in one thread only."""

    def __init__(self) -> None:
        self.desk = matching.Desk()
        self.streams = matching.Streams({})
        self.polls: set[asyncio.Task[None]] = set()
        self.nudges = nudging.Nudges()
        self.followed: set[nudging.Place] = set()
        self.stream: asyncio.Task[None] | None = None
        self.lag_seconds: float | None = None
        self.rate = 0.0
        self.received = 0
        self.saved_at = 0.0
        self.sampled: list[Activity] = []
        self.sampled_at = 0.0
        self.seen = 0

    async def run(self) -> None:
        """Until cancelled."""
        last_beat = 0.0
        try:
            while True:
                self.desk.become(await sync_to_async(self._look)())
                self._mind_the_stream()
                self.nudges.become(self.followed)
                await self._start_polls()
                if time.monotonic() - last_beat >= BEAT_SECONDS:
                    last_beat = time.monotonic()
                    await sync_to_async(jobs.beat)("listener", lag=self.lag_seconds, rate=round(self.rate, 1))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            running = [*self.polls, *([self.stream] if self.stream else [])]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self.nudges.stop()

    def _look(self) -> dict[int, Query]:
        close_old_connections()
        self.streams = matching.load(ADDRESS)
        self.followed = nudging.wanted()
        return matching.active_queries()

    def _mind_the_stream(self) -> None:
        if self.stream is not None and self.stream.done():
            self.stream = None
        if self.streams.channels and self.stream is None:
            self.stream = asyncio.create_task(self._follow())
        if not self.streams.channels and self.stream is not None:
            self.stream.cancel()

    async def _start_polls(self) -> None:
        self.polls = {task for task in self.polls if not task.done()}
        room = MOST_POLLS - len(self.polls)
        if room > 0:
            for channel in await sync_to_async(polling.claim_due)(room):
                self.polls.add(asyncio.create_task(polling.poll(channel, self.desk)))

    async def _follow(self) -> None:
        """Follows the public stream, and reconnects with growing pauses."""
        failures = 0
        while True:
            try:
                async with contextlib.aclosing(self._batches()) as batches:
                    async for batch in batches:
                        failures = 0
                        await self._take(batch)
            except Trouble as trouble:
                log.info("stream: %s", trouble.detail or trouble.sentence)
                sentence = trouble.sentence
            except Exception:
                log.exception("the stream stopped")
                sentence = "The public stream brought something Makegood could not read. It connects again."
            else:
                sentence = "The public stream ended. Makegood connects again."
            failures += 1
            # One lost connection is everyday; it is trouble when the next attempt fails as well.
            if failures > 1:
                await sync_to_async(_stream_failed)(sentence)
            await asyncio.sleep(back_off(failures, 0.25, 30.0))

    async def _batches(self) -> AsyncGenerator[Any]:
        from makegood.connectors import bluesky

        cursor = await sync_to_async(_read_cursor)()
        self.sampled, self.seen, self.received = [], 0, 0
        self.sampled_at = time.monotonic()
        async with contextlib.aclosing(bluesky.stream(bluesky.jetstream(), cursor)) as batches:
            async for batch in batches:
                yield batch

    async def _take(self, batch: Any) -> None:
        hits: dict[int, list[Hit]] = defaultdict(list)
        for activity in batch.activities:
            for workspace_id, found in self.desk.find(activity).items():
                channel_id = self.streams.channels.get(workspace_id)
                if channel_id is not None:
                    hits[channel_id] += found
        self._sample(batch.activities)
        self.received += batch.frames
        self.seen += len(batch.activities)
        due = time.monotonic() - self.saved_at >= CURSOR_SECONDS
        if not (hits or batch.deleted or batch.gone or batch.problems or due):
            return
        await sync_to_async(self._commit)(batch, hits)

    def _commit(self, batch: Any, hits: dict[int, list[Hit]]) -> None:
        if batch.cursor is not None:
            flow.move_stream(
                ADDRESS,
                cursor=batch.cursor,
                received=self.received,
                hits=hits,
                deleted=batch.deleted,
                gone=batch.gone,
                problems=batch.problems,
            )
            self.lag_seconds = max(0.0, round(time.time() - batch.cursor / 1e6, 2))
        self.received = 0
        self.saved_at = time.monotonic()
        elapsed = self.saved_at - self.sampled_at
        if elapsed >= CURSOR_SECONDS:
            flow.keep_sample("bluesky", self.sampled, self.share)
            self.rate = self.seen / elapsed
            self.sampled, self.seen, self.sampled_at = [], 0, self.saved_at

    @property
    def share(self) -> float:
        """The probability with which a post is kept for the query tester: about one a second."""
        return min(1.0, SAMPLES_A_SECOND / self.rate) if self.rate > SAMPLES_A_SECOND else 1.0

    def _sample(self, activities: Any) -> None:
        share = self.share
        self.sampled += [each for each in activities if share >= 1.0 or random.random() < share]  # noqa: S311


def _read_cursor() -> int | None:
    row = StreamCursor.objects.filter(address=ADDRESS).first()
    return row.cursor if row else None


def _stream_failed(sentence: str) -> None:
    for channel in Channel.objects.across("one stream serves all workspaces").filter(
        kind=Channel.Kind.STREAM, address=ADDRESS, state__in=[Channel.State.WORKING, Channel.State.TROUBLE]
    ):
        flow.channel_failed(channel, sentence, disconnect=False, due_at=None)


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

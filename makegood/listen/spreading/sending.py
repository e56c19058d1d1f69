"""The listener's end of NATS: parcels are published, and the stream is read as far as they were acknowledged."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client

from makegood.connectors.bluesky.frames import is_post
from makegood.connectors.contract import Trouble
from makegood.kit import clock
from makegood.kit.pauses import back_off
from makegood.listen.spreading import nats
from makegood.listen.spreading.lanes import Lanes
from makegood.listen.spreading.rules import Parcel, messages
from makegood.listen.taking import Taken

__all__ = ["Sending"]

log = logging.getLogger(__name__)
LINGER = 0.2
"""Seconds a parcel waits for more: few large messages are cheaper than many small ones."""
HEADERS = 1024
"""Bytes left for what a message carries beside its body: NATS counts both."""
WATCH_SECONDS = 5.0
LATE_SECONDS = 60.0
LONGEST_PAUSE = 3.0


class Sending:
    """Publishes at the NATS that `url` names. See `Spread` for what it does."""

    def __init__(self, url: str) -> None:
        self.behind = 0.0
        self._url = url
        self._lanes = Lanes(nats.PARTITIONS, LINGER)
        self._name = uuid.uuid4().hex
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._lost = asyncio.Event()
        self._troubles: dict[object, str] = {}
        self._taken = Taken()
        self._problems: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def reached(self) -> int | None:
        """How far the stream may be said to be read."""
        return self._lanes.reached

    @property
    def trouble(self) -> str:
        """What is wrong, or ""."""
        return next(iter(self._troubles.values()), "")

    async def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None) -> None:
        """Hands frames on; connects with the first."""
        if not self._tasks:
            lanes = [self._send(lane) for lane in range(nats.PARTITIONS)]
            self._tasks = [asyncio.create_task(each) for each in (self._stay_connected(), self._watch(), *lanes)]
        self._taken += Taken(frames=len(frames), created=sum(map(is_post, frames)))
        await self._lanes.put(frames, received, cursor)

    def taken(self) -> Taken:
        """How many frames, and new posts among them, were handed on. What they bring, the workers know."""
        found, self._taken = self._taken, Taken()
        return found

    def problems(self) -> list[str]:
        """What was too large for NATS."""
        found, self._problems = self._problems, []
        return found

    async def close(self) -> None:
        """Leaves. What is not acknowledged is read again next time."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            self._lost.clear()
            try:
                await self._connect()
                failures = 0
                await self._lost.wait()
                log.warning("the connection to NATS was lost")
            except Trouble as trouble:
                failures += 1
                log.warning("NATS at %s: %s (%s)", nats.where(self._url), trouble.sentence, trouble.detail)
                self._troubles["connection"] = trouble.sentence
            finally:
                self._up.clear()
                await self._leave()
            await asyncio.sleep(back_off(failures, 0.2, LONGEST_PAUSE))

    async def _connect(self) -> None:
        async def lost() -> None:
            self._lost.set()

        self._client = await nats.connected(self._url, "makegood listener", lost)
        await nats.make_stream(self._client)
        self._troubles.pop("connection", None)
        self._up.set()

    async def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            await client.close()

    async def _send(self, lane: int) -> None:
        while True:
            parcel = await self._lanes.next(lane)
            failures = 0
            while not await self._was_published(lane, parcel):
                failures += 1
                await asyncio.sleep(back_off(failures, 0.1, LONGEST_PAUSE))
            self._lanes.settle(parcel)

    async def _was_published(self, lane: int, parcel: Parcel) -> bool:
        """Whether NATS has it, on disk. Published again with the same names, it is stored once all the same."""
        await self._up.wait()
        client = self._client
        if client is None:
            return False
        bodies, too_large = messages(parcel.frames, parcel.received, client.max_payload - HEADERS)
        try:
            for part, body in enumerate(bodies):
                headers = {"Nats-Msg-Id": f"{self._name}-{parcel.number}-{part}"}
                await nats.jetstream(client).publish(nats.subject(lane), body, stream=nats.STREAM, headers=headers)
        except nats.FAILURES as error:
            trouble = nats.trouble_of(error)
            log.info("NATS: %s", trouble.detail)
            self._troubles[lane] = trouble.sentence
            return False
        if too_large:
            self._problems.append(
                f"{too_large} posts were larger than NATS takes and were not read: let it take more (max_payload)."
            )
        self._troubles.pop(lane, None)
        return True

    async def _watch(self) -> None:
        """Knows how long posts wait for workers."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            client = self._client
            if client is None or not self._up.is_set():
                continue
            try:
                oldest = (await nats.state(client)).oldest
            except Trouble as trouble:
                log.info("NATS: %s", trouble.detail)
                continue
            self.behind = max(0.0, (clock.now() - oldest.astimezone(UTC)).total_seconds()) if oldest else 0.0
            if self.behind > LATE_SECONDS:
                self._troubles["late"] = (
                    "Posts wait at NATS and are not taken in time. Are listen workers running? Start more of them "
                    "with: makegood listen-worker"
                )
            else:
                self._troubles.pop("late", None)

"""A worker's end of NATS: takes in whatever partition has a message, keeps what is for somebody, and acknowledges.

Workers may come and go, or die. NATS hands out one message of a partition at a time, and hands it out again when its
worker gives no sign of life; the database remembers how far each partition was taken, so that a worker that was merely
slow cannot bring back what was deleted meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingCame

from makegood.connectors.contract import Trouble
from makegood.kit.pauses import back_off
from makegood.listen.spreading import nats
from makegood.listen.spreading.rules import opened
from makegood.listen.spreading.shares import is_first
from makegood.listen.taking import Taking

__all__ = ["Working", "main"]

log = logging.getLogger(__name__)
FETCH_SECONDS = 5.0
MOST_AT_ONCE = 8
"""Messages kept in one transaction."""
SIGN_SECONDS = 3.0
"""How often NATS hears that a message is still being worked on ..."""
HOLD_SECONDS = 120.0
"""... and for how long at most."""
AGAIN_SECONDS = 5.0
"""What could not be kept is handed out again after so long."""
LOOK_SECONDS = 1.0
LEARN_SECONDS = 0.25
LONGEST_PAUSE = 5.0


@dataclass(eq=False)
class Message:
    """A message in a worker's hands. `sequence` is its place in NATS's stream."""

    raw: Msg
    partition: int
    sequence: int
    since: float = field(default_factory=time.monotonic)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Working:
    """One worker. Searches, matching and the database are touched in one thread only, beside the loop."""

    def __init__(self, url: str) -> None:
        self.taking = Taking()
        self.connected = False
        self._url = url
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._held: set[Message] = set()
        self._stopping = asyncio.Event()
        self._looked_at = float("-inf")

    def stop(self) -> None:
        """Finishes what it is at, gives the rest back, and lets `run` return."""
        self._stopping.set()

    async def run(self) -> None:
        """Until told to stop."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._session()
                failures = 0
                if not self._stopping.is_set():
                    log.warning("the connection to NATS was lost")
            except Trouble as trouble:
                log.warning("NATS at %s: %s (%s)", nats.where(self._url), trouble.sentence, trouble.detail)
            except nats.FAILURES as error:
                log.warning("NATS at %s: %s", nats.where(self._url), type(error).__name__)
            if self._stopping.is_set():
                return
            failures += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(back_off(failures, 0.2, LONGEST_PAUSE)):
                    await self._stopping.wait()

    async def _session(self) -> None:
        """One connection, from its beginning to its end."""
        # Before the first message is asked for: it would wait, and others stand idle.
        await sync_to_async(self._look)()
        lost = asyncio.Event()

        async def gone() -> None:
            lost.set()

        client = await nats.connected(self._url, f"makegood worker {socket.gethostname()} {os.getpid()}", gone)
        try:
            await nats.make_stream(client)
            await nats.make_consumers(client)
            born = (await nats.state(client)).born
            self._inbox = asyncio.Queue()
            taking = asyncio.create_task(self._take_all(born))
            fetching = [self._fetch(client, partition) for partition in range(nats.PARTITIONS)]
            self.connected = True
            try:
                await _first([lost.wait(), self._stopping.wait(), self._give_signs(), *fetching], taking)
            finally:
                while not self._inbox.empty():
                    self._inbox.get_nowait()
                self._inbox.put_nowait(None)
                await taking
            for message in list(self._held):
                await message.raw.nak()
        finally:
            self.connected = False
            self._held.clear()
            if not client.is_closed:
                await client.close()

    async def _fetch(self, client: Any, partition: int) -> None:
        """Asks for the partition's messages, one after the other."""
        pull = await nats.jetstream(client).pull_subscribe_bind(nats.consumer(partition), nats.STREAM)
        try:
            while True:
                try:
                    (raw,) = await pull.fetch(1, timeout=FETCH_SECONDS)
                except NothingCame:
                    continue
                message = Message(raw, partition, raw.metadata.sequence.stream)
                self._held.add(message)
                self._inbox.put_nowait(message)
                # Not the next before this one is done: another worker may have nothing to do.
                await message.done.wait()
        finally:
            # Nothing is to come here any more that nobody would take.
            with contextlib.suppress(*nats.FAILURES):
                await pull.unsubscribe()

    async def _give_signs(self) -> None:
        while True:
            await asyncio.sleep(SIGN_SECONDS)
            for message in list(self._held):
                if time.monotonic() - message.since < HOLD_SECONDS:
                    await message.raw.in_progress()

    async def _take_all(self, born: int) -> None:
        while (first := await self._inbox.get()) is not None:
            lot: list[Message | None] = [first]
            while len(lot) < MOST_AT_ONCE and not self._inbox.empty():
                lot.append(self._inbox.get_nowait())
            await self._take(born, [message for message in lot if message is not None])
            if None in lot:
                break

    async def _take(self, born: int, lot: Sequence[Message]) -> None:
        """Keeps a lot in one transaction, or, where that fails, each by itself."""
        try:
            await sync_to_async(self._keep)(born, lot)
        except Exception:
            if len(lot) > 1:
                for each in lot:
                    await self._take(born, [each])
                return
            log.exception("a message could not be taken in; it will be tried again")
            await self._finish(lot, kept=False)
        else:
            await self._finish(lot, kept=True)

    async def _finish(self, lot: Sequence[Message], *, kept: bool) -> None:
        for message in lot:
            self._held.discard(message)
            message.done.set()
            # A word that is lost costs a repetition.
            with contextlib.suppress(*nats.FAILURES):
                await (message.raw.ack() if kept else message.raw.nak(delay=AGAIN_SECONDS))

    def _keep(self, born: int, lot: Sequence[Message]) -> None:
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._look()
        parcels = [(message, *_opened(message)) for message in lot]
        try:
            with transaction.atomic():
                for message, frames, received in parcels:
                    if is_first(message.partition, born, message.sequence):
                        self.taking.take(frames, received)
        except Exception:
            close_old_connections()
            raise

    def _look(self) -> None:
        """Learns who listens for what: all of it at first; later it may lag behind for the sake of what waits."""
        close_old_connections()
        self.taking.look(None if self._looked_at == float("-inf") else LEARN_SECONDS)
        self._looked_at = time.monotonic()


def _opened(message: Message) -> tuple[list[bytes], datetime]:
    try:
        return opened(message.raw.data)
    except ValueError:
        log.error("somebody else wrote to %s; that message is left out", message.raw.subject)
        return [], datetime.fromtimestamp(0).astimezone()


async def _first(waits: Sequence[Coroutine[Any, Any, Any]], taking: asyncio.Task[None]) -> None:
    """Waits until one of these ends, and ends the others, but not `taking`. Raises what it ended with."""
    tasks = [asyncio.create_task(each) for each in waits]
    try:
        done, _others = await asyncio.wait([*tasks, taking], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _until_told(url: str) -> None:
    working = Working(url)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.stop)
    await working.run()


def main(url: str) -> None:
    """Works until told to stop."""
    log.info("listen worker, pid %s", os.getpid())
    asyncio.run(_until_told(url))

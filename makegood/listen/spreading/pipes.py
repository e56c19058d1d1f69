"""Processes beside this one, over pipes: each holds all the searches and takes in one partition of the stream.

The one at a lane's end may die at any moment: what it has not answered for goes to the next, in the same order. What
crosses the pipes is told in `handing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from makegood.kit.pauses import back_off
from makegood.listen.spreading.handing import Answer, read_answer, sealed
from makegood.listen.spreading.lanes import Lanes
from makegood.listen.spreading.rules import Parcel, wrapped
from makegood.listen.taking import Taken

__all__ = ["Pipes"]

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-P", "-m", "makegood.site.command", "listen-worker", "--pipe")
AT_ONCE = 2
"""Parcels a process has at a time, so that it never waits for the next."""
ANSWER_SECONDS = 120.0
"""How long a process may say nothing about a parcel; it says every second that it is still trying."""
STOP_SECONDS = 5.0
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 60.0
"""A process that has lived so long did not die of how it began."""


class Pipes:
    """So many processes. See `Spread` for what it does."""

    def __init__(self, count: int, command: Sequence[str] = COMMAND) -> None:
        self.behind = 0.0
        self.running: list[Process | None] = [None] * count
        self._command = command
        self._lanes = Lanes(count)
        self._troubles = [""] * count
        self._taken = Taken()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def reached(self) -> int | None:
        """How far the stream may be said to be read."""
        return self._lanes.reached

    @property
    def trouble(self) -> str:
        """What is wrong with one of them, or ""."""
        return next(filter(None, self._troubles), "")

    async def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None) -> None:
        """Hands frames on; the processes are started with the first."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._serve(lane)) for lane in range(len(self.running))]
        await self._lanes.put(frames, received, cursor)

    def taken(self) -> Taken:
        """What the processes have done since this was last asked."""
        found, self._taken = self._taken, Taken()
        return found

    def problems(self) -> list[str]:
        """What could not be read is told by the processes themselves."""
        return []

    async def close(self) -> None:
        """Lets each process finish what it is at, and ends it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _serve(self, lane: int) -> None:
        """Keeps a process at the lane's end, until cancelled."""
        unanswered: deque[Parcel] = deque()
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._one(lane, unanswered)
                log.warning("listening process %s ended and is started again", lane + 1)
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                log.warning("listening process %s ended (%s) and is started again", lane + 1, type(error).__name__)
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            if failures > 2:
                self._troubles[lane] = "One of the listening processes keeps ending. It is started again and again."
            await asyncio.sleep(back_off(failures, 0.1, LONGEST_PAUSE))

    async def _one(self, lane: int, unanswered: deque[Parcel]) -> None:
        """One process from its start to its end. Raises when it ends, or says nothing for too long."""
        environment = {**os.environ, "MAKEGOOD_PARENT": str(os.getpid())}
        process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, env=environment)
        self.running[lane] = process
        watching = asyncio.create_task(process.wait())
        talking = asyncio.create_task(self._talk(process, lane, unanswered))
        try:
            await asyncio.wait({watching, talking}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
        finally:
            self.running[lane] = None
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            await asyncio.shield(_end(process))
            await watching

    async def _talk(self, process: Process, lane: int, unanswered: deque[Parcel]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        for again in unanswered:
            process.stdin.write(sealed(wrapped(again.frames, again.received)))
        while True:
            while len(unanswered) < AT_ONCE:
                more = self._lanes.at_once(lane) if unanswered else await self._lanes.next(lane)
                if more is None:
                    break
                unanswered.append(more)
                process.stdin.write(sealed(wrapped(more.frames, more.received)))
            async with asyncio.timeout(ANSWER_SECONDS):
                await process.stdin.drain()
                answer = await read_answer(process.stdout)
            self._note(lane, answer)
            if answer.taken is not None:
                self._lanes.settle(unanswered.popleft())

    def _note(self, lane: int, answer: Answer) -> None:
        self._troubles[lane] = answer.trouble
        if answer.taken is not None:
            self._taken += Taken(*answer.taken)


async def _end(process: Process) -> None:
    """It ends by itself once nothing more can come; killed if that takes too long."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()

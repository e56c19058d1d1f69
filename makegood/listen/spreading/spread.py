"""Who takes in what the public stream brings: this process, some processes beside it, or workers beyond NATS."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from makegood.listen.spreading.pipes import Pipes
from makegood.listen.taking import Taken

__all__ = ["MOST_PROCESSES", "Direct", "Spread", "processes", "spread"]

MOST_PROCESSES = 64
Take = Callable[[Sequence[bytes], datetime], Awaitable[Taken]]


class Spread(Protocol):
    """Where frames go. For one loop."""

    @property
    def trouble(self) -> str:
        """A sentence for the channels' pages while something is wrong, else ""."""

    @property
    def behind(self) -> float:
        """How many seconds the oldest frame has waited where nobody sees it, beyond what the listener knows itself."""

    @property
    def reached(self) -> int | None:
        """How far the stream may be said to be read: all before is kept, or where it outlives every process."""

    async def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None) -> None:
        """Hands on frames that came in at `received`, with which the stream is read up to `cursor`.

        Waits while there is no room. Once it returns, or is cancelled, they are on their way for as long as it takes.
        """

    def taken(self) -> Taken:
        """What was done since this was last asked, as far as it is known here."""

    def problems(self) -> list[str]:
        """Sentences about what could not be handed on, since this was last asked."""

    async def close(self) -> None:
        """Stops. What has not arrived is read again from where the stream was `reached`."""


class Direct:
    """This process takes everything in by `take`."""

    trouble = ""
    behind = 0.0

    def __init__(self, take: Take) -> None:
        self._take = take
        self._taken = Taken()
        self.reached: int | None = None

    async def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None) -> None:
        """See `Spread`."""
        self._taken += await self._take(frames, received)
        self.reached = cursor

    def taken(self) -> Taken:
        """See `Spread`."""
        found, self._taken = self._taken, Taken()
        return found

    def problems(self) -> list[str]:
        """What could not be read is told by `take` itself."""
        return []

    async def close(self) -> None:
        """Nothing is under way."""


def processes() -> int:
    """How many processes are to listen on this machine (LISTEN_PROCESSES). 1 where that is no number from 0 to 64."""
    told = os.environ.get("LISTEN_PROCESSES", "")
    return int(told) if told.isdecimal() and int(told) <= MOST_PROCESSES else 1


def spread(take: Take) -> Spread:
    """As the environment says: over NATS (NATS_URL), over pipes (LISTEN_PROCESSES), or by `take`, in this process."""
    url = os.environ.get("NATS_URL", "")
    if url:
        # The client's library is large: loaded only where it is wanted.
        from makegood.listen.spreading.sending import Sending

        return Sending(url)
    return Pipes(processes()) if processes() > 1 else Direct(take)

"""A lane a partition: what comes in waits in its lane until whoever serves the lane takes it, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from makegood.listen.spreading.rules import Packing, Parcel

__all__ = ["Lanes"]

PARCELS_A_LANE = 4
"""How many parcels a lane may hold, on average, until what brings them has to wait."""


class Lanes:
    """Frames in, parcels out, and how far the stream has arrived. For one loop.

    `linger` is how many seconds a parcel waits for more before it goes though it is not full.
    """

    def __init__(self, count: int, linger: float = 0.0) -> None:
        self.linger = linger
        self._packing = Packing(count)
        self._more = [asyncio.Event() for _ in range(count)]
        self._arrived = asyncio.Event()
        self._most = count * PARCELS_A_LANE

    @property
    def reached(self) -> int | None:
        """How far the stream may be said to be read."""
        return self._packing.reached

    async def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None) -> None:
        """Puts frames in, and returns when there is room for more. They are in even if this is cancelled."""
        self._packing.put(frames, received, cursor, time.monotonic())
        for event in self._more:
            event.set()
        while self._packing.unsettled > self._most:
            self._arrived.clear()
            await self._arrived.wait()

    def at_once(self, lane: int) -> Parcel | None:
        """The lane's next parcel, if one may go now. To be settled once it has arrived."""
        return self._packing.next(lane, time.monotonic() - self.linger)

    async def next(self, lane: int) -> Parcel:
        """The lane's next parcel, waited for."""
        while (parcel := self.at_once(lane)) is None:
            self._more[lane].clear()
            begun = self._packing.begun(lane)
            wait = None if begun is None else max(0.0, begun + self.linger - time.monotonic())
            try:
                async with asyncio.timeout(wait):
                    await self._more[lane].wait()
            except TimeoutError:
                continue
        return parcel

    def settle(self, parcel: Parcel) -> None:
        """It has arrived for good."""
        self._packing.settle(parcel)
        self._arrived.set()

"""Following the public stream: connecting again, handing frames on, and only then moving the cursor."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from asgiref.sync import sync_to_async

from makegood.connectors.bluesky import jetstream
from makegood.connectors.bluesky.frames import cursor_of, moment_of
from makegood.connectors.bluesky.stream import Frames, frames
from makegood.connectors.contract import Trouble
from makegood.kit.pauses import back_off
from makegood.listen import flow
from makegood.listen.lag import Lag
from makegood.listen.models import Channel, StreamCursor
from makegood.listen.spreading.spread import Spread
from makegood.listen.taking import ADDRESS

__all__ = ["Following"]

log = logging.getLogger(__name__)
Keep = Callable[[Sequence[bytes], datetime], None]
"""Is given the raw frames once they were handed on; returns at once and never raises."""

# The cursor is worth a write only now and then: after a crash the posts behind it are read once more, and hear-once
# makes that harmless.
CURSOR_SECONDS = 2.0
RATE_SECONDS = 5.0
STUCK_SECONDS = 3.0
"""How long what takes the frames in may be in trouble before that is said."""


class Following:
    """Follows the stream and hands what comes to `spread`; the cursor moves as far as that has reached. Its figures
    may be read at any time.
    """

    def __init__(self, spread: Spread, keep: Keep | None = None) -> None:
        self.spread = spread
        self.keep = keep
        self.lag = Lag()
        self.rate = 0.0
        """New posts a second."""
        self.cursor: int | None = None
        self._received = 0
        self._moved_at = float("-inf")
        self._stored: int | None = None
        self._handed_on: int | None = None
        self._created = 0
        self._counted_at = time.monotonic()
        self._problems: list[str] = []
        self._trouble = ""
        self._stuck_since: float | None = None
        self._told = False

    async def run(self) -> None:
        """Until cancelled; reconnects with growing pauses."""
        failures = 0
        while True:
            try:
                stored = await sync_to_async(_read_cursor)()
                # What was handed on is in good hands as long as this process lives, though nobody has answered yet.
                self.cursor = max((each for each in (stored, self._handed_on) if each is not None), default=None)
                self._received = 0
                async with contextlib.aclosing(frames(jetstream(), self.cursor)) as source:
                    async for came in source:
                        await self._came(came)
                        failures = failures if not came.frames else 0
            except Trouble as trouble:
                log.info("stream: %s", trouble.detail or trouble.sentence)
                sentence = trouble.sentence
            except Exception:
                log.exception("the stream stopped")
                sentence = "The public stream brought something Makegood could not read. It connects again."
            else:
                sentence = "The public stream ended. Makegood connects again."
            self.lag.waits(time.monotonic())
            failures += 1
            # One lost connection is everyday; it is trouble when the next attempt fails as well.
            if failures > 1:
                await sync_to_async(_stream_failed)(sentence)
            await asyncio.sleep(back_off(failures, 0.25, 30.0))

    async def close(self) -> None:
        """Hands nothing on any more. To be called when `run` has ended."""
        await self.spread.close()

    async def mind(self) -> None:
        """Looks whether it keeps up, and counts. To be called about once a second."""
        now = time.monotonic()
        losing = _losing(self.lag.now(now)) if self.lag.is_losing(now) else ""
        self._stuck_since = (self._stuck_since or now) if self.spread.trouble else None
        stuck = self._stuck_since is not None and now - self._stuck_since >= STUCK_SECONDS
        self._trouble = self.spread.trouble if stuck else losing
        if stuck and self._trouble and now - self._moved_at >= 2 * CURSOR_SECONDS:
            # Nothing is handed on, so that nothing else says it.
            self._moved_at, self._told = now, True
            await sync_to_async(_stream_failed)(self._trouble)
        await self._move_on()
        if (elapsed := now - self._counted_at) >= RATE_SECONDS:
            self.rate, self._created, self._counted_at = self._created / elapsed, 0, now

    def figures(self) -> dict[str, float | None]:
        """For the heartbeat: `lag` now and the `lag_p99` of the last minute in seconds, `rate` in posts a second."""
        now = time.monotonic()
        return {
            "lag": round(self.lag.now(now) + self.spread.behind, 2),
            "lag_p99": self.lag.percentile(now),
            "rate": round(self.rate, 1),
        }

    async def _came(self, came: Frames) -> None:
        if came.missed is not None:
            self._problems.append(_missed(*came.missed))
        if not came.frames:
            self.lag.settles()
        else:
            self.lag.waits(time.monotonic())
            before, self.cursor = self.cursor, cursor_of(came.frames, came.received, self.cursor)
            await self.spread.put(came.frames, came.received, self.cursor)
            self._handed_on = self.cursor
            if self.keep is not None:
                self.keep(came.frames, came.received)
            self._created += self.spread.taken().created
            self._received += len(came.frames)
            self.lag.took(time.monotonic(), _lag_of(came.frames, before, self.cursor), len(came.frames))
        await self._move_on(came=bool(came.frames))

    async def _move_on(self, *, came: bool = False) -> None:
        """Writes how far the stream was read, where that is new, something came, or trouble is over."""
        reached, over = self.spread.reached, self._told and not self._trouble
        due = time.monotonic() - self._moved_at >= CURSOR_SECONDS
        if due and reached is not None and (came or over or reached != self._stored):
            self._moved_at = time.monotonic()
            await sync_to_async(self._move)(reached)

    def _move(self, cursor: int) -> None:
        problems = [*self._problems, *self.spread.problems()]
        flow.move_stream(ADDRESS, cursor=cursor, received=self._received, problems=problems, trouble=self._trouble)
        self._received, self._problems, self._moved_at, self._stored = 0, [], time.monotonic(), cursor
        self._told = self._told and bool(self._trouble)


def _lag_of(came: Sequence[bytes], before: int | None, cursor: int | None) -> float:
    """Seconds between the server's seeing the oldest of these frames and now. What was read before does not count."""
    oldest = moment_of(came[0])
    since = oldest.timestamp() if oldest is not None else 0.0
    if since <= (before or 0) / 1e6:
        since = (cursor or 0) / 1e6
    return time.time() - since if since else 0.0


def _missed(since: datetime, until: datetime) -> str:
    return (
        f"Makegood was away for longer than the public stream remembers: what was said from {_told(since)} to "
        f"{_told(until)} (UTC) did not come through the stream."
    )


def _told(moment: datetime) -> str:
    return f"{moment:%d %b %Y, %H:%M}"


def _losing(seconds: float) -> str:
    return (
        f"More is said than this machine can read: listening is {_about(seconds)} behind and does not catch up. "
        "Nothing is lost while the network still keeps it, about a day. Pause searches that bring little, or give "
        "Makegood more processors."
    )


def _about(seconds: float) -> str:
    """In coarse steps: each new wording is a line in the journal."""
    for size, words in ((86_400, "more than a day"), (3600, "more than an hour"), (600, "more than ten minutes")):
        if seconds >= size:
            return words
    return "more than a minute" if seconds >= 60 else "more than ten seconds"


def _read_cursor() -> int | None:
    row = StreamCursor.objects.filter(address=ADDRESS).first()
    return row.cursor if row else None


def _stream_failed(sentence: str) -> None:
    for channel in Channel.objects.across("one stream serves all workspaces").filter(
        kind=Channel.Kind.STREAM, address=ADDRESS, state__in=[Channel.State.WORKING, Channel.State.TROUBLE]
    ):
        flow.channel_failed(channel, sentence, disconnect=False, due_at=None)

"""Filling the files, from the listener: a thread of its own, so that the stream never waits for the disk."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from makegood.connectors.bluesky.frames import batch_of, cursor_of, is_post, moment_of
from makegood.kit import clock
from makegood.listen.replay import segments
from makegood.listen.replay.rules import GAP_US, microseconds
from makegood.listen.replay.trimming import forget_all, trim

__all__ = ["Keeper", "Pen"]

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
FLUSH_BYTES = 1 << 20
FLUSH_US = 3_000_000
"""Microseconds of the stream's time. After a crash the stream is read again from 5 seconds before the cursor: no more
than that may be lost, also when a day is caught up in minutes.
"""
SEGMENT_BYTES = 16 << 20
SEGMENT_SECONDS = 3600.0
WAITING_BYTES = 64 << 20
"""Of posts that wait for the disk. Beyond, posts are left out; what is gone never is."""


@dataclass
class _Buffer:
    posts: list[bytes] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    authors: list[int] = field(default_factory=list)
    size: int = 0
    since_us: int = 0
    until_us: int = 0
    since: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.posts or self.deleted or self.authors)

    @property
    def is_due(self) -> bool:
        late = time.monotonic() - self.since >= FLUSH_SECONDS
        return bool(self) and (late or self.size >= FLUSH_BYTES or self.until_us - self.since_us >= FLUSH_US)


class Pen:
    """Writes to the newest segment. For the one process that holds the lock, and one thread in it."""

    def __init__(self, folder: Path, cap: int) -> None:
        self.folder, self.cap = folder, cap
        self._buffer = _Buffer()
        self._file: BinaryIO | None = None
        self._path = folder
        self._begun = 0.0
        self._number, self._until_us = _where_to_go_on(folder)

    def take(self, frames: Sequence[bytes], at: datetime) -> None:
        """Takes in what the stream brought at this moment. Raises OSError when it cannot be written; then posts may be
        lost, what is gone is written the next time.
        """
        until_us = cursor_of(frames, at, None) or microseconds(at)
        buffer = self._buffer
        if not buffer:
            first = moment_of(frames[0]) if frames else None
            buffer.since_us = min(until_us, microseconds(first)) if first else until_us
            buffer.since = time.monotonic()
            buffer.until_us = buffer.since_us
        buffer.until_us = max(buffer.until_us, until_us)
        posts = [frame for frame in frames if is_post(frame)]
        buffer.posts += posts
        buffer.size += sum(map(len, posts))
        if len(posts) < len(frames):
            told = batch_of([frame for frame in frames if not is_post(frame)], at, None)
            buffer.deleted += map(segments.hash_of, told.deleted)
            buffer.authors += map(segments.hash_of, told.gone)
        if buffer.is_due:
            self.flush()

    def tick(self) -> None:
        """Writes what has waited long enough. Raises OSError as `take` does."""
        if self._buffer.is_due:
            self.flush()

    def flush(self) -> None:
        """Writes what there is."""
        buffer = self._buffer
        if not buffer:
            return
        self._mind_the_gap(buffer)
        us = (buffer.since_us, buffer.until_us)
        posts, buffer.posts, buffer.size = buffer.posts, [], 0
        try:
            file = self._open()
            if posts:
                payload, raw = segments.pack_frames(posts)
                segments.append(file, segments.POSTS, payload, raw, len(posts), self._numbers(len(posts)), us)
            for kind, hashes in ((segments.DELETED, buffer.deleted), (segments.AUTHORS, buffer.authors)):
                if hashes:
                    payload = segments.pack_hashes(hashes)
                    segments.append(file, kind, payload, len(payload), len(hashes), self._numbers(1), us)
                    hashes.clear()
            self._until_us = max(self._until_us, buffer.until_us)
        except OSError:
            self.leave()
            raise

    def close(self) -> None:
        """Writes what there is and lets go."""
        try:
            self.flush()
        finally:
            self.leave()

    def _numbers(self, count: int) -> tuple[int, int]:
        first = self._number
        self._number += count
        return first, self._number - 1

    def _mind_the_gap(self, buffer: _Buffer) -> None:
        if self._until_us and buffer.since_us - self._until_us > GAP_US:
            log.info("the stream left something out: what was kept before may have been deleted since")
            self.leave()
            forget_all(self.folder)

    def _open(self) -> BinaryIO:
        if self._file is not None:
            full = self._file.tell() >= SEGMENT_BYTES or time.monotonic() - self._begun >= SEGMENT_SECONDS
            if not full and self._path.exists():
                return self._file
            os.fsync(self._file.fileno())
            self.leave()
            trim(self.folder, self.cap)
            self._path = segments.start(self.folder, self._number)
        else:
            self._path = self._last() or segments.start(self.folder, self._number)
        self._file = self._path.open("ab", buffering=0)
        self._begun = time.monotonic()
        return self._file

    def _last(self) -> Path | None:
        """The newest segment, without what a crash or a full disk left torn at its end."""
        paths = segments.segments(self.folder)
        if not paths:
            return None
        following, lost = segments.cut(paths[-1])
        self._number = max(self._number, following)
        if lost:
            log.info("%s: cut off %s bytes that were not whole", paths[-1].name, lost)
        begun = next((block.since_us for block in segments.blocks(paths[-1])), self._buffer.since_us)
        # However often we are started anew: only what is no longer written to is gone through for deletions.
        return None if self._buffer.since_us - begun > SEGMENT_SECONDS * 1e6 else paths[-1]

    def leave(self) -> None:
        """Lets go of the file, without writing what there is."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _where_to_go_on(folder: Path) -> tuple[int, int]:
    """The next number, and the moment of the stream up to which posts are kept (0: there are none).

    The first number of all is the time in microseconds, so that none is ever given twice.
    """
    paths = segments.segments(folder)
    for path in reversed(paths):
        if found := segments.blocks(path):
            return found[-1].last + 1, max(block.until_us for block in found)
    return max([microseconds(clock.now()), *(int(path.stem) for path in paths)]), 0


class Keeper:
    """What the listener talks to. `want` and `keep` return at once; whatever goes wrong is logged, never raised."""

    def __init__(self, folder: Path, cap: int) -> None:
        self.folder, self.cap = folder, cap
        self._wanted = False
        self._thread: threading.Thread | None = None
        self._waiting: deque[tuple[Sequence[bytes], datetime]] = deque()
        self._size = 0
        self._lost = 0
        self._told = threading.Condition()
        self._stopping = False

    def want(self, wanted: bool) -> None:
        """Whether posts are to be kept. Once they are not any more, none stay. To be called again and again."""
        with self._told:
            self._wanted = wanted
            self._told.notify()
        if wanted and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
            self._thread.start()

    def keep(self, frames: Sequence[bytes], at: datetime) -> None:
        """Keeps the posts among these frames of the stream, and notes what they say is gone."""
        if not self._wanted or not frames:
            return
        size = sum(map(len, frames))
        with self._told:
            if self._size + size > WAITING_BYTES:
                told = [frame for frame in frames if not is_post(frame)]
                self._lost += len(frames) - len(told)
                frames, size = told, sum(map(len, told))
            self._size += size
            self._waiting.append((frames, at))
            self._told.notify()

    def stop(self) -> None:
        """Writes what there is. To be called when the listener ends."""
        with self._told:
            self._stopping = True
            self._told.notify()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            with segments.lock(self.folder) as ours:
                if ours:
                    self._write()
                else:
                    self._next(0.0)
        except OSError as error:
            log.warning("posts cannot be kept in %s: %s", self.folder, error)

    def _write(self) -> None:
        pen = Pen(self.folder, self.cap)
        while self._wanted and not self._stopping:
            for frames, at in self._next():
                _try(pen.take, frames, at)
            _try(pen.tick)
        if self._wanted:
            for frames, at in self._next(0.0):
                _try(pen.take, frames, at)
            _try(pen.close)
        else:
            pen.leave()
            forget_all(self.folder)

    def _next(self, wait: float = FLUSH_SECONDS) -> list[tuple[Sequence[bytes], datetime]]:
        with self._told:
            if not self._waiting and wait:
                self._told.wait(wait)
            found, self._size = list(self._waiting), 0
            self._waiting.clear()
            if self._lost:
                log.warning("%s posts were not kept: the disk is too slow for them", self._lost)
                self._lost = 0
        return found


def _try(write: Callable[..., None], *what: Any) -> None:
    try:
        write(*what)
    except OSError as error:
        log.warning("posts could not be kept: %s", error)

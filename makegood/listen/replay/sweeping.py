"""Going through what is kept: deleted posts are taken out, small blocks become large ones, what is too much goes."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from makegood.connectors.bluesky.origin import origin_of
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen.replay import rules, segments
from makegood.listen.replay.gone import Gone, clean_up_to, gone_after
from makegood.listen.replay.models import ReplayErasure
from makegood.listen.replay.segments import Block
from makegood.listen.replay.trimming import forget_all, trim
from makegood.listen.replay.wishes import is_wanted

__all__ = ["sweep"]

TOPIC = "stored_posts"
TURN_SECONDS = 1.0
PAUSE_SECONDS = 1.0
BLOCK_BYTES = 1 << 20
ERASURES_KEPT = timedelta(days=2)
"""Twice as long as it takes to go through everything."""


def sweep() -> None:
    """The step: keeps what is stored within its limits, and clean. Works for a moment, then comes back."""
    folder: Path = settings.REPLAY_FOLDER
    paths = segments.segments(folder)
    if not paths:
        return
    if not is_wanted():
        # Whoever writes removes it by themselves, at the moment they are told.
        with segments.lock(folder) as ours:
            if ours:
                forget_all(folder)
        return
    if rules.is_stale(_written_us(paths[-1]), clock.now()):
        forget_all(folder)
        return
    trim(folder, settings.REPLAY_BYTES)
    until = time.monotonic() + TURN_SECONDS
    for path in segments.segments(folder)[:-1]:
        if time.monotonic() >= until:
            jobs.wake(TOPIC, delay=PAUSE_SECONDS)
            return
        _go_through(path)
    ReplayErasure.objects.filter(erased_at__lt=clock.now() - ERASURES_KEPT).delete()


def _written_us(path: Path) -> int:
    try:
        return int(path.stat().st_mtime * 1e6)
    except FileNotFoundError:
        return rules.microseconds(clock.now())


def _go_through(path: Path) -> None:
    try:
        head = segments.head_of(path)
    except (segments.Broken, OSError):
        path.unlink(missing_ok=True)
        return
    now = clock.now()
    if not rules.is_due(head.clean_us, now):
        return
    gone = gone_after(path.parent, clean_up_to(path))
    rewrite(path, gone, rules.microseconds(now))


def rewrite(path: Path, gone: Gone, now_us: int) -> int:
    """Replaces a segment by what is left of it, in large blocks. Returns how many posts went."""
    fresh = path.with_name(f"{path.stem}.{os.getpid()}.tmp")
    try:
        with fresh.open("wb", buffering=0) as file:
            file.write(segments.head_bytes(gone.top, now_us))
            dropped = _copy(path, file, gone)
            os.fsync(file.fileno())
        if path.exists():
            fresh.replace(path)
            segments.sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)
    return dropped


class _Pile:
    """Posts of neighbouring blocks that become one."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.frames: list[bytes] = []
        self.size = 0
        self.from_: list[Block] = []

    def put(self, frames: list[bytes], block: Block) -> None:
        self.frames += frames
        self.size += sum(map(len, frames))
        self.from_.append(block)
        if self.size >= BLOCK_BYTES:
            self.write()

    def write(self) -> None:
        if self.frames:
            payload, raw = segments.pack_frames(self.frames)
            numbers = (self.from_[0].first, self.from_[-1].last)
            us = (min(each.since_us for each in self.from_), max(each.until_us for each in self.from_))
            segments.append(self.file, segments.POSTS, payload, raw, len(self.frames), numbers, us)
        self.frames, self.from_, self.size = [], [], 0


def _copy(path: Path, file: BinaryIO, gone: Gone) -> int:
    dropped = 0
    pile = _Pile(file)
    told: list[Block] = []
    for block in segments.blocks(path):
        if block.kind != segments.POSTS:
            told.append(block)
            continue
        try:
            frames = segments.read_frames(block)
        except segments.Broken:
            continue
        kept = _standing(frames, block, gone)
        dropped += len(frames) - len(kept)
        pile.put(kept, block)
    pile.write()
    for block in told:
        _copy_told(block, file)
    return dropped


def _standing(frames: list[bytes], block: Block, gone: Gone) -> list[bytes]:
    if not gone:
        return frames
    origins = [origin_of(frame) for frame in frames]
    return [
        frame
        for frame, origin in zip(frames, origins, strict=True)
        if origin is not None and not gone.includes(*origin, block)
    ]


def _copy_told(block: Block, file: BinaryIO) -> None:
    try:
        payload = segments.payload_of(block)
    except segments.Broken:
        return
    numbers, us = (block.first, block.last), (block.since_us, block.until_us)
    segments.append(file, block.kind, payload, block.raw, block.count, numbers, us)

"""Looking through kept posts for what fits a query, from the newest to the oldest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from makegood.activity import Activity
from makegood.connectors.bluesky.frames import batch_of
from makegood.kit import clock
from makegood.listen.engine import Engine, engine
from makegood.listen.query import Match, Query
from makegood.listen.replay import segments
from makegood.listen.replay.gone import Gone, gone_after, unclean_after
from makegood.listen.replay.rules import LIFE, microseconds
from makegood.listen.replay.segments import Block

__all__ = ["Glimpse", "Step", "count_before", "glance", "look_through"]

LONGEST_SILENCE_US = 600_000_000
"""Between two blocks, in microseconds: after a longer one nobody can have been listening."""
NEAR_FRAMES = 200


@dataclass(frozen=True)
class Step:
    """A block that was looked at, and what in it fits, the newest first."""

    block: Block
    found: tuple[tuple[Activity, Match], ...]


def look_through(folder: Path, query: Query, before: int | None = None, gone: Gone | None = None) -> Iterator[Step]:
    """Looks at what is older than the number `before` (None: at everything), a block a step.

    What is gone, and what is older than posts are kept, is not found; `gone` is what is, where it was read already.
    """
    # The core is there at once. The fast lane would first have to be loaded, into every process that looks, and for a
    # single query it gains little.
    sifting = engine(fast=False)
    sifting.add(0, query)
    if gone is None:
        gone = gone_after(folder, unclean_after(folder))
    oldest = microseconds(clock.now() - LIFE)
    for block, frames in _read(folder, before):
        yield Step(block, tuple(_fitting(sifting, block, frames, gone, oldest)))


def _read(folder: Path, before: int | None) -> Iterator[tuple[Block, list[bytes]]]:
    damaged = -1
    while True:
        for block in segments.newest_first(folder, before):
            if block.kind != segments.POSTS:
                continue
            try:
                frames = segments.read_frames(block)
            except (segments.Broken, OSError):
                # It may have been replaced under our eyes: then it lies elsewhere now.
                if block.first != damaged:
                    damaged = block.first
                    break
                frames = []
            before = block.first
            yield block, frames
        else:
            return


def _fitting(
    sifting: Engine[int], block: Block, frames: list[bytes], gone: Gone, oldest: int
) -> Iterator[tuple[Activity, Match]]:
    places = sifting.sift(frames)
    if not places:
        return
    for activity in reversed(batch_of([frames[place] for place in places], clock.now(), None).activities):
        fits = sifting.match(activity)
        if not fits or block.until_us < oldest or (gone and gone.includes(activity.author.id, activity.id, block)):
            continue
        yield activity, fits[0][1]


def count_before(folder: Path, before: int | None = None) -> int:
    """How many posts are kept that are older than the number `before` (None: altogether)."""
    return sum(block.count for block in segments.newest_first(folder, before) if block.kind == segments.POSTS)


@dataclass
class Glimpse:
    """What a query finds among the newest kept posts: how many of how many fit, in how many seconds of the stream;
    the newest that fit, and some others.
    """

    found: list[tuple[Activity, Match]] = field(default_factory=list)
    others: list[Activity] = field(default_factory=list)
    matched: int = 0
    tried: int = 0
    seconds: float = 0.0


def glance(folder: Path, query: Query, budget: float, most: int) -> Glimpse:
    """Looks back for `budget` seconds of our time and keeps up to `most` of what fits. None tried: nothing is kept."""
    seen = Glimpse()
    until = time.monotonic() + budget
    newer: Block | None = None
    gone = gone_after(folder, unclean_after(folder))
    for step in look_through(folder, query, gone=gone):
        block = step.block
        if newer is None:
            fitting = {activity.id for activity, _match in step.found}
            seen.others = [each for each in _newest(block, gone) if each.id not in fitting]
        seen.found += step.found[: max(0, most - len(seen.found))]
        seen.matched += len(step.found)
        seen.tried += block.count
        seen.seconds += _span(block, newer) / 1e6
        newer = block
        if time.monotonic() >= until:
            break
    return seen


def _newest(block: Block, gone: Gone) -> list[Activity]:
    try:
        frames = segments.read_frames(block)[-NEAR_FRAMES:]
    except (segments.Broken, OSError):
        return []
    heard = batch_of(frames, clock.now(), None).activities
    return [each for each in reversed(heard) if not gone.includes(each.author.id, each.id, block)]


def _span(block: Block, newer: Block | None) -> int:
    """Microseconds of the stream from the beginning of a block to that of the next."""
    upto = block.until_us if newer is None else newer.since_us
    step = upto - block.since_us
    return step if 0 < step <= LONGEST_SILENCE_US else max(0, block.until_us - block.since_us)

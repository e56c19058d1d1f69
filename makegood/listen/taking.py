"""What is done with frames of the public stream once they are here: sieve, read, match, keep. Where they came from and
how far the stream was read is not its business, so that it can be done in any process, and again after a crash.
"""

from __future__ import annotations

import operator
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime

from makegood.connectors.bluesky.frames import Batch, batch_of
from makegood.listen import flow, matching
from makegood.listen.channels import PUBLIC_STREAMS
from makegood.listen.flow import Hit

__all__ = ["ADDRESS", "Taken", "Taking"]

NETWORK = "bluesky"
ADDRESS = PUBLIC_STREAMS[NETWORK]
SAMPLES_A_SECOND = 1.0
SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class Taken:
    """What was done with some frames: how many there were, how many brought a new post and how many of those were
    read, how many hits there were and how many mentions are new.
    """

    frames: int = 0
    created: int = 0
    read: int = 0
    hits: int = 0
    new: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(*map(operator.add, astuple(self), astuple(other)))


@dataclass
class Sampler:
    """Keeps about one post a second for the query tester, with the probability each had."""

    frames: list[bytes] = field(default_factory=list)
    seen: int = 0
    rate: float = 0.0
    since: float = field(default_factory=time.monotonic)

    @property
    def share(self) -> float:
        """The probability with which a post is kept."""
        return min(1.0, SAMPLES_A_SECOND / self.rate) if self.rate > SAMPLES_A_SECOND else 1.0

    def note(self, frames: Sequence[bytes], created: int, received: datetime) -> None:
        """Looks at frames that brought so many new posts; now and then writes what it has chosen."""
        share = self.share
        self.frames += [frame for frame in frames if share >= 1.0 or random.random() < share]  # noqa: S311
        self.seen += created
        elapsed = time.monotonic() - self.since
        if elapsed >= SAMPLE_SECONDS:
            chosen, self.frames = self.frames, []
            flow.keep_sample(NETWORK, batch_of(chosen, received, None).activities, share)
            self.rate = self.seen / elapsed
            self.seen, self.since = 0, time.monotonic()


class Taking:
    """Takes frames in for all workspaces. For one thread: reading anew and taking alternate there."""

    def __init__(self, address: str = ADDRESS) -> None:
        self.address = address
        self.desk = matching.Desk()
        self.streams = matching.Streams({})
        self.sampler = Sampler()

    def look(self, seconds: float | None = None) -> bool:
        """Reads anew from the database who listens for what, for at most so many seconds (None: to the end); whether
        all was taken in.
        """
        self.streams = matching.load(self.address)
        return self.desk.look(seconds)

    def take(self, frames: Sequence[bytes], received: datetime) -> Taken:
        """Finds what is for somebody in frames that came in at `received`, and keeps it, in one transaction; what the
        network says is gone, goes. To be called again with the same frames when it fails: nothing is kept twice.
        """
        batch = batch_of(frames, received, None, self.desk.sieve)
        hits = self._hits(batch)
        new = 0
        if hits or batch.deleted or batch.gone or batch.problems:
            new = flow.keep_streamed(
                self.address, hits=hits, deleted=batch.deleted, gone=batch.gone, problems=batch.problems
            )
        self.sampler.note(frames, batch.created, received)
        return Taken(batch.frames, batch.created, len(batch.activities), sum(map(len, hits.values())), new)

    def _hits(self, batch: Batch) -> dict[int, list[Hit]]:
        found: dict[int, list[Hit]] = defaultdict(list)
        for activity in batch.activities:
            for workspace_id, hits in self.desk.find(activity).items():
                channel_id = self.streams.channels.get(workspace_id)
                if channel_id is not None:
                    found[channel_id] += hits
        return found

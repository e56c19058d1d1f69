"""How far the public stream is read behind. Pure: moments come in as numbers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

__all__ = ["Lag"]

WINDOW = 60.0
"""Seconds for which percentiles are told."""
SLOT = 2.0
STEPS = 1.15
"""How exact a percentile is: each bucket of the histogram is wider than the one before by this factor."""
SMALLEST = 0.01
BEHIND = 10.0
"""How many seconds behind is no longer a passing matter ..."""
WATCHED = 20.0
"""... when it has not become less for so long."""


@dataclass
class _Slot:
    began: float
    counts: dict[int, int] = field(default_factory=dict)


@dataclass
class Lag:
    """What a follower of a stream notes, and how far behind it is.

    Moments are seconds of one monotonic clock, except where a lag itself is given, in seconds: the time between the
    server's seeing something and its being kept here.
    """

    last: float = 0.0
    """The lag of what was taken in last."""
    _took_at: float | None = None
    _waiting_since: float | None = None
    _slots: deque[_Slot] = field(default_factory=deque)
    _track: deque[tuple[float, float]] = field(default_factory=deque)

    def waits(self, now: float) -> None:
        """Something has come in that is not taken in yet, or the connection is gone: from now on time counts."""
        if self._waiting_since is None:
            self._waiting_since = now

    def settles(self) -> None:
        """Nothing waits."""
        self._waiting_since = None

    def took(self, now: float, lag: float, frames: int) -> None:
        """So many frames were taken in, none of them with more than that lag; nothing waits any more."""
        self.last, self._took_at, self._waiting_since = max(0.0, lag), now, None
        if not self._slots or now - self._slots[-1].began >= SLOT:
            self._slots.append(_Slot(now))
        counts = self._slots[-1].counts
        bucket = _bucket(self.last)
        counts[bucket] = counts.get(bucket, 0) + frames
        while self._slots[0].began < now - WINDOW:
            self._slots.popleft()

    def now(self, now: float) -> float:
        """How far behind, in seconds: nothing in a silent stream, growing while something waits to be taken in."""
        if self._waiting_since is not None:
            return self.last + now - self._waiting_since
        if self._took_at is not None and now - self._took_at <= SLOT:
            return self.last
        return 0.0

    def percentile(self, now: float, share: float = 0.99) -> float | None:
        """The lag that so large a share of the last minute's frames did not exceed (exact to 15 %); None in silence."""
        counts: dict[int, int] = {}
        for slot in self._slots:
            if slot.began >= now - WINDOW:
                for bucket, count in slot.counts.items():
                    counts[bucket] = counts.get(bucket, 0) + count
        wanted = sum(counts.values()) * share
        for bucket in sorted(counts):
            wanted -= counts[bucket]
            if wanted <= 0:
                return _upper(bucket)
        return None

    def is_losing(self, now: float) -> bool:
        """Whether it is far behind and does not catch up. To be asked every second or so: it compares with then."""
        here = self.now(now)
        self._track.append((now, here))
        while len(self._track) > 1 and self._track[1][0] <= now - WATCHED:
            self._track.popleft()
        then, before = self._track[0]
        return here > BEHIND and now - then >= WATCHED and here >= before


def _bucket(lag: float) -> int:
    bucket, edge = 0, SMALLEST
    while lag > edge:
        bucket, edge = bucket + 1, edge * STEPS
    return bucket


def _upper(bucket: int) -> float:
    return float(round(SMALLEST * STEPS**bucket, 3))

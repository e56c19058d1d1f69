"""When a thread travels faster than its peers, and what about an author carries it: pure.

What is counted are voices: answers and reshares, each of them somebody who carries it on. Likes are shown, but hardly
carry anything. The rule by which a warning is given:

- It is compared with other threads of the same workspace at the same age, on the same network where there are enough
  of them (`ENOUGH`), else on all of its networks. A peer's voices at that age are the last that were counted by then.
- Voices spread over orders of magnitude, so their logarithms are compared: the bound is the peers' median plus
  `FAR` times their usual distance from it (the median absolute deviation, scaled to a standard deviation by 1.4826, as
  Rousseeuw and Croux, 1993, https://doi.org/10.1080/01621459.1993.10476408). A few that went round the world before
  hardly move either.
- A shop without a past has no peers. So five made-up threads, with 0, 1, 2, 4 and 8 voices, stand among them: with no
  others the bound is 29 voices, with forty real ones they no longer matter.
- Fewer than `LEAST` voices never warn, nor does what has stopped growing (`LEAST_GAIN` in the last hour), nor what is
  older than `WATCHED`. It warns once a thread.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from makegood.activity import Author, Counts

__all__ = ["ENOUGH", "LEAST", "WATCHED", "Pace", "Point", "gained", "judge", "next_look", "press_words", "voices_of"]

WATCHED = timedelta(hours=48)
LOOKS = (0.17, 0.5, 1, 2, 4, 8, 16, 30, 48)
"""Hours of age at which the network is asked again: most threads live or die on their first day."""
ENOUGH = 8
LEAST = 10
LEAST_GAIN = 3
FAR = 3.0
NARROWEST = 0.5
"""The least distance that counts as usual: where all peers are alike, it takes four times as many and more."""
MADE_UP = (0, 1, 2, 4, 8)
HOUR = timedelta(hours=1)
MOST = 2_000_000_000
"""What a column holds; a server may say anything."""

_WORDS = re.compile(r"[^\W_]+")
_PRESS = frozenset(
    _WORDS.findall(
        "news newspaper newsroom press journalist journalism reporter correspondent editor gazette herald tribune daily"
        " broadcaster zeitung nachrichten journalistin redaktion redakteur redakteurin rundfunk presse journaliste"
        " journal rédaction periodista periódico noticias diario prensa redacción"
    )
)


class Point(NamedTuple):
    """How many voices there were at a moment."""

    at: datetime
    voices: int


@dataclass(frozen=True)
class Pace:
    """How a thread stands among its peers at the same age.

    `usual` is the peers' median (the made-up ones among them), `bound` the most voices that are nothing unusual, and
    `peers` how many real threads it was compared with.
    """

    voices: int
    usual: int
    bound: int
    peers: int
    travels: bool


def voices_of(counts: Counts) -> tuple[int | None, int | None, int | None, int]:
    """Replies, reposts and likes within what a column holds, and the voices; what is not said counts nothing."""
    replies, reposts, likes = (_sound(each) for each in (counts.replies, counts.reposts, counts.likes))
    return replies, reposts, likes, min((replies or 0) + (reposts or 0), MOST)


def _sound(value: int | None) -> int | None:
    return None if value is None else min(max(value, 0), MOST)


def next_look(began_at: datetime, now: datetime) -> datetime | None:
    """The moment of the next question to the network about a post of that age, None when it is too old for more."""
    age = (now - began_at) / HOUR
    return next((began_at + step * HOUR for step in LOOKS if step > age), None)


def gained(points: Sequence[Point], began_at: datetime, now: datetime) -> int:
    """How many voices came within the last hour: by the last count before it, or since the beginning."""
    if not points:
        return 0
    since = now - HOUR
    before = [each.voices for each in points if each.at <= since]
    # Nothing was counted an hour ago: what stood at the first count may be older than that.
    first = 0 if began_at >= since else points[0].voices
    return max(0, points[-1].voices - (before[-1] if before else first))


def judge(voices: int, gain: int, peers: Sequence[int]) -> Pace:
    """Whether so many voices, of which `gain` in the last hour, are more than `peers` had at the same age."""
    logs = [math.log1p(each) for each in (*peers, *MADE_UP)]
    middle = median(logs)
    distance = max(1.4826 * median(abs(each - middle) for each in logs), NARROWEST)
    bound = max(math.floor(math.expm1(middle + FAR * distance)), LEAST - 1)
    travels = voices > bound and gain >= LEAST_GAIN
    return Pace(voices, round(math.expm1(middle)), bound, len(peers), travels)


def press_words(author: Author) -> tuple[str, ...]:
    """The words in an author's name and handle that are usual for the press; a hint, and no more."""
    words = dict.fromkeys(_WORDS.findall(f"{author.name} {author.handle} {author.verified}".casefold()))
    return tuple(word for word in words if word in _PRESS)

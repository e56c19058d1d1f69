"""What the torrent sends: event number n, always the same for the same seed, in either protocol's frame.

Nothing is kept: whoever asks for an older cursor gets its events made anew. Texts are made up: words that mean nothing
and words of complaints, some 88 bytes in the middle; a frame has some 700 bytes.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

__all__ = ["Brands", "Events"]

PATTERNS = 4001
"""Different ordinary events; a prime, so that they do not fall in step with anything else."""
FILLER = 3000
METHOD = "network.bsky.jetstream.subscribeEvents"
COMPLAINTS = (
    "broken",
    "late",
    "refund",
    "parcel",
    "support",
    "never",
    "arrived",
    "waiting",
    "charged",
    "twice",
    "order",
)
COMMON = ("the", "and", "was", "with", "this", "that", "from", "they", "have", "just", "about", "today", "when", "what")


def _invented(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(syllables)) + rng.choice("nrstx")


class Brands:
    """So many made-up names, and what somebody who sells under them searches for."""

    def __init__(self, count: int, seed: int) -> None:
        rng = random.Random(seed)
        names: dict[str, None] = {}
        while len(names) < count:
            names[_invented(rng, 4)] = None
        self.names = list(names)

    def query(self, number: int) -> str:
        """The search for that name, of one of eight kinds. `planted` is found by all of them."""
        name = self.names[number]
        return [
            f"{name} (broken OR late OR refund)",
            f'"{name} support"',
            f"{name} -giveaway",
            f"{name} OR #{name}",
            f"{name} parcel",
            f"{name} NEAR/5 support",
            f"({name} OR {name}shop) (refund OR waiting)",
            f'"{name} support" NOT hiring',
        ][number % 8]


@dataclass(frozen=True)
class Pattern:
    """An ordinary event, all but its number and time."""

    did: str
    before: bytes
    """From the operation up to the record key."""
    text: bytes
    """From the record key up to the time it was written."""
    after: bytes


@dataclass(frozen=True)
class Events:
    """A stream of `rate` events a second from `start` (microseconds) on, of which one in `every` names a brand in a way
    that its query finds.
    """

    rate: int
    every: int
    brands: Brands
    seed: int
    start: int = 0

    def time_of(self, number: int) -> int:
        """When event `number` happened, in microseconds."""
        return self.start + number * 1_000_000 // self.rate

    def first_at(self, time: int) -> int:
        """The first event at or after that moment."""
        return max(0, -(-(time - self.start) * self.rate // 1_000_000))

    def planted(self, number: int) -> int | None:
        """The brand that event `number` names, if it is one of those."""
        if number % self.every != self.every // 2:
            return None
        return (number // self.every) * 7919 % len(self.brands.names)

    def uri(self, number: int) -> str:
        """The id of what event `number` posts."""
        return f"at://{self._pattern(number).did}/app.bsky.feed.post/{_key(number)}"

    def frame(self, number: int, newer: bool) -> bytes:
        """Event `number` as it goes over the wire."""
        time = self.time_of(number)
        if number % 500 == 11:
            return self._account(number, time, newer)
        gone = number - 1000
        if number % 25 == 7 and gone >= 0 and self.planted(gone) is None:
            return self._deletion(gone, number, time, newer)
        pattern = self._pattern(number)
        middle = pattern.before + _key(number).encode() + pattern.text + _written(time) + pattern.after
        if newer:
            head = _newer_head("commit", number, pattern.did, time)
            return head + b',"rev":"3mmoojpaqkn2z",' + middle + b"}}"
        return _older_head(pattern.did, time) + b'"kind":"commit","commit":{"rev":"3mmoojpaqkn2z",' + middle + b"}}"

    def _pattern(self, number: int) -> Pattern:
        brand = self.planted(number)
        if brand is None:
            return self._patterns[number % PATTERNS]
        rng = random.Random(self.seed * 1_000_003 + number)
        words = [*rng.choices(self._vocabulary, k=5), self.brands.names[brand], "support", "broken", "parcel", "refund"]
        return _made(rng, " ".join([*words, *rng.choices(self._vocabulary, k=4)]))

    def _deletion(self, gone: int, number: int, time: int, newer: bool) -> bytes:
        did = self._pattern(gone).did
        said = f'"operation":"delete","collection":"app.bsky.feed.post","rkey":"{_key(gone)}"'.encode()
        if newer:
            return _newer_head("commit", number, did, time) + b',"rev":"3mmoojpaqkn2z",' + said + b"}}"
        return _older_head(did, time) + b'"kind":"commit","commit":{"rev":"3mmoojpaqkn2z",' + said + b"}}"

    def _account(self, number: int, time: int, newer: bool) -> bytes:
        did = self._pattern(number).did
        said = f'"account":{{"active":true,"did":"{did}","seq":{number},"time":"2026-11-22T06:00:00Z"}}'.encode()
        if newer:
            return _newer_head("account", number, did, time) + b"," + said + b"}}"
        return _older_head(did, time) + b'"kind":"account",' + said + b"}"

    @cached_property
    def _vocabulary(self) -> list[str]:
        rng = random.Random(self.seed + 1)
        # Two or three syllables: no brand is among them, those have four.
        return [_invented(rng, rng.choice((2, 2, 3))) for _ in range(FILLER)]

    @cached_property
    def _patterns(self) -> list[Pattern]:
        rng = random.Random(self.seed)
        return [_made(rng, self._ordinary(rng)) for _ in range(PATTERNS)]

    def _ordinary(self, rng: random.Random) -> str:
        wanted = min(280, max(8, int(rng.lognormvariate(4.48, 0.75))))
        words: list[str] = []
        while sum(map(len, words)) + len(words) <= wanted:
            words.append(rng.choice(rng.choices((self._vocabulary, COMMON, COMPLAINTS), (70, 25, 5))[0]))
        if rng.random() < 0.02:
            # A brand all alone is what makes an engine look twice: most searches ask for more.
            words = [word for word in words if word not in COMPLAINTS]
            words.insert(0, self.brands.names[rng.randrange(len(self.brands.names)) // 8 * 8])
        if rng.random() < 0.1:
            words.append(rng.choice(("🙂", "🔥🔥", "ありがとう", "شكرا", "naïve")))
        return " ".join(words)


def _made(rng: random.Random, text: str) -> Pattern:
    did = "did:plc:" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz234567", k=24))
    cid = "bafyrei" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz234567", k=52))
    record: dict[str, object] = {"$type": "app.bsky.feed.post", "langs": ["en"]}
    if rng.random() < 0.6:
        ref = {"cid": cid[::-1], "uri": f"at://{did[::-1]}/app.bsky.feed.post/3mmojbrjwbs26"}
        record["reply"] = {"parent": ref, "root": ref}
    record["text"] = text
    inner = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return Pattern(
        did,
        b'"operation":"create","collection":"app.bsky.feed.post","rkey":"',
        f'","record":{{{inner[1:-1]},"createdAt":"'.encode(),
        f'"}},"cid":"{cid}"'.encode(),
    )


def _key(number: int) -> str:
    return f"3m{number:011d}"


def _written(time: int) -> bytes:
    return f"{_second(time // 1_000_000)}.{time // 1000 % 1000:03d}Z".encode()


def _older_head(did: str, time: int) -> bytes:
    return f'{{"did":"{did}","time_us":{time},'.encode()


def _newer_head(kind: str, number: int, did: str, time: int) -> bytes:
    moment = f"{_second(time // 1_000_000)}.{time % 1_000_000:06d}Z"
    payload = f'{{"$type":"{METHOD}#{kind}","seq":{number + 1},"did":"{did}","time":"{moment}"'
    return f'{{"$type":"message","payload":{payload}'.encode()


_seconds: dict[int, str] = {}


def _second(second: int) -> str:
    if second not in _seconds:
        _seconds.clear()
        _seconds[second] = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return _seconds[second]

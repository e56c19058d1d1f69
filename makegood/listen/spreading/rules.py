"""Which frame goes where, and how far a stream may be said to be read. Pure: no process, no network, no database."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zlib import crc32

import msgspec

__all__ = [
    "FRAMES_A_PARCEL",
    "PARCEL_BYTES",
    "Packing",
    "Parcel",
    "author_of",
    "messages",
    "opened",
    "partition_of",
    "wrapped",
]

FRAMES_A_PARCEL = 200
PARCEL_BYTES = 512 * 1024
"""A NATS server takes messages of 1 MiB unless it is told otherwise: docs.nats.io/running-a-nats-service/configuration
(max_payload).
"""
HEAD = 4096
"""Bytes within which an author stands. A DID has 2,048 characters at most: https://atproto.com/specs/did
"""
# In a text a quotation mark has a backslash before it, so that nobody can say these.
_DID = b'"did":"'
_RECORD = b'"record"'


class _Payload(msgspec.Struct):
    did: str = ""


class _Authored(msgspec.Struct):
    did: str = ""
    payload: _Payload = msgspec.field(default_factory=_Payload)


class _Wire(msgspec.Struct, array_like=True):
    received: float
    frames: list[bytes]


_authored = msgspec.json.Decoder(_Authored)
_wire = msgspec.msgpack.Decoder(_Wire)
_pack = msgspec.msgpack.Encoder()


def author_of(frame: bytes) -> bytes:
    """The DID of whoever a frame is about, as UTF-8; the whole frame where there is none to be read.

    Of both protocols' frames (see `connectors/bluesky/frames.py`). A post that names somebody has their DID in its
    record, so only what stands before that is looked at; where the author does not stand there, the frame is decoded.
    """
    head = frame[:HEAD]
    place, record = head.find(_DID), head.find(_RECORD)
    if place >= 0 and (record < 0 or place < record):
        did, quote, _rest = head[place + len(_DID) :].partition(b'"')
        if quote and b"\\" not in did:
            return did
    try:
        found = _authored.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return frame
    did = (found.did or found.payload.did).encode()
    return did or frame


def partition_of(frame: bytes, partitions: int) -> int:
    """The partition of a frame, from 0: the same for all that one author does, on every machine and in every version.

    So what is said and its deletion never part company.
    """
    return crc32(author_of(frame)) % partitions


def wrapped(frames: Sequence[bytes], received: datetime) -> bytes:
    """Frames as one message."""
    return _pack.encode(_Wire(received.timestamp(), list(frames)))


def opened(message: bytes) -> tuple[list[bytes], datetime]:
    """The frames of a message and when the first came in. ValueError when it is none of ours."""
    try:
        found = _wire.decode(message)
    except msgspec.DecodeError as error:
        raise ValueError("This is no parcel of posts.") from error
    return found.frames, datetime.fromtimestamp(found.received, UTC)


def messages(frames: Sequence[bytes], received: datetime, most: int) -> tuple[list[bytes], int]:
    """Frames as messages of at most so many bytes, and how many frames are too large for any."""
    whole = wrapped(frames, received)
    if len(whole) <= most:
        return [whole], 0
    if len(frames) == 1:
        return [], 1
    half = len(frames) // 2
    first, rest = messages(frames[:half], received, most), messages(frames[half:], received, most)
    return [*first[0], *rest[0]], first[1] + rest[1]


@dataclass
class Parcel:
    """Frames of one partition that travel together, in the order in which they came.

    `before` is how far the stream was read before the first of them, None at its very beginning; `since` is when that
    one was put in, on the monotonic clock. `number` counts all parcels.
    """

    number: int
    received: datetime
    before: int | None
    since: float
    frames: list[bytes] = field(default_factory=list)
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether nothing more goes in."""
        return len(self.frames) >= FRAMES_A_PARCEL or self.size >= PARCEL_BYTES

    def has_room_for(self, frame: bytes) -> bool:
        """Whether this frame may go in as well; the first always may."""
        return not self.full and (not self.frames or self.size + len(frame) <= PARCEL_BYTES)


class Packing:
    """Sorts a stream's frames into parcels, and knows how far all of them have safely arrived."""

    def __init__(self, partitions: int) -> None:
        self.read: int | None = None
        """How far the stream was read."""
        self._lines: list[deque[Parcel]] = [deque() for _ in range(partitions)]
        self._unsettled: dict[int, Parcel] = {}
        self._number = 0

    def put(self, frames: Sequence[bytes], received: datetime, cursor: int | None, now: float) -> None:
        """Sorts frames in, read up to `cursor` with the last of them.

        A stream that is read again from further back is no step back: what came then came first, and goes first.
        """
        for frame in frames:
            line = self._lines[partition_of(frame, len(self._lines))]
            if not (line and line[-1].has_room_for(frame)):
                parcel = Parcel(self._number, received, self.read, now)
                self._number += 1
                self._unsettled[parcel.number] = parcel
                line.append(parcel)
            line[-1].frames.append(frame)
            line[-1].size += len(frame)
        if cursor is not None:
            self.read = max(cursor, self.read or cursor)

    def next(self, partition: int, begun_by: float) -> Parcel | None:
        """The next parcel of a partition that is full, or was begun by then; it is to go, and then to be settled."""
        line = self._lines[partition]
        return line.popleft() if line and (line[0].full or line[0].since <= begun_by or len(line) > 1) else None

    def begun(self, partition: int) -> float | None:
        """When the partition's next parcel was begun, on the monotonic clock; None when nothing waits."""
        line = self._lines[partition]
        return line[0].since if line else None

    def settle(self, parcel: Parcel) -> None:
        """It has arrived for good: nothing more is to be feared for its frames."""
        del self._unsettled[parcel.number]

    @property
    def unsettled(self) -> int:
        """How many parcels have not arrived, begun ones and all."""
        return len(self._unsettled)

    @property
    def reached(self) -> int | None:
        """How far the stream may be said to be read: what came before has arrived to the last frame."""
        # Parcels are begun in the order of the stream.
        first = next(iter(self._unsettled.values()), None)
        return first.before if first is not None else self.read

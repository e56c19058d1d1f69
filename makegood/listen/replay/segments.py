"""The files: what the stream brought, in compressed blocks, in the order in which it came.

A segment is a head and then blocks. A block is a head of fixed size and a payload: posts (frames of the stream as
they came, a line each, compressed) or what is gone (hashes of posts and of authors, 8 bytes each). Everything is
numbered: a post by its place in all that was ever kept, a block of what is gone takes one number. What is gone comes
after what it ends, so that whoever reads from the newest end knows of it in time.

One process writes, at the end of the newest segment, and holds the lock. Any number read meanwhile: a block counts
from the moment its checksum is right. All segments but the newest may be replaced by what is left of them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xxhash
import zstandard

__all__ = [
    "AUTHORS",
    "DELETED",
    "POSTS",
    "SUFFIX",
    "Block",
    "Broken",
    "Head",
    "append",
    "blocks",
    "cut",
    "hash_of",
    "head_bytes",
    "head_of",
    "lock",
    "newest_first",
    "pack_frames",
    "pack_hashes",
    "payload_of",
    "read_frames",
    "read_hashes",
    "segments",
    "start",
    "sync_folder",
]

POSTS, DELETED, AUTHORS = 1, 2, 3
SUFFIX = ".seg"
LOCK = "writer.lock"
LEVEL = 3
"""Of zstandard: higher ones cost several times as long for a tenth less (docs/decisions/0040-replay.md)."""

_FILE = struct.Struct("<8sQq")
_MAGIC = b"mgposts1"
_BLOCK = struct.Struct("<4sIIIIQQqq")
_BLOCK_MAGIC = b"mgbl"
_SUM = struct.Struct("<Q")
_HEAD_BYTES = _BLOCK.size + _SUM.size
_MOST = 1 << 28
"""Bytes a block may claim to have: more is a broken head."""


class Broken(Exception):  # noqa: N818 - a state of a file, in the domain's words
    """What stands there is not what was written."""


@dataclass(frozen=True)
class Head:
    """Of a segment: up to which number what is gone has been taken out of it, and when (microseconds since 1970).

    Both are 0 for one that was never gone through.
    """

    clean: int
    clean_us: int


@dataclass(frozen=True)
class Block:
    """Where a block lies, and what is in it.

    `first` and `last` are numbers, `since_us` and `until_us` moments of the stream (microseconds since 1970). `raw` is
    the length of its content and `stored` of its payload, in bytes.
    """

    path: Path
    offset: int
    kind: int
    stored: int
    raw: int
    count: int
    first: int
    last: int
    since_us: int
    until_us: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + _HEAD_BYTES + self.stored


def hash_of(name: str) -> int:
    """What stands for a post's URI or an author's DID among what is gone."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass"))


@contextmanager
def lock(folder: Path) -> Iterator[bool]:
    """Whether we are the one who writes, for as long as the context lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def segments(folder: Path) -> list[Path]:
    """All segments, the oldest first. Only the last is written to."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def start(folder: Path, first: int) -> Path:
    """A new, empty segment; its first block will begin with this number."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{first:016d}{SUFFIX}"
    path.write_bytes(head_bytes(0, 0))
    sync_folder(folder)
    return path


def sync_folder(folder: Path) -> None:
    """Makes new and replaced names in it last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def head_of(path: Path) -> Head:
    """The head of a segment. Raises `Broken` for what is none, OSError when it is gone."""
    with path.open("rb") as file:
        raw = file.read(_FILE.size)
    if len(raw) < _FILE.size or not raw.startswith(_MAGIC):
        raise Broken(f"{path.name} is no file of kept posts")
    _magic, clean, clean_us = _FILE.unpack(raw)
    return Head(clean, clean_us)


def head_bytes(clean: int, clean_us: int) -> bytes:
    """The head of a segment, to be written before its first block (see `Head`)."""
    return _FILE.pack(_MAGIC, clean, clean_us)


def append(
    file: BinaryIO, kind: int, payload: bytes, raw: int, count: int, numbers: tuple[int, int], us: tuple[int, int]
) -> None:
    """Writes a block in one go at the end of `file`, which has no buffer; the pairs are first and last. May raise
    OSError, after which the end of the file may be torn.
    """
    head = _BLOCK.pack(_BLOCK_MAGIC, kind, len(payload), raw, count, *numbers, *us)
    whole = head + _SUM.pack(xxhash.xxh3_64_intdigest(head + payload)) + payload
    if file.write(whole) != len(whole):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def pack_frames(frames: Sequence[bytes]) -> tuple[bytes, int]:
    """Frames as a payload, and how long they are by themselves."""
    # JSON has line ends between its parts only, where a space is as good.
    raw = b"\n".join(frame.replace(b"\n", b" ") if b"\n" in frame else frame for frame in frames)
    return zstandard.ZstdCompressor(level=LEVEL).compress(raw), len(raw)


def pack_hashes(hashes: Iterable[int]) -> bytes:
    """Hashes as a payload."""
    return b"".join(map(_SUM.pack, hashes))


def blocks(path: Path) -> list[Block]:
    """The heads of a segment's blocks, in order, as far as they can be read. Nothing is decompressed.

    A segment that is gone has none, and neither has one that is broken from its beginning.
    """
    found: list[Block] = []
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not file.read(_FILE.size).startswith(_MAGIC):
                return []
            offset = _FILE.size
            while (block := _block_at(file, path, offset, size)) is not None:
                found.append(block)
                offset = block.end
    except FileNotFoundError:
        return []
    return found


def _block_at(file: BinaryIO, path: Path, offset: int, size: int) -> Block | None:
    raw = os.pread(file.fileno(), _HEAD_BYTES, offset)
    if len(raw) < _HEAD_BYTES:
        return None
    magic, kind, stored, plain, count, first, last, since_us, until_us = _BLOCK.unpack_from(raw)
    if magic != _BLOCK_MAGIC or plain > _MOST or offset + _HEAD_BYTES + stored > size:
        return None
    return Block(path, offset, kind, stored, plain, count, first, last, since_us, until_us)


def newest_first(folder: Path, before: int | None = None) -> Iterator[Block]:
    """The blocks with something older than the number `before` (None: all), the newest first."""
    for path in reversed(segments(folder)):
        if before is not None and int(path.stem) >= before:
            continue
        for block in reversed(blocks(path)):
            if before is None or block.first < before:
                yield block


def payload_of(block: Block) -> bytes:
    """What a block holds, as it is stored. Raises `Broken`, and OSError when the segment is gone."""
    with block.path.open("rb") as file:
        raw = os.pread(file.fileno(), _HEAD_BYTES + block.stored, block.offset)
    head, payload = raw[: _BLOCK.size], raw[_HEAD_BYTES:]
    if len(payload) < block.stored or raw[_BLOCK.size : _HEAD_BYTES] != _SUM.pack(
        xxhash.xxh3_64_intdigest(head + payload)
    ):
        raise Broken(f"{block.path.name} is damaged at byte {block.offset}")
    return payload


def read_frames(block: Block) -> list[bytes]:
    """The frames of a block of posts, in order. Raises `Broken`, and OSError when the segment is gone."""
    payload = payload_of(block)
    try:
        return zstandard.ZstdDecompressor().decompress(payload, max_output_size=block.raw).split(b"\n")
    except zstandard.ZstdError as error:
        raise Broken(f"{block.path.name} is damaged at byte {block.offset}") from error


def read_hashes(block: Block) -> list[int]:
    """The hashes of a block of what is gone. Raises `Broken`, and OSError when the segment is gone."""
    return [each for (each,) in _SUM.iter_unpack(payload_of(block))]


def cut(path: Path) -> tuple[int, int]:
    """Cuts off what a crash left torn at the end of a segment. Returns the number to go on with and the bytes cut."""
    size = path.stat().st_size
    good, following = _FILE.size, int(path.stem)
    if size < _FILE.size:
        path.write_bytes(head_bytes(0, 0))
        return following, 0
    for block in blocks(path):
        try:
            payload_of(block)
        except Broken:
            break
        good, following = block.end, block.last + 1
    if good < size:
        os.truncate(path, good)
    return following, size - good

"""What crosses the pipe to a listening process, and what comes back: a length of four bytes, big end first, and a
message. There go parcels, as `rules.wrapped` makes them; back come answers, in the same order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

import msgspec
from django.db import close_old_connections

from makegood.kit.pauses import back_off
from makegood.listen.spreading.rules import opened
from makegood.listen.taking import Taken, Taking

__all__ = ["MOST_BYTES", "Answer", "main", "patiently", "read_answer", "sealed"]

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
LEARN_SECONDS = 0.25
MOST_BYTES = 2**26
NOT_KEPT = "What was heard cannot be kept right now. Makegood tries again by itself, and nothing is lost."


class Answer(msgspec.Struct, array_like=True):
    """What was done with the oldest unanswered parcel (the fields of `Taken`), or a sentence on why it takes long."""

    taken: list[int] | None = None
    trouble: str = ""


_answer = msgspec.msgpack.Decoder(Answer)
_pack = msgspec.msgpack.Encoder()


def sealed(message: bytes) -> bytes:
    """A message with its length before it."""
    return len(message).to_bytes(4, "big") + message


async def read_answer(pipe: asyncio.StreamReader) -> Answer:
    """The next answer. EOFError when there will be none, ValueError when it is no answer."""
    length = int.from_bytes(await pipe.readexactly(4), "big")
    if length > MOST_BYTES:
        raise ValueError("too long for an answer")
    try:
        return _answer.decode(await pipe.readexactly(length))
    except msgspec.DecodeError as error:
        raise ValueError("no answer") from error


def patiently(taking: Taking, frames: list[bytes], received: datetime, tell: Callable[[str], None]) -> Taken:
    """Takes frames in, as often as it takes: a database that is away comes back. `tell` hears why it takes so long."""
    failures = 0
    while True:
        try:
            return taking.take(frames, received)
        except Exception:
            log.exception("%s frames could not be taken in", len(frames))
        failures += 1
        close_old_connections()
        # Two processes that were in each other's way are no trouble yet.
        if failures > 1:
            tell(NOT_KEPT)
        time.sleep(back_off(failures, 0.05, 5.0))


def main() -> None:
    """Takes parcels from standard input and answers to standard output, until there are no more."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever else prints must not come between two answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(found: Answer) -> None:
        answers.write(sealed(_pack.encode(found)))
        answers.flush()

    taking = Taking()
    looked_at = float("-inf")
    while (message := _read(source)) is not None:
        frames, received = opened(message)
        if time.monotonic() - looked_at >= LOOK_SECONDS:
            close_old_connections()
            # At first all searches are taken in, which may take a while; later they may lag behind for what waits.
            while not taking.look(LEARN_SECONDS) and looked_at == float("-inf"):
                answer(Answer())
            looked_at = time.monotonic()
        taken = patiently(taking, frames, received, lambda sentence: answer(Answer(trouble=sentence)))
        answer(Answer([taken.frames, taken.created, taken.read, taken.hits, taken.new]))


def _read(pipe: BinaryIO) -> bytes | None:
    """The next message, or None when the pipe ends, be it within one."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    message = pipe.read(length)
    return message if len(message) == length else None

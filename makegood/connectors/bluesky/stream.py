"""The public stream of every new post (Jetstream), by its newer protocol or its older one.

Newer: https://github.com/bluesky-social/jetstream/blob/main/lexicons/network/bsky/jetstream/subscribeEvents.json
Older: https://github.com/bluesky-social/jetstream-legacy
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec

from makegood.connectors.bluesky import dictionaries
from makegood.connectors.bluesky.dictionaries import Dictionary
from makegood.connectors.bluesky.errors import Fault, from_answer
from makegood.connectors.bluesky.frames import Batch, batch_of, moment_of
from makegood.connectors.bluesky.shapes import POST
from makegood.connectors.bluesky.wire import Lost, Refused, Wire, open_wire
from makegood.connectors.contract import Sieve, Trouble, Verdict
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit import clock

__all__ = ["Batch", "Frames", "batch_of", "frames", "stream"]

NEWER_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
OLDER_PATH = "/subscribe"
MOST_FRAMES = 1000
REWIND_MICROSECONDS = 5_000_000
"""How far to go back when resuming: servers give events times of their own, and another may be asked next. Jetstream
advises a few seconds; the ids tell what is known.
"""
MISSED = timedelta(minutes=1)
"""From how long a gap on it is said; servers remember hours."""
IDLE_SECONDS = 60.0
"""How long the whole network may be silent before we believe the connection dead."""
_UNKNOWN = frozenset({404, 405, 426, 501})
"""What a server answers that does not know the newer protocol."""
_ERROR = b'{"$type":"error"'

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Frames:
    """Frames as they came, unpacked, at most a thousand; `received` is when the first of them came in.

    There are none when the connection has just been made. `missed` is from when to when the stream could not give what
    was asked for, because its server no longer has it.
    """

    frames: list[bytes]
    received: datetime
    missed: tuple[datetime, datetime] | None = None


class _Error(msgspec.Struct):
    error: str = ""
    message: str = ""


class _Open(NamedTuple):
    wire: Wire
    dictionary: Dictionary | None


async def stream(
    url: str,
    cursor: int | None,
    *,
    sieve: Sieve | None = None,
    collections: Sequence[str] = (POST,),
    idle_seconds: float = IDLE_SECONDS,
) -> AsyncGenerator[Batch]:
    """`frames`, read into batches; of the new posts only those that the sieve lets through."""
    last = cursor
    async with aclosing(frames(url, cursor, collections=collections, idle_seconds=idle_seconds)) as source:
        async for came in source:
            if not came.frames:
                continue
            batch = batch_of(came.frames, came.received, last, sieve)
            last = batch.cursor
            yield batch


async def frames(
    url: str,
    cursor: int | None,
    *,
    collections: Sequence[str] = (POST,),
    idle_seconds: float = IDLE_SECONDS,
) -> AsyncGenerator[Frames]:
    """Follows the stream from `cursor` (microseconds since 1970; None: from now) and yields its frames until the
    connection ends.

    An address without a path is asked for the newer protocol, and for the older where it does not know that; one that
    ends in /subscribe or in the newer's method speaks just that. What is not taken makes the server wait.

    It always ends with `Trouble` (RETRY, or WAIT when the server asks us to slow down): connecting again with
    the last stored cursor is up to the caller. On resuming it starts 5 seconds before `cursor`, so the first
    frames hold posts that are known already. Authors have no handle here: the stream gives only DIDs.
    """
    wire, dictionary = await _open(url, cursor, collections)
    since = None if cursor is None else _EPOCH + timedelta(microseconds=cursor)
    said: Trouble | None = None
    try:
        yield Frames([], clock.now())
        while said is None:
            came, received = await wire.take(MOST_FRAMES, idle_seconds)
            if dictionary is not None:
                came = [dictionary.unpack(frame) for frame in came]
            if came[-1].startswith(_ERROR):
                said = _told(came.pop())
            found = Frames(came, received)
            if since is not None and (began := _first_moment(came)) is not None:
                found = replace(found, missed=(since, began) if began - since >= MISSED else None)
                since = None
            if came:
                yield found
        raise said
    except TimeoutError as error:
        raise _lost("Bluesky's stream has gone silent.", error) from error
    except Lost as error:
        raise _lost("The connection to Bluesky's stream was lost.", error) from error
    finally:
        wire.close()


def _first_moment(came: Sequence[bytes]) -> datetime | None:
    return next((moment for moment in map(moment_of, came) if moment is not None), None)


def _told(frame: bytes) -> Trouble:
    """What the server says before it hangs up."""
    try:
        said = msgspec.json.decode(frame, type=_Error)
    except NOT_JSON:
        said = _Error()
    what = "Bluesky's stream ended the connection."
    if said.error == "ConsumerTooSlow":
        what = "Bluesky's stream ended the connection, as Makegood has read it too slowly for a while."
    return _lost(what, f"{said.error}: {said.message}")


async def _open(url: str, cursor: int | None, collections: Sequence[str]) -> _Open:
    parts = urlsplit(url)
    service, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    start = [] if cursor is None else [("cursor", str(max(1, cursor - REWIND_MICROSECONDS)))]
    if not path or path == NEWER_PATH:
        wanted = [("kinds", "commit"), ("kinds", "account"), *(("collections", each) for each in collections), *start]
        try:
            return await _open_newer(service, wanted)
        except Fault as fault:
            if path or fault.status not in _UNKNOWN:
                raise
    wanted = [*(("wantedCollections", each) for each in collections), *start]
    return _Open(await _connect(f"{service}{path or OLDER_PATH}?{urlencode(wanted)}"), None)


async def _open_newer(service: str, wanted: list[tuple[str, str]]) -> _Open:
    server = service.replace("ws", "http", 1)
    for _ in range(2):
        dictionary = await dictionaries.dictionary_of(server)
        packed = [("zstdDictionary", str(dictionary.id))] if dictionary is not None else []
        try:
            return _Open(await _connect(f"{service}{NEWER_PATH}?{urlencode([*wanted, *packed])}"), dictionary)
        except Fault as fault:
            if dictionary is None or fault.name != "UnknownZstdDictionary":
                raise
            dictionaries.forget(server)
    return _Open(await _connect(f"{service}{NEWER_PATH}?{urlencode(wanted)}"), None)


async def _connect(url: str) -> Wire:
    try:
        return await open_wire(url)
    except Refused as refused:
        try:
            said = msgspec.json.decode(refused.body, type=_Error)
        except NOT_JSON:
            said = _Error()
        name = said.error or "stream"
        raise from_answer(refused.status, said.error, said.message or name, refused.headers) from refused
    except Lost as error:
        raise _lost("Bluesky's stream cannot be reached right now.", error) from error


def _lost(what: str, detail: object) -> Trouble:
    return Trouble(Verdict.RETRY, f"{what} We will connect again by ourselves.", detail=repr(detail)[:500])

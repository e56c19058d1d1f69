"""The public stream of every new post (Jetstream, https://github.com/bluesky-social/jetstream-legacy)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from makegood.activity import Activity, Author
from makegood.connectors.bluesky.errors import from_answer
from makegood.connectors.bluesky.shapes import POST, PostRecord, from_record, profile_url
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.verdicts import NOT_JSON
from makegood.kit import clock

__all__ = ["Batch", "batch_of", "stream"]

MOST_EVENTS = 500
GATHER_SECONDS = 0.03
REWIND_MICROSECONDS = 5_000_000
"""How far to go back when resuming, as Jetstream advises for a gapless playback; the ids tell what is known.
"""
CONNECT_SECONDS = 15.0
PING_SECONDS = 20.0
IDLE_SECONDS = 60.0
"""How long the whole network may be silent before we believe the connection dead."""
WAITING_FRAMES = 1000
"""Frames held for a consumer that is busy; then the connection is no longer read, and the server has to wait.
"""
FRAME_BYTES = 2**20
MOST_PROBLEMS = 5
DAY_MICROSECONDS = 86_400_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """What came within a few hundredths of a second, at most 500 events.

    `deleted` are URIs of posts and `gone` are DIDs of accounts whose content must go. `cursor` (microseconds
    since 1970, the server's clock) is to be stored once the rest is; None if no frame could be read yet.
    `received` is when the first frame came in. `frames` counts all frames, `malformed` those that could not
    be read; `problems` says of the first few why.
    """

    activities: tuple[Activity, ...]
    deleted: tuple[str, ...]
    cursor: int | None
    received: datetime
    gone: tuple[str, ...] = ()
    frames: int = 0
    malformed: int = 0
    problems: tuple[str, ...] = ()


class _Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    cid: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")


class _Account(msgspec.Struct):
    active: bool
    status: str = ""


class _Event(msgspec.Struct):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: _Account | None = None


_event = msgspec.json.Decoder(_Event)
_record = msgspec.json.Decoder(PostRecord)


@dataclass
class _Gathered:
    activities: list[Activity] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    malformed: int = 0


async def stream(
    url: str,
    cursor: int | None,
    *,
    collections: Sequence[str] = (POST,),
    idle_seconds: float = IDLE_SECONDS,
) -> AsyncGenerator[Batch]:
    """Follows the stream from `cursor` (None: from now) and yields batches until the connection ends.

    It always ends with `Trouble` (RETRY, or WAIT when the server asks us to slow down): connecting again with
    the last stored cursor is up to the caller. On resuming it starts 5 seconds before `cursor`, so the first
    batches hold posts that are known already. Authors have no handle here: the stream gives only DIDs.
    """
    query: list[tuple[str, str]] = [("wantedCollections", collection) for collection in collections]
    if cursor is not None:
        query.append(("cursor", str(max(1, cursor - REWIND_MICROSECONDS))))
    connection = await _connect(f"{url}?{urlencode(query)}")
    try:
        last = cursor
        while True:
            received, frames = await _gather(connection, idle_seconds)
            batch = batch_of(frames, received, last)
            last = batch.cursor
            yield batch
    except TimeoutError as error:
        raise _lost("Bluesky's stream has gone silent.", error) from error
    except ConnectionClosed as error:
        raise _lost("The connection to Bluesky's stream was lost.", error) from error
    finally:
        await connection.close()


async def _connect(url: str) -> ClientConnection:
    try:
        return await connect(
            url,
            open_timeout=CONNECT_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=2,
            max_size=FRAME_BYTES,
            max_queue=WAITING_FRAMES,
            compression=None,
            proxy=None,
        )
    except InvalidStatus as error:
        status, headers = error.response.status_code, dict(error.response.headers.raw_items())
        raise from_answer(status, "", "stream", headers) from error
    except (OSError, WebSocketException) as error:
        raise _lost("Bluesky's stream cannot be reached right now.", error) from error


def _lost(what: str, error: Exception) -> Trouble:
    return Trouble(Verdict.RETRY, f"{what} We will connect again by ourselves.", detail=repr(error)[:500])


async def _gather(connection: ClientConnection, idle_seconds: float) -> tuple[datetime, list[bytes]]:
    """Waits for a frame, then takes what else comes within a few hundredths of a second."""
    async with asyncio.timeout(idle_seconds):
        frames = [await connection.recv(decode=False)]
    received = clock.now()
    try:
        async with asyncio.timeout(GATHER_SECONDS):
            while len(frames) < MOST_EVENTS:
                # Safe to cancel: websockets keeps a frame that was not handed over.
                frames.append(await connection.recv(decode=False))
    except (TimeoutError, ConnectionClosed):
        # A lost connection shows at the next call, after these frames were handed on.
        pass
    return received, frames


def batch_of(frames: Sequence[bytes], received: datetime, last: int | None) -> Batch:
    """The batch of these frames, as they came in at `received`; `last` is the cursor before them."""
    found = _Gathered()
    for frame in frames:
        try:
            event = _event.decode(frame)
            _take(event, found)
        except (*NOT_JSON, ValueError, OverflowError) as error:
            found.malformed += 1
            if len(found.problems) < MOST_PROBLEMS:
                found.problems.append(f"An event of Bluesky's stream could not be read ({str(error)[:200]}).")
            continue
        # One absurd time must not move the cursor past all that follows; our own clock may be a day off.
        if event.time_us <= received.timestamp() * 1e6 + DAY_MICROSECONDS:
            last = max(last or 0, event.time_us)
    return Batch(
        activities=tuple(found.activities),
        deleted=tuple(found.deleted),
        cursor=last,
        received=received,
        gone=tuple(found.gone),
        frames=len(frames),
        malformed=found.malformed,
        problems=tuple(found.problems),
    )


def _take(event: _Event, found: _Gathered) -> None:
    if event.kind == "account" and event.account and event.account.status in {"deleted", "takendown"}:
        found.gone.append(event.did)
    commit = event.commit
    if event.kind != "commit" or commit is None or commit.collection != POST:
        return
    uri = f"at://{event.did}/{POST}/{commit.rkey}"
    if commit.operation == "delete":
        found.deleted.append(uri)
    elif commit.operation == "create":
        who = Author(id=event.did, url=profile_url(event.did))
        seen = _EPOCH + timedelta(microseconds=event.time_us)
        found.activities.append(from_record(uri, commit.cid, who, _record.decode(commit.record), seen))

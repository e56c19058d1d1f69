"""The place at NATS where posts wait for workers: a JetStream stream with a subject and a durable consumer a partition.

A server of version 2.9 (Debian 12's) or newer will do: https://docs.nats.io/nats-concepts/jetstream
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import AuthorizationError, Error, NoServersError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from makegood.connectors.contract import Trouble, Verdict

__all__ = [
    "ACK_SECONDS",
    "CALL_SECONDS",
    "FAILURES",
    "PARTITIONS",
    "STREAM",
    "State",
    "connected",
    "consumer",
    "jetstream",
    "make_consumers",
    "make_stream",
    "state",
    "subject",
    "trouble_of",
    "where",
]

log = logging.getLogger(__name__)
STREAM = "makegood-posts"
PARTITIONS = 16
"""How many workers can be at work at once. It never changes: a post's deletion must wait behind the post."""
STORE_BYTES = 2**30
"""How much may wait, about three minutes of all that Bluesky says; beyond it the listener reads on no faster than
workers do, and the network keeps the rest for about a day.
"""
ACK_SECONDS = 10.0
"""A worker that has given no sign for so long has lost its messages to another."""
CALL_SECONDS = 5.0
CONNECT_SECONDS = 5.0
PING_SECONDS = 10
FAILURES = (Error, OSError, TimeoutError, ValueError)
"""What a call to NATS fails with."""

# https://github.com/nats-io/nats-server/blob/main/server/errors.json
STORE_FULL = 10077
NO_STORAGE = (10023, 10047)
NO_JETSTREAM = (10039, 10076)


@dataclass(frozen=True)
class State:
    """What waits. `born` tells this stream from one that was made anew, in microseconds since 1970. `oldest` is when
    the first of its messages came in, None when nothing waits.
    """

    born: int
    messages: int
    oldest: datetime | None


def subject(partition: int) -> str:
    """Where a partition's messages are published."""
    return f"makegood.posts.{partition}"


def consumer(partition: int) -> str:
    """The durable consumer that hands a partition's messages to workers, one at a time."""
    return f"posts-{partition}"


def where(url: str) -> str:
    """The servers' addresses without names and passwords, for logs."""
    parts = [urlsplit(each.strip() if "://" in each else f"nats://{each.strip()}") for each in url.split(",")]
    return ", ".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in parts)


async def connected(url: str, name: str, lost: Callable[[], Awaitable[None]]) -> Client:
    """A connection. It never connects again by itself: `lost` is called, once, when it is gone. Raises `Trouble`."""
    client = Client()
    try:
        async with asyncio.timeout(CONNECT_SECONDS * 4):
            await client.connect(
                [each.strip() for each in url.split(",")],
                name=name,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(CONNECT_SECONDS),
                ping_interval=PING_SECONDS,
                max_outstanding_pings=2,
                error_cb=_note,
                closed_cb=lost,
            )
    except FAILURES as error:
        with contextlib.suppress(*FAILURES):
            await client.close()
        raise trouble_of(error) from error
    return client


async def _note(error: Exception) -> None:
    log.info("NATS: %s", type(error).__name__)


def jetstream(client: Client) -> JetStreamContext:
    """The part of a connection that stores; each of its calls ends within `CALL_SECONDS`."""
    return client.jetstream(timeout=CALL_SECONDS)


async def make_stream(client: Client) -> None:
    """Makes the stream where it is missing. One that an administrator made larger or smaller stays. Raises `Trouble`.

    What does not fit is refused, never dropped, and what a worker has acknowledged goes.
    """
    wanted = StreamConfig(
        name=STREAM,
        description="Posts that wait for Makegood's listen workers",
        subjects=[subject(0).replace("0", "*")],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=STORE_BYTES,
        duplicate_window=120,
    )
    try:
        try:
            found = (await jetstream(client).stream_info(STREAM)).config
        except NotFoundError:
            found = (await jetstream(client).add_stream(wanted)).config
    except FAILURES as error:
        raise trouble_of(error) from error
    if (found.retention, found.discard, found.subjects) != (wanted.retention, wanted.discard, wanted.subjects):
        raise Trouble(
            Verdict.REFUSE,
            f"The stream {STREAM} at NATS is not as Makegood makes it, and could lose posts. Delete it: nats stream rm "
            f"{STREAM}",
        )


async def make_consumers(client: Client) -> None:
    """Makes the consumers, or sees that they are as they should be. Raises `Trouble`.

    With one message of a partition on its way at a time, over all workers, its order is kept.
    """
    try:
        for partition in range(PARTITIONS):
            wanted = ConsumerConfig(
                durable_name=consumer(partition),
                filter_subject=subject(partition),
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_SECONDS,
                max_ack_pending=1,
                max_deliver=-1,
            )
            await jetstream(client).add_consumer(STREAM, wanted)
    except FAILURES as error:
        raise trouble_of(error) from error


async def state(client: Client) -> State:
    """What waits at NATS now. Raises `Trouble`."""
    try:
        # The library's own call leaves the times out.
        answer = await client.request(f"$JS.API.STREAM.INFO.{STREAM}", timeout=CALL_SECONDS)
        found = json.loads(answer.data)
        if "error" in found:
            raise APIError(**found["error"])
        waiting = int(found["state"]["messages"])
        oldest = datetime.fromisoformat(found["state"]["first_ts"]) if waiting else None
        return State(round(datetime.fromisoformat(found["created"]).timestamp() * 1e6), waiting, oldest)
    except (*FAILURES, KeyError, TypeError) as error:
        raise trouble_of(error) from error


def trouble_of(error: Exception) -> Trouble:
    """What a failed call means, with what to do. Everything is tried again: nothing is lost meanwhile."""
    code = error.err_code if isinstance(error, APIError) else None
    # While it connects, the library raises what the server says as it is.
    if isinstance(error, AuthorizationError) or "authorization" in str(error).lower():
        sentence = "NATS does not accept the name and password in NATS_URL: mend it and start Makegood again."
    elif isinstance(error, NoStreamResponseError) or code in NO_JETSTREAM:
        sentence = "NATS keeps nothing: start its server with JetStream (nats-server -js). Makegood tries again."
    elif code == STORE_FULL:
        sentence = (
            "The place where posts wait at NATS is full, so listening waits as well; nothing is lost. Are listen "
            "workers running? Start more of them with: makegood listen-worker"
        )
    elif code in NO_STORAGE:
        sentence = "NATS has not enough disk for the posts that wait: allow JetStream 1 GB or more (max_file_store)."
    elif isinstance(error, NoServersError | OSError | TimeoutError):
        sentence = "NATS cannot be reached. Makegood tries again by itself, and nothing is lost: is its server running?"
    else:
        sentence = "NATS did not do what it was asked. Makegood tries again by itself, and nothing is lost."
    # Never the error's own words alone: they may hold the address with its password.
    return Trouble(Verdict.RETRY, sentence, detail=f"{type(error).__name__} {code or ''}".strip())

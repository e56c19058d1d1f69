"""The stream at full tilt and packed, against a server that sends a thousand made-up events a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from makegood.connectors.bluesky import dictionaries
from makegood.connectors.bluesky.stream import batch_of, frames
from makegood.connectors.contract import Trouble
from makegood.kit import clock
from tests.servers.torrent import Torrent, torrent

pytestmark = pytest.mark.slow

EVERY = 50


@pytest.fixture(params=["plain", "packed"])
def server(request: pytest.FixtureRequest) -> Iterator[Torrent]:
    """A torrent that has begun."""
    with torrent(rate=1000, every=EVERY, brands=100, packed=request.param == "packed") as made:
        made.begin()
        yield made


async def first(server: Torrent, path: str, cursor: int | None, count: int) -> list[bytes]:
    """The first so many frames."""
    found: list[bytes] = []
    async with asyncio.timeout(30), aclosing(frames(server.address + path, cursor)) as source:
        async for came in source:
            found += came.frames
            if len(found) >= count:
                break
    return found[:count]


@pytest.mark.parametrize("path", ["", "/subscribe"])
async def test_every_event_comes_once_and_in_order(server: Torrent, path: str) -> None:
    found = await first(server, path, server.events.start + 5_000_000, 1500)
    newer = not path
    assert found == [server.events.frame(number, newer) for number in range(1500)]
    stats = server.stats()
    assert (stats["newer"], stats["packed"]) == (int(newer), int(newer and server.packed))


async def test_what_is_packed_is_what_is_sent_plain(server: Torrent) -> None:
    cursor, now = server.events.start + 5_000_000, clock.now()
    plain = batch_of(await first(server, "/subscribe", cursor, 300), now, None)
    assert plain == batch_of(await first(server, "", cursor, 300), now, None)
    assert len(plain.activities) > 250


async def test_a_dictionary_that_was_retired_is_fetched_anew() -> None:
    with torrent(rate=1000, every=EVERY, brands=100, packed=True) as server:
        server.begin()
        service = server.address.replace("ws", "http")
        current = await dictionaries.dictionary_of(service)
        assert current is not None
        dictionaries._known[service] = dictionaries.Dictionary(5, current.unpacker)
        assert len(await first(server, "", None, 10)) == 10
        assert dictionaries._known[service].id == current.id
        assert server.stats()["packed"] == 1


async def test_what_cannot_be_unpacked_is_a_frame_that_cannot_be_read() -> None:
    with torrent(rate=1000, every=EVERY, brands=100, packed=True) as server:
        found = await dictionaries.dictionary_of(server.address.replace("ws", "http"))
    assert found is not None
    bomb = b"\x28\xb5\x2f\xfd\xa0\xff\xff\xff\x7f" + b"\x00" * 20
    for frame in (b"", b"not packed", bomb):
        assert found.unpack(frame) == frame
        assert batch_of([found.unpack(frame)], clock.now(), None).malformed == 1


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\x37\xa4\x30\xec\x00\x00\x00\x00rest", b"\x37\xa4\x30\xec\x01\x00\x00\x00"]
)
def test_what_is_no_dictionary_is_not_taken_for_one(content: bytes) -> None:
    assert dictionaries.read(content) is None


async def test_a_reader_that_is_busy_makes_the_server_wait() -> None:
    with torrent(rate=40_000, every=EVERY, brands=100) as server:
        server.begin()
        async with aclosing(frames(server.address, server.events.start + 5_000_000)) as source:
            await anext(source)
            await anext(source)
            behind = 0
            for _ in range(60):
                await asyncio.sleep(0.05)
                behind = max(behind, server.stats()["behind"])
                if behind > 1000:
                    break
            assert behind > 1000, "the server was made to wait"


async def test_a_cut_connection_is_trouble_after_what_came() -> None:
    with torrent(rate=1000, every=EVERY, brands=100) as server:
        server.begin()
        found: list[bytes] = []

        async def follow() -> None:
            async with aclosing(frames(server.address, server.events.start + 5_000_000)) as source:
                async for came in source:
                    found.extend(came.frames)
                    if len(found) > 200:
                        await asyncio.to_thread(server.drop)

        with pytest.raises(Trouble):
            await asyncio.wait_for(follow(), 20)
        assert found == [server.events.frame(number, True) for number in range(len(found))]

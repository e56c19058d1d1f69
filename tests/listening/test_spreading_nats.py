"""Listening over a real NATS server: workers that are killed and join, a server that goes and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from contextlib import ExitStack
from typing import Any

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from makegood.journal import api as journal
from makegood.listen import api as listen
from makegood.listen.spreading import nats as place
from makegood.listen.spreading.sending import Sending
from tests.listening.scene import eventually
from tests.listening.spread_scene import deletion, feeding, heard, post, stood, worker
from tests.servers.nats import PASSWORD, Nats

with_database = pytest.mark.django_db(transaction=True)
LOT = 100


@pytest.fixture
def teapots(workspace: Any, olga: Any) -> None:
    """The teapot shop listens publicly for its name."""
    listen.save(workspace, olga, "Teapot", "teapot")
    listen.listen_publicly(workspace, olga)


def lot(start: int) -> list[bytes]:
    """So many posts about teapots, as many about nothing, and the deletion of one that was said a lot before."""
    frames = []
    for number in range(start, start + LOT):
        frames += [post(number), post(number + 100_000, "Nothing about it")]
    return [*frames, *([deletion(start - 7)] if start else [])]


def deleted(posts: int) -> set[int]:
    """What `lot` has deleted by then."""
    return {start - 7 for start in range(LOT, posts, LOT)}


def heard_lines(workspace: Any) -> int:
    """How often the journal says that something was heard."""
    return journal.Entry.objects.within(workspace).filter(verb="mention.heard").count()


async def waiting(url: str) -> place.State:
    """What waits at NATS."""

    async def lost() -> None:
        pass

    client = await place.connected(url, "test", lost)
    try:
        return await place.state(client)
    finally:
        await client.close()


@with_database
def test_three_workers_one_killed_and_one_added_and_every_hit_is_kept_once(
    nats_server: Nats, teapots: None, workspace: Any
) -> None:
    posts = 3000
    with ExitStack() as stack, feeding(Sending(nats_server.url)) as feed:
        workers = [stack.enter_context(worker(nats_server.url)) for _ in range(3)]
        for start in range(0, posts, LOT):
            feed.put(lot(start), start + LOT - 1)
            if start == 1000:
                eventually(lambda: len(heard(workspace)) > 200, 60)
                workers[0].kill()
                stack.enter_context(worker(nats_server.url))
        eventually(lambda: feed.arrived(posts - 1), 30)
        eventually(lambda: len(heard(workspace)) == posts, 90)
        eventually(lambda: len(stood(workspace)) == posts - len(deleted(posts)), 30)
        eventually(lambda: asyncio.run(waiting(nats_server.url)).messages == 0, 30)
        for each in workers[1:]:
            assert "Traceback" not in each.leave()
    assert heard(workspace) == list(range(posts))
    assert stood(workspace) == sorted(set(range(posts)) - deleted(posts))
    assert listen.Hearing.objects.within(workspace).count() == posts
    assert heard_lines(workspace) == posts


@with_database
def test_a_worker_that_leaves_hands_back_what_it_has_at_once(nats_server: Nats, teapots: None, workspace: Any) -> None:
    with worker(nats_server.url) as first, feeding(Sending(nats_server.url)) as feed:
        feed.put(lot(0), LOT - 1)
        eventually(lambda: len(heard(workspace)) == LOT, 60)
        feed.put([frame for start in range(LOT, 1000, LOT) for frame in lot(start)], 999)
        assert first.leave() == ""
        assert first.process.returncode == 0
        with worker(nats_server.url):
            eventually(lambda: len(heard(workspace)) == 1000, 60)


@with_database
def test_a_server_that_goes_and_comes_back_costs_nothing_but_time(
    nats_server: Nats, teapots: None, workspace: Any
) -> None:
    sending = Sending(nats_server.url)
    with worker(nats_server.url) as only, feeding(sending) as feed:
        feed.put(lot(0), LOT - 1)
        eventually(lambda: feed.arrived(LOT - 1), 30)
        eventually(lambda: heard(workspace), 60)
        nats_server.stop()
        feed.put(lot(LOT), 2 * LOT - 1)
        assert "NATS cannot be reached" in eventually(lambda: sending.trouble, 30)
        assert feed.arrived(LOT - 1), "what was not acknowledged is not behind the cursor"
        nats_server.start()
        feed.put(lot(2 * LOT), 3 * LOT - 1)
        eventually(lambda: feed.arrived(3 * LOT - 1), 60)
        eventually(lambda: not sending.trouble, 10)
        eventually(lambda: len(heard(workspace)) == 3 * LOT, 60)
        said = only.leave()
    assert "Traceback" not in said
    assert "NATS" in said
    assert PASSWORD not in said
    assert stood(workspace) == sorted(set(range(3 * LOT)) - deleted(3 * LOT))


async def small_stream(url: str, most: int) -> None:
    """The stream, as an administrator may make it: with less room."""

    async def lost() -> None:
        pass

    client = await place.connected(url, "test", lost)
    wanted = StreamConfig(
        name=place.STREAM,
        subjects=["makegood.posts.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=most,
    )
    await place.jetstream(client).add_stream(wanted)
    await client.close()


@with_database
def test_a_full_server_makes_the_listener_wait_and_loses_nothing(
    nats_server: Nats, teapots: None, workspace: Any
) -> None:
    asyncio.run(small_stream(nats_server.url, 200_000))
    sending = Sending(nats_server.url)
    with feeding(sending) as feed:
        start = -LOT
        with contextlib.suppress(TimeoutError):
            while start < 20_000:
                start += LOT
                feed.put(lot(start), start + LOT - 1, seconds=3)
        assert start < 20_000
        assert "is full" in eventually(lambda: sending.trouble, 20)
        assert not feed.arrived(start + LOT - 1)
        with worker(nats_server.url):
            eventually(lambda: feed.arrived(start + LOT - 1), 90)
            eventually(lambda: len(heard(workspace)) == start + LOT, 60)
            eventually(lambda: not sending.trouble, 10)
    assert heard(workspace) == list(range(start + LOT))


def test_how_long_posts_wait_is_known(nats_server: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.listen.spreading.sending.WATCH_SECONDS", 0.1)
    monkeypatch.setattr("makegood.listen.spreading.sending.LATE_SECONDS", 1.0)
    sending = Sending(nats_server.url)
    with feeding(sending) as feed:
        feed.put(lot(0), LOT - 1)
        eventually(lambda: feed.arrived(LOT - 1), 30)
        assert "Are listen workers running?" in eventually(lambda: sending.trouble, 30)
        assert 1.0 < sending.behind < 60.0


def test_a_wrong_password_is_said_and_never_written_down(nats_server: Nats, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = nats_server.url.replace(PASSWORD, "knock-knock")
    sending = Sending(wrong)
    with feeding(sending) as feed:
        feed.put([post(1)], 1)
        sentence = eventually(lambda: sending.trouble, 30)
    assert sentence == "NATS does not accept the name and password in NATS_URL: mend it and start Makegood again."
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("makegood")]
    assert any("127.0.0.1" in line for line in ours)
    assert not [line for line in caplog.messages if "knock-knock" in line]


def test_a_stream_that_could_lose_posts_is_refused(nats_server: Nats) -> None:
    async def forgetful() -> None:
        async def lost() -> None:
            pass

        client = await place.connected(nats_server.url, "test", lost)
        await place.jetstream(client).add_stream(
            StreamConfig(name=place.STREAM, subjects=["makegood.posts.*"], max_bytes=10_000)
        )
        await client.close()

    asyncio.run(forgetful())
    sending = Sending(nats_server.url)
    with feeding(sending) as feed:
        feed.put([post(1)], 1)
        assert "could lose posts" in eventually(lambda: sending.trouble, 30)
        time.sleep(0.5)
        assert sending.reached is None

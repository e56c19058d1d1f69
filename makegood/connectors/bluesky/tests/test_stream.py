"""The stream against our Jetstream replayer, by both protocols, with faults of every kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from makegood.connectors.bluesky.stream import Batch, Frames, frames, stream
from makegood.connectors.contract import Trouble, Verdict
from tests.servers.atproto import AtprotoNetwork
from tests.servers.jetstream import Jetstream, jetstream

pytestmark = pytest.mark.atproto

Where = Callable[[Jetstream], str]


@pytest.fixture(params=["older", "newer"])
def where(request: pytest.FixtureRequest) -> Where:
    """The address of a server, which decides the protocol."""
    return (lambda server: server.url) if request.param == "older" else (lambda server: server.address)


def post(number: int, **changes: Any) -> dict[str, Any]:
    """A ready Jetstream event: post number so-and-so."""
    return {
        "did": f"did:plc:someone{number % 7}",
        "kind": "commit",
        "commit": {
            "rev": "3l3qo2vutsw2b",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": f"post{number}",
            "record": {
                "$type": "app.bsky.feed.post",
                "text": f"Post {number}",
                "createdAt": "2026-11-22T06:00:00.000Z",
                "langs": ["en"],
            },
            "cid": f"bafy{number}",
        },
        **changes,
    }


async def until(source: AsyncIterator[Batch], enough: Callable[[list[Batch]], bool]) -> list[Batch]:
    """Batches until there are enough; it is the test's own time-out that ends it otherwise."""
    batches: list[Batch] = []
    async with asyncio.timeout(20):
        async for batch in source:
            batches.append(batch)
            if enough(batches):
                return batches
    raise AssertionError("the stream ended")


def texts(batches: list[Batch]) -> list[str]:
    return [activity.text for batch in batches for activity in batch.activities]


def having(number: int) -> Callable[[list[Batch]], bool]:
    return lambda batches: len(texts(batches)) >= number


async def connected_to(server: Jetstream, clients: int = 1) -> None:
    async with asyncio.timeout(10):
        while server.stats()["clients"] < clients:  # noqa: ASYNC110 - another process, nothing to wait on
            await asyncio.sleep(0.02)


async def heard_live(
    server: Jetstream, where: Where, cursor: int | None, act: Callable[[], object], number: int
) -> list[Batch]:
    """What arrives when `act` is done while the stream is open."""
    made = server.stats()["connections"]
    async with aclosing(stream(where(server), cursor)) as source:
        waiting = asyncio.create_task(until(source, having(number)))
        async with asyncio.timeout(20):
            # Not that somebody is connected: that may be the one before, who is just leaving.
            while server.stats()["connections"] == made:  # noqa: ASYNC110 - another process, nothing to wait on
                await asyncio.sleep(0.02)
        await asyncio.to_thread(act)
        return await waiting


async def test_a_post_on_the_real_network_arrives_whole(
    atproto_network: AtprotoNetwork, jetstream_server: Jetstream, where: Where
) -> None:
    customer = atproto_network.create_account()
    uris: list[str] = []

    def act() -> None:
        uris.append(atproto_network.post(customer, "My tea never came 🍵", langs=("en",)))
        uris.append(atproto_network.post(customer, "Hello?", reply_to=uris[0]))

    batches = await heard_live(jetstream_server, where, None, act, 2)
    first, second = [activity for batch in batches for activity in batch.activities]
    assert (first.id, first.text, first.language) == (uris[0], "My tea never came 🍵", "en")
    assert (first.author.id, first.author.handle) == (customer.did, "")
    assert first.revision == atproto_network.ref(uris[0])["cid"]
    assert (second.parent_id, second.root_revision) == (uris[0], first.revision)
    assert batches[-1].malformed == 0


async def test_a_deleted_post_and_an_account_that_was_taken_down_are_told(
    atproto_network: AtprotoNetwork, jetstream_server: Jetstream, where: Where
) -> None:
    customer = atproto_network.create_account()
    uri = atproto_network.post(customer, "My tea never came")

    def gone(batches: list[Batch]) -> bool:
        return any(customer.did in batch.gone for batch in batches)

    async with aclosing(stream(where(jetstream_server), 1)) as source:
        await asyncio.to_thread(atproto_network.delete, customer, uri)
        await asyncio.to_thread(atproto_network.take_down, customer.did)
        batches = await until(source, gone)
    assert [uri for batch in batches for uri in batch.deleted][-1] == uri


async def test_after_a_drop_the_cursor_brings_everything_again_without_gap(
    atproto_network: AtprotoNetwork, jetstream_server: Jetstream, where: Where
) -> None:
    customer = atproto_network.create_account()
    written: list[str] = []

    def say(number: int) -> None:
        for _ in range(number):
            written.append(atproto_network.post(customer, f"Post {len(written)}"))

    heard: list[str] = []
    batches = await heard_live(jetstream_server, where, None, lambda: say(3), 3)
    heard += [activity.id for batch in batches for activity in batch.activities]
    cursor = batches[-1].cursor
    assert cursor is not None

    say(4)  # nobody listens
    async with aclosing(stream(where(jetstream_server), cursor)) as source:
        batches = await until(source, lambda got: f"Post {len(written) - 1}" in texts(got))
        heard += [activity.id for batch in batches for activity in batch.activities]
        jetstream_server.drop()
        with pytest.raises(Trouble) as caught:
            await until(source, lambda _: False)
    assert caught.value.verdict is Verdict.RETRY
    cursor = batches[-1].cursor

    say(3)
    async with aclosing(stream(where(jetstream_server), cursor)) as source:
        batches = await until(source, lambda got: f"Post {len(written) - 1}" in texts(got))
    heard += [activity.id for batch in batches for activity in batch.activities]
    mine = [uri for uri in heard if customer.did in uri]
    assert list(dict.fromkeys(mine)) == written


async def test_resuming_goes_back_five_seconds_and_not_more(jetstream_unfed: Jetstream, where: Where) -> None:
    now = time.time_ns() // 1000
    ages = [60, 30, 6, 4, 2, 0]
    jetstream_unfed.inject([post(n, time_us=now - age * 1_000_000) for n, age in enumerate(ages)])
    async with aclosing(stream(where(jetstream_unfed), now)) as source:
        batches = await until(source, having(3))
    assert texts(batches) == ["Post 3", "Post 4", "Post 5"]
    assert batches[-1].cursor == now


async def test_order_is_kept_and_batches_stay_small_under_load(jetstream_unfed: Jetstream, where: Where) -> None:
    jetstream_unfed.inject([post(n) for n in range(5000)])
    async with aclosing(stream(where(jetstream_unfed), 1)) as source:
        batches = await until(source, having(5000))
    assert texts(batches) == [f"Post {n}" for n in range(5000)]
    assert max(batch.frames for batch in batches) <= 1000
    cursors = [batch.cursor for batch in batches if batch.cursor is not None]
    assert cursors == sorted(cursors)
    assert cursors[-1] == jetstream_unfed.stats()["last"]


async def test_a_slow_consumer_makes_the_server_wait_and_loses_nothing(
    jetstream_unfed: Jetstream, where: Where
) -> None:
    padding = "x" * 2000
    events = []
    for number in range(6000):
        event = post(number)
        event["commit"]["record"]["text"] = f"{number} {padding}"
        events.append(event)
    for start in range(0, 6000, 1000):
        jetstream_unfed.inject(events[start : start + 1000])
    seen: list[str] = []
    async with aclosing(stream(where(jetstream_unfed), 1)) as source:
        async with asyncio.timeout(60):
            async for batch in source:
                seen += [activity.text.partition(" ")[0] for activity in batch.activities]
                await asyncio.sleep(0.05)
                if len(seen) >= 6000:
                    break
    assert seen == [str(number) for number in range(6000)]


async def test_garbage_is_counted_and_the_rest_is_heard(jetstream_unfed: Jetstream, where: Where) -> None:
    broken = post(1)
    broken["commit"]["record"] = {"text": 7}
    future = post(2, time_us=99_999_999_999_999_999)
    missing = post(3)
    del missing["commit"]["rkey"]

    def act() -> None:
        jetstream_unfed.inject([post(0)])
        jetstream_unfed.garbage()
        jetstream_unfed.inject([broken, missing])
        jetstream_unfed.garbage(['{"did":"x","time_us":' + str(10**17) + ',"kind":"account"}'])
        jetstream_unfed.inject([post(4), future])

    batches = await heard_live(jetstream_unfed, where, None, act, 3)
    assert texts(batches) == ["Post 0", "Post 4", "Post 2"]
    assert sum(batch.malformed for batch in batches) == 9
    problems = [problem for batch in batches for problem in batch.problems]
    assert problems
    assert all("could not be read" in problem for problem in problems)
    cursor = batches[-1].cursor
    assert cursor is not None
    assert cursor < 99_999_999_999_999_999


async def test_only_posts_that_were_created_become_activities(jetstream_unfed: Jetstream, where: Where) -> None:
    like = post(1)
    like["commit"]["collection"] = "app.bsky.feed.like"
    update = post(2)
    update["commit"]["operation"] = "update"
    identity = {"did": "did:plc:x", "kind": "identity", "identity": {"did": "did:plc:x", "handle": "x.test"}}
    account = {"did": "did:plc:x", "kind": "account", "account": {"active": True, "did": "did:plc:x"}}
    jetstream_unfed.inject([like, update, identity, account, post(3)])
    async with aclosing(stream(where(jetstream_unfed), 1)) as source:
        batches = await until(source, having(1))
    assert texts(batches) == ["Post 3"]
    # The like is filtered by the server, by what we asked for; so is the identity, where we can ask for that.
    assert sum(batch.frames for batch in batches) == (4 if where(jetstream_unfed) == jetstream_unfed.url else 3)
    assert not any(batch.gone or batch.malformed for batch in batches)


async def test_silence_is_not_mistaken_for_peace(jetstream_unfed: Jetstream, where: Where) -> None:
    with pytest.raises(Trouble) as caught:
        await until(stream(where(jetstream_unfed), None, idle_seconds=0.3), lambda _: False)
    assert caught.value.verdict is Verdict.RETRY
    assert "silent" in caught.value.sentence


async def test_a_server_that_refuses_or_is_not_there_is_a_passing_fault(
    jetstream_unfed: Jetstream, where: Where
) -> None:
    jetstream_unfed.refuse(1)
    for url in (where(jetstream_unfed), "ws://127.0.0.1:1/subscribe"):
        with pytest.raises(Trouble) as caught:
            await until(stream(url, None), lambda _: False)
        assert caught.value.verdict is Verdict.RETRY
    assert jetstream_unfed.stats()["refused"] == 1


async def test_what_is_delayed_arrives_late_but_whole(jetstream_unfed: Jetstream, where: Where) -> None:
    jetstream_unfed.delay(300)
    batches = await heard_live(jetstream_unfed, where, None, lambda: jetstream_unfed.inject([post(1), post(2)]), 2)
    assert texts(batches) == ["Post 1", "Post 2"]


async def test_the_newer_protocol_is_found_by_itself(jetstream_unfed: Jetstream) -> None:
    await heard_live(jetstream_unfed, lambda server: server.address, None, lambda: jetstream_unfed.inject([post(1)]), 1)
    assert jetstream_unfed.stats()["newer"] == 1
    await heard_live(jetstream_unfed, lambda server: server.url, None, lambda: jetstream_unfed.inject([post(2)]), 1)
    assert (jetstream_unfed.stats()["newer"], jetstream_unfed.stats()["connections"]) == (1, 2)


async def test_a_server_that_does_not_know_it_is_spoken_to_in_the_older_one() -> None:
    with jetstream(older_only=True) as server:
        found = await heard_live(server, lambda it: it.address, None, lambda: server.inject([post(1)]), 1)
        assert texts(found) == ["Post 1"]
        assert (server.stats()["newer"], server.stats()["connections"]) == (0, 1)


async def test_one_cursor_serves_both_protocols(jetstream_unfed: Jetstream) -> None:
    now = time.time_ns() // 1000
    jetstream_unfed.inject([post(n, time_us=now - (9 - n) * 10_000_000) for n in range(10)])
    cursor = now - 35_000_000
    for url in (jetstream_unfed.url, jetstream_unfed.address):
        async with aclosing(stream(url, cursor)) as source:
            batches = await until(source, having(4))
        assert texts(batches) == ["Post 5", "Post 6", "Post 7", "Post 8", "Post 9"][-len(texts(batches)) :]
        assert texts(batches)[-4:] == ["Post 6", "Post 7", "Post 8", "Post 9"]
        assert batches[-1].cursor == now


async def test_what_the_server_no_longer_has_is_said(where: Where) -> None:
    now = time.time_ns() // 1000
    with jetstream(log_limit=20) as server:
        server.inject([post(n, time_us=now - (200 - n) * 10_000_000) for n in range(200)])
        kept = server.stats()["kept"]
        cursor = now - 1990 * 1_000_000
        async with aclosing(frames(where(server), cursor)) as source:
            found = [came async for came in first(source, 2)]
        missed = found[1].missed
        assert missed is not None
        assert [int(moment.timestamp()) for moment in missed] == [
            cursor // 10**6,
            (now - (kept - 1) * 10_000_000 - 10_000_000) // 10**6,
        ]
        async with aclosing(frames(where(server), server.stats()["last"])) as source:
            found = [came async for came in first(source, 2)]
        assert found[1].missed is None


async def first(source: AsyncIterator[Frames], count: int) -> AsyncIterator[Frames]:
    """The first few."""
    async with asyncio.timeout(20):
        async for came in source:
            yield came
            count -= 1
            if not count:
                return


async def test_a_server_that_finds_us_too_slow_says_so(jetstream_unfed: Jetstream) -> None:
    async def follow() -> None:
        await until(stream(jetstream_unfed.address, None), lambda _: False)

    waiting = asyncio.create_task(follow())
    await connected_to(jetstream_unfed)
    await asyncio.to_thread(jetstream_unfed.end)
    with pytest.raises(Trouble) as caught:
        await waiting
    assert (caught.value.verdict, "too slowly" in caught.value.sentence) == (Verdict.RETRY, True)

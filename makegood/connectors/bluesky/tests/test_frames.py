"""Frames of both protocols into batches: the same post is the same activity, and a sieve only leaves out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.connectors.bluesky.frames import batch_of, cursor_of, is_post, moment_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TIME_US = int(NOW.timestamp() * 1e6)
METHOD = "network.bsky.jetstream.subscribeEvents"
RECORD = {"$type": "app.bsky.feed.post", "text": "My tea never came 🍵", "createdAt": "2026-11-22T11:59:00.000Z"}


def compact(value: Any) -> bytes:
    """JSON as the servers write it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def older(kind: str = "commit", time_us: int = TIME_US, did: str = "did:plc:a", **rest: Any) -> bytes:
    """An event of the older protocol."""
    return compact({"did": did, "time_us": time_us, "kind": kind, **({"commit": rest} if kind == "commit" else rest)})


def newer(kind: str = "commit", time_us: int = TIME_US, did: str = "did:plc:a", **rest: Any) -> bytes:
    """A message of the newer protocol."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    time = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    payload = {"$type": f"{METHOD}#{kind}", "seq": 7, "did": did, "time": time, **rest}
    return compact({"$type": "message", "payload": payload})


def create(number: int = 1, **changes: Any) -> dict[str, Any]:
    """What a commit says that creates a post."""
    made = {"rev": "3l3", "operation": "create", "collection": "app.bsky.feed.post", "rkey": f"post{number}"}
    return {**made, "record": RECORD, "cid": "bafy", **changes}


SHAPES = pytest.mark.parametrize("shape", [older, newer])


def test_a_post_is_the_same_by_either_protocol() -> None:
    first, second = (batch_of([shape(**create())], NOW, None) for shape in (older, newer))
    assert first == second
    (activity,) = first.activities
    assert (activity.id, activity.text) == ("at://did:plc:a/app.bsky.feed.post/post1", RECORD["text"])
    assert (first.cursor, first.created, first.malformed) == (TIME_US, 1, 0)


@SHAPES
def test_a_deletion_an_account_that_is_gone_and_what_does_not_matter(shape: Any) -> None:
    deletion = {"rev": "3l3", "operation": "delete", "collection": "app.bsky.feed.post", "rkey": "post9"}
    frames = [
        shape(**deletion),
        shape("account", account={"active": False, "status": "deleted", "did": "did:plc:a", "seq": 1}),
        shape("account", did="did:plc:b", account={"active": False, "status": "deactivated"}),
        shape("identity", identity={"did": "did:plc:a", "handle": "a.test"}),
        shape(**create(operation="update")),
        shape(**create(collection="app.bsky.feed.like")),
        shape("sync", sync={"did": "did:plc:a"}),
    ]
    batch = batch_of(frames, NOW, None, lambda _: [])
    assert batch.deleted == ("at://did:plc:a/app.bsky.feed.post/post9",)
    assert batch.gone == ("did:plc:a",)
    assert (batch.activities, batch.created, batch.malformed, batch.frames) == ((), 0, 0, 7)


def test_advice_is_no_event_and_moves_nothing() -> None:
    info = compact({"$type": "message", "payload": {"$type": f"{METHOD}#info", "name": "OutdatedCursor"}})
    batch = batch_of([info], NOW, 5)
    assert (batch.malformed, batch.cursor, moment_of(info)) == (0, 5, None)


def test_a_message_whose_parts_come_in_another_order_is_one_all_the_same() -> None:
    payload = json.loads(newer(**create()))["payload"]
    turned = compact({"payload": dict(reversed(payload.items())), "$type": "message"})
    assert batch_of([turned], NOW, None) == batch_of([newer(**create())], NOW, None)


@SHAPES
def test_only_what_brings_a_new_post_is_shown_to_the_sieve(shape: Any) -> None:
    shown: list[bytes] = []

    def sieve(frames: Sequence[bytes]) -> list[int]:
        shown.extend(frames)
        return [1]

    frames = [shape("identity"), shape(**create(1)), shape(**create(2)), shape(**create(3, operation="delete"))]
    batch = batch_of(frames, NOW, None, sieve)
    assert shown == frames[1:3]
    assert [activity.id[-1] for activity in batch.activities] == ["2"]
    assert (batch.created, batch.cursor, len(batch.deleted)) == (2, TIME_US, 1)


@SHAPES
@given(kept=st.sets(st.integers(0, 9)), order=st.permutations(range(20)))
def test_a_sieve_leaves_out_and_changes_nothing_else(shape: Any, kept: set[int], order: list[int]) -> None:
    deletion = {"operation": "delete", "collection": "app.bsky.feed.post"}
    every = [shape(**create(n)) for n in range(10)] + [shape(**deletion, rkey=f"gone{n}") for n in range(10)]
    frames = [every[place] for place in order]
    posts = [place for place in order if place < 10]
    whole = batch_of(frames, NOW, None)
    sifted = batch_of(frames, NOW, None, lambda _: [index for index, place in enumerate(posts) if place in kept])
    assert [one.id for one in sifted.activities] == [
        one.id for one in whole.activities if int(one.id.rpartition("post")[2]) in kept
    ]
    assert (sifted.deleted, sifted.created, sifted.cursor) == (whole.deleted, whole.created, whole.cursor)


@SHAPES
@pytest.mark.parametrize("text", ['"operation":"create"', '"collection":"app.bsky.feed.post"', "\\"])
def test_what_somebody_says_is_not_taken_for_what_happened(shape: Any, text: str) -> None:
    deletion = {"rev": text, "operation": "delete", "collection": "app.bsky.feed.post", "rkey": "post9"}
    said = shape(**create(record={**RECORD, "text": text * 2}, operation="update"))
    assert not is_post(said)
    assert not is_post(shape(**deletion))


@SHAPES
def test_the_cursor_passes_what_the_sieve_left_out_but_no_absurd_time(shape: Any) -> None:
    def later(seconds: int) -> bytes:
        return bytes(shape(time_us=TIME_US + seconds * 10**6, **create()))

    assert cursor_of([later(1), later(2)], NOW, None) == TIME_US + 2 * 10**6
    assert cursor_of([later(1), later(90_000)], NOW, None) == TIME_US + 10**6
    assert cursor_of([later(-5)], NOW, TIME_US) == TIME_US, "it never goes back"
    assert cursor_of([later(1), b"garbage"], NOW, None) == TIME_US + 10**6
    assert cursor_of([b"garbage"], NOW, 17) == 17
    assert cursor_of([], NOW, None) is None


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_at_all_break_it(frame: bytes) -> None:
    for whole in (frame, b'{"$type":"message","payload":' + frame + b"}"):
        batch = batch_of([whole], NOW, 3, lambda frames: list(range(len(frames))))
        assert batch.frames == 1
        assert batch.cursor is not None

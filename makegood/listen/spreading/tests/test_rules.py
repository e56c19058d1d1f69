"""Which frame goes where, and how far a stream may be said to be read, whatever arrives first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.listen.spreading import rules
from makegood.listen.spreading.rules import Packing, Parcel, author_of, opened, partition_of, wrapped

NOON = datetime(2026, 3, 4, 12, 0, 0, 250_000, UTC)
DIDS = st.from_regex(r"did:(plc|web):[a-zA-Z0-9.:%_-]{1,40}", fullmatch=True)

brisk = settings(deadline=None, max_examples=40)


def frame(did: str, **more: Any) -> bytes:
    """As Bluesky's servers write it."""
    return json.dumps({"did": did, "time_us": 1, "kind": "commit", **more}, separators=(",", ":")).encode()


@brisk
@given(DIDS, st.integers(1, 64))
def test_all_that_an_author_does_goes_one_way_however_it_is_written(did: str, partitions: int) -> None:
    plain = frame(did, commit={"operation": "create", "record": {"text": "My teapot"}})
    deleted = frame(did, commit={"operation": "delete"})
    spaced = json.dumps({"kind": "account", "did": did, "account": {"active": False}}, indent=1).encode()
    escaped = b'{"did":"%s","kind":"commit"}' % did.replace("d", "\\u0064").encode()
    payload = {"$type": "x#commit", "did": did, "operation": "create", "record": {"text": "My teapot"}}
    newer = json.dumps({"$type": "message", "payload": payload}, separators=(",", ":")).encode()
    turned = json.dumps({"payload": dict(reversed(payload.items())), "$type": "message"}).encode()
    frames = [plain, deleted, spaced, escaped, newer, turned]
    ways = {partition_of(each, partitions) for each in frames}
    assert len(ways) == 1
    assert ways.pop() in range(partitions)
    assert [author_of(each) for each in frames] == [did.encode()] * len(frames)


@brisk
@given(DIDS, DIDS)
def test_somebody_who_is_named_in_a_post_is_not_its_author(author: str, named: str) -> None:
    record = {"text": f'"did":"{named}"', "facets": [{"features": [{"$type": "x#mention", "did": named}]}]}
    late = json.dumps({"commit": {"record": record}, "kind": "commit", "did": author}, separators=(",", ":"))
    assert author_of(late.encode()) == author.encode()
    assert author_of(frame(author, commit={"record": record})) == author.encode()
    payload = {"record": record, "did": author}
    newer = json.dumps({"$type": "message", "payload": payload}, separators=(",", ":"))
    assert author_of(newer.encode()) == author.encode()


def test_a_way_never_changes_from_one_version_to_the_next() -> None:
    ways = [partition_of(frame(f"did:plc:someone{number}"), 16) for number in range(8)]
    assert ways == [1, 7, 13, 11, 8, 14, 4, 2]


@brisk
@given(st.binary(max_size=200))
def test_what_is_not_to_be_read_goes_some_way_too(noise: bytes) -> None:
    assert partition_of(noise, 7) in range(7)
    assert partition_of(b'{"did":"' + noise, 7) == partition_of(b'{"did":"' + noise, 7)


@pytest.mark.parametrize("broken", [b"", b"{}", b'{"did":"did:plc:x', b'{"did":7}', b"[" * 5000, b'{"did":""', b"[]"])
def test_what_cannot_be_read_is_its_own_author(broken: bytes) -> None:
    assert author_of(broken) in (broken, b"")


@brisk
@given(st.lists(st.binary(max_size=300)))
def test_a_message_brings_what_was_put_in(frames: list[bytes]) -> None:
    assert opened(wrapped(frames, NOON)) == (frames, NOON)


@pytest.mark.parametrize("other", [b"", b"hello", b"\x92\x01", b"\x81\xa1a\x01", b"\x92\xa1a\x90"])
def test_another_message_is_refused(other: bytes) -> None:
    with pytest.raises(ValueError, match="no parcel"):
        opened(other)


def test_what_is_too_much_for_a_message_goes_in_several() -> None:
    frames = [b"a" * 400, b"b" * 5000, b"c" * 300, b"d" * 300]
    bodies, too_large = rules.messages(frames, NOON, 1000)
    assert too_large == 1
    assert max(map(len, bodies)) <= 1000
    assert [each for body in bodies for each in opened(body)[0]] == [frames[0], frames[2], frames[3]]
    assert rules.messages(frames, NOON, 10_000) == ([wrapped(frames, NOON)], 0)


def drained(packing: Packing, partition: int = 0) -> list[Parcel]:
    """All that is in a partition, full or not."""
    found = []
    while (parcel := packing.next(partition, float("inf"))) is not None:
        found.append(parcel)
    return found


def test_a_parcel_goes_when_it_is_full() -> None:
    packing = Packing(1)
    frames = [frame("did:plc:a", n=number) for number in range(rules.FRAMES_A_PARCEL * 2 + 5)]
    packing.put(frames[:199], NOON, 99, now=1.0)
    assert packing.next(0, begun_by=0.5) is None
    packing.put(frames[199:], NOON, 100, now=1.0)
    full = [packing.next(0, begun_by=0.5) for _ in range(2)]
    assert [each.frames for each in full if each] == [frames[:200], frames[200:400]]
    assert packing.next(0, begun_by=0.5) is None
    assert [each.frames for each in drained(packing)] == [frames[400:]]


def test_a_parcel_never_grows_beyond_a_message() -> None:
    packing = Packing(1)
    large = b"x" * (rules.PARCEL_BYTES // 2 + 1)
    huge = b"y" * (rules.PARCEL_BYTES * 3)
    packing.put([large, large, huge, b"z"], NOON, 1, now=0.0)
    assert [each.frames for each in drained(packing)] == [[large], [large], [huge], [b"z"]]


def test_what_is_not_full_goes_when_its_time_has_come() -> None:
    packing = Packing(2)
    early, late = frame("did:plc:d"), frame("did:plc:a")
    assert [partition_of(each, 2) for each in (early, late)] == [0, 1]
    packing.put([early], NOON, 1, now=10.0)
    packing.put([late, early], NOON, 2, now=10.2)
    assert (packing.begun(0), packing.begun(1)) == (10.0, 10.2)
    assert [packing.next(0, 9.9), packing.next(1, 10.1)] == [None, None]
    first, second = packing.next(0, 10.0), packing.next(1, 10.2)
    assert first is not None
    assert second is not None
    assert (first.frames, second.frames) == ([early, early], [late])
    assert [packing.begun(0), packing.begun(1)] == [None, None]


def test_nothing_put_in_is_nothing_to_wait_for() -> None:
    packing = Packing(4)
    assert [packing.reached] == [None]
    packing.put([], NOON, 9, now=0.0)
    assert (packing.reached, packing.unsettled) == (9, 0)
    packing.put([b"{}"], NOON, None, now=0.0)
    assert (packing.reached, packing.unsettled) == (9, 1)


def test_the_stream_is_read_as_far_as_everything_before_has_arrived() -> None:
    packing = Packing(2)
    packing.put([], NOON, 5, now=0.0)
    packing.put([frame("did:plc:d")], NOON, 10, now=0.0)
    packing.put([frame("did:plc:a")], NOON, 20, now=0.0)
    (one,), (two,) = drained(packing, 0), drained(packing, 1)
    assert (packing.reached, packing.unsettled) == (5, 2)
    packing.settle(two)
    assert packing.reached == 5, "the first has not arrived"
    packing.put([frame("did:plc:a")], NOON, 30, now=0.0)
    packing.settle(one)
    assert packing.reached == 20, "the third has not even gone"
    (three,) = drained(packing, 1)
    packing.settle(three)
    assert (packing.reached, packing.unsettled) == (30, 0)


def test_a_stream_read_again_is_no_step_back() -> None:
    packing = Packing(1)
    packing.put([frame("did:plc:a", n=1)], NOON, 50, now=0.0)
    (first,) = drained(packing)
    packing.put([frame("did:plc:a", n=1)], NOON, 40, now=0.0)
    (again,) = drained(packing)
    assert [packing.reached] == [None]
    packing.settle(first)
    assert packing.reached == 50
    packing.settle(again)
    assert packing.reached == 50


@brisk
@given(st.data())
def test_no_frame_is_ever_behind_the_cursor_before_it_has_arrived(data: st.DataObject) -> None:
    """A stream of numbered frames, read in lots, gone when full or late, arrived in any order."""
    partitions = data.draw(st.integers(1, 5))
    packing = Packing(partitions)
    packing.put([], NOON, 0, now=0.0)
    gone: list[Parcel] = []
    arrived: set[int] = set()
    number, now = 0, 0.0
    for _ in range(data.draw(st.integers(1, 25))):
        lot = list(range(number + 1, number + 1 + data.draw(st.integers(0, 4))))
        number = lot[-1] if lot else number
        packing.put([frame(f"did:plc:{each % 6}", n=each) for each in lot], NOON, number, now)
        late = data.draw(st.integers(0, 3))
        gone += [each for way in range(partitions) if (each := packing.next(way, now - late)) is not None]
        now += 1
        for _arrival in range(data.draw(st.integers(0, min(3, len(gone))))):
            parcel = gone.pop(data.draw(st.integers(0, len(gone) - 1)))
            packing.settle(parcel)
            arrived |= {json.loads(each)["n"] for each in parcel.frames}
        assert packing.reached is not None
        assert set(range(1, packing.reached + 1)) <= arrived
    for parcel in [*gone, *(each for way in range(partitions) for each in drained(packing, way))]:
        packing.settle(parcel)
    assert (packing.reached, packing.unsettled) == (number, 0)


@brisk
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4)), max_size=60))
def test_an_authors_frames_stay_in_order(said: list[tuple[int, int]]) -> None:
    packing = Packing(3)
    frames = [frame(f"did:plc:{who}", n=number) for number, (who, _late) in enumerate(said)]
    gone: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    for number, (each, (_who, late)) in enumerate(zip(frames, said, strict=True)):
        packing.put([each], NOON, number, number)
        for way, there in gone.items():
            parcel = packing.next(way, number - late)
            there.extend(parcel.frames if parcel else [])
    for way, there in gone.items():
        there.extend(each for parcel in drained(packing, way) for each in parcel.frames)
        assert there == [each for each in frames if partition_of(each, 3) == way]

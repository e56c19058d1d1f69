"""The fast lane against the core and against the plain reference: what fits is never left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from makegood.connectors.bluesky.frames import batch_of
from makegood.listen.engine import Engine
from makegood.listen.engine.fast.tests.frames import NOW, UNUSUAL, frame, frames, heard
from makegood.listen.query import Query, QueryError, matches, parse, tokens
from makegood.listen.query.tests.reference import reference_matches
from makegood.listen.query.tests.strategies import queries

pytest.importorskip("numba", reason="the fast lane is not installed")

from makegood.listen.engine.fast import FastEngine

relaxed = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
asked = st.one_of(
    queries,
    st.sampled_from([*UNUSUAL, "site:acme.com", "author:did:plc:ann", "@did:plc:ann", "tag:fail", "acme*", "istan*"]),
    st.sampled_from(UNUSUAL).map(lambda word: f'"{word}"'),
    st.sampled_from(UNUSUAL).map(lambda word: f"{word}*"),
)


def read(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


def filled(texts: list[str]) -> tuple[FastEngine[int], Engine[int], dict[int, Query]]:
    held = {number: query for number, text in enumerate(texts) if (query := read(text)) is not None}
    fast, core = FastEngine[int](), Engine[int]()
    for number, query in held.items():
        fast.add(number, query)
        core.add(number, query)
    return fast, core, held


@relaxed
@given(texts=st.lists(asked, min_size=1, max_size=8), came=st.lists(frames(), min_size=1, max_size=4))
@example(texts=["東京"], came=[frame("東\U0001f1e9京")])
@example(texts=["@ann"], came=[frame("hi @ann\u200dxyz")])
@example(texts=["tag:fail"], came=[frame("#AcmeFAIL2\n"), frame(tags=["acme fail"])])
def test_what_fits_is_never_left_out(texts: list[str], came: list[bytes]) -> None:
    fast, core, held = filled(texts)
    kept = fast.sift(came)
    assert kept == sorted(set(kept))
    for place, one in enumerate(came):
        activity = heard(one)
        if activity is None:
            continue
        doc = tokens(activity)
        expected = [number for number, query in held.items() if matches(query, doc) is not None]
        assert [number for number, _ in fast.match(activity)] == expected
        assert place in kept or not expected
    assert hits(fast, came) == hits(core, came)


@relaxed
@given(texts=st.lists(queries, min_size=1, max_size=8), came=st.lists(frames(), min_size=1, max_size=4))
def test_the_reference_finds_the_same(texts: list[str], came: list[bytes]) -> None:
    fast, _, held = filled(texts)
    expected = []
    for activity in filter(None, map(heard, came)):
        keys = [number for number, query in held.items() if reference_matches(query, activity)]
        expected += [(activity.text, keys)] if keys else []
    assert [(text, [key for key, _ in found]) for text, found in hits(fast, came)] == expected


def hits(engine: Engine[int], came: list[bytes]) -> list[Any]:
    read = batch_of(came, NOW, None, engine.sift).activities
    return [(activity.text, found) for activity in read if (found := engine.match(activity))]


@relaxed
@given(
    came=st.one_of(
        st.binary(max_size=300), frames().flatmap(lambda one: st.integers(0, len(one)).map(lambda at: one[:at]))
    )
)
def test_any_bytes_are_borne(came: bytes) -> None:
    fast, _, _ = filled(["acme", "東京", "site:acme.com", "tag:late", "author:did:plc:ann", "acme*", "x"])
    beside = frame("nothing to see")
    assert fast.sift([beside, came, beside, frame("Acme!"), came]) in ([3], [1, 3, 4])


@relaxed
@given(one=frames(), at=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_broken_byte_hides_nothing(one: bytes, at: int, byte: int) -> None:
    fast, _, _ = filled(["acme", "東京", "site:acme.com", "tag:late", "author:did:plc:ann", "acme*"])
    broken = one[:at] + bytes([byte]) + one[at + 1 :]
    activity = heard(broken)
    if activity is not None and fast.match(activity):
        assert fast.sift([broken]) == [0]


@relaxed
@given(
    texts=st.lists(asked, min_size=4, max_size=10), gone=st.sets(st.integers(0, 9)), came=st.lists(frames(), max_size=6)
)
def test_queries_come_and_go(texts: list[str], gone: set[int], came: list[bytes]) -> None:
    fast, core, held = filled(texts)
    for number in gone:
        fast.remove(number)
        core.remove(number)
    assert hits(fast, came) == hits(core, came)
    for number in gone & held.keys():
        fast.add(number, held[number])
        core.add(number, held[number])
    assert hits(fast, came) == hits(core, came)

"""A million pairs of a post and a query, from raw frames to hits: each engine finds exactly what the slow and plain
reference finds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest

from makegood.activity import Activity
from makegood.connectors.bluesky.frames import batch_of
from makegood.listen.engine import engine
from makegood.listen.engine.tests import drawn
from makegood.listen.query import Query
from makegood.listen.query.tests import reference
from makegood.listen.query.tree import Node, Or

POSTS, QUERIES = 1_000, 1_000
NOW = datetime(2026, 1, 2, tzinfo=UTC)
REMEMBERED = ("cut", "cut_at", "fold", "handles", "hashtags", "kind", "plain_signs", "shaped_so", "tag_parts")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def held() -> list[Query]:
    return drawn.queries(random.Random(2026), QUERIES)


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    dice = random.Random(11)
    found: list[bytes] = []
    while len(found) < POSTS:
        frame = drawn.frame(dice, len(found))
        # What cannot be read makes no pair.
        found += [frame] * len(batch_of([frame], NOW, None).activities)
    return found


@pytest.fixture(scope="module")
def expected(held: list[Query], frames: list[bytes]) -> set[tuple[str, int]]:
    """What the reference finds. The same question about the same text is asked of it once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in REMEMBERED:
            patch.setattr(reference, name, cache(getattr(reference, name)))
        for name in ("stands", "is_fact"):
            patch.setattr(reference, name, _once(getattr(reference, name)))
        activities = batch_of(frames, NOW, None).activities
        assert len(activities) * len(held) >= 1_000_000
        return {
            (said.id, key)
            for said in activities
            for key, query in enumerate(held)
            if reference.reference_matches(query, said)
        }


def _once(ask: Callable[[Any, Activity], Any]) -> Callable[[Any, Activity], Any]:
    known: dict[tuple[type, str, str], Any] = {}

    def asked(what: Node | str, said: Activity) -> Any:
        if isinstance(what, Or):
            return ask(what, said)
        name = type(what), what if isinstance(what, str) else getattr(what, "text", ""), said.id
        if name not in known:
            known[name] = ask(what, said)
        return known[name]

    return asked


@pytest.mark.parametrize("fast", [False, True], ids=["core", "fast"])
def test_a_million_pairs(held: list[Query], frames: list[bytes], expected: set[tuple[str, int]], fast: bool) -> None:
    if fast and find_spec("numba") is None:
        pytest.skip("the fast lane is not installed: pip install makegood[fast]")
    lane = engine(fast=fast)
    for key, query in enumerate(held):
        lane.add(key, query)
    through = batch_of(frames, NOW, None, lane.sift).activities
    found = {(said.id, key) for said in through for key, _ in lane.match(said)}
    assert len(expected) > 10_000
    assert found == expected

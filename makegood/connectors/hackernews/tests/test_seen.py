"""One bit an id, against a plain set."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as some

from makegood.connectors.hackernews.seen import KEPT, is_seen, with_seen

near = some.integers(min_value=40_000_000, max_value=40_000_000 + KEPT - 1)


@given(some.lists(some.lists(near, max_size=20), max_size=6))
def test_it_is_a_set(batches: list[list[int]]) -> None:
    seen: dict[str, object] = {}
    plain: set[int] = set()
    for batch in batches:
        seen = json.loads(json.dumps(with_seen(seen, batch)))
        plain |= set(batch)
    for number in [*plain, *(number + 1 for number in plain), 40_000_000, 1]:
        assert is_seen(seen, number) == (number in plain)


@given(some.lists(some.integers(min_value=-(10**18), max_value=10**18), min_size=1, max_size=30))
def test_wild_numbers_keep_it_small(numbers: list[int]) -> None:
    seen = with_seen(with_seen({}, numbers[:1]), numbers)
    assert len(json.dumps(seen)) < KEPT / 4 + 100
    assert is_seen(seen, max(numbers))
    assert not is_seen(seen, max(numbers) + 1)


def test_a_day_is_small() -> None:
    day = with_seen({}, range(41_000_000, 41_014_000))
    assert len(json.dumps(day)) < 4000

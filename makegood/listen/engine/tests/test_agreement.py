"""The engine against the plain reference, over random queries and posts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.activity import Activity
from makegood.listen.engine import Engine, anchors
from makegood.listen.query import Query, QueryError, parse
from makegood.listen.query.tests.reference import reference_matches
from makegood.listen.query.tests.strategies import activities, queries

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


@relaxed
@given(texts=st.lists(queries, max_size=8), heard=st.lists(activities(), min_size=1, max_size=4))
def test_the_engine_finds_what_the_reference_finds(texts: list[str], heard: list[Activity]) -> None:
    held = {index: query for index, text in enumerate(texts) if (query := read(text)) is not None}
    engine = Engine[Any]()
    for index, query in held.items():
        engine.add(index, query)
    assert len(engine) == len(held)
    for activity in heard:
        expected = [index for index, query in held.items() if reference_matches(query, activity)]
        assert [key for key, _ in engine.match(activity)] == expected


@relaxed
@given(texts=st.lists(queries, max_size=6), heard=st.lists(activities(), min_size=8, max_size=8))
def test_filing_anew_changes_no_answer(texts: list[str], heard: list[Activity]) -> None:
    held = [query for text in texts if (query := read(text)) is not None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anchors, "FIRST_SETTLING", 2)
        patch.setattr(anchors, "MAX_COUNTED", 5)
        patch.setattr(anchors, "BELIEF", 1)
        engine = Engine[Any]()
        for index, query in enumerate(held):
            engine.add(index, query)
        for activity in heard:
            expected = [index for index, query in enumerate(held) if reference_matches(query, activity)]
            assert [key for key, _ in engine.match(activity)] == expected

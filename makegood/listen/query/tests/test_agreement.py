"""The engine against the plain reference, over random queries and texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from makegood.activity import Activity
from makegood.listen.query import Matcher, Query, QueryError, matches, near_miss, parse, tokens
from makegood.listen.query import matcher as matcher_module
from makegood.listen.query.tests.reference import reference_matches
from makegood.listen.query.tests.strategies import activities, queries

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


@relaxed
@given(text=queries, activity=activities())
def test_one_query_agrees_with_the_reference(text: str, activity: Activity) -> None:
    query = read(text)
    assume(query is not None)
    assert query is not None
    doc = tokens(activity)
    fits = matches(query, doc) is not None
    assert fits == reference_matches(query, activity)
    assert not (fits and near_miss(query, doc))


@relaxed
@given(texts=st.lists(queries, max_size=8), heard=st.lists(activities(), min_size=1, max_size=4))
def test_the_matcher_finds_what_the_reference_finds(texts: list[str], heard: list[Activity]) -> None:
    held = {index: query for index, text in enumerate(texts) if (query := read(text)) is not None}
    matcher = Matcher[Any]()
    for index, query in held.items():
        matcher.add(index, query)
    assert len(matcher) == len(held)
    for activity in heard:
        expected = [index for index, query in held.items() if reference_matches(query, activity)]
        assert [key for key, _ in matcher.match(activity)] == expected


@relaxed
@given(texts=st.lists(queries, max_size=6), heard=st.lists(activities(), min_size=8, max_size=8))
def test_filing_anew_changes_no_answer(texts: list[str], heard: list[Activity]) -> None:
    held = [query for text in texts if (query := read(text)) is not None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher_module, "FIRST_SETTLING", 2)
        patch.setattr(matcher_module, "MAX_COUNTED", 5)
        patch.setattr(matcher_module, "BELIEF", 1)
        matcher = Matcher[Any]()
        for index, query in enumerate(held):
            matcher.add(index, query)
        for activity in heard:
            expected = [index for index, query in enumerate(held) if reference_matches(query, activity)]
            assert [key for key, _ in matcher.match(activity)] == expected


@relaxed
@given(text=queries)
@example(text="-(-acme) late")
@example(text="(acme OR late) NEAR/3 rye")
def test_a_reading_reads_the_same(text: str) -> None:
    query = read(text)
    assume(query is not None)
    assert query is not None
    again = parse(query.reading())
    assert again.ast == query.ast
    assert again.reading() == query.reading()
    assert not again.mixes_and_or


@relaxed
@given(text=queries, activity=activities())
def test_hits_point_into_the_text(text: str, activity: Activity) -> None:
    query = read(text)
    assume(query is not None)
    assert query is not None
    match = matches(query, tokens(activity))
    for hit in match.terms if match else ():
        field = {"text": activity.text, "title": activity.title}.get(hit.where)
        if field is None:
            assert (hit.start, hit.end) == (0, 0)
        else:
            assert 0 <= hit.start < hit.end <= len(field)
            assert field[hit.start : hit.end].strip()

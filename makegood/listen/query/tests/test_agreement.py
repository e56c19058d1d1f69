"""The engine against the plain reference, over random queries and texts."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, example, given, settings

from makegood.activity import Activity
from makegood.listen.query import Query, QueryError, matches, near_miss, parse, tokens
from makegood.listen.query.tests.reference import reference_matches
from makegood.listen.query.tests.strategies import activities, queries
from makegood.listen.query.text import split

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
        if hit.where == "tag":
            assert split(activity.tags[hit.start])
            assert hit.end == hit.start + 1
        elif field is None:
            assert (hit.start, hit.end) == (0, 0)
        else:
            assert 0 <= hit.start < hit.end <= len(field)
            assert field[hit.start : hit.end].strip()

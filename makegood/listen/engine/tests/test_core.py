"""Filing: what is added is found, what is removed is gone, and what is rare leads to it."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.listen.engine import Engine, anchors, core
from makegood.listen.query import Doc, matches, parse
from makegood.listen.query.tests.post import post
from makegood.listen.query.tree import Fact, Query


def keys(engine: Engine[Any], text: str) -> list[object]:
    return [key for key, _ in engine.match(post(text))]


def test_add_replace_remove() -> None:
    engine = Engine[Any]()
    assert len(engine) == 0
    engine.add(1, parse("acme"))
    engine.add(("b", 2), parse("late*"))
    engine.add(3, parse("late OR #acme"))
    assert len(engine) == 3
    assert keys(engine, "Latest from #acme") == [1, ("b", 2), 3]
    engine.add(1, parse("fern"))
    assert len(engine) == 3
    assert keys(engine, "Latest from #acme") == [("b", 2), 3]
    assert keys(engine, "fern") == [1]
    engine.remove(("b", 2))
    engine.remove("never there")
    assert keys(engine, "Latest from #acme") == [3]
    engine.remove(1)
    engine.remove(3)
    assert len(engine) == 0
    assert engine._words == {}
    assert not engine._prefixes


def test_the_match_says_why() -> None:
    engine = Engine[Any]()
    engine.add("k", parse("acme"))
    ((_, match),) = engine.match(post("by Acme"))
    assert [(hit.term, hit.start, hit.end) for hit in match.terms] == [("acme", 3, 7)]


def tried(engine: Engine[Any], text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that are evaluated for a text."""
    seen: list[str] = []

    def spy(query: Query, doc: Doc) -> object:
        seen.append(query.text)
        return matches(query, doc)

    with monkeypatch.context() as patch:
        patch.setattr(core, "matches", spy)
        engine.match(post(text))
    return seen


@pytest.mark.parametrize(
    ("query", "idle", "leads"),
    [
        ("my complaint", "a complaint", "complaint of my own"),
        ("(a OR b) complaint", "a b", "complaint, b"),
        ('"my complaint"', "my", "complaint, not my"),
        ("my (complaint OR warranty)", "complaint", "my warranty"),
        ('"my complaint" OR "your warranty"', "my your", "warranty of your own"),
        ("lang:en complaint", "", "complaint"),
        ("complaint -about", "about", "complaint"),
        ("NOT (about OR -complaint)", "about", "complaint"),
        ("refund* my", "my refu", "my refundable"),
        ("deliveries* my", "my delivery", "my deliveriesx"),
        ("my NEAR/3 complaint", "my", "complaint a b c d e my"),
        ("my @complainer", "my", "my @complainer"),
    ],
)
def test_only_what_is_filed_under_a_word_is_tried(
    query: str, idle: str, leads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine[Any]()
    engine.add(1, parse(query))
    assert tried(engine, idle, monkeypatch) == []
    assert tried(engine, leads, monkeypatch) == [query]


def test_what_was_heard_decides_what_is_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "FIRST_SETTLING", 500)
    engine = Engine[Any]()
    engine.add(1, parse("fern everybody"))
    assert list(engine._words) == [b"everybody"]
    for _ in range(500):
        engine.match(post("everybody says so"))
    assert list(engine._words) == [b"fern"]
    assert tried(engine, "everybody", monkeypatch) == []
    assert keys(engine, "everybody, a fern") == [1]


def test_the_count_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "MAX_COUNTED", 100)
    engine = Engine[Any]()
    for number in range(1000):
        engine.match(post(f"often word{number}"))
        assert len(engine._frequency._seen) <= 100
    assert engine._frequency.share(b"often") > 10 * engine._frequency.share(b"word999")


def test_filing_anew_happens_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "FIRST_SETTLING", 2)
    frequency = anchors.Frequency()
    assert [heard for heard in range(1, 20) if frequency.count([b"acme"])] == [2, 8]


def test_a_tree_that_nothing_anchors_is_refused_and_not_lost() -> None:
    engine = Engine[Any]()
    with pytest.raises(ValueError, match="anchors"):
        engine.add(1, Query("lang:en", Fact("lang:en", "lang:en", 0)))
    assert len(engine) == 0

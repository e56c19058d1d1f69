"""Filing: what is added is found, what is removed is gone, and what is rare leads to it."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.listen.query import Doc, Matcher, matches, parse, tokens
from makegood.listen.query import matcher as matcher_module
from makegood.listen.query.tests.post import post
from makegood.listen.query.tree import Fact, Query


def keys(matcher: Matcher[Any], text: str) -> list[object]:
    return [key for key, _ in matcher.match(post(text))]


def test_add_replace_remove() -> None:
    matcher = Matcher[Any]()
    assert len(matcher) == 0
    matcher.add(1, parse("acme"))
    matcher.add(("b", 2), parse("late*"))
    matcher.add(3, parse("late OR #acme"))
    assert len(matcher) == 3
    assert keys(matcher, "Latest from #acme") == [1, ("b", 2), 3]
    matcher.add(1, parse("fern"))
    assert len(matcher) == 3
    assert keys(matcher, "Latest from #acme") == [("b", 2), 3]
    assert keys(matcher, "fern") == [1]
    matcher.remove(("b", 2))
    matcher.remove("never there")
    assert keys(matcher, "Latest from #acme") == [3]
    matcher.remove(1)
    matcher.remove(3)
    assert len(matcher) == 0
    assert matcher._words == {}
    assert matcher._prefixes == {}


def test_the_match_says_why() -> None:
    matcher = Matcher[Any]()
    matcher.add("k", parse("acme"))
    ((_, match),) = matcher.match(post("by Acme"))
    assert [(hit.term, hit.start, hit.end) for hit in match.terms] == [("acme", 3, 7)]


def tried(matcher: Matcher[Any], text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that are evaluated for a text."""
    seen: list[str] = []

    def spy(query: Query, doc: Doc) -> object:
        seen.append(query.text)
        return matches(query, doc)

    with monkeypatch.context() as patch:
        patch.setattr(matcher_module, "matches", spy)
        matcher.match(post(text))
    return seen


@pytest.mark.parametrize(
    ("query", "idle", "leads"),
    [
        ("my complaint", "my dog", "a complaint"),
        ("(a OR b) complaint", "a b", "complaint"),
        ('"my complaint"', "my", "complaint"),
        ("my (complaint OR warranty)", "my", "warranty"),
        ("lang:en complaint", "", "complaint"),
        ("complaint -about", "about", "complaint"),
        ("NOT (about OR -complaint)", "about", "complaint"),
        ("refund* my", "my refu", "refundable"),
        ("my NEAR/3 complaint", "my", "complaint"),
        ("my @complainer", "my", "@complainer"),
    ],
)
def test_only_what_is_filed_under_a_word_is_tried(
    query: str, idle: str, leads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher = Matcher[Any]()
    matcher.add(1, parse(query))
    assert tried(matcher, idle, monkeypatch) == []
    assert tried(matcher, leads, monkeypatch) == [query]


def test_what_was_heard_decides_what_is_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher_module, "FIRST_SETTLING", 500)
    matcher = Matcher[Any]()
    matcher.add(1, parse("fern everybody"))
    assert tried(matcher, "everybody", monkeypatch) == ["fern everybody"]
    for _ in range(500):
        matcher.match(post("everybody says so"))
    assert tried(matcher, "everybody", monkeypatch) == []
    assert tried(matcher, "fern", monkeypatch) == ["fern everybody"]
    assert keys(matcher, "everybody, a fern") == [1]


def test_the_count_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher_module, "MAX_COUNTED", 100)
    matcher = Matcher[Any]()
    for number in range(1000):
        matcher.match(post(f"often word{number}"))
        assert len(matcher._frequency._seen) <= 100
    assert matcher._frequency.share("often") > 10 * matcher._frequency.share("word999")


def test_filing_anew_happens_at_each_doubling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher_module, "FIRST_SETTLING", 2)
    frequency = matcher_module._Frequency()
    doc = tokens(post("acme"))
    assert [heard for heard in range(1, 20) if frequency.count(doc)] == [2, 4, 8, 16]


def test_a_tree_that_nothing_anchors_is_refused_and_not_lost() -> None:
    matcher = Matcher[Any]()
    with pytest.raises(ValueError, match="anchors"):
        matcher.add(1, Query("lang:en", Fact("lang:en", "lang:en", 0)))
    assert len(matcher) == 0

"""Every example of docs/queries.md is tried, with the engine and with the reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from makegood.listen.engine import Engine
from makegood.listen.query import QueryError, matches, parse, tokens
from makegood.listen.query.tests.post import post
from makegood.listen.query.tests.reference import reference_matches

PAGE = Path(__file__).parents[4] / "docs" / "queries.md"
BLOCK = re.compile(r"^```(query|reading|refused)\n(.+?)\n((?:  .+\n)+)```$", re.MULTILINE)


def blocks(kind: str) -> list[tuple[str, list[str]]]:
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [(query, [line.strip() for line in lines.splitlines()]) for name, query, lines in found if name == kind]


def samples() -> list[tuple[str, bool, str]]:
    found = []
    for query, lines in blocks("query"):
        for line in lines:
            verdict, _, sample = line.partition(": ")
            assert verdict in ("yes", "no"), line
            found.append((query, verdict == "yes", sample))
    return found


def test_the_page_has_no_block_that_is_not_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(BLOCK.findall(text))
    assert len(samples()) > 60


@pytest.mark.parametrize(("query", "fits", "sample"), samples())
def test_sample(query: str, fits: bool, sample: str) -> None:
    text, *parts = sample.split(" | ")
    activity = post(text, **dict(part.split("=", 1) for part in parts))
    read = parse(query)
    assert (matches(read, tokens(activity)) is not None) == fits
    assert reference_matches(read, activity) == fits
    engine = Engine[Any]()
    engine.add("it", read)
    assert [key for key, _ in engine.match(activity)] == ["it"] * fits


@pytest.mark.parametrize(("query", "lines"), blocks("reading"))
def test_reading(query: str, lines: list[str]) -> None:
    assert parse(query).reading() == lines[0]


@pytest.mark.parametrize(("query", "lines"), blocks("refused"))
def test_refused(query: str, lines: list[str]) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert refused.value.message == lines[0]


def test_the_limits_on_the_page_are_the_limits() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "2,000 characters, and parentheses 20 deep" in text
    parse("acme " * 399 + "acmes")
    parse("(" * 20 + "acme" + ")" * 20)
    for too_much in ("acme " * 399 + "acmes!", "(" * 21 + "acme" + ")" * 21, "a NEAR/101 b"):
        with pytest.raises(QueryError):
            parse(too_much)
    parse('a NEAR/100 b OR a ONEAR/100 b OR "a b"~100')

"""Every verb that the journal may hold has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from makegood.journal.api import Entry
from makegood.web.words import said, worded

PACKAGE = Path(__file__).resolve().parents[2]


def verbs_in(code: str) -> set[str]:
    """The verbs a module writes; "? in line N" for one that cannot be read off the code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("record", "line") and getattr(node.func.value, "id", "") == "journal":
            given = node.args[1] if len(node.args) > 1 else next(k.value for k in node.keywords if k.arg == "verb")
            found |= set(literals(given))
    return found


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        yield f"? in line {node.lineno}"


def written() -> set[str]:
    """Every verb that any module of the product writes."""
    paths = [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
    return set().union(*(verbs_in(path.read_text("utf-8")) for path in paths))


def test_every_verb_has_words_and_no_words_are_left_over() -> None:
    assert written() == worded()


def test_it_sees_every_verb() -> None:
    code = """
journal.record(1, "a.one", row)
journal.record_all([journal.line(1, "a.two" if x else "a.three", row) for row in rows])
journal.record(1, verb="a.four", subject=row)
journal.record(1, verb_of(row), row)
other.record(1, "no", row)
"""
    assert verbs_in(code) == {"a.one", "a.two", "a.three", "a.four", "? in line 5"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("verb", sorted(worded()))
def test_words_need_no_facts(verb: str, language: str) -> None:
    with translation.override(language):
        words = said(Entry(verb=verb, data={}))
    assert words
    assert verb not in words


@pytest.mark.parametrize(
    ("verb", "data", "words"),
    [
        ("mention.assessed", {"intent": "other", "response": "monitor"}, "read it as something else: only watch"),
        ("mention.assessed", {"intent": "praise", "response": "share_success"}, "read it as praise: thank and share"),
        ("outcome.kept", {"answer": "made_right"}, "noted that it is right for them now"),
        ("query.changed", {"active": True}, "changed a query"),
        ("query.changed", {"active": False}, "changed a query, which rests now"),
        ("channel.changed", {"take_all": True}, "lets everything in that a channel brings"),
        ("channel.changed", {"take_all": False}, "lets in only what a query matches on a channel"),
        ("channel.trouble", {"sentence": "It is gone."}, "could not hear from a channel. It is gone."),
        ("member.invited", {"role": "agent", "days": 7}, "invited somebody as Agent, for 7 days"),
        ("member.invited", {"role": "owner", "days": 1}, "invited somebody as Owner, for 1 day"),
        ("member.role_changed", {"before": "agent", "after": "manager"}, "gave somebody another role: Manager"),
        ("reply.postponed", {"seconds": 300}, "tries the answer again in 5 minutes"),
        ("made.up_later", {}, "made up later"),
    ],
)
def test_words_with_facts(verb: str, data: dict[str, Any], words: str) -> None:
    assert said(Entry(verb=verb, data=data)) == words

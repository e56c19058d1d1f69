"""Whoever is woken listens."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import makegood
from makegood.site.pipeline import SAYING, STEPS, TELLING

ROOT = Path(makegood.__file__).parent


def _woken(path: Path) -> Iterator[str]:
    """The topics that a module wakes, by `jobs.wake("...")` or by a constant that it has or imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "jobs.wake":
            topic = node.args[0]
            if isinstance(topic, ast.Constant):
                yield str(topic.value)
            else:
                module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
                yield str(getattr(import_module(module), ast.unparse(topic)))


def test_every_topic_that_is_woken_has_a_step() -> None:
    files = [path for path in ROOT.rglob("*.py") if "tests" not in path.parts]
    woken = {topic for path in files for topic in _woken(path)}
    assert {"heard", "outbox", "order_files"} <= woken
    assert woken - set(STEPS) == set()


def test_what_is_told_or_said_after_is_a_step() -> None:
    assert {*TELLING, *SAYING} <= set(STEPS)

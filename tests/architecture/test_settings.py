"""Every environment variable that the code reads is explained in docs/settings.md, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Django's own, and the same in every process.
OURS_ALONE = {"DJANGO_SETTINGS_MODULE"}
# Every program's, or numba's own: where caches lie.
EVERYBODYS = {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}
# Read by dj_database_url itself.
BY_OTHERS = {"DATABASE_URL"}


def read_in(code: str) -> set[str]:
    """The names a module takes from the environment."""
    return {name for node in ast.walk(ast.parse(code)) if (name := _name(node))}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript) and _is_environment(node.value):
        key: ast.AST = node.slice
    elif isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
        if not (_is_environment(node.func.value) or node.func.attr == "getenv"):
            return ""
        key = node.args[0]
    elif isinstance(node, ast.Compare) and any(_is_environment(each) for each in node.comparators):
        key = node.left
    else:
        return ""
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else f"? in line {node.lineno}"


def _is_environment(node: ast.AST) -> bool:
    return getattr(node, "attr", "") == "environ" or getattr(node, "id", "") == "environ"


def sources() -> Iterator[Path]:
    for path in sorted((ROOT / "makegood").rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield path


def test_every_variable_is_explained() -> None:
    used = set().union(*(read_in(path.read_text("utf-8")) for path in sources())) - OURS_ALONE - EVERYBODYS
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    explained = set(re.findall(r"`([A-Z][A-Z_]+)`", text)) - {"ERROR", "WARNING", "INFO", "DEBUG"}
    assert explained == used | BY_OTHERS


def test_it_sees_every_way_of_reading_one() -> None:
    code = """
import os
from os import environ
a = os.environ.get("A") or os.environ["B"]
b = os.getenv("C", "x")
c = "D" in os.environ
environ.pop("E")
f = {}.get("NO")
g = os.environ.get(name)
"""
    assert read_in(code) == {"A", "B", "C", "D", "E", "? in line 9"}

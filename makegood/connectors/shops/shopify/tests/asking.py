"""Checks a question against the part of Shopify's schema that we use, as far as names of fields and arguments go.

`schema.json` holds names and types of version 2026-10, taken from the introspection result in the npm package
@shopify/dev-mcp 1.16.0 (`python -m makegood.connectors.shops.shopify.tests.asking path/to/admin_2026-10.json.gz`).
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from makegood.connectors.shops.shopify import queries

__all__ = ["complaints", "excerpt"]

SCHEMA = Path(__file__).with_name("schema.json")
_TOKEN = re.compile(r"\.\.\.|[A-Za-z_]\w*|\$\w+|[{}()@:!\[\],]|\d+|\"[^\"]*\"")
_ROOTS = {"query": "QueryRoot", "mutation": "Mutation"}


@cache
def _schema() -> Any:
    return json.loads(SCHEMA.read_text("utf-8"))


def complaints(question: str, schema: Any = None) -> list[str]:
    """What Shopify would not understand of a question; [] where all is well."""
    found: list[str] = []
    used: set[tuple[str, str]] = set()
    _walk_all(question, _schema() if schema is None else schema, found, used)
    return found


def _walk_all(question: str, schema: Any, found: list[str], used: set[tuple[str, str]]) -> None:
    tokens: list[str] = _TOKEN.findall(question)
    while tokens:
        word = str(tokens.pop(0))
        if word == "fragment":
            del tokens[:2]  # its name, and "on"
            kind = str(tokens.pop(0))
        else:
            kind = _ROOTS[word]
            tokens.pop(0)
            if tokens[0] == "(":
                _arguments(tokens)
        _selection(tokens, kind, schema, found, used)


def _arguments(tokens: list[str]) -> list[str]:
    """The names in a pair of brackets, which may hold brackets."""
    assert tokens.pop(0) == "("
    names: list[str] = []
    depth = 1
    while depth:
        token = tokens.pop(0)
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(token, 0)
        if depth == 1 and tokens[0] == ":" and not token.startswith("$"):
            names.append(token)
    return names


def _selection(tokens: list[str], kind: str, schema: Any, found: list[str], used: set[tuple[str, str]]) -> None:
    assert tokens.pop(0) == "{"
    while (word := tokens.pop(0)) != "}":
        if word == "...":
            if tokens.pop(0) == "on":
                _selection(tokens, tokens.pop(0), schema, found, used)
            continue
        names = _arguments(tokens) if tokens[0] == "(" else []
        if tokens[0] == "@":
            del tokens[:2]
            _arguments(tokens)
        known: Any = {"type": "String", "args": []} if word == "__typename" else schema.get(kind, {}).get(word)
        if known is None:
            found.append(f"Field '{word}' doesn't exist on type '{kind}'")
        else:
            used.add((kind, word))
            found += [f"Field '{word}' doesn't accept argument '{each}'" for each in names if each not in known["args"]]
        if tokens[0] == "{":
            _selection(tokens, known["type"] if known else "?", schema, found, used)


def excerpt(whole: Any) -> dict[str, Any]:
    """The fields of a whole schema (an introspection result) that our questions name."""
    types = {each["name"]: each for each in (whole.get("data") or whole)["__schema"]["types"]}
    full = {
        name: {
            one["name"]: {"type": _name(one["type"]), "args": [each["name"] for each in one["args"]]}
            for one in each.get("fields") or []
        }
        for name, each in types.items()
    }
    used: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for name in queries.__all__:
        _walk_all(getattr(queries, name), full, wrong, used)
    assert not wrong, wrong
    kept: dict[str, Any] = {}
    for kind, word in sorted(used):
        if word != "__typename":
            kept.setdefault(kind, {})[word] = full[kind][word]
    return kept


def _name(kind: Any) -> str:
    return str(kind["name"]) if kind["ofType"] is None else _name(kind["ofType"])


if __name__ == "__main__":
    with gzip.open(sys.argv[1]) as source:
        SCHEMA.write_text(json.dumps(excerpt(json.load(source)), indent=1) + "\n", "utf-8")

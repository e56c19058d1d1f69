"""Whatever a server sends instead of JSON is a fault of that server: no connector falls over it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from makegood.connectors import verdicts
from makegood.connectors.bluesky.stream import batch_of
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.hackernews import calls
from makegood.connectors.mastodon.stream import _unpacked
from makegood.connectors.payments.paypal.errors import from_answer
from makegood.connectors.payments.stripe.shapes import event_of

CONNECTORS = Path(verdicts.__file__).parent
NONSENSE = [b"", b"{", b"\xff", b'"\xff"', b'{"hits": "\xc3\x28"}', b'{"\xff": 1}', b"[" * 200_000, b'{"a":' * 100_000]


def decodings(path: Path) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
    """Each decoding of JSON in a file, with what is caught around it."""

    def walk(node: ast.AST, caught: list[ast.expr]) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "decode":
            source = ast.unparse(node.func)
            if source.startswith("msgspec.json.") or source in DECODERS:
                yield node, caught
        inside = caught
        if isinstance(node, ast.Try):
            inside = [*caught, *(each.type for each in node.handlers if each.type is not None)]
            for step in node.body:
                yield from walk(step, inside)
            for after in (*node.handlers, *node.orelse, *node.finalbody):
                yield from walk(after, caught)
            return
        for child in ast.iter_child_nodes(node):
            yield from walk(child, caught)

    yield from walk(ast.parse(path.read_text("utf-8")), [])


DECODERS = {"_event.decode"}
OURS = {"sample/content.py"}
"""Files that decode what comes with Makegood."""


def test_every_decoding_of_bytes_from_outside_catches_all_that_it_raises() -> None:
    seen = 0
    for path in sorted(CONNECTORS.rglob("*.py")):
        name = str(path.relative_to(CONNECTORS))
        if "tests" in path.parts or name in OURS:
            continue
        for call, caught in decodings(path):
            seen += 1
            assert any("NOT_JSON" in ast.unparse(each) for each in caught), f"{name}:{call.lineno}"
    assert seen > 15, "the rule still finds them"


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body[:12]))
def test_what_decoding_raises_is_in_the_list(body: bytes) -> None:
    with pytest.raises(verdicts.NOT_JSON):
        msgspec.json.decode(body, type=dict[str, str])


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body[:12]))
def test_no_connector_falls_over_it(body: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        calls._read("Hacker News", body, dict[str, Any])
    assert caught.value.verdict is Verdict.RETRY
    assert _unpacked(body.decode("utf-8", "surrogateescape")) is None
    assert from_answer(500, body, {}, writes=False).verdict is Verdict.RETRY
    with pytest.raises(ValueError, match=r"."):
        event_of(body)
    batch = batch_of([body], datetime(2026, 11, 1, tzinfo=UTC), None)
    assert (list(batch.activities), len(batch.problems)) == ([], 1)

"""Words with letters left open: the wom?n of a query."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import regex

__all__ = ["fitting"]

ANY_LETTER = r"[\p{L}\p{N}]\p{M}*"


def fitting(shape: str, is_open: bool, words: Iterable[str]) -> list[str]:
    """The words that fit `shape`, each ? of which stands for one letter; with `is_open` any ending may follow."""
    head = shape.partition("?")[0]
    pattern = _pattern(shape, is_open)
    return [word for word in words if word.startswith(head) and pattern.fullmatch(word)]


@functools.lru_cache(maxsize=10_000)
def _pattern(shape: str, is_open: bool) -> regex.Pattern[str]:
    parts = map(regex.escape, shape.split("?"))
    return regex.compile(ANY_LETTER.join(parts) + (".*" if is_open else ""))

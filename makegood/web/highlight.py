"""Marks the words that made a mention match."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

__all__ = ["highlight"]


def highlight(text: str, marks: Iterable[tuple[int, int]]) -> SafeString:
    """The text as safe HTML: (start, end) spans in <mark>, line breaks kept, everything escaped, links live elsewhere.

    Spans outside the text are ignored and overlapping ones joined.
    """
    spans: list[tuple[int, int]] = []
    for start, end in sorted((s, e) for s, e in marks if 0 <= s < e <= len(text)):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [_plain(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    parts.append(_plain(text[at:]))
    return mark_safe("".join(parts).replace("\n", "<br>"))  # noqa: S308 - every piece is escaped above


def _plain(text: str) -> str:
    return urlize(text, nofollow=True, autoescape=True)

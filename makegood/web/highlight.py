"""Marks the words that made a mention match."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

__all__ = ["highlight"]

_PIECE = re.compile(r"(<[^>]*>)|&#?\w+;|.", re.DOTALL)
"""Of escaped HTML: a tag, or one character of what is seen."""


def highlight(text: str, marks: Iterable[tuple[int, int]]) -> SafeString:
    """The text as safe HTML: (start, end) spans in <mark>, line breaks kept, everything escaped, links live.

    Spans outside the text are ignored and overlapping ones joined. A link stays whole when a part of it is marked.
    """
    spans: list[tuple[int, int]] = []
    for start, end in sorted((s, e) for s, e in marks if 0 <= s < e <= len(text)):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    html = str(urlize(text, nofollow=True, autoescape=True))
    marked = _marked(html, spans) if spans else html
    return mark_safe(marked.replace("\n", "<br>"))  # noqa: S308 - urlize has escaped it


def _marked(html: str, spans: list[tuple[int, int]]) -> str:
    """Escaped HTML with marks around these spans of what is seen; they never reach over a tag."""
    starts, ends = dict(spans).keys(), {end for _, end in spans}
    parts: list[str] = []
    at, is_open = 0, False
    for piece in _PIECE.finditer(html):
        if piece[1]:
            parts.append(f"</mark>{piece[1]}<mark>" if is_open else piece[1])
            continue
        if at in starts:
            parts.append("<mark>")
            is_open = True
        parts.append(piece[0])
        at += 1
        if at in ends:
            parts.append("</mark>")
            is_open = False
    return "".join(parts)

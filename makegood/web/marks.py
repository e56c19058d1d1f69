"""Texts in which the words that matter are marked."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["marked"]

LEAD = 100
"""Characters shown before the first mark when a long text is cut."""


def marked(text: str, spans: Iterable[tuple[int, int]], limit: int = 0) -> SafeString:
    """`text` as HTML with <mark> around each (start, end), which may overlap or lie outside.

    With `limit` a longer text is cut to that many characters around its first mark, with an ellipsis at each cut.
    """
    places = _merged(spans, len(text))
    begin, end = 0, len(text)
    if limit and len(text) > limit:
        begin = max(0, min(places[0][0] - LEAD, len(text) - limit)) if places else 0
        end = begin + limit
    parts: list[SafeString] = []
    position = begin
    for start, stop in places:
        first, last = max(start, begin), min(stop, end)
        if first < last:
            parts.append(format_html("{}<mark>{}</mark>", text[position:first], text[first:last]))
            position = last
    parts.append(format_html("{}{}", text[position:end], "…" if end < len(text) else ""))
    return format_html("{}{}", "…" if begin else "", format_html_join("", "{}", ((part,) for part in parts)))


def _merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, stop in sorted((max(0, start), min(stop, length)) for start, stop in spans):
        if start >= stop:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found

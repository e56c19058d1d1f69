"""An activity cut into words, once, for any number of queries."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from makegood.activity import Activity
from makegood.listen.query.facts import Link, facts_of, links_of
from makegood.listen.query.text import (
    LaidOut,
    found_by,
    handle_keys,
    lay_out,
    marks_in,
    tag_key,
    tag_words,
    word_matches,
    words_in,
)

__all__ = ["FIRST_TAG", "SEGMENT", "Doc", "Span", "tokens"]

SEGMENT = 1 << 32
"""Positions of the title, the text and each tag start this far apart, so that no phrase reaches across."""
FIRST_TAG = 2


class Span(NamedTuple):
    """A stretch of words: positions of its first and last, and its characters in the field it stands in."""

    first: int
    last: int
    start: int
    end: int


class Doc:
    """An activity as queries see it. `words` gives the positions of every word; the rest is worked out when it
    is first asked for.
    """

    def __init__(self, activity: Activity) -> None:
        self.activity = activity
        self._laid_out: list[LaidOut] = []
        self._in_order: list[list[str]] = []
        self.words: dict[str, list[int]] = {}
        words = self.words
        for text in (activity.title, activity.text, *activity.tags):
            laid_out = lay_out(text)
            base = len(self._laid_out) * SEGMENT
            in_order = words_in(laid_out.flat)
            self._laid_out.append(laid_out)
            self._in_order.append(in_order)
            for position, word in enumerate(in_order, base):
                for key in (word,) if word.isalnum() and word.isascii() else found_by(word):
                    if (found := words.get(key)) is None:
                        words[key] = [position]
                    else:
                        found.append(position)

    @cached_property
    def places(self) -> tuple[list[tuple[int, int]], ...]:
        """The start and end of each word of each segment: title, text, then one segment a tag."""
        return tuple(map(_places, self._laid_out, self._in_order))

    @cached_property
    def marks(self) -> dict[str, list[Span]]:
        """The spans of every #tag and @handle by key, none when the network names it outside the text; and as
        `tag:word` the spans of the hashtags that hold a word.
        """
        marks = dict(self._written)
        for words, span in self.tagged:
            for word in dict.fromkeys(words):
                marks.setdefault(f"tag:{word}", []).append(span)
        return marks

    @cached_property
    def tagged(self) -> list[tuple[tuple[str, ...], Span]]:
        """Every hashtag by its own words: #AcmeFail as acme, fail."""
        spans = (span for key, spans in self._written.items() if key[0] == "#" for span in spans)
        return [(tag_words(self.written(span)), span) for span in spans]

    @cached_property
    def links(self) -> list[Link]:
        """The links it holds, in its text or beside it."""
        return links_of(self.activity)

    @cached_property
    def facts(self) -> frozenset[str]:
        """What is true of the whole (`lang:en`, `site:acme.com`), but for what is asked for by a number or a path."""
        return facts_of(self.activity, self.links)

    @cached_property
    def _written(self) -> dict[str, list[Span]]:
        marks: dict[str, list[Span]] = {}
        for segment, (flat, starts, ends) in enumerate(self._laid_out):
            if "#" not in flat and "@" not in flat:
                continue
            base = segment * SEGMENT
            begins = [match.start() for match in word_matches(flat)]
            for key, start, end in marks_in(flat):
                first, last = bisect_left(begins, start), bisect_left(begins, end) - 1
                if first <= last:
                    span = Span(base + first, base + last, starts[start], ends[end - 1])
                    marks.setdefault(key, []).append(span)
        for index, tag in enumerate(self.activity.tags, start=FIRST_TAG):
            if (key := tag_key(tag)) and (places := self.places[index]):
                base = index * SEGMENT
                marks.setdefault(key, []).append(Span(base, base + len(places) - 1, 0, len(tag)))
        for mention in self.activity.mentions:
            for name in handle_keys(mention):
                marks.setdefault(f"@{name}", [])
        return marks

    def where(self, position: int) -> str:
        """The field a position stands in: title, text or tag."""
        return ("title", "text")[position // SEGMENT] if position < FIRST_TAG * SEGMENT else "tag"

    def field(self, position: int) -> str:
        """The whole text of the field a position stands in."""
        segment = position // SEGMENT
        said = self.activity
        return (said.title, said.text)[segment] if segment < FIRST_TAG else said.tags[segment - FIRST_TAG]

    def written(self, span: Span) -> str:
        """What stands at a span, as its author wrote it."""
        return self.field(span.first)[span.start : span.end]

    def span(self, first: int, last: int) -> Span:
        """The span from one word to another of the same segment."""
        places = self.places[first // SEGMENT]
        return Span(first, last, places[first % SEGMENT][0], places[last % SEGMENT][1])


def _places(laid_out: LaidOut, words: list[str]) -> list[tuple[int, int]]:
    # Cutting looks at nothing before a word: between two words none of their letters stand, and the next is the first.
    flat, starts, ends = laid_out
    places = []
    end = 0
    for word in words:
        start = flat.index(word, end)
        end = start + len(word)
        places.append((starts[start], ends[end - 1]))
    return places


def tokens(activity: Activity) -> Doc:
    """Cuts an activity's title, text and tags into words."""
    return Doc(activity)

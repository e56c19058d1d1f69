"""Whether an activity is what a query asks for, and why: exact, with the places where its terms stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from makegood.listen.query.doc import FIRST_TAG, SEGMENT, Doc, Span
from makegood.listen.query.facts import holds
from makegood.listen.query.scattered import scattered
from makegood.listen.query.shapes import fitting
from makegood.listen.query.text import exact_ends, spaceless
from makegood.listen.query.tree import (
    And,
    Fact,
    Leaf,
    Mark,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Query,
    Tagged,
    Words,
    leaves,
)

__all__ = ["Match", "TermHit", "matches", "near_miss"]

MAX_HITS = 100
"""Places shown for one term: enough to mark a post, and bounded for a book."""
TELLING = 4
"""Letters a word of a phrase must have before its lone appearance makes a near miss."""


@dataclass(frozen=True)
class TermHit:
    """One reason for a match: the term as the user wrote it and where it stands.

    `where` is text, title, tag or post. `start` and `end` are character offsets in `activity.text` (text) or
    `activity.title` (title); for a tag outside the text `start` is its place among `activity.tags` and `end` the
    next; for what is true of the whole post both are 0.
    """

    term: str
    start: int
    end: int
    where: str


@dataclass(frozen=True)
class Match:
    """Why a query fits an activity, in the order of its terms."""

    terms: tuple[TermHit, ...]


def matches(query: Query, doc: Doc) -> Match | None:
    """The reasons why `doc` fits `query`, or None when it does not."""
    hits = _evaluate(query.ast, doc)
    return None if hits is None else Match(tuple(dict.fromkeys(hits)))


def near_miss(query: Query, doc: Doc) -> bool:
    """Whether `doc` has something of what `query` asks for and yet does not fit it.

    Something is a term that may be there, a longer word of a phrase, or two characters in a row of a phrase
    in a script without spaces. `lang:`, `has:` and the like do not count.
    """
    if _evaluate(query.ast, doc) is not None:
        return False
    wanted = (leaf for leaf, negated in leaves(query.ast) if not negated and not isinstance(leaf, Fact))
    return any(_spans(leaf, doc) or _touches(leaf, doc) for leaf in wanted)


def _touches(leaf: Leaf, doc: Doc) -> bool:
    if isinstance(leaf, Mark):
        return leaf.key in doc.marks
    if isinstance(leaf, Fact | Pattern) or (isinstance(leaf, Words) and leaf.prefix):
        return False
    if isinstance(leaf, Words) and leaf.raw and _phrase(leaf.keys, doc):
        return True
    if any(len(key) >= TELLING and key in doc.words for key in leaf.keys):
        return True
    pairs = pairwise(leaf.keys)
    return any(spaceless(one) and spaceless(two) and _phrase((one, two), doc) for one, two in pairs)


def _evaluate(node: Node, doc: Doc) -> list[TermHit] | None:
    match node:
        case And():
            hits: list[TermHit] = []
            for part in node.parts:
                if (found := _evaluate(part, doc)) is None:
                    return None
                hits += found
            return hits
        case Or():
            some = [found for part in node.parts if (found := _evaluate(part, doc)) is not None]
            return [hit for found in some for hit in found] if some else None
        case Not():
            return [] if _evaluate(node.part, doc) is None else None
        case Near():
            return _near_hits(node, doc)
        case Fact():
            true = holds(node.key, doc.activity, doc.links, doc.facts)
            return [TermHit(node.text, 0, 0, "post")] if true else None
        case Mark():
            if node.key not in doc.marks:
                return None
            return _hits(node.text, doc.marks[node.key], doc) or [TermHit(node.text, 0, 0, "post")]
        case Words() | Pattern() | Tagged():
            return _hits(node.text, _spans(node, doc), doc) or None


def _hits(term: str, spans: Iterable[Span], doc: Doc) -> list[TermHit]:
    hits = []
    for span in list(spans)[:MAX_HITS]:
        where = doc.where(span.first)
        tag = span.first // SEGMENT - FIRST_TAG
        start, end = (tag, tag + 1) if where == "tag" else (span.start, span.end)
        hits.append(TermHit(term, start, end, where))
    return hits


def _spans(leaf: Leaf, doc: Doc) -> list[Span]:
    """Where a term stands, from the beginning to the end; of scattered words each by itself."""
    match leaf:
        case Fact():
            return []
        case Mark():
            return doc.marks.get(leaf.key, [])
        case Tagged():
            if f"tag:{leaf.keys[0]}" not in doc.marks:
                return []
            return [span for words, span in doc.tagged if _in_a_row(leaf.keys, words)]
        case Pattern():
            starts, length = _everywhere(fitting(leaf.shape, leaf.open, doc.words), doc), 1
        case Words():
            starts, length = _starts(leaf, doc), len(leaf.keys) if leaf.slack is None else 1
    if leaf.title:
        starts = starts[: bisect_left(starts, SEGMENT)]
    spans = [doc.span(first, first + length - 1) for first in starts]
    if isinstance(leaf, Words) and leaf.raw:
        return [exact for span in spans if (exact := _exactly(leaf.raw, span, doc)) is not None]
    return spans


def _starts(leaf: Words, doc: Doc) -> list[int]:
    if leaf.prefix:
        return _everywhere((word for word in doc.words if word.startswith(leaf.keys[0])), doc)
    if leaf.slack is None:
        return _phrase(leaf.keys, doc)
    return scattered(leaf.keys, [doc.words.get(key, ()) for key in leaf.keys], leaf.slack)


def _everywhere(words: Iterable[str], doc: Doc) -> list[int]:
    """The positions of any of these words."""
    return sorted({position for word in words for position in doc.words[word]})


def _in_a_row(wanted: tuple[str, ...], words: tuple[str, ...]) -> bool:
    count = len(wanted)
    return any(words[at : at + count] == wanted for at in range(len(words) - count + 1))


def _exactly(raw: str, span: Span, doc: Doc) -> Span | None:
    """The span with the signs around it that are asked for, where it is spelled exactly so."""
    ends = exact_ends(raw, doc.field(span.first), span.start, span.end)
    return None if ends is None else Span(span.first, span.last, *ends)


def _phrase(keys: tuple[str, ...], doc: Doc) -> list[int]:
    """The positions at which the words stand in a row, in order."""
    places = [doc.words.get(key) for key in keys]
    present = [found for found in places if found is not None]
    if len(present) < len(keys):
        return []
    if len(keys) == 1:
        return present[0]
    rarest = min(range(len(keys)), key=lambda index: len(present[index]))
    starts = [position - rarest for position in present[rarest]]
    for offset, found in enumerate(present):
        if offset != rarest and starts:
            here = set(found)
            starts = [start for start in starts if start + offset in here]
    return starts


def _near_hits(node: Near, doc: Doc) -> list[TermHit] | None:
    left, right = _sides(node.left, doc), _sides(node.right, doc)
    pairs = _pairs([span for _, span in left], [span for _, span in right], node)
    if not pairs:
        return None
    ones = dict.fromkeys(left[one] for one, _ in pairs)
    others = dict.fromkeys(right[other] for _, other in pairs)
    return [hit for term, span in (*ones, *others) for hit in _hits(term, [span], doc)]


def _sides(node: Node, doc: Doc) -> list[tuple[str, Span]]:
    return [(leaf.text, span) for leaf, _ in leaves(node) for span in _spans(leaf, doc)]


def _pairs(left: list[Span], right: list[Span], node: Near) -> list[tuple[int, int]]:
    """Which spans stand beside each other, without a word in common, no further apart than is asked for and in
    the order that is.
    """
    distance = node.distance
    by_first = sorted(range(len(right)), key=lambda index: right[index].first)
    by_last = sorted(range(len(right)), key=lambda index: right[index].last)
    firsts = [right[index].first for index in by_first]
    lasts = [right[index].last for index in by_last]
    pairs: list[tuple[int, int]] = []
    for index, span in enumerate(left):
        after = by_first[bisect_right(firsts, span.last) : bisect_right(firsts, span.last + distance + 1)]
        pairs += [(index, other) for other in after]
        if not node.ordered:
            before = by_last[bisect_left(lasts, span.first - distance - 1) : bisect_left(lasts, span.first)]
            pairs += [(index, other) for other in before]
        if len(pairs) >= MAX_HITS:
            break
    return pairs

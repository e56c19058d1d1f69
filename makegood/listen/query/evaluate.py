"""Whether an activity is what a query asks for, and why: exact, with the places where its terms stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from makegood.listen.query.text import SEGMENT, Doc, Span, spaceless
from makegood.listen.query.tree import And, Fact, Leaf, Mark, Near, Node, Not, Or, Query, Words, leaves

__all__ = ["Match", "TermHit", "matches", "near_miss"]

MAX_HITS = 100
"""Places shown for one term: enough to mark a post, and bounded for a book."""
TELLING = 4
"""Letters a word of a phrase must have before its lone appearance makes a near miss."""


@dataclass(frozen=True)
class TermHit:
    """One reason for a match: the term as the user wrote it and where it stands.

    `where` is text, title, tag or post. `start` and `end` are character offsets in `activity.text` (text) or
    `activity.title` (title); for a tag outside the text and for what is true of the whole post both are 0.
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
    if isinstance(leaf, Fact) or len(leaf.keys) == 1:
        return False
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
            return [TermHit(node.text, 0, 0, "post")] if node.key in doc.facts else None
        case Mark():
            if node.key not in doc.marks:
                return None
            return _hits(node.text, doc.marks[node.key], doc) or [TermHit(node.text, 0, 0, "post")]
        case Words():
            return _hits(node.text, _spans(node, doc), doc) or None


def _hits(term: str, spans: Iterable[Span], doc: Doc) -> list[TermHit]:
    hits = []
    for span in list(spans)[:MAX_HITS]:
        where = doc.where(span.first)
        start, end = (0, 0) if where == "tag" else (span.start, span.end)
        hits.append(TermHit(term, start, end, where))
    return hits


def _spans(leaf: Leaf, doc: Doc) -> list[Span]:
    """Where a term stands, from the beginning to the end."""
    if isinstance(leaf, Mark):
        return doc.marks.get(leaf.key, [])
    if isinstance(leaf, Fact):
        return []
    starts = _starting(leaf.keys[0], doc) if leaf.prefix else _phrase(leaf.keys, doc)
    if leaf.title:
        starts = starts[: bisect_left(starts, SEGMENT)]
    return [doc.span(first, first + len(leaf.keys) - 1) for first in starts]


def _starting(prefix: str, doc: Doc) -> list[int]:
    found = {position for word, places in doc.words.items() if word.startswith(prefix) for position in places}
    return sorted(found)


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
    pairs = _pairs([span for _, span in left], [span for _, span in right], node.distance)
    if not pairs:
        return None
    ones = dict.fromkeys(left[one] for one, _ in pairs)
    others = dict.fromkeys(right[other] for _, other in pairs)
    return [hit for term, span in (*ones, *others) for hit in _hits(term, [span], doc)]


def _sides(node: Node, doc: Doc) -> list[tuple[str, Span]]:
    return [(leaf.text, span) for leaf, _ in leaves(node) for span in _spans(leaf, doc)]


def _pairs(left: list[Span], right: list[Span], distance: int) -> list[tuple[int, int]]:
    """Which spans stand beside each other, without a word in common and with at most `distance` words
    between.
    """
    by_first = sorted(range(len(right)), key=lambda index: right[index].first)
    by_last = sorted(range(len(right)), key=lambda index: right[index].last)
    firsts = [right[index].first for index in by_first]
    lasts = [right[index].last for index in by_last]
    pairs: list[tuple[int, int]] = []
    for index, span in enumerate(left):
        after = by_first[bisect_right(firsts, span.last) : bisect_right(firsts, span.last + distance + 1)]
        before = by_last[bisect_left(lasts, span.first - distance - 1) : bisect_left(lasts, span.first)]
        pairs += [(index, other) for other in (*after, *before)]
        if len(pairs) >= MAX_HITS:
            break
    return pairs

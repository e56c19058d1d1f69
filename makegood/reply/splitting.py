"""A text too long for one post, in several: pure, and the one place that decides where it is cut.

It is cut between paragraphs where that is possible, else at the end of a sentence, else of a clause, else between two
words; never inside a word, a link, a name (@), a hashtag or a visible character. Scripts that set no spaces between
words (Chinese, Japanese, Thai and their kin) may be cut between any two visible characters, after a full stop first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import regex

__all__ = ["MOST_PARTS", "CannotSplit", "counter", "split"]

MOST_PARTS = 25
"""An answer in more posts than this is not an answer any more."""

Measure = Callable[[str], int]

PARAGRAPH, SENTENCE, CLAUSE, WORD, LETTER = 5, 4, 3, 2, 1

_SPACE = regex.compile(r"\s+")
_TOKEN = regex.compile(r"\S+")
# Scripts without spaces between words; where two such characters meet, a line may be broken.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_WIDE_STOP = regex.compile(r"[。！？｡]$")
_WIDE_PAUSE = regex.compile(r"[、，；：]$")
# What must never stand at the beginning of a post there: a closing mark, a small kana, a combining sign.
_CLINGS = regex.compile(r"^[\p{Pe}\p{Pf}\p{M}。！？｡、，；：ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]")
_OPENS = regex.compile(r"[\p{Ps}\p{Pi}]$")
_WHOLE = regex.compile(r"(?:https?://|www\.)[^\s<>\"。！？、，]+|[@#＃][\w.@-]*\w", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")

_CLOSERS = "\"'”’“‘»›)]}*_"
_STOP = regex.compile(rf"[.!?…。！？؟।]+[{regex.escape(_CLOSERS)}]*$")
_PAUSE = regex.compile(rf"(?:[,;:،؛][{regex.escape(_CLOSERS)}]*|[–—-])$")
_LETTERS = regex.compile(r"^[(\[\"'“„«]*(?:\p{L}\.)+$")
_ORDINAL = regex.compile(r"^[(\[]?\d{1,2}\.$")
# Words that end with a full stop in the middle of a sentence.
_SHORT = regex.compile(
    r"(?:approx|art|aufl|bd|betr|bspw|bzgl|bzw|ca|cf|cit|corp|dept|dir|dr|eds?|est|evtl|exp|fa|ff|fig|fr|gem|ggf|hr|inkl|incl"
    r"|jr|kap|lt|mme|mlle|mrs?|ms|mwst|nr|nos?|num|núm|op|pp?|pg|ph|prof|pos|ref|resp|rev|sog|sra?|st|str|tel|usf|vgl|vol|vs"
    r"|zzgl|\p{L})\.",
    regex.IGNORECASE,
)
# These may end a sentence as well: they do when the next word begins with a capital.
_EITHER = regex.compile(
    r"(?:a\.m|co|etc|inc|ltd|p\.m|u\.s|usw|d\.c|u\.k|gmbh|jan|feb|okt|oct|nov|dec|dez)\.", regex.IGNORECASE
)


class CannotSplit(ValueError):  # noqa: N818 - the domain's word
    """There is no way to send this in parts: a sentence that says why."""


@dataclass(frozen=True)
class _Break:
    """A place where the text may be cut: the part before ends at `end`, the next begins at `start`."""

    end: int
    start: int
    strength: int


def counter(position: int, total: int) -> str:
    """What stands behind part number `position` (from 1) of `total`."""
    return f" ({position}/{total})"


def split(text: str, limit: int, measure: Measure, *, counters: bool = True) -> list[str]:
    """The parts of a text, none longer than `limit` as `measure` counts; one part where it fits into one.

    With `counters` each of several parts ends with `counter`, which counts as well. Put together, the parts hold every
    visible character of the text in order. The last part is not left with a scrap of the text where that can be helped.
    Raises `CannotSplit` when a word is longer than a post, or more than `MOST_PARTS` would be needed.
    """
    words = text.strip()
    if measure(words) <= limit:
        return [words]
    breaks = _breaks(words)
    expected = 2
    while True:
        suffix = len(str(expected))
        # The widest counter of this many digits, so that no part is too long whichever number it gets.
        widest = counter(10**suffix - 1, 10**suffix - 1) if counters else ""
        spans = _spans(words, breaks, partial(_fits, measure, limit, widest))
        if len(spans) > MOST_PARTS:
            raise CannotSplit(
                f"That would be {len(spans)} posts. Shorten it to {MOST_PARTS} or fewer; your text is kept."
            )
        if not counters or len(str(len(spans))) == suffix:
            break
        expected = len(spans)
    parts = [words[start:end] for start, end in spans]
    total = len(parts)
    return [part + counter(number, total) for number, part in enumerate(parts, 1)] if counters else parts


def _fits(measure: Measure, limit: int, ending: str, part: str) -> bool:
    return measure(part + ending) <= limit


def _spans(text: str, breaks: Sequence[_Break], fits: Callable[[str], bool]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    while not fits(text[start:]):
        cut = _best(text, start, breaks, fits)
        spans.append((start, cut.end))
        start = cut.start
        if len(spans) > 10 * MOST_PARTS:
            break
    spans.append((start, len(text)))
    return _balanced(text, spans, breaks, fits)


def _best(text: str, start: int, breaks: Sequence[_Break], fits: Callable[[str], bool]) -> _Break:
    """The strongest place to cut in the second half of what fits (a sentence: the last two thirds); the last of
    equals.
    """
    first = bisect_right(breaks, start, key=lambda each: each.end)
    low, high = first, len(breaks)
    while low < high:
        middle = (low + high) // 2
        if fits(text[start : breaks[middle].end]):
            low = middle + 1
        else:
            high = middle
    able = breaks[first:low]
    if not able:
        stuck = _TOKEN.match(text, start)
        word = stuck.group() if stuck else ""
        raise CannotSplit(f"“{word[:40]}…” is longer than one post. Shorten it; your text is kept.")
    reach = able[-1].end - start
    late = [each for each in able if each.end - start >= reach / (3 if each.strength >= SENTENCE else 2)]
    return max(late, key=lambda each: (each.strength, each.end))


def _balanced(
    text: str, spans: list[tuple[int, int]], breaks: Sequence[_Break], fits: Callable[[str], bool]
) -> list[tuple[int, int]]:
    """The same with the last two parts cut anew, when the last has less than half of the one before it."""
    if len(spans) < 2:
        return spans
    (start, end), (last, finish) = spans[-2:]
    if 2 * (finish - last) >= end - start:
        return spans
    middle = start + (finish - start) // 2
    reach = (finish - start) // 4
    near = [each for each in breaks if start < each.end and abs(each.end - middle) <= reach]
    near = [each for each in near if fits(text[start : each.end]) and fits(text[each.start : finish])]
    if not near:
        return spans
    cut = max(near, key=lambda each: (each.strength, -abs(each.end - middle)))
    if cut.strength < SENTENCE <= _strength_at(breaks, end):
        return spans
    return [*spans[:-2], (start, cut.end), (cut.start, finish)]


def _strength_at(breaks: Sequence[_Break], end: int) -> int:
    return next((each.strength for each in breaks if each.end == end), 0)


def _breaks(text: str) -> list[_Break]:
    """Every place where the text may be cut, in order."""
    found: list[_Break] = []
    for token in _TOKEN.finditer(text):
        found += _inside(token.group(), token.start())
        gap = _SPACE.match(text, token.end())
        if gap is not None and gap.end() < len(text):
            found.append(_Break(token.end(), gap.end(), _strength(token.group(), gap.group(), text[gap.end()])))
    return found


def _strength(word: str, gap: str, following: str) -> int:
    if gap.count("\n") > 1:
        return PARAGRAPH
    if "\n" in gap or _ends_sentence(word, following):
        return SENTENCE
    return CLAUSE if _PAUSE.search(word) else WORD


def _ends_sentence(token: str, following: str) -> bool:
    if not _STOP.search(token):
        return False
    bare = token.rstrip(_CLOSERS)
    if bare.endswith(("..", "…")):
        return not following.islower()
    if not bare.endswith("."):
        return True
    if following.islower() or (following.isdigit() and len(bare) <= 5):
        return False
    word = bare.lstrip("([\"'“„«")
    if _EITHER.fullmatch(word):
        return following.isupper()
    return not (_SHORT.fullmatch(word) or _LETTERS.match(bare) or _ORDINAL.match(bare))


def _inside(token: str, offset: int) -> list[_Break]:
    """Places inside of a run without white space, where its script has no spaces between words."""
    if not _UNSPACED.search(token):
        return []
    whole = [found.span() for found in _WHOLE.finditer(token)]
    found: list[_Break] = []
    before = ""
    for each in _GRAPHEME.finditer(token):
        place, letter = each.start(), each.group()
        inside = any(start < place < end for start, end in whole)
        if before and not inside and not _CLINGS.match(letter) and not _OPENS.search(before):
            strength = _strength_between(before, letter)
            if strength:
                found.append(_Break(offset + place, offset + place, strength))
        before = letter
    return found


def _strength_between(before: str, after: str) -> int:
    if _WIDE_STOP.search(before):
        return SENTENCE
    if _WIDE_PAUSE.search(before):
        return CLAUSE
    return LETTER if _UNSPACED.search(before) and _UNSPACED.search(after) else 0

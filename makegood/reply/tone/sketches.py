"""What a text is remembered by, so that a near copy of it is known again: its smallest shingles. Pure.

A text's shingles are its runs of three words; of their hashes the smallest are kept (the bottom-k sketch of A. Broder,
"On the resemblance and containment of documents", 1997, https://doi.org/10.1109/SEQUEN.1997.666900). Short texts, as
answers are, are kept whole, so their resemblance is exact; of long ones it is an estimate. The words can't be read
back.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from zlib import crc32

from django.utils.translation import ngettext

from makegood.reply.tone.finding import Code, Draft, Earlier, Finding
from makegood.reply.tone.words import Token, sentences, tokens, unquoted

__all__ = ["NEAR", "canned", "likeness", "packed", "sketch", "sketch_of", "unpacked"]

KEPT = 96
RUN = 3
NEAR = 0.5
"""From this resemblance on a reader who saw both takes one for a copy of the other."""
OFTEN = 3
OFTEN_SENTENCE = 5
FEWEST_WORDS = 8
FEWEST_IN_SENTENCE = 6


def _plain(token: Token) -> str:
    # Numbers of orders and days differ from customer to customer; the phrase around them does not.
    return "0" if any(sign.isdigit() for sign in token.word) else token.word


def _mark(words: Sequence[str]) -> int:
    return crc32(" ".join(words).encode("utf-8", "replace"))


def sketch(every: Sequence[Token]) -> Earlier:
    """The sketch of a text, and the marks of its longer sentences."""
    said = [[_plain(token) for token in sentence] for sentence in sentences(every)]
    words = [word for sentence in said for word in sentence]
    runs = {_mark(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))} if words else set()
    lines = {_mark(sentence) for sentence in said if len(sentence) >= FEWEST_IN_SENTENCE}
    return Earlier(frozenset(sorted(runs)[:KEPT]), frozenset(sorted(lines)[:KEPT]))


def sketch_of(text: str) -> Earlier:
    """The sketch of a text as it was sent."""
    return sketch(tokens(unquoted(text)))


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """How much two texts share, 0 to 1, by their sketches (Jaccard's index of their shingles)."""
    shared = one & other
    if not shared:
        return 0.0
    both = one | other
    if len(both) <= KEPT:
        return len(shared) / len(both)
    smallest = sorted(both)[:KEPT]
    return sum(each in shared for each in smallest) / KEPT


def packed(marks: frozenset[int]) -> bytes:
    """Marks as they are stored."""
    return array("I", sorted(marks)).tobytes()


def unpacked(stored: bytes) -> frozenset[int]:
    """Marks from how they are stored."""
    return frozenset(array("I", stored))


def canned(draft: Draft, every: Sequence[Token]) -> Iterator[Finding]:
    """Whether almost this answer, or a sentence of it, went out often of late."""
    if not draft.earlier or sum(map(len, sentences(every))) < FEWEST_WORDS:
        return
    mine = sketch(every)
    times = sum(likeness(mine.sketch, each.sketch) >= NEAR for each in draft.earlier)
    if times >= OFTEN:
        why = ngettext(
            "Almost the same answer was sent %(count)d time this month.",
            "Almost the same answer was sent %(count)d times this month.",
            times,
        )
        yield Finding(Code.CANNED, 0, 0, "", why % {"count": times})
        return
    for sentence in sentences(every):
        if len(sentence) < FEWEST_IN_SENTENCE:
            continue
        mark = _mark([_plain(token) for token in sentence])
        times = sum(mark in each.sentences for each in draft.earlier)
        if times >= OFTEN_SENTENCE:
            start, end = sentence[0].start, sentence[-1].end
            why = ngettext(
                "This sentence was sent %(count)d time this month.",
                "This sentence was sent %(count)d times this month.",
                times,
            )
            yield Finding(Code.CANNED, start, end, draft.text[start:end], why % {"count": times})

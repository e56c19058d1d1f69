"""Words that had better be others: blame, excuses, jargon, promises without a day. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from makegood.reply.tone.cues import Book, Hit
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.reasons import WHY
from makegood.reply.tone.words import BREAK, Token, cased

__all__ = ["own_jargon", "phrases", "promises"]

_SCARE = re.compile(
    r"\b(?:your|ihr|ihre|ihren|dein|deine|deinen)\s+(?:so-called|sogenannte[nrs]?|[\"“”„']\w[\w -]{0,24}[\"“”'])",
    re.IGNORECASE,
)
_LAUGH = re.compile(r"[🙄🤡🙃🤦🤣😂]+|(?<!\w)/s\b|👏\s*👏")


def _made(code: Code, text: str, start: int, end: int, better: str | None = None) -> Finding:
    words = text[start:end]
    return Finding(code, start, end, words, str(WHY[code]), cased(better, words) if better else None)


def phrases(draft: Draft, spoken: str, every: Sequence[Token], hits: Sequence[Hit]) -> Iterator[Finding]:
    """What the language's cues (`hits`) say had better be put otherwise. `spoken` is the text without quotations."""
    for hit in hits:
        if hit.cue.name in ("promise", "soon"):
            continue
        start, end = every[hit.first].start, every[hit.last - 1].end
        yield _made(Code(hit.cue.name), draft.text, start, end, _better(hit))
    for pattern, text in ((_SCARE, draft.text), (_LAUGH, spoken)):
        for match in pattern.finditer(text):
            yield _made(Code.SARCASM, draft.text, match.start(), match.end())


def _better(hit: Hit) -> str:
    better = hit.cue.better
    for name, meant in hit.stand_for:
        better = better.replace(f"<{name}>", meant)
    return better


def own_jargon(draft: Draft, spoken: str) -> Iterator[Finding]:
    """The shop's own words of the trade, in any language."""
    said = spoken.lower()
    if len(said) != len(spoken):
        said = spoken
    for word, plain in draft.jargon.items():
        for match in re.finditer(rf"(?<!\w){re.escape(word.lower())}(?!\w)", said):
            yield _made(Code.JARGON, draft.text, match.start(), match.end(), plain or None)


def promises(draft: Draft, every: Sequence[Token], hits: Sequence[Hit], book: Book) -> Iterator[Finding]:
    """Their word given in a sentence in which no promise with a moment was found."""
    for hit in hits:
        if hit.cue.name != "promise":
            continue
        first, last = _sentence(every, hit)
        start, end = every[first].start, every[last - 1].end
        if any(start < to and since < end for since, to in draft.promised):
            continue
        found = _made(Code.PROMISE, draft.text, every[hit.first].start, every[hit.last - 1].end)
        vague = next((one for one in hits if one.cue.name == "soon" and first <= one.first < last), None)
        if vague is not None and "instead" in book.say:
            place = every[vague.first].start, every[vague.last - 1].end
            found = replace(found, better=book.say["instead"], put=place)
        elif "by" in book.say:
            found = replace(found, better=book.say["by"], put=(end, end))
        yield found


def _sentence(every: Sequence[Token], hit: Hit) -> tuple[int, int]:
    first, last = hit.first, hit.last
    while first > 0 and every[first - 1].word != BREAK:
        first -= 1
    while last < len(every) and every[last].word != BREAK:
        last += 1
    return first, last

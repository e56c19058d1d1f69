"""The tone guard itself: a draft in, what is worth a second look out. Pure, but for the dictionaries it reads once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from makegood.reply.tone.cues import Hit, book, language_of
from makegood.reply.tone.finding import ALWAYS, Code, Draft, Finding
from makegood.reply.tone.gaps import gaps
from makegood.reply.tone.grammar import grammar
from makegood.reply.tone.manner import missing, shouting
from makegood.reply.tone.personal import personal
from makegood.reply.tone.phrases import own_jargon, phrases, promises
from makegood.reply.tone.politeness import Manners, manners
from makegood.reply.tone.reading import reading
from makegood.reply.tone.reasons import CHECKS
from makegood.reply.tone.sketches import canned
from makegood.reply.tone.spelling import spelling
from makegood.reply.tone.words import BREAK, Token, clean, tokens, unquoted

__all__ = ["Checked", "blocking", "check"]

MOST = 40
_ORDER = {code: place for place, code in enumerate(CHECKS)}
_BY_DICTIONARY = (Code.SPELLING, Code.GRAMMAR)


@dataclass(frozen=True)
class Checked:
    """What was found, what matters most first, the text it was found in, its language, and its manners."""

    text: str
    language: str
    findings: tuple[Finding, ...]
    manners: Manners


def blocking(draft: Draft) -> list[Finding]:
    """What keeps this draft from going out, in order; the shop's own data among it."""
    text = clean(draft.text)
    found = [*gaps(text), *personal(replace(draft, text=text, said=clean(draft.said)))]
    return sorted((one for one in found if one.blocks), key=lambda one: one.start)


def check(draft: Draft) -> Checked:
    """Everything that is worth a second look. `draft.language` is what the conversation is in; the draft's own is told
    by its words.
    """
    text = clean(draft.text)
    spoken = unquoted(text)
    every = tokens(spoken)
    if not any(token.word != BREAK for token in every):
        return Checked(text, draft.language, tuple(_certain(gaps(text), draft)), Manners())
    language = language_of(every, draft.language)
    seen = replace(draft, text=text, language=language, said=clean(draft.said))
    cues = book(language)
    marks = cues.marks(every) if cues else {}
    found = [*gaps(text), *personal(seen), *_by_words(seen, spoken, every, marks)]
    found += _by_dictionary(seen, spoken, every, found)
    kept = [_worded(one, text) for one in found if one.code not in seen.off or one.code in ALWAYS]
    kept.sort(key=lambda one: (not one.blocks, _ORDER[one.code], one.start))
    return Checked(text, language, tuple(kept[:MOST]), manners(marks, every, seen.intent))


def _worded(one: Finding, text: str) -> Finding:
    """The finding without a better wording that is the one which stands there."""
    return replace(one, better=None) if one.better == text[slice(*one.place)] else one


def _certain(found: Iterator[Finding], draft: Draft) -> list[Finding]:
    return [one for one in found if one.code in ALWAYS or one.code not in draft.off]


def _by_words(draft: Draft, spoken: str, every: Sequence[Token], marks: Mapping[str, Hit]) -> Iterator[Finding]:
    cues = book(draft.language)
    yield from shouting(draft, spoken)
    yield from own_jargon(draft, spoken)
    yield from reading(draft, every, cues)
    yield from canned(draft, every)
    if cues is not None:
        hits = cues.cues(every)
        yield from phrases(draft, spoken, every, hits)
        yield from promises(draft, every, hits, cues)
        yield from missing(draft, marks, cues, sum(token.word != BREAK for token in every))


def _by_dictionary(draft: Draft, spoken: str, every: Sequence[Token], found: Sequence[Finding]) -> list[Finding]:
    """Spelling and grammar, where nothing else was found at the same place."""
    more: list[Finding] = []
    if Code.SPELLING not in draft.off:
        more += spelling(draft, every)
    if Code.GRAMMAR not in draft.off:
        more += grammar(draft, spoken)
    taken = [one.place for one in found if one.end > one.start]
    alone = []
    for one in more:
        if all(one.end <= start or one.start >= end for start, end in taken):
            alone.append(one)
            taken.append((one.start, one.end))
    return alone

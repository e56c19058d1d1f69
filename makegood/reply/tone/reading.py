"""How hard a text is to read, and how long to listen to: a published reading ease for each language. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from django.utils.translation import gettext as _

from makegood.reply.tone.cues import Book, Reading
from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.words import Token, sentences

__all__ = ["ease", "reading", "syllables"]

FEWEST_WORDS = 30
"""Formulas of this kind were made for passages of a hundred words; below thirty they only jump about."""
MOST_PUBLIC = 120
MOST_PRIVATE = 220
"""Words. Read aloud at the usual 150 words a minute, the first takes less than a minute."""
LONGEST_WORD = 60
_SILENT = ("e", "es", "ed")
_SPOKEN = ("le", "ee", "ted", "ded", "ses", "ces", "ges")


@lru_cache(maxsize=8192)
def _counted(word: str, vowels: str, silent_e: bool) -> int:
    groups, inside = 0, False
    for letter in word[:LONGEST_WORD]:
        is_vowel = letter in vowels
        groups += is_vowel and not inside
        inside = is_vowel
    if silent_e and groups > 1 and word.endswith(_SILENT) and not word.endswith(_SPOKEN):
        groups -= 1
    return max(1, groups)


def syllables(word: str, rule: Reading) -> int:
    """How many syllables a word in lower case has: its groups of vowels, without an e that is not spoken."""
    return _counted(word, rule.vowels, rule.silent_e)


def ease(every: Sequence[Token], rule: Reading) -> float | None:
    """The reading ease of a text by its language's formula, 0 (hard) to 100 (easy) for most; None where it is too short
    to tell.
    """
    said = sentences(every)
    words = [token.word for sentence in said for token in sentence if not token.word[0].isdigit()]
    if len(words) < FEWEST_WORDS:
        return None
    spoken = sum(syllables(word, rule) for word in words)
    return rule.start - rule.sentence * len(words) / len(said) - rule.syllable * spoken / len(words)


def reading(draft: Draft, every: Sequence[Token], book: Book | None) -> Iterator[Finding]:
    """Too long for the network or for the ear, sentences without end, hard words."""
    if draft.limit:
        yield Finding(Code.TOO_LONG, 0, 0, "", draft.limit)
    said = sentences(every)
    count = sum(map(len, said))
    most = MOST_PUBLIC if draft.public else MOST_PRIVATE
    if count > most:
        why = _("%(count)d words: few read so much of an answer. %(most)d are plenty.") % {"count": count, "most": most}
        yield Finding(Code.TOO_LONG, 0, 0, "", why)
    rule = book.reading if book else None
    if rule is None:
        return
    for sentence in said:
        if len(sentence) > rule.long_sentence:
            start, end = sentence[0].start, sentence[-1].end
            why = _("A sentence of %(count)d words. Make two of it.") % {"count": len(sentence)}
            yield Finding(Code.TOO_LONG, start, end, draft.text[start:end], why)
    score = ease(every, rule)
    if score is not None and score < rule.hard:
        facts = {"score": max(0, round(score)), "hard": round(rule.hard), "name": rule.name}
        why = _("Hard to read: %(score)d of 100 (%(name)s), below %(hard)d. Shorter sentences and words help.") % facts
        yield Finding(Code.READING, 0, 0, "", why)

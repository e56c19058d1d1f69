"""Words that may be misspelled, by pyspellchecker's word lists, which come in the package and need no network.

Its own dictionary takes some 70 MB a language; here a list is kept as sorted hashes with their frequencies (some 5 MB).
A word is spoken of only where a known one is a single slip away: names, brands and the shop's own words are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from makegood.reply.tone.finding import Code, Draft, Finding
from makegood.reply.tone.reasons import WHY
from makegood.reply.tone.words import Token

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["SPELLED", "known", "spelling"]

SPELLED = {"en": "abcdefghijklmnopqrstuvwxyz'", "de": "abcdefghijklmnopqrstuvwxyzäöüß"}
"""Languages that are checked, with the letters a slip may have swallowed."""
FEWEST_LETTERS = 4
FEWEST_IN_NAME = 7
"""A word with a capital is a name first; in German it may be a noun."""
LONGEST = 30
MOST_WORDS = 60
"""Unknown words that are looked into: a draft with more is in another language, or no language."""
COMMON = 30
"""How often a word stands in the list's source for being meant by a slip."""
_GREETINGS = frozenset(
    ["hi", "hello", "hey", "dear", "mr", "mrs", "ms", "hallo", "liebe", "lieber", "moin", "servus", "frau", "herr"]
)
_LINKERS = ("", "s", "es", "n", "en", "er", "e")
_BRITISH = tuple(
    (re.compile(old), new)
    for old, new in (
        ("our", "or"),
        (r"is(e|ed|es|ing|ation|ations|er)$", r"iz\1"),
        (r"ys(e|ed|es|ing)$", r"yz\1"),
        (r"re(s?)$", r"er\1"),
        (r"ll(ed|ing|er|ers|ery)$", r"l\1"),
        (r"ogue(s?)$", r"og\1"),
        (r"ence(s?)$", r"ense\1"),
        (r"l(ment|ful|fully)", r"ll\1"),
        (r"gramme(s?)$", r"gram\1"),
        (r"que(s?)$", r"ck\1"),
        ("grey", "gray"),
        ("ae|oe", "e"),
        ("mould", "mold"),
    )
)
"""British forms, and the American ones in which the English list has them."""


class _List:
    """A language's words: sorted hashes, and how often each stands in the list's source."""

    def __init__(self, language: str) -> None:
        import numpy as np
        from spellchecker import SpellChecker

        counted = SpellChecker(language=language, distance=1).word_frequency.dictionary
        hashes = np.fromiter(map(hash, counted), np.int64, len(counted))
        order = np.argsort(hashes)
        self.hashes: npt.NDArray[np.int64] = hashes[order]
        self.counts: npt.NDArray[np.int64] = np.fromiter(counted.values(), np.int64, len(counted))[order]

    def often(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """How often each of these stands there; 0 for what is not in the list."""
        import numpy as np

        wanted = np.fromiter(map(hash, words), np.int64, len(words))
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.counts[at], 0)


@lru_cache(maxsize=len(SPELLED))
def _list(language: str) -> _List:
    return _List(language)


def known(word: str, language: str) -> bool:
    """Whether a word in lower case is in the list, a British form of one that is, or, in German, made of such words."""
    listed = _list(language)
    if listed.often([word])[0] > 0:
        return True
    if language == "en":
        bare = word.removesuffix("'s").removesuffix("s'")
        return bool(listed.often([bare, *_american(bare, language)]).any())
    return language == "de" and _compound(word, listed)


def _american(word: str, language: str) -> list[str]:
    """How an American would write a British word."""
    if language != "en":
        return []
    return [form for old, new in _BRITISH if (form := old.sub(new, word)) != word]


def _compound(word: str, listed: _List) -> bool:
    """Whether a German word is two known ones of four letters and more, with or without a letter that joins them."""
    halves = [(word[:at], word[at:]) for at in range(4, len(word) - 3)]
    if not halves:
        return False
    seconds = listed.often([second for _first, second in halves])
    firsts = [[first.removesuffix(link) for link in _LINKERS if first.endswith(link)] for first, _second in halves]
    for options, second in zip(firsts, seconds, strict=True):
        long = [one for one in options if len(one) >= 4]
        if second > 0 and long and listed.often(long).any():
            return True
    return False


def _likely(word: str) -> list[str]:
    """What is meant where two letters stand in the wrong order, or one too many or too few of two alike stands."""
    parts = [(word[:at], word[at:]) for at in range(len(word))]
    turned = (left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1)
    single = (left + right[1:] for left, right in parts if len(right) > 1 and right[0] == right[1])
    double = (left + right[0] + right for left, right in parts)
    return [*turned, *single, *double]


def _other(word: str, letters: str) -> list[str]:
    """What is meant where a letter is too many, missing, or another one."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    gone = (left + right[1:] for left, right in parts if right)
    another = (left + letter + right[1:] for left, right in parts if right for letter in letters)
    more = (left + letter + right for left, right in parts for letter in letters)
    return [*gone, *another, *more]


@lru_cache(maxsize=4096)
def _meant(word: str, language: str) -> str:
    """The commonest word of which this is one likely slip; else one other slip, else two likely ones; else ""."""
    listed = _list(language)
    forms = (word, *_american(word, language))
    likely = [slip for form in forms for slip in _likely(form)]
    other = (slip for form in forms for slip in _other(form, SPELLED[language]))
    twice = (slip for one in likely for slip in _likely(one))
    for slips in (likely, other, twice):
        every = list(slips)
        counts = listed.often(every)
        best = int(counts.argmax())
        if counts[best] >= COMMON:
            return every[best]
    return ""


def spelling(draft: Draft, every: Sequence[Token]) -> Iterator[Finding]:
    """Words that are not in the list, each with the one that was probably meant."""
    if draft.language not in SPELLED:
        return
    looked = 0
    theirs = draft.said.casefold()
    for place, token in enumerate(every):
        if not _is_word(token, draft, theirs) or known(token.word, draft.language):
            continue
        looked += 1
        if looked > MOST_WORDS:
            return
        written = draft.text[token.start : token.end]
        if _is_name(every, place, written):
            continue
        meant = _meant(token.word, draft.language)
        if meant:
            better = meant.capitalize() if written[0].isupper() else meant
            yield Finding(Code.SPELLING, token.start, token.end, written, str(WHY[Code.SPELLING]), better)


def _is_word(token: Token, draft: Draft, theirs: str) -> bool:
    word = token.word
    if not FEWEST_LETTERS <= len(word) <= LONGEST or not word.replace("'", "").isalpha():
        return False
    return word not in draft.known and word not in theirs and not draft.text[token.start : token.end].isupper()


def _is_name(every: Sequence[Token], place: int, written: str) -> bool:
    if not written[0].isupper():
        return any(sign.isupper() for sign in written)
    greeted = place > 0 and every[place - 1].word in _GREETINGS
    return greeted or len(written) < FEWEST_IN_NAME

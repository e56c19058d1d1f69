"""What triage says about one utterance, and the narrow interface behind which it decides.

A reader takes one `Activity` and its `Context`, with what a model says of it where there is a model, and gives one
`Judgement`. A reader is pure: it keeps nothing between calls, asks nobody, and says the same of the same input.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from makegood.activity import Activity

if TYPE_CHECKING:
    from makegood.triage.scoring import Scores

__all__ = [
    "Context",
    "Doubt",
    "Intent",
    "Judgement",
    "Reader",
    "Reason",
    "Response",
    "Topic",
    "Urgency",
]


class Intent(StrEnum):
    """What the author is doing."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    PRAISE = "praise"
    SUGGESTION = "suggestion"
    OTHER = "other"


class Urgency(StrEnum):
    """How soon somebody should look."""

    NOW = "now"
    TODAY = "today"
    WHENEVER = "whenever"
    NEVER = "never"


class Topic(StrEnum):
    """What it is about."""

    ORDERING = "ordering"
    DELIVERY = "delivery"
    DEFECT = "defect"
    BILLING = "billing"
    REFUND = "refund"
    STAFF = "staff"
    ACCOUNT = "account"
    WEBSITE = "website"
    OTHER = "other"


class Response(StrEnum):
    """The response assessment: what to do about it."""

    LET_STAND = "let_stand"
    MONITOR = "monitor"
    FIX_FACTS = "fix_facts"
    RESTORATION = "restoration"
    SHARE_SUCCESS = "share_success"


class Doubt(StrEnum):
    """Why a person should look twice at the judgement."""

    SARCASM = "sarcasm"
    """Kind words that probably mean the opposite; judged as a complaint."""
    MIXED = "mixed"
    """Praise and complaint in one utterance."""
    SHORT = "short"
    """Too few words to be sure."""
    CLOSE = "close"
    """It is all but a complaint, or only just one."""
    LANGUAGE = "language"
    """A language this reader has no cues for; it went by stars, emoji and English words."""


class Reason(msgspec.Struct, frozen=True):
    """Why: a stable `code`, a sentence a shop owner understands, and the author's words that made it so
    ("" if none).
    """

    code: str
    text: str
    quote: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader makes of one utterance.

    `language` is a BCP 47 language without region ("en"), or "und" when it can't be told. `intents` holds
    a score from 0 to 1 for each intent; several may be high. `intent` is the leading one. `severity` is 0 where
    there is no complaint, else 1 to 4; `sentiment` and `flags` are labels of `heads`. `topics` is never empty, most
    likely first. `scores` is what the model said of every label ("intent.complaint"), empty where only rules read.
    `version` names the reader and the model, so that judgements can be compared and made again.
    """

    language: str
    language_reason: Reason
    intents: dict[Intent, float]
    intent: Intent
    severity: int = 0
    sentiment: str = "neutral"
    flags: tuple[str, ...] = ()
    urgency: Urgency
    urgency_reason: Reason
    topics: tuple[Topic, ...]
    response: Response
    response_reason: str
    reasons: tuple[Reason, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    scores: dict[str, float] = {}
    version: str


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop knows around an utterance. All of it is optional; an empty context gives a sound
    judgement.

    `brand_names` are the names people use for the shop. `own_ids` are the author ids of its own accounts.
    `is_direct`: it is a reply, a quote, a mention or a review addressed to the shop. `followers` overrides
    what the author's profile says. `complaints_before` is how often this author has complained before.
    """

    brand_names: tuple[str, ...] = ()
    own_ids: frozenset[str] = frozenset()
    is_direct: bool = False
    followers: int | None = None
    complaints_before: int = 0


class Reader(Protocol):
    """Something that judges utterances."""

    @property
    def version(self) -> str:
        """A name for exactly this way of judging."""
        ...

    def read(
        self,
        activity: Activity,
        context: Context,
        scores: Scores | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> Judgement:
        """Judge one utterance. Never raises for any text."""
        ...

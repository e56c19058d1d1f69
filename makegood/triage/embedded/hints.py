"""What the hand-written English cues find in a text, as numbers beside a model's raw outputs.

The encoder knows how people talk; the cues know words that it saw too seldom. Measured on labelled posts neither had
seen, both together read better than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from makegood.activity import Activity, Author, Kind
from makegood.triage.cues import book
from makegood.triage.evidence import gather
from makegood.triage.heads import LABELS, index
from makegood.triage.reader import Context, Intent, Reason, Topic
from makegood.triage.tokens import tokenise
from makegood.triage.weighing import Reading, by_rules, first_doubts

__all__ = ["NAMES", "beside", "hints"]

Floats = npt.NDArray[np.float32]
_SIGNALS: Final = (
    *("complaint", "upset", "praise", "thanks", "question", "suggestion", "noise", "rumour", "rant", "sarcasm"),
    *("safety", "threat", "leaving", "hurry", "person", "me", "elsewhere"),
)
_SIGNS: Final = ("asks", "opens_asking", "opens_kindly", "pressed", "shouted", "turned")
_TOPICS: Final = tuple(topic for topic in Topic if topic is not Topic.OTHER)
NAMES: Final = (
    *(f"rules.{intent}" for intent in Intent),
    *(f"cues.{signal}" for signal in _SIGNALS),
    *(f"signs.{sign}" for sign in _SIGNS),
    *(f"topic.{topic}" for topic in _TOPICS),
)
"""What each column is. The rules' own score of an intent stands as log-odds, the rest from 0 to 1."""
_FURTHEST = 4.0
_SAID: Final = Activity(
    network="none", id="", kind=Kind.POST, author=Author(id=""), text="", posted_at=datetime(2026, 1, 1, tzinfo=UTC)
)
_ADDRESSED: Final = Context(is_direct=True, own_ids=frozenset())
_ENGLISH: Final = Reason("language.declared", "")


def hints(texts: Sequence[str]) -> Floats:
    """One row a text, one column for each of `NAMES`. The texts are `plain` already."""
    found = np.array([_row(text) for text in texts], np.float32)
    return found.reshape(len(texts), len(NAMES))


def beside(intents: float = 0.8, sentiment: float = 0.2) -> Floats:
    """The calibration's `hints`, one row a label: the rules' log-odds of an intent, times `intents`, are added to it;
    those of complaint and praise, times `sentiment`, to the negative and the positive.

    Measured on labelled posts from elsewhere, which neither the encoder nor the cues had seen, without and with them:
    complaints AUC 0.894 and 0.912, airlines 0.859 and 0.893, praise 0.880 and 0.913, suggestions 0.841 and 0.860,
    negative 0.858 and 0.864. The weights were chosen in view of these. Fitted on the texts the model learnt from they
    would be worth nothing: there it knows all.
    """
    found = np.zeros((len(LABELS), len(NAMES)), np.float32)
    for intent in Intent:
        found[index(f"intent.{intent}"), NAMES.index(f"rules.{intent}")] = intents
    found[index("sentiment.negative"), NAMES.index(f"rules.{Intent.COMPLAINT}")] = sentiment
    found[index("sentiment.positive"), NAMES.index(f"rules.{Intent.PRAISE}")] = sentiment
    return found


def _row(text: str) -> list[float]:
    tokens = tokenise(text)
    evidence = gather(text, tokens, book("en"))
    rules = by_rules(Reading(_SAID, _ADDRESSED, "en", _ENGLISH, evidence, first_doubts(evidence, "en", tokens)))
    return [
        *(_log_odds(rules.intents[intent]) for intent in Intent),
        *(1 - 2.0 ** -max(0.0, evidence.of(signal)) for signal in _SIGNALS),
        *(float(bool(getattr(evidence, sign))) for sign in _SIGNS),
        *(1 - 2.0 ** -max(0.0, evidence.topics.get(topic, 0.0)) for topic in _TOPICS),
    ]


def _log_odds(score: float) -> float:
    kept = min(0.999, max(0.001, score))
    return float(np.clip(np.log(kept / (1 - kept)), -_FURTHEST, _FURTHEST))

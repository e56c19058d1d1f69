"""What a trained model says of a text: its heads, and the labels of each.

A head is one question. Where exactly one label holds (`one`), its probabilities sum to 1; elsewhere each label holds
or not by itself. The order of `LABELS` is the order of every model's outputs.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from makegood.triage.reader import Intent, Topic, Urgency

__all__ = ["FLAGS", "HEADS", "LABELS", "SENTIMENTS", "SEVERITIES", "Head", "index", "span"]

SEVERITIES: Final = ("0", "1", "2", "3", "4")
"""None; a problem told without reproach; disapproval; accusation; blame.

After Jin and Aletras, "Modeling the Severity of Complaints in Social Media" (2021, https://arxiv.org/abs/2103.12428).
"""
SENTIMENTS: Final = ("negative", "neutral", "positive")
FLAGS: Final = ("abuse", "threat", "spam", "sarcasm", "person")
"""Abusive or offensive; a threat; spam or scam; kind words that may mean the opposite; asks for a person."""


class Head(NamedTuple):
    """A question and its labels; `one`: exactly one of them holds."""

    name: str
    labels: tuple[str, ...]
    one: bool


HEADS: Final = (
    Head("intent", tuple(map(str, Intent)), one=False),
    Head("severity", SEVERITIES, one=True),
    Head("urgency", tuple(map(str, Urgency)), one=True),
    Head("sentiment", SENTIMENTS, one=True),
    Head("topic", tuple(map(str, Topic)), one=False),
    Head("flag", FLAGS, one=False),
)
LABELS: Final = tuple(f"{head.name}.{label}" for head in HEADS for label in head.labels)
_INDEX: Final = {label: at for at, label in enumerate(LABELS)}


def index(label: str) -> int:
    """Where "intent.complaint" stands in `LABELS`. KeyError for a label there is not."""
    return _INDEX[label]


def span(head: Head) -> slice:
    """Where a head's labels stand in `LABELS`."""
    start = _INDEX[f"{head.name}.{head.labels[0]}"]
    return slice(start, start + len(head.labels))

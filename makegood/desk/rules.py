"""Where a conversation stands and what it owes: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = [
    "ASKS_FOR_AN_ANSWER",
    "BREACHING_WITHIN",
    "RESPONSES",
    "URGENCIES",
    "Choice",
    "in_time",
    "queue_for",
    "urgency_of",
]

BREACHING_WITHIN = timedelta(minutes=30)
"""A clock this close to its end counts as breaching: there is just time to save it."""


@dataclass(frozen=True)
class Choice:
    """One way to respond, and the key that chooses it."""

    key: str
    slug: str
    title: str
    hint: str


RESPONSES = (
    Choice("1", "restoration", "Make it good", "They have a problem. Answer and put it right."),
    Choice("2", "fix_facts", "Give the facts", "They ask, or have it wrong. Answer with what is so."),
    Choice("3", "share_success", "Thank and share", "They are happy. Thank them and carry it on."),
    Choice("4", "monitor", "Only watch", "Don’t answer; look again if it grows."),
    Choice("5", "let_stand", "Let stand", "Nothing to do."),
)

_QUEUES = {
    "restoration": "needs_answer",
    "fix_facts": "needs_answer",
    "share_success": "praise",
    "monitor": "let_stand",
    "let_stand": "let_stand",
}

ASKS_FOR_AN_ANSWER = tuple(slug for slug, queue in _QUEUES.items() if queue == "needs_answer")


def queue_for(response: str) -> str:
    """The queue a conversation belongs to while nobody has answered it."""
    return _QUEUES[response]


URGENCIES = ("never", "whenever", "today", "now")
"""From the least to the most."""


def urgency_of(read: str, least: str) -> str:
    """The more urgent of what was read and what a rule has raised it to ("": nothing)."""
    known = [each for each in (read, least) if each in URGENCIES]
    return max(known, key=URGENCIES.index, default=read)


def in_time(answered_at: datetime, due: datetime | None) -> bool:
    """Whether an answer came before its clock ran out. Where no answer was due, any is in time."""
    return due is None or answered_at <= due

"""The threads we engage in, the problems they belong to, the clocks that run on them, and who works on what."""

from __future__ import annotations

from makegood.desk.models.bulk import BulkAction
from makegood.desk.models.case import Case, CaseClue, CaseSuggestion
from makegood.desk.models.clock import Clock
from makegood.desk.models.conversation import Conversation, Label, Message, Note
from makegood.desk.models.people import Notice, Presence, Share

__all__ = [
    "BulkAction",
    "Case",
    "CaseClue",
    "CaseSuggestion",
    "Clock",
    "Conversation",
    "Label",
    "Message",
    "Note",
    "Notice",
    "Presence",
    "Share",
]

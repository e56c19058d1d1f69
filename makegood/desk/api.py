"""The front door of the desk: conversations, their queues and their clocks."""

from __future__ import annotations

from makegood.desk.actions import add_note, assess, assign, close, label, reopen, unlabel
from makegood.desk.flow import Answer, note_answer, open_new, redact_gone
from makegood.desk.models import Conversation, Label, Message, Note
from makegood.desk.reading import (
    COUNTED,
    VIEWS,
    Day,
    Listed,
    View,
    conversation,
    count_unanswered,
    count_view,
    first_answer_minutes,
    labels,
    list_view,
    messages_of,
    newest_complaints,
    notes_of,
    queue_age,
    week,
)
from makegood.desk.removal import remove_channel
from makegood.desk.rules import RESPONSES, Choice
from makegood.desk.threads import read_threads, want_thread

__all__ = [
    "COUNTED",
    "RESPONSES",
    "VIEWS",
    "Answer",
    "Choice",
    "Conversation",
    "Day",
    "Label",
    "Listed",
    "Message",
    "Note",
    "View",
    "add_note",
    "assess",
    "assign",
    "close",
    "conversation",
    "count_unanswered",
    "count_view",
    "first_answer_minutes",
    "label",
    "labels",
    "list_view",
    "messages_of",
    "newest_complaints",
    "note_answer",
    "notes_of",
    "open_new",
    "queue_age",
    "read_threads",
    "redact_gone",
    "remove_channel",
    "reopen",
    "unlabel",
    "want_thread",
    "week",
]

"""Going on out of the public's sight, and the closing line that is due: in public, or to know how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from makegood.desk.models import Conversation
from makegood.journal import api as journal

__all__ = ["note_closing_line", "note_private", "note_settled", "note_unsettled"]


def note_private(conversation: Conversation, at: datetime, by: Any) -> None:
    """They were written to privately at `at` (aware): from now on a public closing line is due.

    In the caller's transaction.
    """
    rows = Conversation.objects.within(conversation.workspace_id).filter(pk=conversation.pk)
    rows.update(private_at=at, closing_line_at=None)
    journal.record(conversation.workspace_id, "conversation.went_private", conversation, actor=by)


def note_closing_line(conversation: Conversation, at: datetime, by: Any) -> None:
    """Onlookers have been told how it ended, at `at` (aware). In the caller's transaction."""
    rows = Conversation.objects.within(conversation.workspace_id).filter(pk=conversation.pk)
    rows.update(closing_line_at=at)
    journal.record(conversation.workspace_id, "conversation.closing_line", conversation, actor=by)


def note_unsettled(conversation: Conversation, at: datetime) -> None:
    """Since `at` (aware) it is due to ask after how it ended for them. In the caller's transaction, which says why."""
    rows = Conversation.objects.within(conversation.workspace_id).filter(pk=conversation.pk)
    rows.update(unsettled_at=at)


def note_settled(conversation: Conversation) -> None:
    """They were asked (again), or it is known how it ended. In the caller's transaction, which says what."""
    rows = Conversation.objects.within(conversation.workspace_id).filter(pk=conversation.pk)
    rows.update(unsettled_at=None)

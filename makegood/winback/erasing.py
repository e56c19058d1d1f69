"""Removing a person from what was done to win them back. Each part adds its own tables here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from makegood.winback.causes import erasing as causes
from makegood.winback.following import erasing as following
from makegood.winback.incentives import flow as incentives
from makegood.winback.journeys import erasing as journeys

__all__ = ["erase_threads", "export_threads"]


def export_threads(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What is kept of these conversations (ids) here, as plain values ready for JSON."""
    found = following.export(workspace_id, conversations) | causes.export_threads(workspace_id, conversations)
    return found | journeys.export(workspace_id, conversations)


def erase_threads(workspace_id: int, conversations: Collection[int], *, who: bool = True) -> None:
    """Empties what is kept of these conversations (ids) here of words and persons, in the caller's transaction. Without
    `who` they are only old: what became of whom stays.
    """
    following.erase(workspace_id, conversations)
    incentives.forget_authors(workspace_id, conversations)
    causes.erase_threads(workspace_id, conversations)
    journeys.erase(workspace_id, conversations, who=who)

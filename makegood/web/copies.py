"""What was folded under the messages that a page shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from makegood.desk import api as desk
from makegood.listen import api as listen

__all__ = ["show_copies"]


def show_copies(workspace: Any, messages: Iterable[desk.Message]) -> None:
    """Gives each message that has copies its `copies` (a `listen.Copies`). 2 queries, or 1 where none has."""
    found = listen.copies_of(workspace, [row.mention_id for row in messages if row.mention_id is not None])
    for row in messages:
        row.copies = found.get(row.mention_id or 0)  # type: ignore[attr-defined]

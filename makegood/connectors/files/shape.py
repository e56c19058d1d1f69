"""What a column can mean, and what reading a file brings."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.activity import Activity
from makegood.connectors.tables import Position

__all__ = ["TARGETS", "Row"]

TARGETS = (
    *("text", "posted_at", "author_name", "author_handle", "author_id", "id", "url", "network"),
    *("language", "rating", "title", "followers", "parent_id", "root_id"),
)
"""What a column can be mapped to; text is the one that must be."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: an `activity`, or a `refusal`, a sentence with its line number. `line` is where it begins.

    `position` is behind it: to go on after a crash, start there. `note` is something to tell the person about
    the whole import, said with the first record it is true of.
    """

    line: int
    position: Position
    activity: Activity | None = None
    refusal: str = ""
    note: str = ""

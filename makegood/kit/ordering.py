"""Rows that people put in an order of their own."""

from __future__ import annotations

from typing import Any

__all__ = ["move"]


def move(rows: list[Any], key: int, *, up: bool) -> bool:
    """Moves the row with this primary key one place up or down, and numbers all `position`s anew, from 1.

    `rows` stand in their order, locked by the caller, who saves them. False where there is no such place: then nothing
    has changed.
    """
    here = [row.pk for row in rows].index(key)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return False
    rows[here], rows[there] = rows[there], rows[here]
    for number, row in enumerate(rows, start=1):
        row.position = number
    return True

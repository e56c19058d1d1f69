"""The key of a list's next page: the moment and the number of the last row shown."""

from __future__ import annotations

from datetime import datetime

__all__ = ["after_row", "read"]

LONGEST_NUMBER = 18
"""Digits that any database holds in a number of eight bytes."""


def after_row(moment: datetime, number: int) -> str:
    """The key of the page that begins after the row of this moment (aware) and number."""
    return f"{moment.isoformat()}~{number}"


def read(key: str) -> tuple[datetime, int] | None:
    """The moment (aware) and the number that a key names; None for "" and for whatever is no key."""
    said, _tilde, number = key.partition("~")
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return (moment, int(number)) if moment.tzinfo is not None else None

"""What is said when a text is not a query."""

from __future__ import annotations

__all__ = ["QueryError"]


class QueryError(Exception):
    """A text that is not a query.

    `message` is a sentence for the person who wrote it, `position` and `length` the characters it is about
    (`length` 0 where something is missing), `suggestion` what could stand in their place, or "".
    """

    def __init__(self, message: str, position: int, length: int, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.length = length
        self.suggestion = suggestion

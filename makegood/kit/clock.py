"""The time, in one place, so that tests can set it."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["now", "to_utc"]


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a naive one is read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

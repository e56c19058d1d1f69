"""The queue: it only wakes workers up. Every piece of work is a row elsewhere, so losing the queue loses no work."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from huey import MemoryHuey, PostgresHuey, SqliteHuey

__all__ = ["make_queue"]


def make_queue() -> Any:
    """huey on SQLite beside the database, or on what `QUEUE_URL` names (postgres://, memory:)."""
    url: str = settings.QUEUE_URL
    if url.startswith("memory:"):
        return MemoryHuey("makegood", results=False, immediate=False)
    if url.startswith(("postgres://", "postgresql://")):
        # Its tables are made by `makegood migrate`: a page must be able to say that the database is down.
        return PostgresHuey("makegood", dsn=url, results=False, create_tables=False)
    return SqliteHuey("makegood", filename=str(settings.QUEUE_FILE), results=False, fsync=False)

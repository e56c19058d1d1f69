"""The queries of all workspaces in one engine, kept in step with the database while the stream runs."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet

from makegood.activity import Activity
from makegood.connectors.contract import Sieve
from makegood.listen.engine import engine
from makegood.listen.flow import Hit
from makegood.listen.models import Channel, Query
from makegood.listen.query import Match, QueryError, TermHit, parse

__all__ = ["Desk", "Streams", "hit_of", "load"]

COMPARE_SECONDS = 15.0
LOT = 200
"""Queries read at a time."""


@dataclass(frozen=True)
class Loaded:
    """A query as it stands in the engine."""

    workspace_id: int
    name: str
    changed_at: datetime


def _listening() -> QuerySet[Query]:
    return Query.objects.across("one engine serves all workspaces").filter(active=True)


class Desk:
    """Which queries listen, for whom. Not shared between threads."""

    def __init__(self) -> None:
        self.engine = engine()
        self.loaded: dict[int, Loaded] = {}
        self.sieve: Sieve = self.engine.sift
        self._refused: dict[int, datetime] = {}
        self._print: tuple[Any, ...] = ()
        self._compared_at = float("-inf")

    def __len__(self) -> int:
        return len(self.loaded)

    def look(self, seconds: float | None = None) -> bool:
        """Reads from the database what has changed since the last look, for at most so many seconds (None: to the end).
        Returns whether all was taken in. What no longer listens is out at once; it is the new that may have to wait.
        """
        until = float("inf") if seconds is None else time.monotonic() + seconds
        print_ = tuple(_listening().aggregate(Count("pk"), Max("pk"), Max("changed_at")).values())
        # A change that was begun earlier may be committed after a later one: what is compared misses it, for a moment.
        if print_ == self._print and time.monotonic() < self._compared_at + COMPARE_SECONDS:
            return True
        rows = dict(_listening().values_list("pk", "changed_at"))
        self._forget(rows)
        fresh = [key for key in rows if key not in self.loaded and key not in self._refused]
        for start in range(0, len(fresh), LOT):
            for row in _listening().filter(pk__in=fresh[start : start + LOT]).order_by("pk"):
                self._add(row)
            if time.monotonic() >= until and start + LOT < len(fresh):
                self._print = ()
                return False
        self._print, self._compared_at = print_, time.monotonic()
        return True

    def _forget(self, rows: dict[int, datetime]) -> None:
        """Drops what is not among these as it is here; `rows` is when each was changed."""
        for key in [key for key, loaded in self.loaded.items() if rows.get(key) != loaded.changed_at]:
            self.engine.remove(key)
            del self.loaded[key]
        self._refused = {key: at for key, at in self._refused.items() if rows.get(key) == at}

    def _add(self, row: Query) -> None:
        try:
            query = parse(row.text)
        except QueryError:
            # Saved by an earlier version with another grammar: the query's page shows the error.
            self._refused[row.pk] = row.changed_at
            return
        self.engine.add(row.pk, query)
        self.loaded[row.pk] = Loaded(row.workspace_id, row.name, row.changed_at)

    def find(self, activity: Activity) -> dict[int, list[Hit]]:
        """The hits of one activity, by workspace."""
        found: dict[int, list[Hit]] = defaultdict(list)
        for key, match in self.engine.match(activity):
            loaded = self.loaded[key]
            found[loaded.workspace_id].append(hit_of(activity, key, loaded.name, match))
        return found


def hit_of(activity: Activity, query_id: int, name: str, match: Match) -> Hit:
    """A match as it is kept: the query and the words that made it true."""
    words = ", ".join(dict.fromkeys(term.term for term in match.terms))
    return Hit(
        activity,
        f"Matches “{name}”: {words}",
        query_id,
        name,
        tuple(_place(term) for term in match.terms),
    )


def _place(hit: TermHit) -> tuple[str, int, int] | tuple[str, int, int, str]:
    """A term and where it stands, as a `Hearing` keeps it."""
    where = (hit.term, hit.start, hit.end)
    return where if hit.where in ("text", "post") else (*where, hit.where)


@dataclass(frozen=True)
class Streams:
    """The workspaces that follow a public stream: channel id by workspace id."""

    channels: dict[int, int]


def load(address: str) -> Streams:
    """Who follows the public stream at this address."""
    rows = Channel.objects.across("one stream serves all workspaces").filter(
        kind=Channel.Kind.STREAM, address=address, state__in=[Channel.State.WORKING, Channel.State.TROUBLE]
    )
    return Streams({row.workspace_id: row.pk for row in rows.only("workspace_id", "pk")})

"""The queries of all workspaces in one matcher, kept in step with the database while the stream runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from makegood.activity import Activity
from makegood.listen.flow import Hit
from makegood.listen.models import Channel, Query
from makegood.listen.query import Match, Matcher, QueryError, parse

__all__ = ["Desk", "Streams", "active_queries", "hit_of", "load"]


@dataclass(frozen=True)
class Loaded:
    """A query as it stands in the matcher."""

    workspace_id: int
    name: str
    changed_at: datetime


def active_queries() -> dict[int, Query]:
    """The queries of all workspaces that listen, by id."""
    return {row.pk: row for row in Query.objects.across("one matcher serves all workspaces").filter(active=True)}


class Desk:
    """Which queries listen, for whom. Not shared between threads."""

    def __init__(self) -> None:
        self.matcher = Matcher[int]()
        self.loaded: dict[int, Loaded] = {}

    def become(self, rows: dict[int, Query]) -> None:
        """Adds, changes and removes queries so that exactly these listen."""
        for key in [
            key for key in self.loaded if key not in rows or rows[key].changed_at != self.loaded[key].changed_at
        ]:
            self.matcher.remove(key)
            del self.loaded[key]
        for key, row in rows.items():
            if key in self.loaded:
                continue
            try:
                query = parse(row.text)
            except QueryError:
                # Saved by an earlier version with another grammar: the query's page shows the error.
                continue
            self.matcher.add(key, query)
            self.loaded[key] = Loaded(row.workspace_id, row.name, row.changed_at)

    def find(self, activity: Activity) -> dict[int, list[Hit]]:
        """The hits of one activity, by workspace."""
        found: dict[int, list[Hit]] = defaultdict(list)
        for key, match in self.matcher.match(activity):
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
        tuple((term.term, *((term.start, term.end) if term.where == "text" else (0, 0))) for term in match.terms),
    )


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

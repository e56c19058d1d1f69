"""A server of our own that lists rows as Vendure does (filter, sort, skip, take), and moves them while it is asked."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.connectors.shops.vendure.tests.test_shapes import row
from tests.servers.scripted import Answer, Asked, as_json

__all__ = ["Listing"]

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Listing:
    """`rows` is when each order last changed, in microseconds, by id. With every question one may change."""

    dice: random.Random
    rows: dict[str, datetime] = field(default_factory=dict)
    now: datetime = BEGAN + timedelta(days=1)
    moves: bool = True
    asked: int = 0

    def fill(self, count: int, moments: int) -> None:
        """`count` orders over so many moments, so that several share one."""
        for number in range(count):
            at = BEGAN + timedelta(seconds=self.dice.randrange(moments), microseconds=self.dice.choice((0, 1, 999)))
            self.rows[str(number)] = at

    def __call__(self, asked: Asked) -> Answer:
        query, options = asked.body["query"], asked.body["variables"].get("options", {})
        if "customers(" in query:
            return as_json({"data": {"customers": {"items": []}}})
        after = datetime.fromisoformat(options["filter"]["updatedAt"]["after"])
        # As a database counts: to the microsecond, though it is shown to the millisecond.
        # What it sorts by is in the order of its schema, whatever the order in which it was asked.
        keys = [name for name in ("id", "updatedAt", "code") if name in options["sort"]]
        fits: list[dict[str, Any]] = [
            {"id": each, "updatedAt": at, "code": f"CODE{each}"} for each, at in self.rows.items() if at > after
        ]
        fits.sort(key=lambda one: tuple(one[key] for key in keys))
        chosen = fits[options["skip"] : options["skip"] + options["take"]]
        self.asked += 1
        if self.moves and self.dice.random() < 0.7:
            self.change()
        return as_json({"data": {"orders": {"items": [self.shown(**one) for one in chosen]}}})

    def change(self) -> None:
        """Something happens to up to four orders, now; sometimes at one moment."""
        self.now += timedelta(seconds=1)
        for each in self.dice.sample(sorted(self.rows), min(len(self.rows), self.dice.randrange(1, 5))):
            self.rows[each] = self.now

    @staticmethod
    def shown(updatedAt: datetime, **same: str) -> dict[str, Any]:  # noqa: N803 - Vendure's own name
        return row(updatedAt=updatedAt.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **same)

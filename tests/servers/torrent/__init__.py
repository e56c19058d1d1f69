"""A loopback Jetstream that replays made-up posts at a set rate: for load, not for what a real network would say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from tests.servers.base import ready_line, running
from tests.servers.torrent.events import Brands, Events

__all__ = ["Brands", "Events", "Torrent", "torrent"]


@dataclass
class Torrent:
    """A running torrent. `address` is for MAKEGOOD_JETSTREAM; `events` are what it sends, once it was begun.

    `packed` is whether it offers compression.
    """

    port: int
    events: Events
    packed: bool
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    @property
    def address(self) -> str:
        """Without a path: the consumer chooses the protocol."""
        return f"ws://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Time starts: from now on events happen."""
        self.events = replace(self.events, start=self._ask("begin")["start"])

    def end(self) -> int:
        """Nothing more happens; returns how many events there were."""
        return int(self._ask("end")["events"])

    def drop(self) -> None:
        """Cuts every connection without a goodbye."""
        self._ask("drop")

    def stats(self) -> dict[str, int]:
        """`events` so far, `clients`, how many events the slowest of them is `behind`, `connections` ever made and how
        many of them were by the `newer` protocol and `packed`.
        """
        return self._ask("stats")

    def _ask(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"http://127.0.0.1:{self.port}/{what}").raise_for_status().json()
        return found


@contextmanager
def torrent(rate: int, every: int, brands: int, *, seed: int = 7, packed: bool = False) -> Iterator[Torrent]:
    """Starts one of so many events a second, of which one in `every` is for one of so many brands. `packed` offers
    compression with a dictionary of its own.
    """
    sizes = {"rate": rate, "every": every, "brands": brands, "seed": seed}
    command = [sys.executable, "-m", "tests.servers.torrent", *(f"--{name}={size}" for name, size in sizes.items())]
    with running([*command, *(["--packed"] if packed else [])], tied=False) as (process, log):
        port = int(ready_line(process, log)["port"])
        found = Torrent(port, Events(rate, every, Brands(brands, seed), seed), packed)
        try:
            yield found
        finally:
            found.http.close()

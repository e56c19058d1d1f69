"""Live traffic: a torrent of public posts into the whole product, with a kill -9 and a cut connection on the way.

`python -m tests.soak.flood` (`make soak-listen`): five minutes of 10,000 posts a second against 10,000 searches.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import psutil

from tests.operations.command import Makegood, drive, up
from tests.servers.base import free_port, wait_until
from tests.servers.torrent import Torrent, torrent
from tests.soak.verdict import percentile
from tests.soak.watch import Watch
from tests.soak.weather import children

__all__ = ["Flood", "flood"]

DRIVER = "tests.soak.flood_driver"
OUT = Path(__file__).resolve().parent.parent.parent / "build" / "soak-listen.json"
LAG_SECONDS = 1.0


@dataclass(frozen=True)
class Flood:
    """The size of it. The defaults are those of `make soak-listen`."""

    minutes: float = 5.0
    rate: int = 10_000
    """Events a second."""
    queries: int = 10_000
    workspaces: int = 20
    hits: float = 5.0
    """How many of those a second are for somebody."""
    kill_at: float = 0.4
    """When the listener is killed, as a share of the time; 0 for never."""
    drop_at: float = 0.7
    """When its connection is cut; 0 for never."""
    settle_seconds: float = 300.0
    seed: int = 7
    packed: int = 1
    """Whether the server offers compression."""

    @property
    def every(self) -> int:
        """One event in so many is for somebody."""
        return max(2, round(self.rate / self.hits))


@dataclass
class Gauge:
    """Looks every second at what the listener says of itself, and how much of a processor it takes."""

    product: Makegood
    torrent: Torrent
    stop: threading.Event
    lags: list[float] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Until stopped."""
        process: psutil.Process | None = None
        while not self.stop.wait(1.0):
            said = beat(self.product)
            if said.get("lag") is not None:
                self.lags.append(said["lag"])
            self.behind.append(self.torrent.stats()["behind"])
            now = children(self.product).get("listener")
            if now is not None and (process is None or process.pid != now.pid):
                process = now
            if process is not None:
                try:
                    self.cores.append(process.cpu_percent() / 100)
                except psutil.NoSuchProcess:
                    process = None


def flood(options: Flood, home: Path) -> dict[str, Any]:
    """Runs it on a fresh home; what was done, measured and found wrong (`failures`)."""
    with (
        torrent(options.rate, options.every, options.queries, seed=options.seed, packed=bool(options.packed)) as server,
        up(home, free_port(), {"MAKEGOOD_JETSTREAM": server.address}, ready=False) as product,
    ):
        product.until("is ready", 300)
        arguments = (str(options.queries), str(options.workspaces), str(options.seed))
        drive(product.env, DRIVER, "set-up", *arguments)
        began = time.monotonic()
        wait_until(lambda: beat(product).get("queries") == options.queries, "the searches to be taken in", seconds=300)
        learned = time.monotonic() - began
        wait_until(lambda: server.stats()["clients"] or None, "the listener to follow the stream", seconds=60)
        stop = threading.Event()
        watch, gauge = Watch(product, stop), Gauge(product, server, stop)
        with ThreadPoolExecutor(2) as pool:
            watching = [pool.submit(watch.run), pool.submit(gauge.run)]
            try:
                server.begin()
                killed_at = _act(options, server, product)
                events = server.end()
                expected = expected_of(server, events)
                settled = _settle(options, product, len(expected))
            finally:
                stop.set()
            for each in watching:
                each.result()
        found = drive(product.env, DRIVER, "report", seconds=600)
        return told(options, server, events, found, watch.figures(), killed_at) | {
            "searches_taken_in_after_seconds": round(learned, 1),
            "settled_after_seconds": settled,
            "connections": server.stats(),
            "listener_says": {
                "median_lag": percentile(sorted(gauge.lags), 0.5),
                "99th_lag": percentile(sorted(gauge.lags), 0.99),
            },
            "most_events_waiting_at_the_server": max(gauge.behind, default=0),
            "median_cores_of_the_listener": percentile(sorted(gauge.cores), 0.5),
        }


def _act(options: Flood, server: Torrent, product: Makegood) -> float | None:
    """Lets the time pass and does what was planned; when the listener was killed (seconds since 1970)."""
    total, began, killed_at = options.minutes * 60, time.monotonic(), None
    plan = [(options.kill_at, "kill"), (options.drop_at, "drop"), (1.0, "end")]
    for share, what in sorted(step for step in plan if step[0]):
        time.sleep(max(0.0, began + total * share - time.monotonic()))
        if what == "kill":
            killed_at = time.time()
            children(product)["listener"].kill()
        elif what == "drop":
            server.drop()
    return killed_at


def _settle(options: Flood, product: Makegood, wanted: int) -> float:
    """Waits for all that was said to be kept; how long that took, in seconds."""
    began = time.monotonic()
    while (
        time.monotonic() - began < options.settle_seconds
        and _asked(product, "select count(*) from listen_mention") < wanted
    ):
        time.sleep(0.5)
    return round(time.monotonic() - began, 1)


def expected_of(server: Torrent, events: int) -> dict[str, int]:
    """What must have been kept: the ids of the posts that are for somebody, and the search of each."""
    found = {}
    for number in range(server.events.every // 2, events, server.events.every):
        brand = server.events.planted(number)
        assert brand is not None
        found[server.events.uri(number)] = brand
    return found


def beat(product: Makegood) -> dict[str, Any]:
    """What the listener says of itself."""
    said = _asked(product, "select detail from jobs_heartbeat where name = 'listener'")
    return dict(json.loads(said)) if said else {}


def _asked(product: Makegood, question: str) -> Any:
    with closing(sqlite3.connect(f"file:{product.home / 'makegood.db'}?mode=ro", uri=True, timeout=30)) as there:
        row = there.execute(question).fetchone()
        return row[0] if row else None


def told(
    options: Flood,
    server: Torrent,
    events: int,
    found: dict[str, Any],
    memory: dict[str, dict[str, float]],
    killed_at: float | None,
) -> dict[str, Any]:
    """The figures, and what is not as it must be. `found` is the driver's report."""
    heard = [(uri, posted, kept) for uri, posted, kept in found["heard"]]
    delays = sorted((posted, kept - posted) for _, posted, kept in heard)
    back_at = _back(delays, killed_at)
    calm = sorted(delay for posted, delay in delays if killed_at is None or not killed_at - 5 <= posted <= back_at)
    lag = percentile(calm, 0.99)
    expected = expected_of(server, events)
    ids = Counter(uri for uri, _, _ in heard)
    queries = dict(found["queries"])
    wrong = [
        *_some("not kept", [uri for uri in expected if uri not in ids]),
        *_some("kept more than once", [uri for uri, count in ids.items() if count > 1]),
        *_some("kept though nobody searches for it", [uri for uri in ids if uri not in expected]),
        *_some("found by another search", [uri for uri, brand in expected.items() if queries.get(uri, brand) != brand]),
        *([f"{found['hearings']} reasons for {len(heard)} mentions"] if found["hearings"] != len(heard) else []),
        *([f"{found['journal']} journal lines for {len(heard)}"] if found["journal"] != len(heard) else []),
        *([f"the stream's channel: {state}" for state in found["states"] if state != "working"]),
        *([f"99 of 100 hits took up to {lag:.2f} s"] if lag > LAG_SECONDS else []),
        *(
            f"{name} holds {each['last_mb']} MB at the end, {each['first_mb']} MB at the beginning"
            for name, each in memory.items()
            if each["last_mb"] > each["allowed_mb"]
        ),
    ]
    return {
        "options": asdict(options),
        "failures": wrong,
        "events": events,
        "hits": {"expected": len(expected), "kept": len(heard)},
        "lag": {share: round(percentile(calm, float(share)), 3) for share in ("0.5", "0.9", "0.99", "1.0")},
        "lag_with_the_kill": round(percentile(sorted(delay for _, delay in delays), 0.99), 3),
        "back_after_the_kill_seconds": round(back_at - killed_at, 1) if killed_at else None,
        "memory": memory,
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
    }


def _back(delays: list[tuple[float, float]], killed_at: float | None) -> float:
    """When what is said was kept at once again after the kill: from then on a hit took less than a second."""
    if killed_at is None:
        return 0.0
    late = False
    for posted, delay in delays:
        if posted < killed_at - 5:
            continue
        late = late or delay > LAG_SECONDS
        if late and delay <= LAG_SECONDS:
            return posted
    return killed_at if not late else float("inf")


def _some(what: str, found: list[str]) -> list[str]:
    return [f"{len(found)} {what}: {', '.join(found[:5])}"] if found else []


def main() -> int:
    """1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.flood", description=__doc__)
    for each in fields(Flood):
        name = f"--{each.name.replace('_', '-')}"
        parser.add_argument(name, type=type(each.default), default=each.default, help=f"default {each.default}")
    options = Flood(**vars(parser.parse_args()))
    print(f"{options.minutes:g} minutes of {options.rate:,} posts a second, {options.queries:,} searches.", flush=True)
    with tempfile.TemporaryDirectory(prefix="makegood-flood-") as home:
        figures = flood(options, Path(home) / "home")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    for name, value in figures.items():
        print(f"{name.replace('_', ' ')}: {json.dumps(value)}")
    print("\n".join(f"WRONG: {each}" for each in figures["failures"]) or "Nothing is missing, nothing double.")
    return 1 if figures["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Who watches meanwhile: memory of the three processes, and Olga at her pages."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

import httpx
import psutil

from tests.imports.olga import Olga
from tests.operations.command import Makegood
from tests.soak.weather import children

__all__ = ["Pages", "Watch"]

EVERY_SECONDS = 2.0
GROWN_UP_SECONDS = 8.0
"""A process younger than this is still starting, and is not measured."""
HIGH = 0.9
"""The share of samples below what is compared: so high that what still starts on a busy machine plays no part."""
GROWTH, SLACK_MB = 1.25, 12.0
"""What counts as flat: at the end a process may hold a quarter and 12 MB more than at the beginning."""
PATHS = ("/inbox/", "/channels/", "/", "/inbox/list/")


@dataclass(frozen=True)
class Sample:
    """What a process held, in MB of its own share (PSS), so long after the start and at that age (seconds)."""

    name: str
    at: float
    age: float
    megabytes: float


@dataclass
class Watch:
    """Looks at the processes' memory until stopped."""

    product: Makegood
    stop: threading.Event
    samples: list[Sample] = field(default_factory=list)

    def run(self) -> None:
        """Every two seconds."""
        began = time.monotonic()
        while not self.stop.wait(EVERY_SECONDS):
            for name, process in children(self.product).items():
                try:
                    age = time.time() - process.create_time()
                    held = process.memory_full_info().pss / 2**20
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
                self.samples.append(Sample(name, time.monotonic() - began, age, held))

    def figures(self) -> dict[str, dict[str, float]]:
        """By process: what it held in the first third and in the last (90 of 100 samples are below), the most, and what
        is allowed.
        """
        grown: dict[str, list[Sample]] = defaultdict(list)
        for sample in self.samples:
            if sample.age >= GROWN_UP_SECONDS:
                grown[sample.name].append(sample)
        end = max((sample.at for sample in self.samples), default=0.0)
        found = {}
        for name, samples in sorted(grown.items()):
            first = [sample.megabytes for sample in samples if sample.at <= end / 3]
            last = [sample.megabytes for sample in samples if sample.at >= end * 2 / 3]
            if first and last:
                begin = _high(first)
                found[name] = {
                    "first_mb": round(begin, 1),
                    "last_mb": round(_high(last), 1),
                    "most_mb": round(max(sample.megabytes for sample in samples), 1),
                    "allowed_mb": round(begin * GROWTH + SLACK_MB, 1),
                    "samples": len(samples),
                }
        return found


def _high(values: list[float]) -> float:
    return sorted(values)[int(len(values) * HIGH)]


@dataclass
class Pages:
    """Olga, who looks at her pages all the time. While the web process is being restarted nobody answers her."""

    url: str
    stop: threading.Event
    seconds: list[float] = field(default_factory=list)
    away: int = 0
    bad: list[str] = field(default_factory=list)

    def run(self) -> None:
        """One page a second."""
        while not self.stop.wait(1.0):
            try:
                with Olga.signed_in(self.url) as olga:
                    self._look(olga)
            except httpx.TransportError:
                self.away += 1

    def _look(self, olga: Olga) -> None:
        number = 0
        while not self.stop.wait(1.0):
            path = PATHS[number % len(PATHS)]
            number += 1
            began = time.monotonic()
            try:
                answer = olga.http.get(path, timeout=30)
            except httpx.TransportError:
                self.away += 1
                continue
            self.seconds.append(time.monotonic() - began)
            if answer.status_code != 200:
                self.bad.append(f"{path}: {answer.status_code}")

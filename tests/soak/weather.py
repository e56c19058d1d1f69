"""The bad weather: faults all the time, servers that go away, streams that are cut, and kill -9, by a seeded plan."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from tests import faults
from tests.faults import Fault, Proxy
from tests.operations.command import Makegood
from tests.soak.networks import Networks
from tests.soak.options import Options

__all__ = ["Storm", "children", "clouds"]

EVERYDAY: tuple[tuple[Callable[[], Fault], float], ...] = (
    (lambda: faults.answer(429, retry_after="2"), 0.010),
    (lambda: faults.answer(429), 0.001),
    (lambda: faults.answer(500), 0.010),
    (lambda: faults.answer(502), 0.010),
    (lambda: faults.answer(503, retry_after="1"), 0.010),
    (faults.reset, 0.010),
    (faults.lost, 0.010),
    (faults.truncated, 0.010),
    (faults.malformed, 0.005),
    (faults.wrong_type, 0.005),
    (lambda: faults.slow(1.5), 0.010),
    (lambda: faults.late(1.5), 0.010),
    (lambda: faults.late(25), 0.001),
)
"""Each fault and the share of requests that meet it: about one request in ten."""
PATIENCE = 10.0
NAMES = {"web": "web", "worker": "worker", "listen": "listener"}


def clouds(there: Networks) -> None:
    """From now on requests on their way to the networks meet the everyday faults."""
    for proxy in there.proxies.values():
        for fault, share in EVERYDAY:
            proxy.inject(fault(), share=share)


def children(product: Makegood) -> dict[str, psutil.Process]:
    """The product's listener, worker and web, those that run."""
    found = {}
    for process in psutil.Process(product.process.pid).children():
        # One that was just killed has nothing to say any more.
        with suppress(psutil.NoSuchProcess):
            command = process.cmdline()
            if "makegood.site.command" in command and command[-1] in NAMES:
                found[NAMES[command[-1]]] = process
    return found


@dataclass
class Storm:
    """Does what the plan says at its time, until stopped. `done` counts what was done."""

    there: Networks
    product: Makegood
    options: Options
    stop: threading.Event
    done: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)

    def plan(self) -> list[tuple[float, Callable[[], None]]]:
        """Moments (seconds from the start) and what happens then, in order. The same seed gives the same plan."""
        dice, long = random.Random(self.options.seed), self.options.seconds
        events: list[tuple[float, Callable[[], None]]] = []
        names = [("listener", "worker", "web")[number % 3] for number in range(self.options.kills)]
        dice.shuffle(names)
        for number, name in enumerate(names):
            # Evenly, each somewhere in its own stretch, so that none is left over at the end.
            at = (number + dice.uniform(0.1, 0.9)) * long * 0.98 / self.options.kills
            events.append((at, lambda name=name: self._kill(name)))  # type: ignore[misc]
        events += [(number * 45 + dice.uniform(5, 40), self._cut) for number in range(max(1, int(long / 45)))]
        for number in range(max(1, int(long / 60))):
            proxy = dice.choice(list(self.there.proxies.values()))
            down = dice.uniform(2, 8)
            events.append((number * 60 + dice.uniform(10, 50), lambda p=proxy, s=down: self._down(p, s)))  # type: ignore[misc]
        return sorted(events, key=lambda event: event[0])

    def run(self) -> None:
        """The whole plan; ends early when told to stop."""
        began = time.monotonic()
        for at, happens in self.plan():
            if self.stop.wait(max(0.0, began + at - time.monotonic())):
                return
            happens()

    def _kill(self, name: str) -> None:
        began = time.monotonic()
        while not self.stop.wait(0.1):
            running = children(self.product)
            # Where the one that was meant is still being restarted after a while, another takes its turn.
            meant = name if name in running or time.monotonic() - began < PATIENCE else next(iter(running), name)
            if meant in running:
                with suppress(ProcessLookupError):
                    os.kill(running[meant].pid, signal.SIGKILL)
                    self.killed[meant] += 1
                    return

    def _cut(self) -> None:
        self.done["streams cut"] += sum(proxy.cut_streams() for proxy in self.there.proxies.values())

    def _down(self, proxy: Proxy, seconds: float) -> None:
        """A server is restarted. What the plan has for that time happens as well."""
        self.done["servers down"] += 1
        proxy.go_down()
        timer = threading.Timer(seconds, proxy.come_up)
        timer.daemon = True
        timer.start()

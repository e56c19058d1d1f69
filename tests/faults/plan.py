"""What goes wrong, and when: faults as values, rules that say which requests they meet, and dice with a seed."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

__all__ = [
    "Answer",
    "Fault",
    "Plan",
    "Request",
    "Rule",
    "answer",
    "huge",
    "late",
    "lost",
    "malformed",
    "reset",
    "skewed",
    "slow",
    "truncated",
    "wrong_type",
]


@dataclass(frozen=True)
class Request:
    """What the client asked. Header names are in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the server answered. With `whole` False the connection ends before all that was promised has been sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. Each part is a moment in the life of a request, in this order.

    `before` seconds pass; the connection is `cut_before` the server hears of it; the server is not asked and `instead`
    is answered; it is asked and the answer is `cut_after`; `after` seconds pass; `spoil` makes of the answer another.
    """

    name: str
    before: float = 0.0
    cut_before: bool = False
    instead: Answer | None = None
    cut_after: bool = False
    after: float = 0.0
    spoil: Callable[[Answer], Answer] | None = None


def answer(status: int, body: bytes | None = None, **headers: str) -> Fault:
    """That status, and the server is not asked. Header names are written with underscores."""
    html = status >= 500
    kind = "text/html" if html else "application/json"
    usual = b"<html><body>Bad day</body></html>" if html else b'{"error":"Injected","message":"a fault of the test"}'
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(str(status), instead=Answer(status, {"content-type": kind, **named}, usual if body is None else body))


def reset() -> Fault:
    """The connection breaks before the server has heard anything."""
    return Fault("reset before", cut_before=True)


def lost() -> Fault:
    """The server does what it is asked, and its answer never arrives."""
    return Fault("answer lost", cut_after=True)


def slow(seconds: float) -> Fault:
    """The server hears of it only after so long, whether or not anybody still waits."""
    return Fault("slow", before=seconds)


def late(seconds: float) -> Fault:
    """The server does it at once; its answer takes so long."""
    return Fault("late", after=seconds)


def truncated() -> Fault:
    """Half of the body, and the connection ends."""
    return Fault("truncated", spoil=lambda got: Answer(got.status, got.headers, got.body, whole=False))


def wrong_type() -> Fault:
    """The page of a Wi-Fi that wants a password, with status 200."""
    page = b"<html><body><h1>Welcome to our Wi-Fi</h1></body></html>"
    return Fault("wrong content type", instead=Answer(200, {"content-type": "text/html"}, page))


def malformed() -> Fault:
    """A body of the right type, complete as HTTP goes, that stops in the middle of itself."""

    def spoil(got: Answer) -> Answer:
        half = got.body[: max(1, len(got.body) // 2)]
        return Answer(got.status, _without(got.headers, "etag", "last-modified"), half)

    return Fault("malformed", spoil=spoil)


def huge(size: int) -> Fault:
    """The real body, filled up with blanks to `size` bytes: still good JSON or XML, and very long."""

    def spoil(got: Answer) -> Answer:
        return Answer(got.status, got.headers, got.body + b" " * (size - len(got.body)))

    return Fault("huge", spoil=spoil)


def skewed(seconds: float) -> Fault:
    """The server's clock is ahead by so much (behind, when negative), as its Date says."""

    def spoil(got: Answer) -> Answer:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        return Answer(got.status, {**_without(got.headers, "date"), "date": date}, got.body)

    return Fault("clock skew", spoil=spoil)


def _without(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in names}


@dataclass
class Rule:
    """Which requests a fault meets: those whose path (with query) `path` is found in, by method, after the first
    `skip` of them, so many `times` (None: until it is taken away), each with probability `share`.
    """

    fault: Fault
    path: str = ""
    method: str = ""
    times: int | None = None
    share: float = 1.0
    skip: int = 0


@dataclass
class Plan:
    """The rules in force. The first that meets a request wins. Safe to change from any thread.

    The same seed and the same requests in the same order bring the same faults.
    """

    seed: int = 0
    rules: list[Rule] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """How often each fault was injected, by its name."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._guard = threading.Lock()

    def add(self, rule: Rule) -> Rule:
        with self._guard:
            self.rules.append(rule)
        return rule

    def take_away(self, *rules: Rule) -> None:
        """These rules, or all."""
        with self._guard:
            self.rules = [rule for rule in self.rules if rules and rule not in rules]

    def fault_for(self, request: Request) -> Fault | None:
        """The fault this request meets, counted; None when it is to pass."""
        with self._guard:
            for rule in self.rules:
                if self._meets(rule, request):
                    if rule.times is not None:
                        rule.times -= 1
                    self.counts[rule.fault.name] += 1
                    return rule.fault
        return None

    def _meets(self, rule: Rule, request: Request) -> bool:
        if rule.times == 0 or (rule.method and rule.method != request.method):
            return False
        if not re.search(rule.path, request.path):
            return False
        if rule.skip > 0:
            rule.skip -= 1
            return False
        return rule.share >= 1 or self._dice.random() < rule.share

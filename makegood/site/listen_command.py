"""`makegood listen-worker`: one more process that takes in posts, here or on another machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

__all__ = ["add_listen_worker", "listening_problem"]

MOST_PROCESSES = 64
SCHEMES = frozenset({"nats", "tls", "ws", "wss"})

NO_URL = (
    "NATS_URL is not set, so there is nowhere to take posts from. Set it as for the listener, as in: "
    "NATS_URL=nats://user:password@10.0.0.5:4222 makegood listen-worker"
)


def add_listen_worker(commands: Any, begin: Callable[[], None]) -> None:
    """Adds `listen-worker`. `begin` sets Django up and is called when it runs."""
    text = "take in posts that wait at NATS_URL, beside as many others as you like, here or on other machines"
    part: argparse.ArgumentParser = commands.add_parser("listen-worker", help=text, description=text)
    part.add_argument("--pipe", action="store_true", help="take them from the listener that started this one instead")
    part.set_defaults(run_with=lambda given: _work(pipe=given.pipe, begin=begin))


def _work(*, pipe: bool, begin: Callable[[], None]) -> int:
    url = os.environ.get("NATS_URL", "")
    if not pipe and not url:
        print(NO_URL, file=sys.stderr)
        return 1
    begin()
    from makegood.listen import api as listen

    listen.work_for_listener(None if pipe else url)
    return 0


def listening_problem(environment: Mapping[str, str]) -> str:
    """What is wrong with LISTEN_PROCESSES or NATS_URL, in a sentence, or "". It never shows the password."""
    told = environment.get("LISTEN_PROCESSES", "")
    if told and not (told.isdecimal() and int(told) <= MOST_PROCESSES):
        return f"LISTEN_PROCESSES is {told!r}, but it is a number up to {MOST_PROCESSES}: 1 where it is left out."
    for each in filter(None, environment.get("NATS_URL", "").split(",")):
        if not _is_address(each.strip()):
            return "NATS_URL names no NATS server. It looks like this: nats://user:password@host:4222"
    return ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False

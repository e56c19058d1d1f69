"""Runs the real `makegood` command on a home of its own, as a person would."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from makegood.site import running
from makegood.site.place import Place
from tests.migrated import copy_to

__all__ = ["Makegood", "drive", "environment", "makegood", "up"]

COMMAND = [sys.executable, "-m", "makegood.site.command"]
NAMES = ("listener", "up", "web", "worker")
READY_SECONDS = 180.0


def environment(home: Path, port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of somebody who has set only MAKEGOOD_HOME and PORT, on SQLite, and `more`. What only developing
    installs is left out: a plain install has no fast lane of listening.
    """
    unset = {"DATABASE_URL", "QUEUE_URL", "PUBLIC_URL", "HOST", "MAKEGOOD_PARENT", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    plain = {"MAKEGOOD_HOME": str(home), "PORT": str(port), "MAKEGOOD_ENGINE": "core"}
    return {**kept, **plain, **(more or {})}


@dataclass
class Makegood:
    """A Makegood that was started by `up`."""

    home: Path
    port: int
    process: subprocess.Popen[str]
    env: Mapping[str, str]
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://localhost:{self.port}"

    def until(self, text: str, seconds: float = READY_SECONDS) -> str:
        """The next line it prints that contains `text`; raises AssertionError when none comes in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = self.lines.get(timeout=0.1)
            except queue.Empty:
                if self.process.poll() is not None and self.lines.empty():
                    break
                continue
            self.seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said. Said: {self.seen}. Logs:\n{self.logs()}")

    def logs(self) -> str:
        """The end of everything the processes have logged."""
        files = sorted((self.home / "log").glob("*.log")) if (self.home / "log").exists() else []
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in files)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another `makegood` command on the same home."""
        return makegood(self.env, *arguments)

    def pids(self) -> dict[str, int]:
        """The processes that `makegood status` shows as running, by name, asked of whom it asks."""
        run = running.current(Place(self.home.resolve(), "127.0.0.1", self.port, self.url))
        try:
            rows = running.processes(run) if run else []
        except OSError:
            return {}
        return {row.name: row.pid for row in rows if row.state == "RUNNING"}

    def until_running(self, seconds: float = 90) -> dict[str, int]:
        """Waits until the parent and its three children run."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.pids()
            if sorted(found) == list(NAMES):
                return found
            time.sleep(0.2)
        raise AssertionError(f"not everything runs: {self.run('status').stdout}\n{self.logs()}")

    def page(self, path: str = "/") -> tuple[int, str]:
        """The status and text of a page, after redirects."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()


def makegood(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one `makegood` command to its end."""
    return subprocess.run([*COMMAND, *arguments], env=dict(env), capture_output=True, text=True, timeout=120)


def drive(env: Mapping[str, str], driver: str, *arguments: str, seconds: float = 900) -> dict[str, Any]:
    """Runs a driver module (it does through the front doors what a member would) in the product's environment, for at
    most so many seconds; what it prints last is JSON.
    """
    done = subprocess.run(
        [sys.executable, "-m", driver, *arguments],
        env={**env, "DJANGO_SETTINGS_MODULE": "makegood.site.settings"},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def up(
    home: Path, port: int, more: Mapping[str, str] | None = None, *, ready: bool = True, fresh: bool = False
) -> Iterator[Makegood]:
    """`makegood up` on a home and a port, waited for. `more` adds to its environment.

    A home without a database gets an empty one in which the migrations have run already; a `fresh` one is left as it
    is, so that all begins as on a new machine.
    """
    env = environment(home, port, more)
    if not (fresh or "DATABASE_URL" in env or (home / "makegood.db").exists()):
        copy_to(home / "makegood.db")
    process = subprocess.Popen(
        [*COMMAND, "up"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    started = Makegood(home, port, process, env)
    reader = threading.Thread(target=_read, args=(process, started.lines), daemon=True)
    reader.start()
    try:
        if ready:
            started.until("is ready")
        yield started
    finally:
        _end(process)
        reader.join(5)
        if process.stdout:
            process.stdout.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip("\n"))


def _end(process: subprocess.Popen[str]) -> None:
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue

"""Which Makegood runs on a home: a lock held by its parent process, and what the supervisor in it says."""

from __future__ import annotations

import fcntl
import json
import time
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from makegood.site.place import Place

__all__ = ["AlreadyRunningError", "Process", "Run", "announce", "current", "hold", "memory", "processes"]

LOCK = "makegood.lock"


@dataclass(frozen=True)
class Run:
    """A running Makegood: its parent process, address, supervisor's socket, and the epoch time it began."""

    pid: int
    url: str
    socket: str
    since: float


@dataclass(frozen=True)
class Process:
    """One process. `state` is the supervisor's word (RUNNING, ...), `up` is in seconds, memory in bytes.

    `pss` counts shared memory by share, so that it adds up; it is None where the system does not tell.
    """

    name: str
    state: str
    pid: int
    up: float
    rss: int
    pss: int | None


class AlreadyRunningError(Exception):
    """Another `makegood up` holds this home. `run` is None when it has not said yet where it is."""

    def __init__(self, run: Run | None) -> None:
        super().__init__("already running")
        self.run = run


@contextmanager
def hold(place: Place) -> Iterator[IO[str]]:
    """Holds the home's lock; the file's content is what an earlier run that ended badly left there.

    The lock goes away with this process however it ends. Raises AlreadyRunningError.
    """
    place.run.mkdir(parents=True, exist_ok=True)
    with (place.run / LOCK).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(_read(file)) from error
        yield file


def announce(file: IO[str], run: Run | None) -> None:
    """Writes who runs here into the held lock file; None leaves it empty, the mark of a good end."""
    file.seek(0)
    file.truncate()
    if run is not None:
        json.dump(vars(run), file)
    file.flush()


def current(place: Place) -> Run | None:
    """The Makegood that runs on this home, or None."""
    path = place.run / LOCK
    try:
        with path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file)
    except OSError:
        return None
    return None


def _read(file: IO[str]) -> Run | None:
    file.seek(0)
    try:
        return Run(**json.load(file))
    except (ValueError, TypeError):
        return None


def processes(run: Run) -> list[Process]:
    """The parent and its children, as they are now. Raises OSError when the supervisor does not answer."""
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport(None, None, f"unix://{run.socket}")
    try:
        server = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        told: Any = server.supervisor.getAllProcessInfo()
    except xmlrpc.client.Error as error:
        raise OSError(f"the supervisor answered {error}") from error
    finally:
        transport.close()
    now = time.time()
    rows = [Process("up", "RUNNING", run.pid, now - run.since, *memory(run.pid))]
    for each in sorted(told, key=lambda info: str(info["name"])):
        pid = int(each["pid"])
        up = now - float(each["start"]) if pid else 0.0
        rows.append(Process(str(each["name"]), str(each["statename"]), pid, up, *memory(pid)))
    return rows


def memory(pid: int) -> tuple[int, int | None]:
    """Bytes of memory a process holds: (resident, proportional or None). (0, None) for one that is gone."""
    try:
        rss = int(psutil.Process(pid).memory_info().rss) if pid else 0
    except psutil.Error:
        return 0, None
    return rss, _pss(pid) if pid else None


def _pss(pid: int) -> int | None:
    # Linux only: https://docs.kernel.org/filesystems/proc.html, smaps_rollup, in kB.
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None

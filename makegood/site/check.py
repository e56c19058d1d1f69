"""`makegood check`: what is wrong with this set-up, in one sentence each, with what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from makegood.site import running
from makegood.site.listen_command import listening_problem
from makegood.site.place import Place, PlaceError, is_loopback

__all__ = [
    "check",
    "clock_problem",
    "home_problem",
    "key_problem",
    "network_file_system",
    "space_problem",
    "url_problem",
]

LEAST_FREE = 500 * 10**6
LATE_SECONDS = 300.0
CLOCK_SECONDS = 5.0
# Where SQLite's locks and its shared-memory file cannot be relied on: https://sqlite.org/wal.html, section 1.
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs3", "nfs4", "cifs", "smbfs", "smb2", "smb3", "afs", "afpfs", "webdav", "davfs", "fuse.sshfs"}
    | {
        "sshfs",
        "fuse.davfs2",
        "glusterfs",
        "fuse.glusterfs",
        "ceph",
        "fuse.ceph",
        "lustre",
        "gpfs",
        "9p",
        "drvfs",
    }
)


def check() -> int:
    """Prints what is wrong and what is good to know. Returns 1 when anything is wrong, else 0."""
    place = Place.from_env()
    wrong = _of_the_machine(place)
    notes: list[str] = []
    # Django makes and reads the home when it loads.
    if not home_problem(place):
        found, notes = _of_the_installation(place)
        wrong += found
    for sentence in wrong:
        _print(f"✗ {sentence}")
    for sentence in notes:
        _print(f"· {sentence}")
    if not wrong:
        _print("All well.")
    return 1 if wrong else 0


def _of_the_machine(place: Place) -> list[str]:
    run = running.current(place)
    problems = [
        home_problem(place) or clock_problem(place.home) or "",
        key_problem(place),
        space_problem(place),
    ]
    problems += [url_problem(place), listening_problem(os.environ)]
    if run is None:
        from makegood.site.up import port_problem

        problems += ["Makegood is not running. Start it with: make up", port_problem(place)]
    else:
        problems += _process_problems(run, place)
    return [sentence for sentence in problems if sentence]


def home_problem(place: Place) -> str:
    """Why nothing can be kept in the home, or ""."""
    try:
        place.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place.home):
            return ""
    except OSError as error:
        return f"Nothing can be written to {place.home} ({error.strerror}): change its rights or set MAKEGOOD_HOME."


def clock_problem(folder: Path, now: Callable[[], float] = time.time) -> str:
    """Whether the clock and the file system that keeps the data disagree about the time."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        apart = abs(Path(file.name).stat().st_mtime - now())
    if apart < CLOCK_SECONDS:
        return ""
    return (
        f"The clock and the disk disagree by {apart:.0f} seconds: set this machine's clock, or every deadline is off."
    )


def key_problem(place: Place) -> str:
    """Whether others on this machine can read the key that seals the tokens."""
    try:
        mode = place.key_file.stat().st_mode
    except OSError:
        return ""
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return f"Others on this machine can read the key that seals your tokens. Run: chmod 600 {place.key_file}"


def space_problem(place: Place, least: int = LEAST_FREE) -> str:
    """Whether the disk is nearly full; `least` is in bytes."""
    try:
        free = shutil.disk_usage(place.home).free
    except OSError:
        return ""
    if free >= least:
        return ""
    return f"Only {free / 10**6:.0f} MB are free on the disk that holds {place.home}: make room before it is full."


def url_problem(place: Place) -> str:
    """Whether people elsewhere would send their passwords in the clear."""
    parts = urlsplit(place.url)
    if parts.scheme == "https" or (is_loopback(place.host) and is_loopback(parts.hostname or "")):
        return ""
    return (
        f"Others can reach Makegood at {place.url}, which is not encrypted: put a proxy with https "
        "before it and set PUBLIC_URL to its https:// address."
    )


def network_file_system(folder: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """The type of the network file system that holds `folder`, or "". `mounts` are (mount point, type)."""
    kind, longest = "", -1
    for point, type_ in mounts:
        if folder.is_relative_to(point) and len(point) > longest:
            kind, longest = type_, len(point)
    return kind if kind in NETWORK_FILE_SYSTEMS else ""


def _process_problems(run: running.Run, place: Place) -> list[str]:
    try:
        rows = running.processes(run)
    except OSError as error:
        return [f"Makegood's parent process {run.pid} does not answer ({error}): stop it and run make up again."]
    return [
        f"The {row.name} is not running ({row.state.lower()}): {place.log / row.name}.log says why."
        for row in rows
        if row.state != "RUNNING"
    ]


def _of_the_installation(place: Place) -> tuple[list[str], list[str]]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    from makegood.kit.crypto import DecryptError

    try:
        from django import setup

        setup()
    except PlaceError as error:
        return [str(error)], []
    except (DecryptError, OSError, ValueError) as error:
        return [f"Makegood cannot load its settings: {error}"], []
    from django.conf import settings

    from makegood.accounts import api as accounts
    from makegood.triage import api as triage

    wrong = _database_problems(running.current(place) is not None)
    if settings.ON_SQLITE:
        mounts = [(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]
        kind = network_file_system(place.home, mounts)
        if kind:
            wrong.append(
                f"{place.home} is on a network file system ({kind}), where SQLite can lose data: "
                "move MAKEGOOD_HOME to a local disk, or set DATABASE_URL to a PostgreSQL."
            )
    notes = []
    unread = triage.model_problem(whole=True)
    if unread:
        wrong.append(unread)
    if not accounts.mail_works():
        notes.append("Mail is not set up, so you hand invitation links to people yourself. EMAIL_URL changes that.")
    return wrong, notes


def _database_problems(runs: bool) -> list[str]:
    from django.db import Error

    from makegood.site.health import pending_migrations, report

    try:
        missing = pending_migrations()
        if missing:
            return [f"The database lacks {len(missing)} of its tables or changes. Run: make up"]
        found = report()
    except Error as error:
        return [f"The database cannot be reached ({str(error).strip().splitlines()[0]}): check DATABASE_URL."]
    wrong = [
        f"The channel {channel.name} is in trouble: {channel.sentence}"
        for channel in found.channels
        if channel.mood in ("trouble", "disconnected")
    ]
    if runs:
        wrong += [
            f"The {beat.name} has given no sign of life for {beat.age:.0f} s." for beat in found.beats if beat.silent
        ]
        wrong += [
            f"{name.capitalize()} have waited for {age:.0f} s: is the worker busy or stuck?"
            for name, age in found.queues.items()
            if age is not None and age > LATE_SECONDS
        ]
    return wrong


def _print(line: str) -> None:
    print(line)

"""`makegood status`: what runs, how much memory it takes, how far listening lags, and what waits."""

from __future__ import annotations

import os

from makegood.site import running
from makegood.site.place import Place
from makegood.site.running import Process, Run

__all__ = ["duration", "megabytes", "process_lines", "status"]

MEGABYTE = 1_000_000


def status() -> int:
    """Prints the status. Returns 0 when everything runs, else 1."""
    place = Place.from_env()
    run = running.current(place)
    if run is None:
        _print(f"Makegood is not running on {place.home}. Start it with: make up")
        return 1
    _print(f"Makegood runs at {run.url} on {place.home}.")
    healthy = _processes(run)
    _print("")
    return 0 if _database() and healthy else 1


def _processes(run: Run) -> bool:
    try:
        rows = running.processes(run)
    except OSError as error:
        _print(f"Its parent process {run.pid} does not answer: {error}.")
        return False
    _print("")
    _print("\n".join(process_lines(rows)))
    return all(row.state == "RUNNING" for row in rows)


def process_lines(rows: list[Process]) -> list[str]:
    """The table of processes with the total, ready to print.

    The total adds up each process' proportional share (PSS) where the system tells it,
    else its resident memory.
    """
    lines = [f"{'process':<10} {'state':<10} {'pid':>8} {'up':>8} {'memory':>9} {'resident':>9}"]
    for row in rows:
        share = row.rss if row.pss is None else row.pss
        pid = str(row.pid or "-")
        lines.append(
            f"{row.name:<10} {row.state.lower():<10} {pid:>8} {duration(row.up):>8} "
            f"{megabytes(share):>9} {megabytes(row.rss):>9}"
        )
    total = sum(row.rss if row.pss is None else row.pss for row in rows)
    lines.append(f"{'together':<38} {megabytes(total):>10} {megabytes(sum(row.rss for row in rows)):>9}")
    return lines


def _database() -> bool:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    from django import setup

    setup()
    from django.db import Error

    from makegood.site.health import report

    try:
        found = report()
    except Error as error:
        _print(f"The database does not answer: {error}")
        return False
    _print("listening (how long ago it last heard or checked)")
    for channel in found.channels:
        ago = "never" if channel.lag is None else f"{duration(channel.lag)} ago"
        _print(f"  {channel.name} ({channel.workspace}): {channel.mood}, {ago}. {channel.sentence}")
    if not found.channels:
        _print("  no channels yet")
    for beat in found.beats:
        if beat.detail.get("lag") is not None:
            rate, lag, late = beat.detail.get("rate"), float(str(beat.detail["lag"])), beat.detail.get("lag_p99")
            within = "" if late is None else f"; 99 of 100 are here within {float(str(late)):.1f} s"
            _print(f"  the public stream: {rate} posts a second, {lag:.1f} s behind{within}")
    _print("waiting (how long the oldest has waited)")
    for name, age in found.queues.items():
        _print(f"  {name}: {'nothing' if age is None else duration(age)}")
    for beat in found.beats:
        if beat.silent:
            _print(f"The {beat.name} gave its last sign of life {duration(beat.age)} ago.")
    return not any(beat.silent for beat in found.beats)


def megabytes(amount: int) -> str:
    """Bytes in megabytes, as "12.3 MB"."""
    return f"{amount / MEGABYTE:.1f} MB"


def duration(seconds: float) -> str:
    """A length of time in its largest fitting unit, as "12 s", "5 min", "3 h" or "2 d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _print(line: str) -> None:
    print(line)

"""`make test`: every check there is, and one line at the end that says whether all is well.

`python -m tools.test` runs all; `python -m tools.test lint types` runs those groups only. A failure does not
keep the later checks from running. The exit status is 0 only when everything passed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.base import ServerUnavailable
from tests.servers.postgres import postgres

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
# Real browsers and networks mostly wait: two files at a time. Whole products with kills, floods and stories in them
# need the cores, and come one after the other.
REAL = "browser or atproto or mastodon or slow"
LONG = ("tests/crash", "tests/imports", "tests/operations", "tests/soak", "tests/story")
NO_TESTS = 5


@dataclass(frozen=True)
class Step:
    """One check: its name, the group it is asked for by, its command, and what the environment adds.

    `fine` are the exit statuses that mean success.
    """

    name: str
    group: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    fine: tuple[int, ...] = (0,)


def steps() -> list[Step]:
    """All checks but those that need PostgreSQL, the quick ones first."""
    pytest = [*PYTHON, "pytest", "-q"]
    by_file = [*pytest, "-n", "2", "--dist", "loadfile", *(f"--ignore={folder}" for folder in LONG)]
    return [
        Step("style", "lint", [*PYTHON, "ruff", "check", "."]),
        Step("layout", "lint", [*PYTHON, "ruff", "format", "--check", "--quiet", "."]),
        Step("import contracts", "lint", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
        Step("workspace scope", "lint", [*PYTHON, "tools.scope_lint"]),
        Step("house rules", "lint", [*PYTHON, "tools.house_lint"]),
        Step("types", "types", [*PYTHON, "mypy", "makegood", "tools", "tests", "benchmarks", "conftest.py"]),
        Step("migrations", "migrations", _manage("makemigrations", "--check", "--dry-run", "-v", "1")),
        Step("tests on SQLite", "tests", [*pytest, "-n", "2", "-m", f"not ({REAL})"]),
        Step("browser and network tests", "tests", [*by_file, "-m", REAL], fine=(0, NO_TESTS)),
        Step("long tests", "tests", [*pytest, *LONG, "-m", REAL], fine=(0, NO_TESTS)),
    ]


def on_postgres(url: str) -> Step:
    """The same tests on the PostgreSQL at `url`; those that touch no database have said already what they can say."""
    command = [*PYTHON, "pytest", "-q", "-n", "2", "--with-database", "-m", f"not ({REAL})"]
    return Step("tests on PostgreSQL", "tests", command, {"DATABASE_URL": url})


def _manage(*arguments: str) -> list[str]:
    return [*PYTHON, "makegood.site.command", "manage", *arguments]


def run(step: Step, home: str) -> bool:
    """Runs one check and says how it went."""
    print(f"\n=== {step.name}", flush=True)
    started = time.monotonic()
    environment = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "QUEUE_URL", "MAKEFLAGS", "MAKELEVEL")
    }
    environment |= {"MAKEGOOD_HOME": home, **step.env}
    done = subprocess.run(step.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False)
    passed = done.returncode in step.fine
    print(
        f"--- {step.name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return passed


def main(groups: Sequence[str]) -> int:
    """Runs the groups asked for, or all, and returns the exit status."""
    known = {step.group for step in steps()}
    if unknown := set(groups) - known:
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.")
        return 2
    wanted = set(groups) or known
    failed: list[str] = []
    notes: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="makegood-test-") as home, ExitStack() as servers:
        failed += [step.name for step in steps() if step.group in wanted and not run(step, home)]
        if "tests" in wanted:
            try:
                step = on_postgres(servers.enter_context(postgres()))
            except ServerUnavailable as missing:
                notes.append(f"NOT TESTED on PostgreSQL: {missing}")
                if os.environ.get("CI", "").lower() in {"true", "1"}:
                    failed.append("tests on PostgreSQL (server missing)")
            else:
                if not run(step, home):
                    failed.append(step.name)
    print("\n".join(["", "=" * 78, *notes]))
    took = f"{(time.monotonic() - started) / 60:.1f} minutes"
    print(f"FAILED: {', '.join(failed)} ({took})" if failed else f"All passed ({took}).")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make test`: every check there is, and one line at the end that says whether all is well.

`python -m tools.test` runs all; `python -m tools.test lint types` runs those groups only. A failure does not
keep the later checks from running. The exit status is 0 only when everything passed.

Two lanes of about the same length run beside each other, for two processors: the second has the long tests, in which
whole products mostly wait, and then the tests on PostgreSQL; what they say is shown at their end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.base import ServerUnavailable
from tests.servers.postgres import postgres

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
PYTEST = [*PYTHON, "pytest", "-q", "--durations=12", "--durations-min=5"]
# Whole products with kills, floods and stories in them come one after the other, those first that need no server which
# may still be on its way into the cache.
REAL = "browser or atproto or mastodon or slow"
LONG = ("tests/operations", "tests/imports", "tests/crash", "tests/soak", "tests/story")
TYPED = ("makegood", "tools", "tests", "benchmarks", "training", "conftest.py")
NO_TESTS = 5


@dataclass(frozen=True)
class Step:
    """One check: its name, the group it is asked for by, its command, and what the environment adds.

    `fine` are the exit statuses that mean success. What is `beside` is in the second lane, and quiet until its end.
    """

    name: str
    group: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    fine: tuple[int, ...] = (0,)
    beside: bool = False


def steps() -> list[Step]:
    """All checks but those that need PostgreSQL, the quick ones first."""
    by_file = [*PYTEST, "-n", "2", "--dist", "loadfile", *(f"--ignore={folder}" for folder in LONG)]
    return [
        Step("style", "lint", [*PYTHON, "ruff", "check", "."]),
        Step("layout", "lint", [*PYTHON, "ruff", "format", "--check", "--quiet", "."]),
        Step("import contracts", "lint", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
        Step("workspace scope", "lint", [*PYTHON, "tools.scope_lint"]),
        Step("house rules", "lint", [*PYTHON, "tools.house_lint"]),
        Step("types", "types", [*PYTHON, "mypy", *TYPED]),
        Step("migrations", "migrations", _manage("makemigrations", "--check", "--dry-run", "-v", "1")),
        Step("tests on SQLite", "tests", [*PYTEST, "-n", "2", "-m", f"not ({REAL})"]),
        Step("long tests", "tests", [*PYTEST, *LONG, "-m", REAL], fine=(0, NO_TESTS), beside=True),
        Step("browser and network tests", "tests", [*by_file, "-m", REAL], fine=(0, NO_TESTS)),
    ]


def on_postgres(url: str) -> Step:
    """The same tests on the PostgreSQL at `url`; those that touch no database have said already what they can say."""
    # One process: it runs beside two that drive browsers, which are patient only so long.
    command = [*PYTEST, "-n", "1", "--with-database", "-m", f"not ({REAL})"]
    return Step("tests on PostgreSQL", "tests", command, {"DATABASE_URL": url}, beside=True)


def _manage(*arguments: str) -> list[str]:
    return [*PYTHON, "makegood.site.command", "manage", *arguments]


def run(step: Step, home: str) -> bool:
    """Runs one check and says how it went."""
    started = time.monotonic()
    environment = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "QUEUE_URL", "MAKEFLAGS", "MAKELEVEL")
    }
    environment |= {"MAKEGOOD_HOME": home, **step.env}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Kept out of the checkout, as is asked for, but kept: else each of a hundred processes compiles all it imports.
        environment["PYTHONPYCACHEPREFIX"] = f"{home}/bytecode"
    with tempfile.TemporaryFile() as said:
        if not step.beside:
            print(f"\n=== {step.name}", flush=True)
        done = subprocess.run(
            step.command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said if step.beside else None,
            stderr=subprocess.STDOUT if step.beside else None,
            check=False,
        )
        said.seek(0)
        words = said.read().decode(errors="replace")
    passed = done.returncode in step.fine
    title = f"\n=== {step.name}\n{words}" if step.beside else ""
    verdict = "passed" if passed else "FAILED"
    print(f"{title}--- {step.name}: {verdict} in {time.monotonic() - started:.0f} s", flush=True)
    return passed


def _one_by_one(steps: Sequence[Step], home: str) -> list[str]:
    """Runs them in order; the names of those that failed."""
    return [step.name for step in steps if not run(step, home)]


def main(groups: Sequence[str]) -> int:
    """Runs the groups asked for, or all, and returns the exit status."""
    known = {step.group for step in steps()}
    if unknown := set(groups) - known:
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.")
        return 2
    wanted = [step for step in steps() if step.group in (set(groups) or known)]
    failed: list[str] = []
    notes: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="makegood-test-") as home, ExitStack() as servers:
        if any(step.group == "tests" for step in wanted):
            servers.enter_context(subprocess.Popen([*PYTHON, "tests.servers.install"], cwd=ROOT))
            try:
                wanted.append(on_postgres(servers.enter_context(postgres())))
            except ServerUnavailable as missing:
                notes.append(f"NOT TESTED on PostgreSQL: {missing}")
                if os.environ.get("CI", "").lower() in {"true", "1"}:
                    failed.append("tests on PostgreSQL (server missing)")
        with ThreadPoolExecutor(2) as lanes:
            each = [[step for step in wanted if step.beside is beside] for beside in (False, True)]
            for names in lanes.map(_one_by_one, each, [home, home]):
                failed += names
    print("\n".join(["", "=" * 78, *notes]))
    took = f"{(time.monotonic() - started) / 60:.1f} minutes"
    print(f"FAILED: {', '.join(failed)} ({took})" if failed else f"All passed ({took}).")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

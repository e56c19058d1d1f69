"""A few seconds of the fuzzer, so that it cannot rot; `make fuzz` runs it longer."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytest.importorskip("atheris", reason="atheris is not installed: it has no wheel for this Python")


def test_the_fuzzer_runs_and_finds_nothing_in_a_moment() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.reading", "-runs=300", "-seed=1"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(r"Done \d+ runs", done.stderr)

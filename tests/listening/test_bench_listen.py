"""`make bench-listen`, in small: every engine runs, all find the same, and the figures are written down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_engines_run_beside_each_other(tmp_path: Path) -> None:
    out = tmp_path / "listen.json"
    run = [sys.executable, "-m", "benchmarks.listen", "--posts", "1500", "--searches", "50", "300", "--out", str(out)]
    said = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert said.returncode == 0, said.stderr
    rows = json.loads(out.read_text("utf-8"))["rows"]
    engines = {row["engine"] for row in rows}
    assert engines >= {"core", "Aho-Corasick", "one regex a query", "SQLite FTS5"}
    assert len(rows) == 2 * len(engines)
    assert all(row["engine"] in said.stdout and row["posts_a_second"] > 0 for row in rows)
    for searches in (50, 300):
        assert len({row["hits"] for row in rows if row["searches"] == searches}) == 1

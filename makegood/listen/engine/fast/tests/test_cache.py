"""Where the compiled code is kept, and what happens where it cannot be."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the fast lane is not installed")

from makegood.listen.engine.fast import FastEngine, cache
from makegood.listen.engine.fast import engine as lane
from makegood.listen.engine.fast.sifter import Pass
from makegood.listen.engine.fast.tests.frames import frame
from makegood.listen.query import parse


def test_the_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "a"))
    monkeypatch.setenv("MAKEGOOD_HOME", str(tmp_path / "b"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert cache.folder().parent == tmp_path / "a"
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    assert cache.folder().parent == tmp_path / "b" / "cache"
    monkeypatch.delenv("MAKEGOOD_HOME")
    assert cache.folder().parent == tmp_path / "c" / "makegood"


def test_what_cannot_be_kept_leaves_the_core_at_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    cache.load.cache_clear()
    try:
        with caplog.at_level(logging.INFO):
            engines = [FastEngine[int](), FastEngine[int]()]
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "without its fast lane" in caplog.text
        for engine in engines:
            engine.add(1, parse("acme"))
            assert engine.sift([frame("late"), frame("Acme")]) == [1]
            engine.remove(1)
            assert engine.sift([frame("Acme")]) == []
    finally:
        cache.load.cache_clear()


def test_the_core_sifts_until_the_pass_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow() -> Pass | None:
        begun.set()
        assert go.wait(60)
        return cache.load()

    monkeypatch.setattr(lane, "load", slow)
    engine = FastEngine[int](wait=False)
    engine.add(1, parse("acme"))
    engine.add(2, parse("teapot"))
    engine.remove(2)
    frames = [frame("late"), frame("Acme"), frame("a teapot"), frame("a spoon")]
    assert begun.wait(60)
    assert engine.sift(frames) == [1]
    assert engine._sifter is None
    go.set()
    assert engine._loading is not None
    engine._loading.join(120)
    engine.add(3, parse("spoon"))
    assert engine.sift(frames) == [1, 3]
    assert engine._sifter is not None


def test_only_the_fast_lane_imports_numba() -> None:
    script = (
        "import sys, makegood.listen.engine, makegood.listen.engine.core, makegood.listen.engine.fast\n"
        "from makegood.listen.engine import engine\n"
        "engine(fast=False)\n"
        "assert 'numba' not in sys.modules and 'llvmlite' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_without_numba_the_core_is_used() -> None:
    script = (
        "import sys\n"
        "sys.modules['numba'] = None\n"
        "from makegood.listen.engine import Engine, engine\n"
        "assert type(engine()) is Engine\n"
        "try:\n"
        "    engine(fast=True)\n"
        "except ImportError:\n"
        "    sys.exit(0)\n"
        "sys.exit(1)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, env=os.environ | {"MAKEGOOD_ENGINE": ""})

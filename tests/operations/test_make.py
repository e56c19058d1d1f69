"""A bare machine: a clean copy of the code, Python and make; nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.operations.command import environment
from tests.servers.base import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
BASE_PYTHON = str(Path(sys.base_prefix) / "bin" / "python3")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that a clone has, as they are now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            target = tmp_path / "clone" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return tmp_path / "clone"


def clean(home: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of somebody in a fresh shell."""
    env = environment(home, port, {"PYTHON": BASE_PYTHON, **more})
    return {
        name: value for name, value in env.items() if name not in ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }


def test_help_is_what_make_says_first(tmp_path: Path) -> None:
    said = subprocess.run(["make"], cwd=ROOT, env=clean(tmp_path, 8000), capture_output=True, text=True).stdout
    for line in ("Run", "Develop", "Measure", "make up", "make test", "make bench-live"):
        assert line in said


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ('[ "$1" = -V ] && echo Python 3.9.2; exit 1', "Makegood needs Python 3.11 or newer; "),
        (
            '[ "$1" = -c ] && exit 0; exit 1',
            "cannot make virtual environments. On Debian and Ubuntu: sudo apt install",
        ),
    ],
)
def test_a_python_that_will_not_do_is_said_in_a_sentence(
    clone: Path, tmp_path: Path, script: str, sentence: str
) -> None:
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    env = clean(tmp_path / "home", free_port(), PYTHON=str(python))
    done = subprocess.run(["make", "up"], cwd=clone, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert sentence in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not (clone / ".uv").exists()


@pytest.mark.slow
def test_a_clean_clone_is_one_command_from_its_first_page(clone: Path, tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    env = clean(home, port)
    first = _up(clone, env, port, 240)
    assert not list((clone / ".venv" / "bin").glob("pytest*")), "running needs no developer's tools"
    assert not (clone / ".data").exists()
    assert (home / "makegood.db").exists()
    again = _up(clone, env, port, 60)
    assert "Installing" in first
    assert "Installing" not in again


def _up(clone: Path, env: dict[str, str], port: int, seconds: float) -> str:
    """Runs `make up` until its first page is served, stops it, and returns what it said."""
    process = subprocess.Popen(
        ["make", "up"],
        cwd=clone,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + seconds
        while not _served(port):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < end, "the first page did not come"
            time.sleep(0.2)
    finally:
        # As a terminal does on Ctrl-C: to make and to what it started.
        os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert not _served(port)
    return said


def _served(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            pass
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

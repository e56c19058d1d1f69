"""A real llama.cpp server on loopback, from PyPI, with a model of random weights: real HTTP, real grammars, no sense.

Installed once, from llamacpp/requirements.txt, into an environment of its own outside the checkout.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.base import ServerUnavailable, cache_dir, free_port, ready_line, running

__all__ = ["install", "llamacpp"]

FOLDER = Path(__file__).with_name("llamacpp")


def install() -> Path:
    """The Python of an environment that has llama.cpp, made at the first call. Raises `ServerUnavailable`."""
    wanted = FOLDER / "requirements.txt"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    name = hashlib.sha256(wanted.read_bytes() + version.encode()).hexdigest()[:16]
    target = cache_dir() / f"llamacpp-{name}"
    python = target / "bin" / "python"
    with (cache_dir() / f"{target.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (target / "ready").exists():
            shutil.rmtree(target, ignore_errors=True)
            steps = [
                [sys.executable, "-m", "venv", str(target)],
                [str(python), "-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "-r", str(wanted)],
            ]
            for step in steps:
                done = subprocess.run(step, capture_output=True, text=True, timeout=600)
                if done.returncode != 0:
                    raise ServerUnavailable(f"llama.cpp cannot be installed: {done.stderr.strip()[-500:]}")
            (target / "ready").touch()
    return python


@contextmanager
def llamacpp() -> Iterator[str]:
    """Yields the address up to /v1."""
    python = install()
    with (
        tempfile.TemporaryDirectory(prefix="makegood-llama-") as folder,
        running([str(python), str(FOLDER / "serve.py"), str(free_port()), folder], tied=False) as (process, log),
    ):
        yield f"{ready_line(process, log)['url']}/v1"

"""A pytest plugin, loaded before Django's settings: a throw-away home for every test process.

Settings are read once, at import, so the home has to be named before any conftest file runs (see `addopts`).
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["DEVELOPERS_HOME", "HOME"]

DEVELOPERS_HOME = Path(__file__).resolve().parent.parent / ".data"
HOME = Path(tempfile.mkdtemp(prefix="makegood-test-")).resolve()

os.environ["MAKEGOOD_HOME"] = str(HOME)
os.environ["QUEUE_URL"] = "memory:"
# Compiling takes half a minute: it is done once on a machine, not once a run.
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "makegood-tests")
)
for _name in ("PORT", "HOST", "PUBLIC_URL", "MAKEGOOD_DEBUG", "MAKEGOOD_PARENT", "EMAIL_URL"):
    os.environ.pop(_name, None)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

_WATCHED = {
    "open",
    "os.listdir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "sqlite3.connect",
}


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """No test touches a developer's own data (https://docs.python.org/3/library/audit_events.html)."""
    if event not in _WATCHED or not arguments or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.fsdecode(arguments[0])
    if path == str(DEVELOPERS_HOME) or path.startswith(f"{DEVELOPERS_HOME}{os.sep}"):
        raise AssertionError(f"a test touched {path}; tests keep to MAKEGOOD_HOME ({HOME})")


sys.addaudithook(_guard)

"""What all servers of the tests share: the cache, npm installs, free ports, and processes that are always
stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

__all__ = [
    "ServerUnavailable",
    "cache_dir",
    "free_port",
    "install_npm",
    "needed",
    "ready_line",
    "running",
    "wait_until",
]

T = TypeVar("T")


class ServerUnavailable(Exception):  # noqa: N818 - a state of the machine, not a fault of the code
    """A server that a test needs can't be had here. The message says why and what to install."""


def cache_dir() -> Path:
    """The folder, outside the checkout, where servers are installed once. It is made if it is missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "makegood-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def needed(program: str, install: str, *places: str) -> str:
    """The path of `program`, looked for on PATH and then in `places`; raises `ServerUnavailable` naming
    `install`.
    """
    found = shutil.which(program) or shutil.which(program, path=os.pathsep.join(places))
    if not found:
        raise ServerUnavailable(f"{program} is not installed: install {install}")
    return found


def install_npm(folder: Path) -> Path:
    """Installs `folder`'s package-lock.json into the cache (once per content of the lock file).

    Returns the `node_modules` folder, to be given as NODE_PATH. Several processes may ask at once.
    """
    needed("node", "nodejs 20 or newer")
    npm = needed("npm", "npm")
    lock = (folder / "package-lock.json").read_bytes()
    target = cache_dir() / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    with (cache_dir() / f"{target.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(folder / name, part / name)
            done = subprocess.run(
                [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=part,
                capture_output=True,
                text=True,
                timeout=900,
            )
            if done.returncode != 0:
                raise ServerUnavailable(f"npm ci failed in {folder.name}: {done.stderr.strip()[-500:]}")
            part.rename(target)
    return target / "node_modules"


def free_port() -> int:
    """A TCP port on 127.0.0.1 that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The shell ends its child when our end of its stdin closes, so nothing outlives a test run that was killed.
_TIED = '"$@" </dev/null >&2 & child=$!; (read -r _; kill -s "$STOP" "$child") <&3 & wait "$child"'


@contextmanager
def running(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    tied: bool = True,
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Runs `command` until the block ends, then stops it with `stop` (and kills it if it doesn't end in 10
    seconds).

    Yields the process and the file that its stderr goes to. `tied` wraps commands that don't themselves end
    with their stdin. `user` is the account to run it as, which only root can ask for.
    """
    account = pwd.getpwnam(user) if user else None
    full = ["sh", "-c", "exec 3<&0; " + _TIED, "sh", *command] if tied else list(command)
    with tempfile.TemporaryDirectory(prefix="makegood-log-") as folder:
        log = Path(folder) / "stderr"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                full,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env={**os.environ, "STOP": stop.name.removeprefix("SIG"), **(env or {})},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
            )
        try:
            yield process, log
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()


def ready_line(process: subprocess.Popen[str], log: Path, *, seconds: float = 240) -> dict[str, Any]:
    """The one line of JSON that a server prints when it is ready."""
    assert process.stdout is not None
    if select.select([process.stdout], [], [], seconds)[0]:
        line = process.stdout.readline()
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise ServerUnavailable(f"the server did not become ready: {log.read_text(errors='replace')[-800:]}")


def wait_until(ask: Callable[[], T | None], what: str, *, seconds: float = 60) -> T:
    """Asks again and again until the answer is not None or False; raises `TimeoutError` naming `what`."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} seconds for {what}")
        time.sleep(0.05)

"""A PostgreSQL server of its own for a test run: fresh data, free port, loopback only, no durability."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.base import ServerUnavailable, free_port, needed, running, wait_until

__all__ = ["postgres"]

_INSTALL = "PostgreSQL (Debian: postgresql)"
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Compiling a query takes longer than any query here.
_NOT_COMPILED = ("jit=off",)


@contextmanager
def postgres() -> Iterator[str]:
    """Starts PostgreSQL and yields its address, `postgresql://postgres@127.0.0.1:PORT/postgres`.

    As root it runs as the system user `postgres`, which PostgreSQL insists on. Raises `ServerUnavailable`.
    """
    places = [str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    server = needed("postgres", _INSTALL, *places)
    initdb = needed("initdb", _INSTALL, *places)
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="makegood-pg-"))
    try:
        if user:
            shutil.chown(folder, user, user)
        made = subprocess.run(
            [
                initdb,
                "-D",
                folder / "data",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            user=user,
            cwd=folder,
        )
        if made.returncode != 0:
            raise ServerUnavailable(f"initdb failed: {made.stderr.strip()[-500:]}")
        port = free_port()
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
            *_NOT_DURABLE,
            *_NOT_COMPILED,
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        with running([server, "-D", str(folder / "data"), *options], stop=signal.SIGINT, user=user) as (
            process,
            log,
        ):
            _wait_for(port, process, log)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[str], log: Path) -> None:
    def up() -> bool:
        if process.poll() is not None:
            raise ServerUnavailable(f"PostgreSQL ended at once: {log.read_text(errors='replace')[-500:]}")
        if "ready to accept connections" not in log.read_text(errors="replace"):
            return False
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    wait_until(up, "PostgreSQL")

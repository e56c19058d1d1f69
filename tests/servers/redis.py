"""A Redis server of its own for a test run: free port, loopback only, nothing on disk."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.base import ServerUnavailable, free_port, needed, running, wait_until

__all__ = ["redis"]


@contextmanager
def redis() -> Iterator[str]:
    """Starts Redis and yields its address as `127.0.0.1:PORT`. Raises `ServerUnavailable`."""
    server = needed("redis-server", "Redis (Debian: redis-server)")
    port = free_port()
    command = [
        server,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        "/tmp",
    ]
    with running(command) as (process, log):
        wait_until(lambda: _answers(port, process, log), "Redis")
        yield f"127.0.0.1:{port}"


def _answers(port: int, process: subprocess.Popen[str], log: Path) -> bool:
    if process.poll() is not None:
        raise ServerUnavailable(f"Redis ended at once: {log.read_text(errors='replace')[-500:]}")
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except ConnectionRefusedError:
        return False

"""A NATS server with JetStream of its own for a test run: free port, loopback only, its folder goes with it."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.base import ServerUnavailable, free_port, needed, running, wait_until

__all__ = ["Nats", "nats"]

PASSWORD = "open-sesame"


class Nats:
    """A NATS server. It can be stopped, with what it stores kept, and started again at the same address."""

    def __init__(self, folder: Path, store_bytes: int) -> None:
        self.port = free_port()
        self._program = needed("nats-server", "NATS (Debian: nats-server)", "/usr/sbin", "/usr/local/sbin")
        self._settings = folder / "nats.conf"
        self._settings.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f"authorization {{ user: makegood, password: {PASSWORD} }}\n"
            f'jetstream {{ store_dir: "{folder}", max_file_store: {store_bytes}, max_memory_store: 1048576 }}\n'
        )
        self._run = ExitStack()

    @property
    def url(self) -> str:
        """Where it is, with the password it wants."""
        return f"nats://makegood:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers. Raises `ServerUnavailable`."""
        process, log = self._run.enter_context(running([self._program, "-c", str(self._settings)]))
        wait_until(lambda: self._answers(process, log), "NATS")

    def stop(self) -> None:
        """Ends it; what was stored stays."""
        self._run.close()

    def _answers(self, process: subprocess.Popen[str], log: Path) -> bool:
        if process.poll() is not None:
            raise ServerUnavailable(f"NATS ended at once: {log.read_text(errors='replace')[-500:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(5) == b"INFO "
        except ConnectionRefusedError:
            return False


@contextmanager
def nats(*, store_bytes: int = 4 * 2**30) -> Iterator[Nats]:
    """Starts NATS. It may store `store_bytes` on disk. Raises `ServerUnavailable`."""
    with tempfile.TemporaryDirectory(prefix="makegood-nats-") as folder:
        server = Nats(Path(folder), store_bytes)
        server.start()
        try:
            yield server
        finally:
            server.stop()

"""Our own Jetstream replayer (see atproto/README.md): real firehose in, both of Jetstream's protocols out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.servers.base import install_npm, needed, ready_line, running

__all__ = ["Jetstream", "jetstream"]

HERE = Path(__file__).parent / "atproto"


@dataclass
class Jetstream:
    """A running replayer. `url` is where a consumer finds the older protocol (`ws://127.0.0.1:PORT/subscribe`)."""

    url: str
    control_url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def address(self) -> str:
        """Without a path: the consumer chooses the protocol."""
        return self.control_url.replace("http://", "ws://")

    def inject(self, events: Sequence[dict[str, Any]]) -> dict[str, int]:
        """Adds ready events to the log and sends them. `time_us` is kept where it rises, else the next is
        given.
        """
        return self._post("inject", list(events))

    def drop(self) -> None:
        """Cuts every connection without a goodbye."""
        self._post("fault", {"kind": "drop"})

    def delay(self, milliseconds: int) -> None:
        """From now on what happens is sent only after this long; 0 ends it."""
        self._post("fault", {"kind": "delay", "milliseconds": milliseconds})

    def refuse(self, times: int) -> None:
        """The next `times` connections get a 503."""
        self._post("fault", {"kind": "refuse", "times": times})

    def end(self, error: str = "ConsumerTooSlow") -> None:
        """Ends every connection as the newer protocol does: with an error frame of that name."""
        self._post("fault", {"kind": "end", "error": error})

    def garbage(self, frames: Sequence[str] | None = None) -> None:
        """Sends these frames as they are to everyone; without any, a choice of broken ones."""
        self._post("fault", {"kind": "garbage"} | ({"frames": list(frames)} if frames is not None else {}))

    def stats(self) -> dict[str, int]:
        """`events` ever logged, `connections` ever made and how many of them by the `newer` protocol, `refused`,
        `clients` now, `last` time_us, `kept` in memory.
        """
        found: dict[str, int] = self.http.get(f"{self.control_url}/stats").raise_for_status().json()
        return found

    def _post(self, path: str, body: Any) -> dict[str, int]:
        found: dict[str, int] = self.http.post(f"{self.control_url}/{path}", json=body).raise_for_status().json()
        return found


@contextmanager
def jetstream(pds_url: str = "", *, log_limit: int = 200_000, older_only: bool = False) -> Iterator[Jetstream]:
    """Starts a replayer fed from that PDS's firehose, or by `inject` alone. Raises `ServerUnavailable`.

    `log_limit` is how many events it keeps for consumers that resume with a cursor; `older_only` is a server that does
    not know the newer protocol.
    """
    node = needed("node", "nodejs 20 or newer")
    modules = install_npm(HERE)
    command = [node, str(HERE / "jetstream.cjs"), *([pds_url] if pds_url else [])]
    env = {"NODE_PATH": str(modules), "JETSTREAM_LOG_LIMIT": str(log_limit)}
    if older_only:
        env["JETSTREAM_OLDER_ONLY"] = "1"
    with running(command, env=env, tied=False) as (process, log):
        control = str(ready_line(process, log)["http"])
        found = Jetstream(control.replace("http://", "ws://") + "/subscribe", control)
        try:
            yield found
        finally:
            found.http.close()

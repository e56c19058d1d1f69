"""Where Makegood lives and where it is reached, from the environment. Light: it must not load Django."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DEFAULT_PORT", "Place", "PlaceError", "is_loopback", "replay_bytes"]

DEFAULT_PORT = 8000
DEFAULT_REPLAY_GB = 5.0
CHECKOUT = Path(__file__).resolve().parent.parent.parent


class PlaceError(Exception):
    """The environment says something that cannot be; the message says what and what to do."""


@dataclass(frozen=True)
class Place:
    """One installation: `home` holds its data, it listens on `host` and `port`, people type `url`."""

    home: Path
    host: str
    port: int
    url: str

    @classmethod
    def from_env(cls) -> Place:
        """Reads MAKEGOOD_HOME, HOST, PORT and PUBLIC_URL. Raises PlaceError when PORT is not a port."""
        home = Path(os.environ.get("MAKEGOOD_HOME") or CHECKOUT / ".data").expanduser().resolve()
        host = os.environ.get("HOST") or "127.0.0.1"
        said = os.environ.get("PORT") or str(DEFAULT_PORT)
        if not said.isdecimal() or not 0 < int(said) < 65536:
            raise PlaceError(f"PORT is {said!r}, but a port is a number from 1 to 65535.")
        name = "localhost" if is_loopback(host) or _is_every_interface(host) else host
        name = f"[{name}]" if ":" in name else name
        url = os.environ.get("PUBLIC_URL") or f"http://{name}:{said}"
        return cls(home, host, int(said), url.rstrip("/"))

    @property
    def run(self) -> Path:
        """What only matters while it runs."""
        return self.home / "run"

    @property
    def log(self) -> Path:
        """What the processes print, rotated."""
        return self.home / "log"

    @property
    def key_file(self) -> Path:
        """The key that seals tokens at rest."""
        return self.home / "secret.key"

    @property
    def dial(self) -> str:
        """The address at which this machine reaches its own web process."""
        if _is_every_interface(self.host):
            return "::1" if ":" in self.host else "127.0.0.1"
        return self.host


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    return host in ("localhost", "::1") or host.startswith("127.")


def replay_bytes(said: str) -> int:
    """MAKEGOOD_REPLAY_GB, the most that kept posts may take, in bytes. Raises PlaceError when it is no such number."""
    try:
        gigabytes = float(said or DEFAULT_REPLAY_GB)
    except ValueError:
        gigabytes = -1.0
    if not 0 <= gigabytes < 1e6:
        raise PlaceError(f"MAKEGOOD_REPLAY_GB is {said!r}, but it is a number of gigabytes: 5 or 0.5; 0 keeps none.")
    return int(gigabytes * 10**9)


def _is_every_interface(host: str) -> bool:
    return host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound

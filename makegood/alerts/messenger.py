"""Sends one message through Apprise, in a process of its own: `python -m makegood.alerts.messenger`.

Reads {"address", "title", "body"} as JSON from its standard input and writes {"sent", "said", "kept_from"} to its
standard output: whether the service took it, what Apprise said, and the host of a private network it was kept from.

Apprise would cost each worker 40 MB, has no limit of time over all it does, and connects wherever an address, a
redirect or a server's own word leads. Here it is gone after one message, can be stopped, and may reach public
addresses only, checked for each connection by its number. Nor can it start programs or write files.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from typing import Any

from makegood.kit.http import permitted

__all__ = ["main"]

FORBIDDEN = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn", "subprocess.Popen"}
)


class Saying(logging.Handler):
    """Keeps what Apprise says instead of printing it: addresses must not get into a log file."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One line more."""
        self.lines.append(record.getMessage()[:500])


class Fence:
    """What this process may reach."""

    def __init__(self) -> None:
        self.open: set[tuple[str, int]] = set()
        self.kept_from = ""
        self.look_up = socket.getaddrinfo

    def put_up(self) -> None:
        """From here on, for good: an audit hook can't be taken away again."""
        socket.getaddrinfo = self._addresses
        sys.addaudithook(self._watch)

    def _addresses(self, host: Any, port: Any, *more: Any, **named: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        number = int(port or 0)
        found = self.look_up(host, port, *more, **named)
        allowed = set(permitted(name, number, [str(entry[4][0]) for entry in found]))
        kept = [entry for entry in found if str(entry[4][0]) in allowed]
        if not kept:
            self.kept_from = name[:200]
            raise OSError("a private network")
        self.open |= {(str(entry[4][0]), int(entry[4][1])) for entry in kept}
        return kept

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            raise PermissionError("no programs are started here")
        if event == "open" and set(str(arguments[1] or "")) & set("wax+") and arguments[0] != os.devnull:
            raise PermissionError("nothing is written here")
        if event in ("socket.connect", "socket.sendto"):
            self._check(arguments[1])

    def _check(self, address: Any) -> None:
        place = (str(address[0]), int(address[1])) if isinstance(address, tuple) else ("a local socket", 0)
        if place not in self.open and not permitted(place[0], place[1], [place[0]]):
            self.kept_from = place[0]
            raise OSError("a private network")


def main() -> None:
    """One message, and the end."""
    asked = json.load(sys.stdin)
    import apprise

    saying = Saying()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [saying], False
    # Redirects are followed to public addresses only; what is kept is kept in memory.
    asset = apprise.AppriseAsset(
        app_id="Makegood", app_desc="Makegood", storage_mode=apprise.PersistentStoreMode.MEMORY
    )
    service = apprise.Apprise.instantiate(asked["address"], asset=asset, suppress_exceptions=True)
    fence = Fence()
    fence.put_up()
    sent = False
    if service is None:
        saying.lines.append("unknown address")
    else:
        sent = bool(service.notify(body=asked["body"], title=asked["title"], body_format=apprise.NotifyFormat.TEXT))
    json.dump(
        {"sent": sent, "known": service is not None, "said": saying.lines, "kept_from": fence.kept_from}, sys.stdout
    )


if __name__ == "__main__":
    main()

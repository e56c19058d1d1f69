"""A network in memory whose every fault can be chosen, for the outbox's own logic.

It stands for no real network: those are tried in `connectors/*/tests` and in `tests/` against real servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from makegood.connectors.contract import (
    Arrival,
    Capability,
    Connector,
    Draft,
    Published,
    RouteKind,
    TextRule,
    Trouble,
)

posts: dict[str, str] = {}
"""What stands on the network: text by key."""
writes: list[str] = []
"""Every write that reached the network, by key."""
faults: list[Trouble | str] = []
"""What the next writes do: a Trouble is raised before anything is written, "lost" writes and then loses the answer."""
find_faults: list[Trouble] = []
_keys = count(1)


class Killed(BaseException):
    """The process dies here."""


def reset() -> None:
    """An empty network without faults."""
    posts.clear()
    writes.clear()
    faults.clear()
    find_faults.clear()


async def _reply(_credentials: Mapping[str, Any], draft: Draft) -> Published:
    fault = faults.pop(0) if faults else None
    if isinstance(fault, Trouble):
        raise fault
    writes.append(draft.key)
    posts[draft.key] = draft.text
    if fault == "lost":
        raise ConnectionResetError
    if fault == "killed":
        raise Killed
    return Published(id=f"test:{draft.key}", url=f"https://example.org/{draft.key}")


async def _find(_credentials: Mapping[str, Any], draft: Draft) -> Published | None:
    if find_faults:
        raise find_faults.pop(0)
    return Published(id=f"test:{draft.key}", url="") if draft.key in posts else None


CONNECTOR = Connector(
    capability=Capability(
        network="testnet",
        title="Testnet",
        arrival=(Arrival.POLL,),
        route=RouteKind.API,
        route_reason="Your answer goes out at once.",
        text=TextRule("characters", 40, "https://example.org/limits"),
    ),
    reply=_reply,
    find=_find,
    new_key=lambda: f"key{next(_keys)}",
    count=len,
)

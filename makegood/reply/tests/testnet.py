"""A network in memory whose every fault and rule can be chosen, for the logic of answering itself.

It stands for no real network: those are tried in `connectors/*/tests` and in `tests/` against real servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from makegood.connectors import registry
from makegood.connectors.contract import (
    Arrival,
    Capability,
    Connector,
    Draft,
    Fact,
    MediaRule,
    PrivateRule,
    Published,
    RouteKind,
    TextRule,
    Trouble,
)

SOURCE = "https://example.org/limits"

posts: dict[str, str] = {}
"""What stands on the network: text by key."""
drafts: dict[str, Draft] = {}
"""The same with everything that was handed over."""
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
    drafts.clear()
    writes.clear()
    faults.clear()
    find_faults.clear()


def plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test ends, channels whose network is "testnet" are on this one, which is empty now."""
    reset()
    monkeypatch.setitem(registry.CONNECTORS, "testnet", __name__)


def said() -> list[str]:
    """The texts that stand, in the order in which they were written."""
    return list(posts.values())


async def _reply(_credentials: Mapping[str, Any], draft: Draft) -> Published:
    fault = faults.pop(0) if faults else None
    if isinstance(fault, Trouble):
        raise fault
    writes.append(draft.key)
    posts[draft.key] = draft.text
    drafts[draft.key] = draft
    if fault == "lost":
        raise ConnectionResetError
    if fault == "killed":
        raise Killed
    return _published(draft)


async def _find(_credentials: Mapping[str, Any], draft: Draft) -> Published | None:
    if find_faults:
        raise find_faults.pop(0)
    return _published(draft) if draft.key in posts else None


def _published(draft: Draft) -> Published:
    return Published(id=f"test:{draft.key}", url=f"https://example.org/{draft.key}", revision=f"r-{draft.key}")


CONNECTOR = Connector(
    capability=Capability(
        network="testnet",
        title="Testnet",
        arrival=(Arrival.POLL,),
        route=RouteKind.API,
        route_reason="Your answer goes out at once.",
        text=TextRule("characters", 40, SOURCE),
    ),
    reply=_reply,
    find=_find,
    new_key=lambda: f"key{next(_keys)}",
    count=len,
)
PLAIN = CONNECTOR
"""The same under a name that stays, whichever rules a test gives the network."""

ABLE = replace(
    CONNECTOR,
    capability=replace(
        CONNECTOR.capability,
        chains=True,
        quotes=True,
        media=MediaRule(2, ("image/jpeg", "image/png"), 200_000, 100, SOURCE),
        private=PrivateRule(RouteKind.API, "Only they see it.", SOURCE),
    ),
)
"""The same network with all that a network can offer."""

STRICT = replace(
    CONNECTOR,
    capability=replace(
        CONNECTOR.capability,
        who=Fact("Only people who have written to you first.", SOURCE),
        window=Fact("It can be answered for 24 hours.", SOURCE),
        window_hours=24,
        price=Fact("Each answer costs $0.01.", SOURCE),
        private=PrivateRule(RouteKind.NOT_ALLOWED, "Testnet has no private messages.", SOURCE),
    ),
)
"""The same network with every rule a network can have."""

LINKED = replace(
    CONNECTOR,
    capability=replace(
        CONNECTOR.capability,
        chains=True,
        text=TextRule("characters", 60, SOURCE, link_length=10, address=True),
        private=PrivateRule(RouteKind.HANDOFF, "Messages are written on the network’s own page.", SOURCE),
    ),
    private_link=lambda handle: f"https://example.org/message/{handle}",
)
"""The same network where any link counts ten, handles stand before the text, and messages have a page of their own."""

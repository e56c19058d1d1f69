"""A network in memory that keeps what was shared by its key, and fails where a test says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from makegood.amplify.sharing import carrying, flow
from makegood.connectors.contract import Connector, Draft, Published, Share, Trouble, Verdict
from makegood.connectors.registry import connector

__all__ = ["Network", "use"]


@dataclass
class Network:
    """What stands, by key. `fails` are troubles of the next calls, in order; with `lost` the write goes through first.

    `heard` are the calls that came.
    """

    stands: dict[str, Any] = field(default_factory=dict)
    fails: list[Exception] = field(default_factory=list)
    lost: bool = False
    heard: list[str] = field(default_factory=list)
    deaf: bool = False
    """It cannot be asked what stands."""

    def _call(self, name: str) -> Exception | None:
        self.heard.append(name)
        return self.fails.pop(0) if self.fails else None

    def _write(self, name: str, key: str, what: Any) -> Published:
        trouble = self._call(name)
        if trouble is None or self.lost:
            assert key not in self.stands, f"{name} came twice"
            self.stands[key] = what
        if trouble is not None:
            raise trouble
        return Published(id=f"at://own/{key}", url="https://example.com/post", revision="r")

    async def share(self, _secret: Mapping[str, Any], wanted: Share) -> Published:
        return self._write("share", wanted.key, wanted)

    async def post(self, _secret: Mapping[str, Any], draft: Draft) -> Published:
        return self._write("post", draft.key, draft)

    async def shared(self, _secret: Mapping[str, Any], wanted: Share) -> Published | None:
        return self._standing("shared", wanted.key)

    async def find(self, _secret: Mapping[str, Any], draft: Draft) -> Published | None:
        return self._standing("find", draft.key)

    def _standing(self, name: str, key: str) -> Published | None:
        self.heard.append(name)
        if self.deaf:
            raise Trouble(Verdict.RETRY, "The network is asleep. Please wait.")
        return Published(id=f"at://own/{key}", url="https://example.com/post") if key in self.stands else None

    async def unshare(self, _secret: Mapping[str, Any], wanted: Share) -> None:
        self._remove("unshare", wanted.key)

    async def unpost(self, _secret: Mapping[str, Any], made: Published) -> None:
        self._remove("unpost", made.id.rpartition("/")[2])

    def _remove(self, name: str, key: str) -> None:
        if trouble := self._call(name):
            raise trouble
        self.stands.pop(key, None)


def use(monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network stands in Bluesky's place for what is shared."""
    made = Network()
    real = connector("bluesky")
    found = Connector(
        capability=real.capability,
        new_key=real.new_key,
        count=real.count,
        share=made.share,
        shared=made.shared,
        unshare=made.unshare,
        post=made.post,
        find=made.find,
        unpost=made.unpost,
    )
    for module in (carrying, flow):
        monkeypatch.setattr(module, "connector", lambda _network: found)
    return made

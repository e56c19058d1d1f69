"""Looking again at posts: changed, or gone?

https://docs.joinmastodon.org/methods/statuses/#get
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from makegood.activity import Activity
from makegood.connectors.contract import Page, Verdict
from makegood.connectors.mastodon import shapes
from makegood.connectors.mastodon.api import Server, open_server
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.shapes import Place
from makegood.connectors.mastodon.threads import local_id, place_of, view_of

__all__ = ["look"]


async def look(credentials: Mapping[str, Any] | None, ids: Collection[str]) -> Page:
    """How these posts stand now; `deleted` holds those that are certainly gone. Raises `Trouble`.

    `ids` may be a mapping from each id to the revision under which it was heard, which says on which server to look and
    under which id; without it the account's own server is searched. A post that can't be asked for is left as it is:
    another look comes.
    """
    revisions = ids if isinstance(ids, Mapping) else dict.fromkeys(ids, "")
    activities: list[Activity] = []
    deleted: list[str] = []
    async with _servers(credentials) as at:
        for post_id, revision in revisions.items():
            found = await _stands(at, post_id, revision)
            if isinstance(found, Activity):
                activities.append(found)
            elif found:
                deleted.append(post_id)
    return Page(activities=tuple(activities), deleted=tuple(deleted))


class _Servers:
    """One `Server` a host: the account's own, and strangers' for what anybody can see."""

    def __init__(self, credentials: Mapping[str, Any] | None, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._open: dict[str, Server] = {}
        self._credentials = credentials

    async def own(self) -> Server | None:
        """The account's server; None without an account."""
        if not self._credentials:
            return None
        return await self.at(self._credentials["instance"], self._credentials)

    async def at(self, base: str, credentials: Mapping[str, Any] | None = None) -> Server:
        """The server at an address, as a stranger sees it when it is not the account's own."""
        if base not in self._open:
            opened = open_server(credentials or {"instance": base})
            self._open[base] = await self._stack.enter_async_context(opened)
        return self._open[base]


@asynccontextmanager
async def _servers(credentials: Mapping[str, Any] | None) -> AsyncIterator[_Servers]:
    async with AsyncExitStack() as stack:
        yield _Servers(credentials, stack)


async def _stands(at: _Servers, post_id: str, revision: str) -> Activity | bool:
    """The post as it is now; True when it is certainly gone, False when nobody can say."""
    host, here, for_all = shapes.revision_parts(revision)
    own = await at.own()
    if own is not None and host in {"", own.host}:
        server = own
    elif host and for_all:
        # Whoever could see it could see it as a stranger: "not there" means gone.
        server = await at.at(_base(host, post_id))
    else:
        return False
    try:
        here = here or await local_id(server, post_id)
        if not here:
            # Of what was written there the server itself knows for certain.
            return bool(server.token) and urlsplit(post_id).netloc in {server.host, server.domain}
        found = await server.object(f"/api/v1/statuses/{here}")
        # Only what was changed is taken over, so only then must it be whole.
        place = await place_of(server, found) if found.get("edited_at") else Place()
        made = shapes.activity(found, view_of(server), place)
    except Fault as fault:
        if fault.gone:
            return True
        if fault.verdict is Verdict.REFUSE or server is not own:
            return False
        raise
    except msgspec.ValidationError:
        return False
    # Some other post under that id says nothing about this one.
    return made if made.id == post_id else False


def _base(host: str, post_id: str) -> str:
    """The address of a host that showed a post; http only where somebody runs it inside a private network."""
    listed = os.environ.get("MAKEGOOD_PRIVATE_HOSTS", "").replace(" ", "").split(",")
    inside = host in listed or ("*" in listed and post_id.startswith(f"http://{host}/"))
    return f"{'http' if inside else 'https'}://{host}"

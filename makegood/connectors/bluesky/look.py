"""Looking again at posts: which of them are gone.

The AppView leaves a post out when it is deleted, and also when a block hides it or it is not indexed yet. So what is
left out is asked for where it is kept, on its author's own server, which knows for certain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import httpx
import msgspec

from makegood.connectors.bluesky import shapes, xrpc
from makegood.connectors.bluesky.auth import home_of
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.bluesky.read import posts_of
from makegood.connectors.bluesky.xrpc import open_session
from makegood.connectors.contract import Page, Trouble
from makegood.kit import http

__all__ = ["look"]

_GONE = {"RecordNotFound", "RepoNotFound", "RepoTakendown", "RepoDeactivated", "RepoSuspended"}


async def look(credentials: Mapping[str, Any] | None, ids: Collection[str]) -> Page:
    """How these posts stand now; `deleted` holds those that are certainly gone. Raises `Trouble`.

    A post whose author's server can't be asked is left as it is: another look comes.
    """
    async with open_session(credentials) as session:
        views = await posts_of(session, list(ids))
        renewed = session.renewed
    activities = []
    for view in views.values():
        try:
            activities.append(shapes.from_view(view))
        except (msgspec.ValidationError, ValueError):
            continue
    async with http.client() as client:
        missing = [one for one in ids if one not in views]
        deleted = [one for one in missing if await _is_gone(client, one)]
    return Page(activities=tuple(activities), deleted=tuple(deleted), credentials=renewed)


async def _is_gone(client: httpx.AsyncClient, uri: str) -> bool:
    try:
        did, collection, key = shapes.uri_parts(uri)
        service = await home_of(client, did)
        params = {"repo": did, "collection": collection, "rkey": key}
        await xrpc.call(client, service, "com.atproto.repo.getRecord", params=params)
    except Fault as fault:
        return fault.name in _GONE
    except (Trouble, ValueError):
        return False
    return False

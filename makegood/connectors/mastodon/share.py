"""Passing somebody's post on as it is, and posts of one's own.

https://docs.joinmastodon.org/methods/statuses/#boost, #unreblog and #delete
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.connectors.contract import Draft, Published, Share, Trouble, Verdict
from makegood.connectors.mastodon import errors
from makegood.connectors.mastodon.api import Server, open_server
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.shapes import Status
from makegood.connectors.mastodon.threads import local_id
from makegood.connectors.mastodon.write import send

__all__ = ["post", "share", "shared", "unpost", "unshare"]

_GONE = "The post is no longer there, or its author no longer shows it to this account. Please take the reshare back."
_NOT_PUBLIC = "Only its author’s followers see this post, so it must not be reshared. Please take the reshare back."
_NO_DELETING = "{host} does not let other programs delete posts. Please open the post there and delete it by hand."


async def share(credentials: Mapping[str, Any], wanted: Share) -> Published:
    """Boosts `wanted.post_id`. A post is boosted once by an account, however often it is asked for.

    Raises `Trouble` with REFUSE when the server does not find the post, or not everybody may see it.
    """
    async with open_server(credentials) as server:
        here = await _local(server, wanted)
        if not here:
            raise Trouble(Verdict.REFUSE, _GONE)
        try:
            status = _status(server, await server.object(f"/api/v1/statuses/{here}"))
        except Fault as fault:
            if fault.gone:
                raise Trouble(Verdict.REFUSE, _GONE, detail=fault.detail) from fault
            raise
        if status.visibility not in {"public", "unlisted"}:
            raise Trouble(Verdict.REFUSE, _NOT_PUBLIC)
        try:
            await server.call("POST", f"/api/v1/statuses/{here}/reblog")
        except Fault as fault:
            return await _stands_anyway(server, wanted, here, fault)
        return _published(server, wanted, here, status.url)


async def shared(credentials: Mapping[str, Any], wanted: Share) -> Published | None:
    """Asks the server whether the account boosts this post. Raises `Trouble` when that can't be known now."""
    async with open_server(credentials) as server:
        here = await _local(server, wanted)
        return await _boosted(server, wanted, here) if here else None


async def unshare(credentials: Mapping[str, Any], wanted: Share) -> None:
    """Takes the boost back. A post that is not boosted, or gone with its boosts, is no trouble. Raises `Trouble`."""
    async with open_server(credentials) as server:
        here = await _local(server, wanted)
        # Asked first: some servers take an undo of what was never done for trouble.
        if not here or await _boosted(server, wanted, here) is None:
            return
        try:
            await server.call("POST", f"/api/v1/statuses/{here}/unreblog")
        except Fault as fault:
            if not fault.gone:
                raise


async def post(credentials: Mapping[str, Any], draft: Draft) -> Published:
    """A post of its own. The key makes it repeatable, as with a reply. Raises `Trouble`."""
    if not draft.text.strip() and not draft.media:
        raise Trouble(Verdict.REFUSE, "The post is empty. Please write something.")
    return await send(credentials, draft)


async def unpost(credentials: Mapping[str, Any], made: Published) -> None:
    """Deletes a post of ours. What isn't there is no trouble. Raises `Trouble`, with REFUSE where the server has no way
    to do it.
    """
    async with open_server(credentials) as server:
        if not await _stands(server, made):
            return
        here = await local_id(server, made.id, made.revision)
        try:
            await server.call("DELETE", f"/api/v1/statuses/{here}")
        except Fault as fault:
            if not await _stands(server, made):
                return
            if fault.gone or fault.status in {400, 405, 500, 501}:
                sentence = _NO_DELETING.format(host=server.host)
                raise Trouble(Verdict.REFUSE, sentence, detail=fault.detail) from fault
            raise


async def _stands(server: Server, made: Published) -> bool:
    """Whether a post of ours is there; False only when the server says that it is not."""
    try:
        here = await local_id(server, made.id, made.revision)
        if not here:
            return False
        await server.object(f"/api/v1/statuses/{here}")
    except Fault as fault:
        if fault.gone:
            return False
        raise
    return True


async def _local(server: Server, wanted: Share) -> str:
    """The server's own id of the post, "" where it says that there is no such post."""
    try:
        return await local_id(server, wanted.post_id, wanted.post_revision)
    except Fault as fault:
        if fault.gone:
            return ""
        raise


async def _boosted(server: Server, wanted: Share, here: str) -> Published | None:
    try:
        found = await server.object(f"/api/v1/statuses/{here}")
    except Fault as fault:
        if fault.gone:
            return None
        raise
    return _published(server, wanted, here, _status(server, found).url) if found.get("reblogged") is True else None


async def _stands_anyway(server: Server, wanted: Share, here: str, fault: Fault) -> Published:
    """What to make of a failed boost: answers get lost, and a server may fail after it has written."""
    if fault.gone:
        raise Trouble(Verdict.REFUSE, _GONE, detail=fault.detail) from fault
    if fault.verdict not in {Verdict.RETRY, Verdict.BUG, Verdict.REFUSE}:
        raise fault
    try:
        found = await _boosted(server, wanted, here)
    except Trouble:
        raise fault from None
    if found is None:
        raise fault
    return found


def _status(server: Server, found: Mapping[str, Any]) -> Status:
    try:
        return msgspec.convert(found, Status)
    except msgspec.ValidationError as error:
        raise errors.no_sense(server.host, f"post to reshare: {error}") from error


def _published(server: Server, wanted: Share, here: str, url: str | None) -> Published:
    """A boost has no page of its own: it is known by the post it passes on, and the server's id of that."""
    return Published(id=wanted.post_id, url=url or wanted.post_id, revision=f"{server.host}/{here}")

"""Passing somebody's post on as it is: a repost record under a key chosen beforehand.

https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/repost.json
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.connectors.bluesky import errors, shapes
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.bluesky.read import posts_of
from makegood.connectors.bluesky.shapes import ProfileView, Ref
from makegood.connectors.bluesky.write import check_key
from makegood.connectors.bluesky.xrpc import Session, open_session
from makegood.connectors.contract import Published, Share, Trouble, Verdict
from makegood.kit import clock

__all__ = ["REPOST", "share", "shared", "unshare"]

REPOST = "app.bsky.feed.repost"

_GONE = "The post is no longer on Bluesky, so it cannot be reshared. Please take the reshare back."
_AGAIN = "Your account has reshared this post already. Please look on Bluesky, and take this one back."
_BLOCKED_BY = "This person has blocked your account, so their post cannot be reshared. Please take the reshare back."
_BLOCKING = "Your account blocks this person. Unblock them in the Bluesky app if you want to reshare their post."
_NOT_ONE = "This is not a Bluesky post, so it cannot be reshared there. Please share it in words of your own."


class _Post(msgspec.Struct):
    uri: str
    cid: str
    author: ProfileView
    viewer: dict[str, Any] = {}


async def share(credentials: Mapping[str, Any], wanted: Share) -> Published:
    """Reposts `wanted.post_id`. A key that is already written is handed back as it stands.

    Raises `Trouble` with REFUSE when the post is gone, a block parts its author and us, or the account has reshared it
    under another key.
    """
    check_key(wanted.key)
    async with open_session(credentials) as session:
        standing = await _find(session, wanted)
        if standing is not None:
            return standing
        subject = await _subject(session, wanted)
        record = {
            "$type": REPOST,
            "subject": msgspec.to_builtins(subject),
            "createdAt": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        body = {"repo": session.did, "collection": REPOST, "rkey": wanted.key, "record": record}
        try:
            return _made(await session.post("com.atproto.repo.createRecord", body), wanted, session)
        except Fault as fault:
            return await _stands_anyway(session, wanted, fault)


async def shared(credentials: Mapping[str, Any], wanted: Share) -> Published | None:
    """Asks the account's server whether this repost, known by its key, stands. Needs no session. Raises `Trouble`."""
    check_key(wanted.key)
    async with open_session(credentials) as session:
        return await _find(session, wanted)


async def unshare(credentials: Mapping[str, Any], wanted: Share) -> None:
    """Takes the repost back. A key that isn't there is no trouble. Raises `Trouble`."""
    check_key(wanted.key)
    async with open_session(credentials) as session:
        body = {"repo": session.did, "collection": REPOST, "rkey": wanted.key}
        await session.post("com.atproto.repo.deleteRecord", body)


async def _find(session: Session, wanted: Share) -> Published | None:
    params = {"repo": session.did, "collection": REPOST, "rkey": wanted.key}
    try:
        found = await session.public("com.atproto.repo.getRecord", params)
    except Fault as fault:
        if fault.name == "RecordNotFound":
            return None
        raise
    return _made(found, wanted, session)


async def _stands_anyway(session: Session, wanted: Share, fault: Fault) -> Published:
    """What to make of a failed write: the PDS answers 500 for a key that exists, and answers get lost."""
    if fault.verdict not in {Verdict.RETRY, Verdict.BUG}:
        raise fault
    try:
        found = await _find(session, wanted)
    except Fault:
        raise fault from None
    if found is None:
        raise fault
    return found


async def _subject(session: Session, wanted: Share) -> Ref:
    """The post as it stands now, after checking that it may be passed on."""
    try:
        shapes.uri_parts(wanted.post_id)
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, _NOT_ONE, detail=wanted.post_id[:200]) from error
    view = (await posts_of(session, [wanted.post_id])).get(wanted.post_id)
    if view is None:
        raise Trouble(Verdict.REFUSE, _GONE)
    try:
        found = msgspec.convert(view, _Post)
    except msgspec.ValidationError as error:
        raise errors.no_sense(f"post to reshare: {error}") from error
    refusal = _refusal(found)
    if refusal:
        raise Trouble(Verdict.REFUSE, refusal)
    return Ref(found.uri, found.cid)


def _refusal(found: _Post) -> str:
    """Why the network or we do not pass this post on, "" when nothing speaks against it."""
    between = found.author.viewer
    if between.get("blockedBy"):
        return _BLOCKED_BY
    if between.get("blocking") or between.get("blockingByList"):
        return _BLOCKING
    return _AGAIN if found.viewer.get("repost") else ""


def _made(found: Mapping[str, Any], wanted: Share, session: Session) -> Published:
    """A repost has no page of its own: where a person sees it is the post it passes on."""
    try:
        ref = msgspec.convert(found, Ref)
        url = shapes.post_url(wanted.post_id)
    except (msgspec.ValidationError, ValueError) as error:
        raise errors.no_sense(f"record reference: {error}") from error
    return Published(id=ref.uri, url=url, revision=ref.cid, credentials=session.renewed)

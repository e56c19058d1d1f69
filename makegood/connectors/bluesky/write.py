"""Answering: a reply is checked, then written once under a record key chosen beforehand."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from makegood.connectors.bluesky import embeds, errors, shapes
from makegood.connectors.bluesky.capability import MAX_BYTES, MAX_GRAPHEMES
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.bluesky.read import posts_of
from makegood.connectors.bluesky.shapes import POST, ProfileView, Ref
from makegood.connectors.bluesky.xrpc import Session, open_session
from makegood.connectors.contract import Draft, Published, Trouble, Verdict
from makegood.kit import clock
from makegood.kit.text import graphemes

__all__ = [
    "check_key",
    "count",
    "delete",
    "find",
    "handoff",
    "new_key",
    "post",
    "private_link",
    "reply",
    "unpost",
]

_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")

_GONE = "The post you are answering is no longer on Bluesky. Your text is kept; you can discard it."
_BLOCKED_BY = "This person has blocked your account, so Bluesky does not let you answer."
_BLOCKING = "Your account blocks this person. Unblock them in the Bluesky app if you want to answer."
_CLOSED = "The author has closed the replies to this post, so it cannot be answered."
_PART_GONE = "The part of your answer before this one is no longer on Bluesky. Discard the rest, or send it anew."
_NO_ACCOUNT = "The account that wrote this post is no longer on Bluesky."

_last_key = 0


def new_key() -> str:
    """A fresh record key: a TID, 13 letters that sort by time (https://atproto.com/specs/tid)."""
    global _last_key
    _last_key = max(time.time_ns() // 1000, _last_key + 1)
    number = (_last_key << 10) | secrets.randbelow(1024)
    return "".join(_TID_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def count(text: str) -> int:
    """How long the network says the text is, in graphemes; 300 are allowed."""
    return graphemes(text)


def handoff(activity_url: str, text: str) -> str:
    """The post's own page: Bluesky has no link that opens its reply box with a text."""
    return shapes.post_url(activity_url) if activity_url.startswith("at://") else activity_url


def private_link(handle: str) -> str:
    """The profile of somebody (handle or DID), where Bluesky's app offers to write to them privately."""
    return shapes.profile_url(handle.removeprefix("@"))


async def find(credentials: Mapping[str, Any], draft: Draft) -> Published | None:
    """Asks the account's server whether this reply, known by its key, stands. Needs no session. Raises `Trouble`."""
    check_key(draft.key)
    async with open_session(credentials) as session:
        return await _find(session, draft.key)


async def _find(session: Session, key: str) -> Published | None:
    params = {"repo": session.did, "collection": POST, "rkey": key}
    try:
        found = await session.public("com.atproto.repo.getRecord", params)
    except Fault as fault:
        if fault.name == "RecordNotFound":
            return None
        raise
    return _published(found, session)


async def reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
    """Answers `draft.parent_id`. The key makes it repeatable: a key that is already written is handed back as
    it stands.

    Raises `Trouble` with REFUSE when the text is empty or too long, a picture does not fit, the parent or the quoted
    post is gone, the parent's author and we are parted by a block, or the replies are closed.
    """
    check_key(draft.key)
    _check_text(draft.text)
    embeds.check_media(draft.media)
    async with open_session(credentials) as session:
        parent, root = await _parent(session, draft)
        place = {"root": msgspec.to_builtins(root), "parent": msgspec.to_builtins(parent)}
        return await _write(session, draft, {"reply": place})


async def post(credentials: Mapping[str, Any], draft: Draft) -> Published:
    """A post of its own, with the post it quotes and its pictures. The key makes it repeatable, as with `reply`.

    Raises `Trouble` with REFUSE when the text is too long, there is nothing in it, a picture does not fit, or the
    quoted post is gone or may not be quoted.
    """
    check_key(draft.key)
    if draft.text.strip() or not draft.media:
        _check_text(draft.text)
    embeds.check_media(draft.media)
    async with open_session(credentials) as session:
        return await _write(session, draft, {})


async def unpost(credentials: Mapping[str, Any], made: Published) -> None:
    """Takes a post of ours down. What isn't there is no trouble. Raises `Trouble`."""
    try:
        _, _, key = shapes.uri_parts(made.id)
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, "This is not a Bluesky post. Please look there whether it stands.") from error
    await delete(credentials, key)


async def _write(session: Session, draft: Draft, more: Mapping[str, Any]) -> Published:
    record: dict[str, Any] = {
        "$type": POST,
        "text": draft.text,
        "createdAt": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **more,
    }
    facets = [facet async for facet in _facets(session, draft.text)]
    if facets:
        record["facets"] = facets
    embed = await embeds.embed_of(session, draft)
    if embed is not None:
        record["embed"] = embed
    if draft.language:
        record["langs"] = [draft.language]
    body = {"repo": session.did, "collection": POST, "rkey": draft.key, "record": record}
    try:
        return _published(await session.post("com.atproto.repo.createRecord", body), session)
    except Fault as fault:
        return await _stands_anyway(session, draft.key, fault)


async def _stands_anyway(session: Session, key: str, fault: Fault) -> Published:
    """What to make of a failed write: the PDS answers 500 for a key that exists, and answers get lost."""
    if fault.verdict not in {Verdict.RETRY, Verdict.BUG}:
        raise fault
    try:
        found = await _find(session, key)
    except Fault:
        raise fault from None
    if found is None:
        raise fault
    return found


async def delete(credentials: Mapping[str, Any], key: str) -> None:
    """Takes a reply of ours back. A key that isn't there is no trouble. Raises `Trouble`."""
    check_key(key)
    async with open_session(credentials) as session:
        body = {"repo": session.did, "collection": POST, "rkey": key}
        await session.post("com.atproto.repo.deleteRecord", body)


def _published(found: Mapping[str, Any], session: Session) -> Published:
    try:
        ref = msgspec.convert(found, Ref)
        return Published(id=ref.uri, url=shapes.post_url(ref.uri), revision=ref.cid, credentials=session.renewed)
    except (msgspec.ValidationError, ValueError) as error:
        raise errors.no_sense(f"record reference: {error}") from error


def check_key(key: str) -> None:
    if not _TID.fullmatch(key):
        sentence = "This reply has a key that Bluesky does not know how to keep. Please write it again."
        raise Trouble(Verdict.BUG, sentence, detail=f"key {key[:40]!r}")


def _check_text(text: str) -> None:
    if not text.strip():
        raise Trouble(Verdict.REFUSE, "The reply is empty. Please write something.")
    over = graphemes(text) - MAX_GRAPHEMES
    if over > 0:
        sentence = f"The reply is {over} characters too long for Bluesky, which allows 300. Please shorten it."
        raise Trouble(Verdict.REFUSE, sentence)
    if len(text.encode()) > MAX_BYTES:
        sentence = "The reply takes more room than Bluesky allows (3,000 bytes). Fewer emoji make it smaller."
        raise Trouble(Verdict.REFUSE, sentence)


class _ParentRecord(msgspec.Struct):
    reply: dict[str, Any] = {}


class _Parent(msgspec.Struct):
    uri: str
    cid: str
    author: ProfileView
    record: _ParentRecord
    viewer: dict[str, Any] = {}


async def _parent(session: Session, draft: Draft) -> tuple[Ref, Ref]:
    """The parent and the thread's first post, as references, after checking that an answer is possible."""
    try:
        did, _, _ = shapes.uri_parts(draft.parent_id)
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, "This is not a Bluesky post, so it cannot be answered there.") from error
    if did == session.did:
        return await _own_parent(session, draft.parent_id)
    view = (await posts_of(session, [draft.parent_id])).get(draft.parent_id)
    if view is None:
        raise await _why_missing(session, did)
    try:
        post = msgspec.convert(view, _Parent)
        root = msgspec.convert(post.record.reply["root"], Ref) if post.record.reply else Ref(post.uri, post.cid)
    except (msgspec.ValidationError, KeyError) as error:
        raise errors.no_sense(f"parent: {error!r}") from error
    refusal = _blocked(post.author) or (_CLOSED if post.viewer.get("replyDisabled") else "")
    if refusal:
        raise Trouble(Verdict.REFUSE, refusal)
    return Ref(post.uri, post.cid), root


class _OwnPost(msgspec.Struct):
    uri: str
    cid: str
    value: _ParentRecord


async def _own_parent(session: Session, uri: str) -> tuple[Ref, Ref]:
    """The part of our answer before this one. It is read from our own server: the AppView may not have seen it yet."""
    repo, collection, rkey = shapes.uri_parts(uri)
    try:
        found = await session.public(
            "com.atproto.repo.getRecord", {"repo": repo, "collection": collection, "rkey": rkey}
        )
        post = msgspec.convert(found, _OwnPost)
        root = msgspec.convert(post.value.reply["root"], Ref) if post.value.reply else Ref(post.uri, post.cid)
    except Fault as fault:
        if fault.name == "RecordNotFound":
            raise Trouble(Verdict.REFUSE, _PART_GONE, detail=fault.detail) from fault
        raise
    except (msgspec.ValidationError, KeyError) as error:
        raise errors.no_sense(f"own parent: {error!r}") from error
    return Ref(post.uri, post.cid), root


async def _why_missing(session: Session, did: str) -> Trouble:
    """Why the network does not show us a post: its author is gone, a block stands between us, or it is
    deleted.
    """
    try:
        view = msgspec.convert(await session.get("app.bsky.actor.getProfile", {"actor": did}), ProfileView)
    except msgspec.ValidationError as error:
        raise errors.no_sense(f"getProfile: {error}") from error
    except Fault as fault:
        if fault.status != 400:
            raise
        return Trouble(Verdict.REFUSE, _NO_ACCOUNT, detail=fault.detail)
    return Trouble(Verdict.REFUSE, _blocked(view) or _GONE)


def _blocked(who: ProfileView) -> str:
    if who.viewer.get("blockedBy"):
        return _BLOCKED_BY
    if who.viewer.get("blocking") or who.viewer.get("blockingByList"):
        return _BLOCKING
    return ""


_LINK = re.compile(r"(?<![\w/@])https?://[^\s<>\"]+")
_MENTION = re.compile(r"(?<![\w/.@])@((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9])", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w/&#])[#＃]([^\s#＃]{1,640})")
_TRAILING = ".,;:!?'\"”’»…"


async def _facets(session: Session, text: str) -> AsyncIterator[dict[str, Any]]:
    """What is to be clickable in the text (https://docs.bsky.app/docs/advanced-guides/post-richtext): bytes,
    not letters.
    """
    links = [(match.start(), _trimmed(match.group())) for match in _LINK.finditer(text)]
    for start, link in links:
        yield _facet(text, start, link, {"$type": "app.bsky.richtext.facet#link", "uri": link})
    free = _without(text, links)
    for match in _MENTION.finditer(free):
        did = await _did_of(session, match.group(1))
        if did:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            yield _facet(text, match.start(), match.group(), feature)
    for match in _TAG.finditer(free):
        tag = match.group(1).rstrip(_TRAILING + ")]}")
        if tag and not tag.isdecimal() and graphemes(tag) <= 64 and len(tag.encode()) <= 640:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
            yield _facet(text, match.start(), match.group()[0] + tag, feature)


def _trimmed(link: str) -> str:
    """A link without the punctuation that ends the sentence around it."""
    link = link.rstrip(_TRAILING)
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(_TRAILING)
    return link


def _without(text: str, links: list[tuple[int, str]]) -> str:
    """The text with its links blanked out, so that what is inside of one is neither a mention nor a tag."""
    for start, link in links:
        text = text[:start] + "/" * len(link) + text[start + len(link) :]
    return text


def _facet(text: str, start: int, part: str, feature: dict[str, str]) -> dict[str, Any]:
    first = len(text[:start].encode())
    return {"index": {"byteStart": first, "byteEnd": first + len(part.encode())}, "features": [feature]}


async def _did_of(session: Session, handle: str) -> str:
    """The DID behind a handle, or "" when nobody has it (then the text stays plain text)."""
    try:
        answer = await session.public("com.atproto.identity.resolveHandle", {"handle": handle.lower()})
    except Fault as fault:
        if fault.status == 400:
            return ""
        raise
    return str(answer.get("did", ""))

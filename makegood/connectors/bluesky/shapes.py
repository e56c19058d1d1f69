"""Bluesky's records and views, turned into `Activity`. Pure functions: no network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from makegood.activity import Activity, Author, Counts, Kind, Media
from makegood.connectors.bluesky.capability import NETWORK
from makegood.kit import clock
from makegood.kit.text import clean

__all__ = [
    "POST",
    "PostRecord",
    "ProfileView",
    "Ref",
    "author",
    "from_record",
    "from_view",
    "post_url",
    "profile_url",
    "uri_parts",
]

POST = "app.bsky.feed.post"

# The AppView's own addresses for a record's pictures and films, for where only the record is known:
# https://github.com/bluesky-social/atproto/blob/main/packages/bsky/src/image/uri.ts
_IMAGE = "https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg"
_VIDEO = "https://video.bsky.app/watch/{did}/{cid}/playlist.m3u8"


class Ref(msgspec.Struct, frozen=True):
    """A strong reference: a record's URI and the CID of one version of it."""

    uri: str
    cid: str = ""


class _Reply(msgspec.Struct):
    root: Ref
    parent: Ref


class _Feature(msgspec.Struct):
    did: str = ""
    uri: str = ""
    tag: str = ""


class _Facet(msgspec.Struct):
    features: list[_Feature] = []


class PostRecord(msgspec.Struct):
    """`app.bsky.feed.post` as far as we need it; unknown fields are ignored."""

    text: str = ""
    created_at: str = msgspec.field(name="createdAt", default="")
    langs: list[str] = []
    tags: list[str] = []
    reply: _Reply | None = None
    facets: list[_Facet] = []
    embed: dict[str, Any] = {}


class ProfileView(msgspec.Struct):
    """Any of the AppView's three profile views."""

    did: str
    handle: str = ""
    name: str = msgspec.field(name="displayName", default="")
    avatar: str = ""
    followers: int | None = msgspec.field(name="followersCount", default=None)
    viewer: dict[str, Any] = {}
    verification: dict[str, Any] = {}
    """`app.bsky.actor.defs#verificationState`."""


class _PostView(msgspec.Struct):
    uri: str
    cid: str
    author: ProfileView
    record: PostRecord
    indexed_at: str = msgspec.field(name="indexedAt", default="")
    embed: dict[str, Any] = {}
    replies: int | None = msgspec.field(name="replyCount", default=None)
    reposts: int | None = msgspec.field(name="repostCount", default=None)
    quotes: int | None = msgspec.field(name="quoteCount", default=None)
    likes: int | None = msgspec.field(name="likeCount", default=None)


def uri_parts(uri: str) -> tuple[str, str, str]:
    """`at://did/collection/rkey` in its three parts; raises `ValueError` for anything else."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://did:") or len(parts) != 3 or not all(parts):
        raise ValueError(f"not the address of a record: {uri[:200]}")
    return parts[0], parts[1], parts[2]


def post_url(uri: str) -> str:
    """Where a person can see the post."""
    did, _, rkey = uri_parts(uri)
    return f"{profile_url(did)}/post/{rkey}"


def profile_url(did: str) -> str:
    """Where a person can see the account."""
    return f"https://bsky.app/profile/{did}"


def author(view: ProfileView) -> Author:
    """The author of a profile view. A handle that no longer belongs to the account is left out."""
    handle = "" if view.handle == "handle.invalid" else view.handle
    return Author(
        id=view.did,
        handle=handle,
        name=clean(view.name),
        url=profile_url(view.did),
        avatar=view.avatar,
        followers=view.followers,
        verified="Bluesky" if "valid" in _verdicts(view.verification) else "",
    )


def _verdicts(state: Mapping[str, Any]) -> list[Any]:
    return [state.get("verifiedStatus"), state.get("trustedVerifierStatus")]


def _counts(post: _PostView) -> Counts | None:
    said = (post.replies, post.reposts, post.quotes, post.likes)
    if said == (None, None, None, None):
        return None
    reposts = None if post.reposts is None and post.quotes is None else (post.reposts or 0) + (post.quotes or 0)
    return Counts(replies=post.replies, reposts=reposts, likes=post.likes)


def from_view(view: Mapping[str, Any], followers: Mapping[str, int | None] | None = None) -> Activity:
    """The activity of an AppView `postView`; raises `msgspec.ValidationError` or `ValueError` if it is
    malformed.

    `followers` adds the number of followers by DID, which a post's view doesn't hold.
    """
    post = msgspec.convert(view, _PostView)
    who = author(post.author)
    if followers and followers.get(who.id) is not None:
        who = msgspec.structs.replace(who, followers=followers[who.id])
    seen = _moment(post.indexed_at) or clock.now()
    made = from_record(post.uri, post.cid, who, post.record, seen, view=post.embed)
    return msgspec.structs.replace(made, counts=_counts(post))


def from_record(
    uri: str,
    cid: str,
    who: Author,
    record: PostRecord,
    seen: datetime,
    *,
    view: Mapping[str, Any] | None = None,
) -> Activity:
    """The activity of a post record that the network showed us at `seen` (aware).

    `view` is the AppView's picture of its embed, which has ready addresses for pictures; without it they are
    built. Raises `ValueError` for a URI that isn't a post's.
    """
    did, _, _ = uri_parts(uri)
    features = [feature for facet in record.facets for feature in facet.features]
    quoted = _quoted(record.embed)
    reply = record.reply
    kind = Kind.REPLY if reply else Kind.QUOTE if quoted else Kind.POST
    card = _part(_media_part(record.embed), "external").get("uri")
    said = _moment(record.created_at)
    return Activity(
        network=NETWORK,
        id=uri,
        author=who,
        text=clean(record.text),
        # Clients choose createdAt freely; nothing was said later than the network saw it.
        posted_at=min(said, seen) if said else seen,
        kind=kind,
        url=post_url(uri),
        root_id=reply.root.uri if reply else uri,
        parent_id=reply.parent.uri if reply else "",
        quoted_id=quoted,
        revision=cid,
        root_revision=reply.root.cid if reply else cid,
        language=record.langs[0] if record.langs else "",
        tags=_unique([f.tag for f in features] + record.tags),
        mentions=_unique([f.did for f in features]),
        links=_unique([f.uri for f in features] + ([card] if isinstance(card, str) else [])),
        media=_media(did, record.embed, view or {}),
    )


def _moment(text: str) -> datetime | None:
    try:
        return clock.to_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(value) for value in values if value))


def _part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = holder.get(name)
    return part if isinstance(part, dict) else {}


def _media_part(embed: Mapping[str, Any]) -> Mapping[str, Any]:
    return _part(embed, "media") or embed


def _quoted(embed: Mapping[str, Any]) -> str:
    """The URI of the post that an embed quotes, or "" (lists, feeds and the like can be embedded, too)."""
    record = _part(embed, "record")
    uri = _part(record, "record").get("uri") or record.get("uri")
    return uri if isinstance(uri, str) and f"/{POST}/" in uri else ""


def _media(did: str, embed: Mapping[str, Any], view: Mapping[str, Any]) -> tuple[Media, ...]:
    media, shown = _media_part(embed), _media_part(view)
    found: list[Media] = []
    ready = _entries(shown, "images")
    for position, image in enumerate(_entries(media, "images")):
        url = ready[position].get("fullsize") if position < len(ready) else ""
        cid = _cid(image, "image")
        if url or cid:
            found.append(_medium("image", url or _IMAGE.format(did=did, cid=cid), image))
    cid = _cid(media, "video")
    if cid:
        found.append(_medium("video", shown.get("playlist") or _VIDEO.format(did=did, cid=cid), media))
    return tuple(found)


def _entries(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = holder.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _cid(holder: Mapping[str, Any], name: str) -> str:
    link = _part(_part(holder, name), "ref").get("$link")
    return link if isinstance(link, str) else ""


def _medium(kind: str, url: Any, described: Mapping[str, Any]) -> Media:
    alt = described.get("alt")
    return Media(kind=kind, url=str(url), alt=clean(alt) if isinstance(alt, str) else "")

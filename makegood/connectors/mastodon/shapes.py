"""The API's entities to ours, pure. https://docs.joinmastodon.org/entities/Status/"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from makegood.activity import Activity, Author, Counts, Kind, Media, Visibility
from makegood.connectors.mastodon.capability import NETWORK
from makegood.connectors.mastodon.markup import plain
from makegood.kit import clock

__all__ = ["Account", "Place", "Status", "View", "activity", "author_of", "revision_parts", "visibility_of"]

_VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.PRIVATE,
    "direct": Visibility.DIRECT,
    # Pleroma's: everybody on its server, and a list of people (https://docs.pleroma.social/backend/development/API/).
    "local": Visibility.PRIVATE,
    "list": Visibility.DIRECT,
    # GoToSocial's: followers who are followed (https://docs.gotosocial.org/en/latest/user_guide/posts/).
    "mutuals_only": Visibility.PRIVATE,
}
_LINK = re.compile(r"""href=["'](https?://[^"'<>\s]{1,500})["']""")
_MEDIA = {"image": "image", "video": "video", "gifv": "video", "audio": "audio"}


class ProfileField(msgspec.Struct):
    """A line of a profile; `verified_at` is set for a page that links back: https://docs.joinmastodon.org/entities/Account/#Field"""

    value: str = ""
    verified_at: str | None = None


class Account(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Account/"""

    id: str
    acct: str = ""
    username: str = ""
    display_name: str = ""
    url: str | None = None
    uri: str | None = None
    avatar: str | None = None
    followers_count: int | None = None
    fields: list[ProfileField] | None = None


class Mentioned(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Status/#Mention"""

    url: str | None = None


class Attachment(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/MediaAttachment/"""

    type: str = "unknown"
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None


class Option(msgspec.Struct):
    """A choice of a poll."""

    title: str = ""


class Poll(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Poll/"""

    options: list[Option] = []


class Tag(msgspec.Struct):
    """A hashtag, without its #."""

    name: str = ""


class Status(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Status/"""

    id: str
    account: Account
    created_at: datetime
    uri: str | None = None
    url: str | None = None
    content: str | None = None
    text: str | None = None
    """The source of one's own post, where a server gives it away with it."""
    spoiler_text: str | None = None
    visibility: str = "public"
    language: str | None = None
    edited_at: datetime | None = None
    in_reply_to_id: str | None = None
    media_attachments: list[Attachment] = []
    mentions: list[Mentioned] = []
    tags: list[Tag] = []
    poll: Poll | None = None
    quote: dict[str, Any] | None = None
    replies_count: int | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None
    quotes_count: int | None = None


@dataclass(frozen=True)
class View:
    """Whose view of the network a status is: the server's host, its domain behind the @, and its software."""

    host: str
    domain: str = ""
    software: str = ""


@dataclass(frozen=True)
class Place:
    """Where a reply stands: global ids, "" where they are not known."""

    root_id: str = ""
    parent_id: str = ""


def activity(found: Mapping[str, Any], view: View, place: Place | None = None, kind: Kind | None = None) -> Activity:
    """A status as `view` shows it. Raises `msgspec.ValidationError` for what is not one."""
    status = msgspec.convert(found, Status)
    place = place or Place()
    quoted, quoted_link = _quoted(status.quote)
    said = plain(status.content or "", quoting=bool(status.quote))
    own_id = _id_of(status, view)
    media, others = _media(status.media_attachments)
    return Activity(
        network=NETWORK,
        id=own_id,
        author=author_of(status.account, view),
        text=_with_options(said.text, status.poll),
        posted_at=clock.to_utc(status.created_at),
        kind=kind or _kind(status),
        url=status.url or own_id,
        root_id=place.root_id or ("" if status.in_reply_to_id else own_id),
        parent_id=place.parent_id,
        quoted_id=quoted,
        revision=_revision(status, view),
        language=(status.language or "").replace("_", "-"),
        tags=tuple(dict.fromkeys(tag.name for tag in status.tags if tag.name)),
        mentions=tuple(dict.fromkeys([*(each.url for each in status.mentions if each.url), *said.mentions])),
        links=tuple(dict.fromkeys([*said.links, *([quoted_link] if quoted_link else []), *others])),
        media=tuple(media),
        visibility=visibility_of(status.visibility, view.software),
        warning=status.spoiler_text or "",
        edited_at=clock.to_utc(status.edited_at) if status.edited_at else None,
        counts=_counts(status),
    )


def _counts(status: Status) -> Counts | None:
    reshared, quoted = status.reblogs_count, status.quotes_count
    if (status.replies_count, reshared, quoted, status.favourites_count) == (None, None, None, None):
        return None
    reposts = None if reshared is None and quoted is None else (reshared or 0) + (quoted or 0)
    return Counts(replies=status.replies_count, reposts=reposts, likes=status.favourites_count)


def author_of(account: Account, view: View) -> Author:
    """The account as an author: known by its page's address, which every server shows and mentions name."""
    handle = account.acct or account.username
    if handle and "@" not in handle:
        handle = f"{handle}@{view.domain or view.host}"
    return Author(
        id=_author_id(account, view),
        handle=handle,
        name=account.display_name or account.username,
        url=account.url or account.uri or "",
        avatar=account.avatar or "",
        followers=account.followers_count if (account.followers_count or 0) >= 0 else None,
        verified=_verified(account),
    )


def _verified(account: Account) -> str:
    """The host of the first page that the server found to link back to this profile."""
    pages = (_LINK.search(each.value) for each in account.fields or () if each.verified_at)
    return next((urlsplit(found[1]).netloc[:200] for found in pages if found), "")


def _author_id(account: Account, view: View) -> str:
    """The page's address; the actor's id where the page is claimed to be on another host than the actor is."""
    if account.url and (not account.uri or urlsplit(account.url).netloc == urlsplit(account.uri).netloc):
        return account.url
    return account.uri or f"https://{view.host}/accounts/{account.id}"


def visibility_of(said: str, software: str) -> Visibility:
    """Who can see a post. What we don't know is taken for the narrowest.

    snac says `private` for all that is not public, also for what only those can read whom it names.
    """
    if said == "private" and software == "snac":
        return Visibility.DIRECT
    return _VISIBILITIES.get(said, Visibility.DIRECT)


def _id_of(status: Status, view: View) -> str:
    return status.uri or status.url or f"https://{view.host}/statuses/{status.id}"


def _revision(status: Status, view: View) -> str:
    """Where it was seen: host and the id that it has there. What not everybody sees is marked: see `revision_parts`."""
    open_to_all = status.visibility in {"public", "unlisted"}
    return f"{view.host}/{status.id}{'' if open_to_all else '#closed'}"


def revision_parts(revision: str) -> tuple[str, str, bool]:
    """The host that showed a post, the id it has there, and whether anybody can see it; "" where not known."""
    place, _, mark = revision.partition("#")
    host, _, local_id = place.partition("/")
    return host, local_id, not mark


def _kind(status: Status) -> Kind:
    if status.in_reply_to_id:
        return Kind.REPLY
    return Kind.QUOTE if status.quote else Kind.POST


def _quoted(quote: Mapping[str, Any] | None) -> tuple[str, str]:
    """The id and the address of the quoted post, "" where it is not shown (https://docs.joinmastodon.org/entities/Quote/)."""
    inner = quote.get("quoted_status") if quote else None
    if not isinstance(inner, dict):
        return "", ""
    return str(inner.get("uri") or ""), str(inner.get("url") or "")


def _with_options(text: str, poll: Poll | None) -> str:
    options = [f"- {option.title}" for option in poll.options] if poll else []
    return "\n\n".join(part for part in (text, "\n".join(options)) if part)


def _media(found: list[Attachment]) -> tuple[list[Media], list[str]]:
    """Pictures, films and sound, and the addresses of files of which the server does not know what they are."""
    media: list[Media] = []
    others: list[str] = []
    for each in found:
        address = each.url or each.remote_url
        if address and each.type in _MEDIA:
            media.append(Media(kind=_MEDIA[each.type], url=address, alt=each.description or ""))
        elif address:
            others.append(address)
    return media, others

"""The one shape every network is turned into.

A connector reads what a network says and returns `Activity` values; every stage after it works on these alone.
All values are frozen, typed, and JSON-ready (`msgspec.to_builtins`, `msgspec.convert`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

__all__ = ["Activity", "Author", "Counts", "Kind", "Media", "Visibility"]


class Kind(StrEnum):
    """What sort of utterance it is."""

    POST = "post"
    REPLY = "reply"
    QUOTE = "quote"
    COMMENT = "comment"
    REVIEW = "review"
    ARTICLE = "article"


class Visibility(StrEnum):
    """Who can see an utterance, in the Mastodon API's words, which are the finest we know."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    """Everybody who finds it, but not in public timelines."""
    PRIVATE = "private"
    """Followers."""
    DIRECT = "direct"
    """Those it names."""


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """The public profile that said it. `id` is the network's permanent id (a DID, an account URL), never the handle."""

    id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar: str = ""
    followers: int | None = None
    verified: str = ""
    """What the network says it has checked of them: its own name for the account, a host for a website; else ""."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How others took an utterance up, as the network counts at that moment; None for what it does not say.

    `replies` are direct answers or the whole thread's, as the network counts; `reposts` are reshares with and without
    words of one's own.
    """

    replies: int | None = None
    reposts: int | None = None
    likes: int | None = None


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, film or sound that came with it."""

    kind: str
    """image, video or audio."""
    url: str
    alt: str = ""


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing somebody said, on any network.

    `id` is the network's permanent id of the utterance (an at:// URI, a feed entry's id) and unique on that network.
    `root_id` is the id of the first post of its thread (its own id when it starts one), `parent_id` what it answers,
    `quoted_id` what it quotes. `posted_at` is aware UTC. `text` is plain text: no HTML.
    `tags` are hashtags without `#`, `mentions` the permanent ids or handles it names, `links` the URLs it points to.
    `language` is what the author or the network declared (BCP 47), or "" when nothing was declared.
    `revision` is the network's version of the record (a CID, an ETag), needed by some networks to reply.
    `root_revision` is the same for the thread's first post.
    `warning` is the author's content warning: people see it first and open the text if they want to.
    `edited_at` is aware UTC, None when it stands as first written.
    """

    network: str
    id: str
    author: Author
    text: str
    posted_at: datetime
    kind: Kind = Kind.POST
    title: str = ""
    url: str = ""
    root_id: str = ""
    parent_id: str = ""
    quoted_id: str = ""
    revision: str = ""
    root_revision: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    warning: str = ""
    edited_at: datetime | None = None
    rating: int | None = None
    """Stars of a review, 1 to 5."""
    counts: Counts | None = None
    """None where the network says nothing, as in most streams."""

    @property
    def thread_id(self) -> str:
        """The id of the thread it belongs to."""
        return self.root_id or self.id

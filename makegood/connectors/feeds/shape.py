"""A feed and its entries, the same for RSS, Atom and JSON Feed, before they become activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Entry", "Feed"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry as the feed has it; strings are "" where it says nothing. `base` completes its relative
    links.

    `media` are (kind or MIME type's first half, address, description).
    """

    id: str = ""
    link: str = ""
    base: str = ""
    title: str = ""
    title_is_html: bool = False
    body: str = ""
    body_is_html: bool = False
    author_name: str = ""
    author_url: str = ""
    author_email: str = ""
    posted_at: datetime | None = None
    language: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A feed. `kind` is its format ("rss20", "atom10", "json") or "" when it is none at all. `url` is its
    site.

    `ttl` is how many seconds its publisher wants between two looks (0 when nothing is said), `skip_hours` the
    hours of the day, in UTC, in which it never changes. `problems` are sentences about what could not be
    read.
    """

    kind: str
    title: str = ""
    url: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    ttl: float = 0.0
    skip_hours: tuple[int, ...] = ()
    problems: tuple[str, ...] = ()

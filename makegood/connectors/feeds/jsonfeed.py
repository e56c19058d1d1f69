"""JSON Feed, versions 1 and 1.1: https://www.jsonfeed.org/version/1.1/"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from makegood.connectors.feeds.shape import Entry, Feed

__all__ = ["looks_like_json", "parse_json"]


def looks_like_json(body: bytes) -> bool:
    """Whether these bytes begin as a JSON object does."""
    return body[:200].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def parse_json(body: bytes) -> Feed:
    """A feed from JSON. What is no JSON or no feed has `kind` "" and a problem that says so."""
    try:
        found = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return Feed(kind="", problems=("This JSON feed is cut off or damaged and cannot be read.",))
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return Feed(kind="", problems=("This is JSON, but not a JSON feed: it has no list of items.",))
    entries, problems = [], []
    for number, item in enumerate(found["items"][:2000], start=1):
        if isinstance(item, dict):
            entries.append(_entry(item, found))
        else:
            problems.append(f"Entry {number} is not written correctly. It was left out.")
    return Feed(
        kind="json",
        title=_text(found, "title"),
        url=_text(found, "home_page_url"),
        language=_text(found, "language"),
        entries=tuple(entries),
        problems=tuple(problems),
    )


def _entry(item: dict[str, Any], feed: dict[str, Any]) -> Entry:
    html, plain = _text(item, "content_html"), _text(item, "content_text") or _text(item, "summary")
    author = _author(item) or _author(feed)
    pictures = [("image", _text(item, name), "") for name in ("image", "banner_image")]
    attached = [
        (_text(part, "mime_type").partition("/")[0], _text(part, "url"), _text(part, "title"))
        for part in _objects(item, "attachments")
    ]
    link, outside = _text(item, "url"), _text(item, "external_url")
    return Entry(
        id=_text(item, "id"),
        link=link or outside,
        title=_text(item, "title"),
        body=html or plain,
        body_is_html=bool(html),
        author_name=_text(author, "name"),
        author_url=_text(author, "url"),
        posted_at=_moment(_text(item, "date_published") or _text(item, "date_modified")),
        language=_text(item, "language"),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        links=(outside,) if link and outside else (),
        media=tuple(part for part in [*pictures, *attached] if part[1]),
    )


def _author(holder: dict[str, Any]) -> dict[str, Any]:
    old = holder.get("author")
    return next(iter(_objects(holder, "authors")), old if isinstance(old, dict) else {})


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    # Version 1 lets an id be a number.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [part for part in _list(holder, name) if isinstance(part, dict)]

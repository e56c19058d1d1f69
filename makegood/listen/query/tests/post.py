"""A post for a test, in one line."""

from __future__ import annotations

from datetime import UTC, datetime

from makegood.activity import Activity, Author, Media


def post(
    text: str = "",
    *,
    title: str = "",
    tag: str = "",
    mention: str = "",
    author: str = "",
    name: str = "",
    network: str = "bluesky",
    lang: str = "",
    link: str = "",
    media: str = "",
    video: str = "",
    followers: str = "",
) -> Activity:
    return Activity(
        network=network,
        id="1",
        author=Author(id="did:plc:someone", handle=author, name=name, followers=int(followers) if followers else None),
        text=text,
        posted_at=datetime(2026, 1, 1, tzinfo=UTC),
        title=title,
        language=lang,
        tags=(tag,) if tag else (),
        mentions=(mention,) if mention else (),
        links=(link,) if link else (),
        media=tuple(Media(kind=kind, url=url) for kind, url in (("image", media), ("video", video)) if url),
    )

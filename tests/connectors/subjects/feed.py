"""A blog with a feed, on a web server of our own."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.feeds import CONNECTOR
from tests import faults
from tests.connectors.subject import Subject
from tests.listening.scene import Answer, site

__all__ = ["subject"]


def subject(_request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> Subject:
    """The blog, behind the proxy."""
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    made = Subject("feed", CONNECTOR, has_account=False)
    posts: dict[str, str] = {}

    def reply(path: str) -> Answer:
        if path != "/feed.xml":
            return 404, {}, b"nothing here"
        items = "".join(
            f"<item><guid>{key}</guid><title>Tea</title><link>{key}</link>"
            f"<description>{escape(text)}</description><pubDate>Sun, 22 Nov 2026 08:00:00 GMT</pubDate></item>"
            for key, text in reversed(posts.items())
        )
        body = f"<rss version='2.0'><channel><title>Tea blog</title><link>https://blog.example</link>{items}</channel></rss>"
        return 200, {"content-type": "application/rss+xml", "etag": f'"{hash(body)}"'}, body.encode()

    blog = made.close.enter_context(site(reply))
    made.proxy = made.close.enter_context(faults.proxy(blog.url))
    address = f"{made.between.url}/feed.xml"
    made.credentials = {"url": address}

    async def sign_in() -> Connected:
        return await CONNECTOR.connect({"url": address})  # type: ignore[misc]

    async def wrong() -> Any:
        return await CONNECTOR.connect({"url": f"{made.between.url}/nowhere"})  # type: ignore[misc]

    def say(text: str) -> str:
        key = f"https://blog.example/{len(posts)}"
        posts[key] = text
        return key

    made.sign_in, made.wrong, made.say, made.edit = sign_in, wrong, say, posts.__setitem__
    made.exempt = {"page": "a feed is one document; all that is new in it comes at once"}
    return made

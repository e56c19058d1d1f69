"""Who is in the story of winning back, and how one looks on the networks at what the shop has passed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.snac import Snac, SnacUser

__all__ = ["Story", "boosted_by_the_shop", "boosts", "passed_on", "reposts"]


@dataclass
class Story:
    """Who is in it. `visitor` is signed in nowhere."""

    product: Makegood
    network: AtprotoNetwork
    server: Snac
    olga: Page
    malik: Page
    visitor: Page
    shop: TestAccount
    lena: TestAccount
    shop_there: SnacUser
    nils: SnacUser


def reposts(story: Story) -> list[str]:
    """What the shop reposts on Bluesky, as its repository has it."""
    params = {"repo": story.shop.did, "collection": "app.bsky.feed.repost"}
    kept = story.network.call("com.atproto.repo.listRecords", params=params)["records"]
    return [each["value"]["subject"]["uri"] for each in kept]


def passed_on(story: Story, praise: str) -> int:
    """How often a post is reposted, as the AppView shows it to everybody."""
    story.network.settle()
    return int(story.network.thread(praise)["post"]["repostCount"])


def boosts(story: Story, status: dict[str, Any]) -> int:
    """How often a post is boosted on Mastodon, as its author sees it."""
    return int(story.server.call(story.nils, "GET", f"/api/v1/statuses/{status['id']}")["reblogs_count"])


def boosted_by_the_shop(story: Story, status: dict[str, Any]) -> bool:
    """Whether the server says that the shop is who boosts it."""
    return bool(story.server.call(story.shop_there, "GET", f"/api/v1/statuses/{status['id']}")["reblogged"])

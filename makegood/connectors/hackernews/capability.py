"""What Hacker News lets us do, as data, each limit with the page it was taken from (November 2026)."""

from __future__ import annotations

import os

from makegood.connectors.contract import Arrival, Capability, Fact, RouteKind

__all__ = ["CAPABILITY", "NETWORK", "PLACE", "items_api", "search_api"]

NETWORK = "hackernews"
PLACE = "https://news.ycombinator.com"

DEFAULT_SEARCH = "https://hn.algolia.com/api/v1"
"""The search by date: https://hn.algolia.com/api"""
DEFAULT_ITEMS = "https://hacker-news.firebaseio.com/v0"
"""Hacker News' own reading API, which says what is deleted or dead: https://github.com/HackerNews/API"""


def search_api() -> str:
    """Where everything new is read; MAKEGOOD_HACKERNEWS_SEARCH replaces Algolia's address."""
    return (os.environ.get("MAKEGOOD_HACKERNEWS_SEARCH") or DEFAULT_SEARCH).rstrip("/")


def items_api() -> str:
    """Where single items are looked at again; MAKEGOOD_HACKERNEWS_ITEMS replaces Hacker News' own address."""
    return (os.environ.get("MAKEGOOD_HACKERNEWS_ITEMS") or DEFAULT_ITEMS).rstrip("/")


CAPABILITY = Capability(
    network=NETWORK,
    title="Hacker News",
    arrival=(Arrival.POLL,),
    route=RouteKind.HANDOFF,
    # Both of its interfaces only read: https://github.com/HackerNews/API, https://hn.algolia.com/api
    route_reason="Hacker News has no way to answer for programs; open the post there and answer under it yourself.",
    edits=True,
    rate_limits=(
        Fact("The search takes up to 10,000 requests an hour from one address.", "https://hn.algolia.com/api"),
        Fact(
            "The search shows the newest 1,000 of what it finds, so Makegood reads in stretches of time.",
            "https://github.com/algolia/hn-search/issues/230",
        ),
        Fact(
            "Looking at single items has no limit at present.", "https://github.com/HackerNews/API#uri-and-versioning"
        ),
    ),
    poll_seconds=60,
)

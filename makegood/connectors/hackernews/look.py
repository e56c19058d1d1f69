"""The thread around a post, and how posts stand now."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import httpx

from makegood.activity import Activity
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.connectors.hackernews.calls import item, tree
from makegood.connectors.hackernews.shapes import from_item, from_tree, number_of, path_of
from makegood.kit import http

__all__ = ["look", "thread"]

AT_ONCE = 8
MOST = 500
"""Answers below one post that are shown: a story may have thousands."""


async def thread(credentials: Mapping[str, Any] | None, activity_id: str) -> tuple[Activity, ...]:
    """The story, what leads from it to this post, and all below the post, oldest first. Raises Trouble.

    What others say elsewhere under the story is left out: it may be thousands of posts about something else.
    """
    number = number_of(activity_id)
    if number is None:
        raise Trouble(Verdict.REFUSE, "This is no post on Hacker News.", detail=activity_id[:200])
    async with http.client() as client:
        found = await tree(client, number)
        if found.story_id is not None and found.story_id != number:
            found = await tree(client, found.story_id)
    around = [activity for one in path_of(found, number)[:MOST] if (activity := _kept(one, found.id)) is not None]
    return tuple(sorted(around, key=lambda each: each.posted_at))


def _kept(one: Any, root: int) -> Activity | None:
    try:
        return from_tree(one, root)
    except ValueError:
        return None


async def look(credentials: Mapping[str, Any] | None, ids: Collection[str]) -> Page:
    """How these posts stand now. `deleted` holds what its author deleted and what is dead: taken down, and shown to
    nobody who has not asked for it (https://news.ycombinator.com/newsfaq.html). Raises Trouble.
    """
    room = asyncio.Semaphore(AT_ONCE)
    async with http.client() as client:
        found = await asyncio.gather(*(_one(client, room, each) for each in ids))
    return Page(
        activities=tuple(each for each in found if isinstance(each, Activity)),
        deleted=tuple(each for each in found if isinstance(each, str)),
    )


async def _one(client: httpx.AsyncClient, room: asyncio.Semaphore, activity_id: str) -> Activity | str | None:
    """The activity as it stands, its id when it is gone, None when nobody can tell."""
    number = number_of(activity_id)
    if number is None:
        return None
    async with room:
        standing = await item(client, number)
        if standing is None:
            return None
        if standing.deleted or standing.dead:
            return activity_id
        try:
            root = number if standing.type != "comment" else (await tree(client, number)).story_id
            return from_item(standing, root)
        except Trouble as trouble:
            # The search may not know what Hacker News itself shows; that is no reason to leave the others unseen.
            if trouble.verdict is not Verdict.REFUSE:
                raise
            return None
        except ValueError:
            return None

"""Reading everything that is said on Hacker News, in stretches of time; the workspace's queries pick what is for it.

The search shows 1,000 hits for one question, newest first. So a reading asks for a stretch of time and, as long as it
gets full pages, walks back: up to the oldest it has seen so far, until it arrives at the start. The mark (`high`) is
the newest item the search itself knew, never our clock, and it moves only when the walk has arrived. An index that
stands still for a day (it has: https://github.com/algolia/hn-search/issues/56) therefore costs a day's delay and no
item. Items that come into the index out of turn are found as each reading looks 15 minutes back behind the mark, and
once an hour six hours; `seen` keeps those from being handed on twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from makegood.activity import Activity
from makegood.connectors.contract import Connected, Page
from makegood.connectors.hackernews.calls import Answer, search
from makegood.connectors.hackernews.capability import NETWORK, PLACE
from makegood.connectors.hackernews.seen import is_seen, with_seen
from makegood.connectors.hackernews.shapes import from_hit
from makegood.kit import clock, http

__all__ = ["connect", "read"]

OVERLAP = 15 * 60
SWEEP_EVERY = 3600
SWEEP_BACK = 6 * 3600
FIRST_LOOK = 24 * 3600
STANDING_STILL = 2 * 3600
BEHIND = "Hacker News’ search is hours behind. What was said meanwhile comes as soon as it has caught up."
UNREADABLE = "A post could not be read and was left out."
CROWDED = "More was said in one second than Hacker News’ search shows; some of it may be missing."


async def connect(form: Mapping[str, str]) -> Connected:
    """Sees that the search answers. Nothing is needed in `form`: no account, no address. Raises Trouble."""
    async with http.client() as client:
        await search(client, _now() - 3600, None, most=1)
    return Connected(id=NETWORK, handle="", name="Hacker News", url=f"{PLACE}/", credentials={}, kind="feed")


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
    """What is new on all of Hacker News since `cursor`, oldest first; `more` as long as the walk goes on.

    The cursor holds `high`, `seen`, when older items were last looked for (`swept`), and the walk that is under way:
    its `start`, the `top` it has seen, and `until` where it has come. Seconds since 1970. Raises Trouble.
    """
    now = _now()
    walk = dict(cursor.get("walk") or _begin(cursor, now))
    async with http.client() as client:
        answer = await search(client, walk["start"], walk.get("until"))
    numbers, activities, problems = _sift(answer, cursor.get("seen", {}))
    times = [hit["created_at_i"] for hit in answer.hits if isinstance(hit, dict) and _is_moment(hit)]
    walk["top"] = max([walk.get("top", 0), *times])
    following = {**cursor, "seen": with_seen(cursor.get("seen", {}), numbers)}
    found = tuple(sorted(activities, key=lambda each: each.posted_at))
    if len(answer.hits) >= max(1, answer.per_page) and times:
        oldest = min(times)
        if oldest == walk.get("until"):
            problems.append(CROWDED)
            oldest -= 1
        walk["until"] = oldest
        return Page(activities=found, cursor={**following, "walk": walk}, problems=tuple(problems), more=True)
    # A date from the future would move the mark past what is still to come.
    high = max(cursor.get("high") or walk["start"], min(walk["top"], now))
    if now - high > STANDING_STILL:
        problems.append(BEHIND)
    swept = walk.get("began", now) if walk.get("sweep") else cursor.get("swept", now)
    return Page(
        activities=found,
        cursor={**following, "high": high, "swept": swept, "walk": None},
        problems=tuple(problems),
    )


def _begin(cursor: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A new walk: from a little before the mark, or once an hour from far before it."""
    high = cursor.get("high")
    if not high:
        return {"start": now - FIRST_LOOK, "sweep": True, "began": now}
    sweep = now - cursor.get("swept", 0) >= SWEEP_EVERY
    return {"start": high - (SWEEP_BACK if sweep else OVERLAP), "sweep": sweep, "began": now}


def _sift(answer: Answer, seen: Mapping[str, Any]) -> tuple[list[int], list[Activity], list[str]]:
    """The numbers of all hits, the activities of those not seen before, and what could not be read."""
    numbers: list[int] = []
    activities: dict[str, Activity] = {}
    problems: list[str] = []
    for hit in answer.hits:
        try:
            activity = from_hit(hit)
            number = int(hit["objectID"])
        except (ValueError, KeyError, msgspec.ValidationError):
            problems.append(UNREADABLE)
            continue
        if activity is not None and not is_seen(seen, number):
            activities.setdefault(activity.id, activity)
        numbers.append(number)
    return numbers, list(activities.values()), list(dict.fromkeys(problems))


def _is_moment(hit: dict[str, Any]) -> bool:
    return isinstance(hit.get("created_at_i"), int)


def _now() -> int:
    return int(clock.now().timestamp())

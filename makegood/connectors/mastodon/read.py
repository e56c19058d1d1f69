"""Reading: what people said to the account, and the public timeline of a hashtag.

A list is read from its newest end down to what is known. The cursor remembers the newest entries (`seen`) and looks
at those again each time, as ids may show up a moment after higher ones. That needs nothing but `max_id`, which every
server has; `since_id` saves work where it is obeyed, and the Link header where there is one
(https://docs.joinmastodon.org/api/guidelines/#pagination).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from makegood.activity import Activity, Kind
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.connectors.mastodon import shapes
from makegood.connectors.mastodon.api import Server, open_server
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.facts import carried, read_facts
from makegood.connectors.mastodon.shapes import Place
from makegood.connectors.mastodon.threads import place_of, view_of
from makegood.kit import clock

__all__ = ["PAGE", "PAGES", "read"]

PAGE = 40
"""Entries asked for at a time; the most that a timeline gives (https://docs.joinmastodon.org/methods/timelines/#tag)."""
PAGES = 5
"""Most pages of one `read`; what is left comes with the next (`Page.more`)."""
KEEP = 40
"""Entries the cursor remembers, which each reading looks at again."""
FIRST_TIME = timedelta(days=7)
FIRST_MOST = 100
FACTS_LIFE = timedelta(days=1)
HASHTAG_SECONDS = 60.0
"""How often a hashtag is looked at: strangers share one limit by their address."""
MOST_PLACES = 40
"""Most replies of one reading of a hashtag whose place in their thread is asked for."""


class _Cursor(msgspec.Struct, omit_defaults=True):
    seen: list[str] = []
    """Ids of the newest entries, newest first."""
    down: str = ""
    """Where a long backlog goes on that is being read from its newest end, and what of it was read (`fresh`)."""
    fresh: list[str] = []
    asked_at: datetime | None = None
    """When the server was last asked about itself."""

    @property
    def floor(self) -> str:
        """What is not above it is old; "" while all there ever was is remembered.

        Ids of one second may come in any order (snac's begin with the second and go on with a hash).
        """
        return min(self.seen, key=_order) if len(self.seen) >= KEEP else ""


def _order(entry_id: str) -> tuple[int, str]:
    """Ids are numbers of growing length (Mastodon, Pleroma, snac) or ULIDs of one length (GoToSocial)."""
    return len(entry_id), entry_id


@dataclass(frozen=True)
class _Listing:
    """What is read: the path, its parameters, and what makes an entry an activity (None for one that is not ours)."""

    path: str
    params: Mapping[str, Any]
    make: Callable[[Server, dict[str, Any]], Awaitable[Activity | None]]


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
    """What is new since `cursor`, oldest first: mentions, replies and quotes of the account, or posts with the hashtag.

    The first time ({}) it brings at most 7 days and 100 entries. A long backlog is handed over in parts, the newest
    part first, with `more` set. Once a day `facts` says anew what the server allows. Raises `Trouble`.
    """
    state = _restore(cursor)
    first = not cursor
    async with open_server(credentials) as server:
        facts = await _facts(server, state)
        listing = _hashtag(credentials) if "tag" in credentials else _notifications(credentials)
        entries, position = await _list(server, listing, state, first=first)
        known = {*state.seen, *state.fresh}
        new = [entry for entry in entries if str(entry["id"]) not in known and _is_above(entry, state)]
        activities, problems = await _activities(server, listing, new[:FIRST_MOST] if first else new)
        if first:
            activities = [each for each in activities if clock.now() - each.posted_at <= FIRST_TIME]
        after = _advance(state, [str(entry["id"]) for entry in new], "" if first else position)
        renewed = {**server.credentials, **carried(facts)} if facts else server.credentials
        return Page(
            activities=tuple(sorted(activities, key=lambda each: (each.posted_at, each.id))),
            cursor=msgspec.to_builtins(after),
            problems=tuple(problems),
            credentials=renewed if renewed != dict(credentials) else None,
            next_after=server.pause or (HASHTAG_SECONDS if "tag" in credentials else None),
            more=bool(after.down) and server.pause is None,
            facts=facts,
        )


def _restore(cursor: Mapping[str, Any]) -> _Cursor:
    try:
        return msgspec.convert(dict(cursor), _Cursor)
    except msgspec.ValidationError as error:
        sentence = "The place up to which we read this account was damaged. Please connect it again."
        raise Trouble(Verdict.BUG, sentence, detail=str(error)) from error


async def _facts(server: Server, state: _Cursor) -> dict[str, Any] | None:
    """What the server says of itself, once a day; None at other times, and when it does not tell."""
    now = clock.now()
    if state.asked_at is None:
        # It was asked when it was connected.
        state.asked_at = now
        return None
    if now - state.asked_at < FACTS_LIFE:
        return None
    try:
        facts = await read_facts(server)
    except Fault as fault:
        if fault.verdict in {Verdict.WAIT, Verdict.DISCONNECT}:
            raise
        return None
    state.asked_at = now
    return facts


def _notifications(credentials: Mapping[str, Any]) -> _Listing:
    """https://docs.joinmastodon.org/methods/notifications/#get, with those that the server would hold back."""
    types = ["mention", "quote"] if credentials.get("quotes") else ["mention"]
    return _Listing("/api/v1/notifications", {"types[]": types, "include_filtered": "true"}, _notified)


def _hashtag(credentials: Mapping[str, Any]) -> _Listing:
    """https://docs.joinmastodon.org/methods/timelines/#tag"""
    asked = 0

    async def make(server: Server, entry: dict[str, Any]) -> Activity:
        nonlocal asked
        if entry.get("in_reply_to_id"):
            asked += 1
        place = await place_of(server, entry) if asked <= MOST_PLACES else Place()
        return shapes.activity(entry, view_of(server), place)

    return _Listing(f"/api/v1/timelines/tag/{quote(str(credentials['tag']))}", {}, make)


async def _notified(server: Server, entry: dict[str, Any]) -> Activity | None:
    what, status = entry.get("type"), entry.get("status")
    if what not in {"mention", "quote"} or not isinstance(status, dict):
        return None
    kind = Kind.QUOTE if what == "quote" else None
    return shapes.activity(status, view_of(server), await place_of(server, status), kind)


async def _list(server: Server, listing: _Listing, state: _Cursor, *, first: bool) -> tuple[list[dict[str, Any]], str]:
    """The entries of up to PAGES pages, and where to go on ("" when the known part was reached)."""
    floor, position = state.floor, state.down
    found: dict[str, dict[str, Any]] = {}
    for _ in range(PAGES):
        params = {**listing.params, "limit": PAGE}
        params |= ({"since_id": floor} if floor else {}) | ({"max_id": position} if position else {})
        try:
            items, older = await server.items(listing.path, params)
        except Fault as fault:
            if found and fault.verdict is Verdict.WAIT:
                # What is here is kept; the rest comes when the server allows.
                return list(found.values()), position
            raise
        page = {str(each["id"]): each for each in items if isinstance(each, dict) and each.get("id")}
        fresh = page.keys() - found.keys()
        found |= page
        reached = any(_order(each) <= _order(floor) if floor else each in state.seen for each in page)
        if not fresh or reached or older == "" or (first and len(found) >= FIRST_MOST):
            return list(found.values()), ""
        position = older or min(page, key=_order)
    return list(found.values()), position


def _is_above(entry: dict[str, Any], state: _Cursor) -> bool:
    return not state.floor or _order(str(entry["id"])) > _order(state.floor)


async def _activities(
    server: Server, listing: _Listing, entries: list[dict[str, Any]]
) -> tuple[list[Activity], list[str]]:
    made: list[Activity] = []
    problems: list[str] = []
    for entry in entries:
        try:
            activity = await listing.make(server, entry)
        except (msgspec.ValidationError, KeyError) as error:
            problems.append(f"One post from {server.host} could not be read ({str(error)[:200]}).")
            continue
        if activity is not None:
            made.append(activity)
    return made, problems


def _advance(state: _Cursor, new: list[str], position: str) -> _Cursor:
    """The cursor after `new`; `position` is where a backlog goes on, or ""."""
    fresh = sorted({*state.fresh, *new}, key=_order, reverse=True)[:KEEP]
    if position:
        return _Cursor(seen=state.seen, down=position, fresh=fresh, asked_at=state.asked_at)
    seen = sorted({*fresh, *state.seen}, key=_order, reverse=True)[:KEEP]
    return _Cursor(seen=seen, asked_at=state.asked_at)

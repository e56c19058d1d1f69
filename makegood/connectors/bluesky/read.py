"""Reading: what people said to the account, whole threads, and public profiles.

The cursor of `read` is the window of notifications we know: `seen`, a list of time and fingerprint, newest
first, that holds every notification younger than `low`. A notification is new when it is younger than `low`
and not in `seen`. That leaves no gap and brings nothing twice, though Bluesky sorts notifications by a time
that the author's own clock can put into the past:
https://github.com/bluesky-social/atproto/blob/main/packages/bsky/src/data-plane/server/routes/notifs.ts
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Any

import msgspec

from makegood.activity import Activity, Author
from makegood.connectors.bluesky import errors, shapes
from makegood.connectors.bluesky.errors import Fault
from makegood.connectors.bluesky.shapes import PostRecord, ProfileView
from makegood.connectors.bluesky.xrpc import Session, open_session
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.kit import clock

__all__ = ["PAGE", "PAGES", "posts_of", "profiles", "read", "thread"]

REASONS = ("mention", "reply", "quote")
PAGE = 100
"""Notifications asked for at a time; the most that the network allows."""
PAGES = 10
"""Most pages of one `read`; what is left comes with the next (`Page.more`)."""
KEEP = 100
"""Notifications the cursor remembers at least; not fewer than PAGE, so that a page is compared as a whole."""
KEEP_MOST = 2000
"""Notifications the cursor remembers at most."""
OVERLAP = 3_600_000_000
"""How far back from the newest (microseconds) each reading looks for posts that show up late."""
FIRST_TIME = timedelta(days=7)
FIRST_MOST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHUNK = 25
"""What getPosts and getProfiles take at a time (their lexicons' maxLength)."""
DEPTH = 1000
"""How deep getPostThread may look (its lexicon's maximum)."""


class _Notification(msgspec.Struct):
    uri: str
    cid: str
    reason: str
    author: dict[str, Any]
    record: dict[str, Any]
    indexed_at: datetime = msgspec.field(name="indexedAt")

    @property
    def time(self) -> int:
        """Its place in the list, in microseconds since 1970."""
        return _microseconds(self.indexed_at)

    @property
    def mark(self) -> str:
        """A short fingerprint of its URI, which is all that the cursor remembers."""
        return blake2s(self.uri.encode(), digest_size=6).hexdigest()


class _Down(msgspec.Struct):
    """A long backlog that is being read from the newest to the oldest, a few pages at a time."""

    cursor: str
    floor: int
    fresh: list[tuple[int, str]] = []


class _Cursor(msgspec.Struct, omit_defaults=True):
    low: int
    seen: list[tuple[int, str]] = []
    down: _Down | None = None


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Page:
    """Mentions, replies and quotes that are new since `cursor`, oldest first.

    The first time ({}) it brings at most 7 days and 100 posts. A long backlog is handed over in
    parts, the newest part first, with `more` set. Raises `Trouble`.
    """
    first = not cursor
    state = _restore(cursor)
    async with open_session(credentials) as session:
        listed, problems, position = await _list(session, state, first=first)
        known = {mark for _, mark in state.seen}
        unique = {note.uri: note for note in listed if note.time > state.low and note.mark not in known}
        new = sorted(unique.values(), key=lambda note: note.time, reverse=True)
        activities, broken = await _activities(session, new[:FIRST_MOST] if first else new)
        after = _advance(state, new, "" if first else position)
        return Page(
            activities=tuple(sorted(activities, key=lambda activity: (activity.posted_at, activity.id))),
            cursor=msgspec.to_builtins(after),
            problems=tuple(problems + broken),
            credentials=session.renewed,
            more=after.down is not None,
        )


def _restore(cursor: Mapping[str, Any]) -> _Cursor:
    if not cursor:
        return _Cursor(low=_microseconds(clock.now() - FIRST_TIME))
    try:
        return msgspec.convert(cursor, _Cursor)
    except msgspec.ValidationError as error:
        sentence = "The place up to which we read Bluesky was damaged. Please connect the account again."
        raise Trouble(Verdict.BUG, sentence, detail=str(error)) from error


async def _list(session: Session, state: _Cursor, *, first: bool) -> tuple[list[_Notification], list[str], str]:
    """The notifications of up to PAGES pages, problems, and where to go on ("" when the known part was
    reached).
    """
    floor = _floor(state)
    position = state.down.cursor if state.down else ""
    found: list[_Notification] = []
    problems: list[str] = []
    for _ in range(PAGES):
        params: dict[str, Any] = {"limit": PAGE, "reasons": REASONS} | ({"cursor": position} if position else {})
        page = await session.get("app.bsky.notification.listNotifications", params)
        entries = page.get("notifications")
        if not isinstance(entries, list):
            raise errors.no_sense("listNotifications without notifications")
        notes = list(_notes(entries, problems))
        found += [note for note in notes if note.reason in REASONS]
        position = str(page.get("cursor") or "")
        reached = min((note.time for note in notes), default=_time_of(position))
        if not position or reached < floor or (first and len(found) >= FIRST_MOST):
            return found, problems, ""
    return found, problems, position


def _floor(state: _Cursor) -> int:
    """The time down to which a reading looks."""
    if state.down:
        return state.down.floor
    newest = state.seen[0][0] if state.seen else state.low
    return max(state.low, newest - OVERLAP)


def _notes(entries: Iterable[Any], problems: list[str]) -> Iterator[_Notification]:
    for entry in entries:
        try:
            yield msgspec.convert(entry, _Notification)
        except msgspec.ValidationError as error:
            problems.append(f"One notification from Bluesky could not be read ({error}).")


def _advance(state: _Cursor, new: list[_Notification], position: str) -> _Cursor:
    """The cursor after `new`; `position` is where a backlog goes on, or ""."""
    fresh = (state.down.fresh if state.down else []) + [(note.time, note.mark) for note in new]
    # One more than is kept: its time tells how far the memory reaches.
    fresh = sorted(fresh, reverse=True)[: KEEP_MOST + 1]
    if position:
        down = _Down(cursor=position, floor=_floor(state), fresh=fresh)
        return _Cursor(low=state.low, seen=state.seen, down=down)
    seen = sorted(fresh + state.seen, reverse=True)
    recent = sum(when > seen[0][0] - OVERLAP for when, _ in seen)
    kept = min(max(recent, KEEP), KEEP_MOST)
    if len(seen) <= kept:
        return _Cursor(low=state.low, seen=seen)
    low = seen[kept][0]
    return _Cursor(low=low, seen=[entry for entry in seen if entry[0] > low])


def _microseconds(moment: datetime) -> int:
    return (clock.to_utc(moment) - _EPOCH) // timedelta(microseconds=1)


def _time_of(position: str) -> int:
    """The time in Bluesky's paging mark, for an empty page; now when it isn't a time: paging goes on."""
    try:
        return _microseconds(datetime.fromisoformat(position.partition("::")[0]))
    except ValueError:
        return _microseconds(clock.now())


async def _activities(session: Session, notes: list[_Notification]) -> tuple[list[Activity], list[str]]:
    views = await posts_of(session, [note.uri for note in notes])
    followers = await _followers(session, {str(note.author.get("did", "")) for note in notes})
    found: list[Activity] = []
    problems: list[str] = []
    for note in notes:
        try:
            found.append(_activity(note, views.get(note.uri), followers))
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(f"A post could not be read ({note.uri}: {error}).")
    return found, problems


def _activity(note: _Notification, view: Mapping[str, Any] | None, followers: Mapping[str, int | None]) -> Activity:
    if view is not None:
        return shapes.from_view(view, followers)
    # Listed but no longer shown: what somebody said to the shop must not be missed because of a race.
    who = msgspec.structs.replace(
        msgspec.convert(note.author, ProfileView), followers=followers.get(str(note.author.get("did")))
    )
    record = msgspec.convert(note.record, PostRecord)
    return shapes.from_record(note.uri, note.cid, shapes.author(who), record, note.indexed_at)


async def posts_of(session: Session, uris: list[str]) -> dict[str, dict[str, Any]]:
    """The views of those posts that stand and that the account may see, by URI. Raises `Fault`."""
    views: dict[str, dict[str, Any]] = {}
    for start in range(0, len(uris), CHUNK):
        answer = await session.get("app.bsky.feed.getPosts", {"uris": uris[start : start + CHUNK]})
        posts = answer.get("posts")
        if not isinstance(posts, list):
            raise errors.no_sense("getPosts without posts")
        views |= {str(post.get("uri")): post for post in posts if isinstance(post, dict)}
    return views


async def _followers(session: Session, dids: set[str]) -> dict[str, int | None]:
    """How many follow each author. Nice to have: trouble here costs the numbers, not the posts."""
    counts: dict[str, int | None] = {}
    ordered = sorted(dids)
    for start in range(0, len(ordered), CHUNK):
        try:
            answer = await session.get("app.bsky.actor.getProfiles", {"actors": ordered[start : start + CHUNK]})
        except Fault:
            return counts
        counts |= {who.did: who.followers for who in _profile_views(answer)}
    return counts


def _profile_views(answer: Mapping[str, Any]) -> Iterator[ProfileView]:
    entries = answer.get("profiles")
    for entry in entries if isinstance(entries, list) else []:
        try:
            yield msgspec.convert(entry, ProfileView)
        except msgspec.ValidationError:
            continue


async def profiles(credentials: Mapping[str, Any] | None, dids: Iterable[str]) -> dict[str, Author]:
    """The public profiles of those accounts, by DID; accounts that are gone are left out. Raises `Trouble`.

    Without credentials the public AppView is asked.
    """
    wanted = list(dict.fromkeys(dids))
    found: dict[str, Author] = {}
    async with open_session(credentials) as session:
        for start in range(0, len(wanted), CHUNK):
            params = {"actors": wanted[start : start + CHUNK]}
            answer = await session.get("app.bsky.actor.getProfiles", params)
            found |= {view.did: shapes.author(view) for view in _profile_views(answer)}
    return found


async def thread(credentials: Mapping[str, Any] | None, activity_id: str) -> tuple[Activity, ...]:
    """The whole thread around a post, from its first post to the last answer, oldest first.

    Posts that are deleted or hidden from the account are left out; the one asked for must stand, else
    `Trouble` (REFUSE). Without credentials the public AppView is asked.
    """
    _checked(activity_id)
    async with open_session(credentials) as session:
        asked = await _thread(session, activity_id)
        found = {post.id: post for post in _walk(asked)}
        if activity_id not in found:
            raise _missing(asked)
        root = found[activity_id].thread_id
        if root != activity_id:
            try:
                found |= {post.id: post for post in _walk(await _thread(session, root))}
            except Fault as fault:
                if fault.verdict is not Verdict.REFUSE:
                    raise
    return tuple(sorted(found.values(), key=lambda post: (post.posted_at, post.id)))


def _checked(uri: str) -> None:
    try:
        shapes.uri_parts(uri)
    except ValueError as error:
        raise Trouble(Verdict.REFUSE, "This is not the address of a Bluesky post.", detail=str(error)) from error


async def _thread(session: Session, uri: str) -> dict[str, Any]:
    params = {"uri": uri, "depth": DEPTH, "parentHeight": DEPTH}
    answer = await session.get("app.bsky.feed.getPostThread", params)
    node = answer.get("thread")
    if not isinstance(node, dict):
        raise errors.no_sense("getPostThread without thread")
    return node


def _walk(top: dict[str, Any]) -> Iterator[Activity]:
    """Every post of a thread's tree that can be read, in no particular order. Not recursive: threads are
    deep.
    """
    waiting = [top]
    while waiting:
        node = waiting.pop()
        replies = node.get("replies")
        parent = node.get("parent")
        waiting += [child for child in (replies if isinstance(replies, list) else []) if isinstance(child, dict)]
        waiting += [parent] if isinstance(parent, dict) else []
        if isinstance(node.get("post"), dict):
            try:
                yield shapes.from_view(node["post"])
            except (msgspec.ValidationError, ValueError):
                continue


def _missing(node: Mapping[str, Any]) -> Trouble:
    if node.get("blocked"):
        return Trouble(Verdict.REFUSE, "This post is hidden because one of the two accounts blocks the other.")
    return Trouble(Verdict.REFUSE, "This post is no longer on Bluesky.")

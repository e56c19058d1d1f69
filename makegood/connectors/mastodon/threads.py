"""Threads: where a reply stands, everything around a post, and the id that a post has on the account's own server.

Ids of posts are global (their ActivityPub id); each server has a short one of its own for them, which its API wants.
A short id is only ever used on the server that gave it: on another it means something else, or ends the process (snac).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from makegood.activity import Activity
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.mastodon import errors, shapes
from makegood.connectors.mastodon.api import Server, open_server
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.shapes import Place, View

__all__ = ["GONE", "local_id", "place_of", "thread", "view_of"]

GONE = "This post was deleted, or its author no longer shows it to this account. Please look there whether it stands."
_NO_ACCOUNT = "The whole thread is shown to accounts only. Connect your own Mastodon account to see it."
MOST_BRANCHES = 40
"""Most posts of a thread that are asked one by one for what stands under them."""
# Mastodon's and GoToSocial's global ids end in the server's own: https://docs.joinmastodon.org/spec/activitypub/
_TELLING = re.compile(r"/statuses/(\d{1,30}|[0-9A-HJKMNP-TV-Z]{26})")


def view_of(server: Server) -> View:
    """Whose view of the network this server's answers are."""
    return View(host=server.host, domain=server.domain, software=server.software)


async def local_id(server: Server, post_id: str, revision: str = "") -> str:
    """The server's own id of the post, "" where it does not find it. Raises `Fault`.

    Where `revision` is this server's, nothing is asked.
    """
    host, found, _ = shapes.revision_parts(revision)
    if host == server.host and found:
        return found
    if not server.token:
        parts = urlsplit(post_id)
        telling = _TELLING.search(parts.path)
        return telling[1] if telling and parts.netloc == server.host else ""
    params = {"q": post_id, "type": "statuses", "resolve": "true", "limit": 1}
    answer = await server.object("/api/v2/search", params)
    entries = answer.get("statuses")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and post_id in {entry.get("uri"), entry.get("url")}:
            return str(entry.get("id", ""))
    return ""


async def place_of(server: Server, found: Mapping[str, Any]) -> Place:
    """Where a status stands in its thread. Raises `Fault` when that can't be asked now.

    A server that does not tell leaves it open; the post itself must not be missed for that.
    """
    above = found.get("in_reply_to_id")
    if not above:
        return Place()
    try:
        context = await server.object(f"/api/v1/statuses/{found['id']}/context")
        chain = [each for each in _listed(context, "ancestors") if each.get("uri")]
    except Fault as fault:
        if fault.verdict in {Verdict.WAIT, Verdict.DISCONNECT}:
            raise
        return await _place_by_parent(server, str(above))
    parent = next((str(each["uri"]) for each in chain if each.get("id") == above), "")
    return Place(root_id=str(chain[0]["uri"]) if chain else parent, parent_id=parent)


async def _place_by_parent(server: Server, above: str) -> Place:
    """By the parent alone, for a server that fails over the whole thread."""
    try:
        parent = await server.object(f"/api/v1/statuses/{above}")
    except Fault as fault:
        if fault.verdict in {Verdict.REFUSE, Verdict.BUG}:
            return Place()
        raise
    uri = str(parent.get("uri") or "")
    return Place(root_id="" if parent.get("in_reply_to_id") else uri, parent_id=uri)


def _listed(context: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = context.get(name)
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


async def thread(credentials: Mapping[str, Any] | None, post_id: str) -> tuple[Activity, ...]:
    """All that the server knows of the thread around a post, oldest first. Raises `Trouble`.

    Without an account the post's own server is asked, where it lets strangers see threads.
    """
    async with open_server(credentials or _stranger(post_id)) as server:
        own_id = await local_id(server, post_id)
        if not own_id:
            raise Trouble(Verdict.REFUSE, GONE if server.token else _NO_ACCOUNT)
        try:
            middle = await server.object(f"/api/v1/statuses/{own_id}")
            context = await server.object(f"/api/v1/statuses/{own_id}/context")
            above, below = _listed(context, "ancestors"), _listed(context, "descendants")
            if server.software == "snac":
                below = await _further_down(server, [*above, middle], below)
        except Fault as fault:
            if fault.gone:
                raise Trouble(Verdict.REFUSE, GONE, detail=fault.detail) from fault
            raise
    return _ordered(server, [*above, middle, *below])


async def _further_down(
    server: Server, above: list[dict[str, Any]], below: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What stands under each of these posts: snac tells only the direct answers of one post at a time."""
    known = {str(each.get("id")) for each in above}
    found: list[dict[str, Any]] = []
    waiting = [*above[:-1], *below]
    asked = 0
    while waiting and asked < MOST_BRANCHES:
        post = waiting.pop(0)
        if str(post.get("id")) not in known:
            known.add(str(post.get("id")))
            found.append(post)
        asked += 1
        context = await server.object(f"/api/v1/statuses/{post['id']}/context")
        waiting += [each for each in _listed(context, "descendants") if str(each.get("id")) not in known]
    return [*found, *waiting]


def _stranger(post_id: str) -> dict[str, Any]:
    parts = urlsplit(post_id)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Trouble(
            Verdict.REFUSE, "This is not a post on Mastodon. Please open it where it was said to see its thread."
        )
    return {"instance": f"{parts.scheme}://{parts.netloc}"}


def _ordered(server: Server, found: list[dict[str, Any]]) -> tuple[Activity, ...]:
    uris = {str(each.get("id")): str(each.get("uri") or "") for each in found}
    root = next((uri for uri in uris.values() if uri), "")
    activities: dict[str, Activity] = {}
    for each in found:
        above = each.get("in_reply_to_id")
        place = Place(root_id=root, parent_id=uris.get(str(above), "")) if above else Place()
        try:
            made = shapes.activity(each, view_of(server), place)
        except msgspec.ValidationError:
            continue
        activities.setdefault(made.id, made)
    if not activities:
        raise errors.no_sense(server.host, "context without a status")
    return tuple(sorted(activities.values(), key=lambda one: (one.posted_at, _depth(one, activities), one.id)))


def _depth(one: Activity, among: Mapping[str, Activity]) -> int:
    """How many posts stand above it: some servers tell the time in whole seconds, and an answer comes after."""
    depth = 0
    step: Activity | None = one
    while step is not None and step.parent_id and depth < len(among):
        step, depth = among.get(step.parent_id), depth + 1
    return depth

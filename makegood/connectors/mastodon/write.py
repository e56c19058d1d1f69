"""Answering: sending a reply once, and finding out whether it was sent. https://docs.joinmastodon.org/methods/statuses/"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from makegood.activity import Visibility
from makegood.connectors.contract import Draft, Published, Trouble, Verdict
from makegood.connectors.mastodon import errors, media, shapes
from makegood.connectors.mastodon.api import Server, open_server
from makegood.connectors.mastodon.capability import LINK_LENGTH
from makegood.connectors.mastodon.errors import Fault
from makegood.connectors.mastodon.markup import plain
from makegood.connectors.mastodon.shapes import Status
from makegood.connectors.mastodon.threads import GONE, local_id, view_of
from makegood.kit import clock
from makegood.kit.text import graphemes

__all__ = ["count", "find", "handoff", "new_key", "reply", "send"]

OWN_POSTS = 40
"""How many of the account's newest posts are looked through; the most that the API gives at a time."""
SKEW = timedelta(minutes=5)
"""How far the server's clock may be behind ours when we look for what we sent."""

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TRAILING = ".,;:!?'\"”’»…"
_REMOTE = re.compile(r"(?<![\w/])(@[\w.-]*\w)@[\w.-]*\w(?::\d+)?")
_KEY = re.compile(r"([0-9a-f]{8,12})-[0-9a-f]{24}")
_WIDTH = {each: place for place, each in enumerate(Visibility)}


def new_key() -> str:
    """A key for a reply: the moment it was chosen, in seconds, and a random part, both hexadecimal."""
    return f"{int(clock.now().timestamp()):x}-{secrets.token_hex(12)}"


def count(text: str) -> int:
    """Graphemes, with each link as 23 and nobody's server counted (https://docs.joinmastodon.org/user/posting/)."""
    links = 0

    def blank(found: re.Match[str]) -> str:
        nonlocal links
        link = found.group().rstrip(_TRAILING)
        if link.endswith(")") and link.count(")") > link.count("("):
            link = link[:-1]
        links += 1
        return found.group()[len(link) :]

    rest = _REMOTE.sub(r"\1", _LINK.sub(blank, text))
    return graphemes(rest) + LINK_LENGTH * links


def handoff(activity_url: str, text: str) -> str:
    """The post's own page, which asks for one's server and leads there; `text` is for the person to paste."""
    return activity_url


async def reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
    """Answers `draft.parent_id`, never seen by more people than that is. The key makes it repeatable: the server keeps
    it for an hour, and an answer that got lost is looked for before the failure is told.

    Raises `Trouble` with REFUSE when there is nothing to say, the parent is gone, or the server does not take it.
    """
    if not draft.text.strip() and not draft.media:
        raise Trouble(Verdict.REFUSE, "The reply is empty. Please write something.")
    return await send(credentials, draft)


async def send(credentials: Mapping[str, Any], draft: Draft) -> Published:
    """Writes a post, under `draft.parent_id` where there is one. As repeatable as `reply`. Raises `Trouble`."""
    async with open_server(credentials) as server:
        parent = await _parent(server, draft) if draft.parent_id else None
        body = await _body(server, draft, parent)
        try:
            made = await server.call("POST", "/api/v1/statuses", json=body, headers={"idempotency-key": draft.key})
            return _published(made.data, server)
        except Fault as fault:
            return await _stands_anyway(server, draft, parent.id if parent else "", fault)


async def _parent(server: Server, draft: Draft) -> Status:
    """The post to answer, as it stands now."""
    try:
        here = await local_id(server, draft.parent_id, draft.parent_revision)
        found = await server.object(f"/api/v1/statuses/{here}") if here else None
    except Fault as fault:
        if fault.gone:
            raise Trouble(Verdict.REFUSE, GONE, detail=fault.detail) from fault
        raise
    if found is None:
        raise Trouble(
            Verdict.REFUSE, f"{server.host} cannot find this post: it is deleted, or hidden. Please look for it there."
        )
    try:
        return msgspec.convert(found, Status)
    except msgspec.ValidationError as error:
        raise errors.no_sense(server.host, f"parent: {error}") from error


async def _body(server: Server, draft: Draft, parent: Status | None) -> dict[str, Any]:
    body: dict[str, Any] = {"status": draft.text, "visibility": draft.visibility.value}
    if parent is not None:
        seen = shapes.visibility_of(parent.visibility, server.software)
        body = {
            "status": _addressed(draft.text, parent, server),
            "in_reply_to_id": parent.id,
            "visibility": _narrower(draft.visibility, seen).value,
        }
    if draft.warning:
        body["spoiler_text"] = draft.warning
    if draft.language:
        # ISO 639-1: a region is not taken.
        body["language"] = draft.language.partition("-")[0]
    if draft.quoted_id:
        body["quoted_status_id"] = await _quoted(server, draft)
    if draft.media:
        body["media_ids"] = [await media.upload(server, each) for each in draft.media]
    return body


def _narrower(one: Visibility, other: Visibility) -> Visibility:
    return max(one, other, key=_WIDTH.__getitem__)


def _addressed(text: str, parent: Status, server: Server) -> str:
    """The text with the name of whom it answers before it, where it is not in it.

    Somebody who lives on the same server is named without it: not every server knows itself by a name with a port.
    """
    if parent.account.id == server.credentials.get("account"):
        return text
    author = shapes.author_of(parent.account, view_of(server))
    name, _, home = author.handle.partition("@")
    if home in {server.domain, server.host}:
        text = re.sub(rf"(?<!\w)@{re.escape(author.handle)}(?![\w-]|[.:]\w)", f"@{name}", text, flags=re.IGNORECASE)
        called = f"@{name}"
    else:
        called = f"@{author.handle}"
    if re.search(rf"(?<![\w/]){re.escape(called)}(?![\w@-]|[.:]\w)", text, re.IGNORECASE):
        return text
    return f"{called} {text}".rstrip()


async def _quoted(server: Server, draft: Draft) -> str:
    """The server's own id of the post to quote."""
    if not server.credentials.get("quotes"):
        raise Trouble(Verdict.REFUSE, f"{server.host} cannot quote posts yet. Please put a link to it in the text.")
    found = await local_id(server, draft.quoted_id, draft.quoted_revision)
    if not found:
        raise Trouble(Verdict.REFUSE, "The post to be quoted is no longer there. Please answer without it.")
    return found


def _published(found: Any, server: Server) -> Published:
    try:
        made = shapes.activity(server.as_object(found, "statuses"), view_of(server))
    except msgspec.ValidationError as error:
        raise errors.no_sense(server.host, f"statuses: {error}") from error
    return Published(id=made.id, url=made.url, revision=made.revision)


async def _stands_anyway(server: Server, draft: Draft, parent_id: str, fault: Fault) -> Published:
    """What to make of a failed write: answers get lost, and a server may fail after it has written."""
    if fault.verdict not in {Verdict.RETRY, Verdict.BUG}:
        raise fault
    try:
        found = await _find(server, draft, parent_id)
    except Trouble:
        raise fault from None
    if found is None:
        raise fault
    return found


async def find(credentials: Mapping[str, Any], draft: Draft) -> Published | None:
    """Asks the server whether this reply stands. Raises `Trouble` when that can't be known now.

    The API has no way to ask for a key. So it is looked for under what it answers and among the account's newest posts:
    ours, an answer to that post, the same words, not older than the key.
    """
    async with open_server(credentials) as server:
        try:
            parent_id = await local_id(server, draft.parent_id, draft.parent_revision) if draft.parent_id else ""
        except Fault as fault:
            if not fault.gone:
                raise
            parent_id = ""
        return await _find(server, draft, parent_id)


async def _find(server: Server, draft: Draft, parent_id: str) -> Published | None:
    since = _since(draft.key)
    for found in [*await _answers(server, parent_id), *await _own_posts(server)]:
        try:
            status = msgspec.convert(found, Status)
        except msgspec.ValidationError:
            continue
        ours = status.account.id == server.credentials.get("account") and clock.to_utc(status.created_at) >= since
        # Where the parent was deleted meanwhile, what answered it answers nothing any more.
        if ours and status.in_reply_to_id in {parent_id, None} and await _same_words(server, status, draft):
            return _published(found, server)
    return None


def _since(key: str) -> datetime:
    found = _KEY.fullmatch(key)
    if found is None:
        sentence = "This reply has a key that Makegood cannot read. Please write it again."
        raise Trouble(Verdict.BUG, sentence, detail=f"key {key[:40]!r}")
    return datetime.fromtimestamp(int(found[1], 16), UTC) - SKEW


async def _answers(server: Server, parent_id: str) -> list[dict[str, Any]]:
    """What stands under a post; nothing when that is gone."""
    if not parent_id:
        return []
    try:
        context = await server.object(f"/api/v1/statuses/{parent_id}/context")
    except Fault as fault:
        if fault.gone:
            return []
        raise
    found = context.get("descendants")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


async def _own_posts(server: Server) -> list[dict[str, Any]]:
    account = server.credentials["account"]
    params = {"limit": OWN_POSTS, "exclude_reblogs": "true"}
    found, _ = await server.items(f"/api/v1/accounts/{account}/statuses", params)
    return [each for each in found if isinstance(each, dict)]


async def _same_words(server: Server, status: Status, draft: Draft) -> bool:
    """Whether a post of ours says what the draft says, however the server has marked it up.

    Its source is compared where the server gives it; else what people read, without marks that a server may have taken
    for markup.
    """
    wanted = _words(draft.text, draft.handle)
    shown = plain(status.content or "", quoting=bool(status.quote)).text
    if wanted in {_words(status.text or "", draft.handle), _words(shown, draft.handle)}:
        return True
    try:
        source = await server.object(f"/api/v1/statuses/{status.id}/source")
    except Fault as fault:
        if fault.gone or fault.verdict is Verdict.REFUSE:
            return False
        raise
    return wanted == _words(str(source.get("text") or ""), draft.handle)


def _words(text: str, handle: str) -> str:
    """The letters and figures of a text, without the name it begins with when that is whom it answers."""
    bare = _REMOTE.sub(r"\1", text).strip()
    name = f"@{handle.partition('@')[0]}"
    if handle and bare.casefold().startswith(name.casefold()):
        bare = bare[len(name) :]
    return re.sub(r"[\W_]+", "", bare.casefold())

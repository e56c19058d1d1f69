"""What the tests of the Mastodon connector call in common."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from makegood.connectors.contract import Connected, Trouble
from makegood.connectors.mastodon.auth import begin, finish
from makegood.kit import clock
from tests.connectors.sentences import faults_of
from tests.servers.snac import Snac, SnacUser

BACK = "http://127.0.0.1:9/channels/new/mastodon/back/"


async def sign_in(server: Snac, user: SnacUser) -> Connected:
    """Connects the account the whole way, with the server's own sign-in page in between."""
    begun = await begin({"instance": server.url}, BACK)
    landed = server.sign_in(begun.url, user.name, user.password)
    assert landed.startswith(BACK)
    return await finish(begun.pending, dict(parse_qsl(urlsplit(landed).query)))


async def connected(server: Snac, user: SnacUser) -> dict[str, Any]:
    """The credentials of the account."""
    return dict((await sign_in(server, user)).credentials)


async def trouble_of(coroutine: Any) -> Trouble:
    with pytest.raises(Trouble) as caught:
        await coroutine
    assert faults_of(caught.value.sentence) == []
    assert "secret" not in caught.value.sentence + caught.value.detail
    return caught.value


def account(name: str = "ada", host: str = "other.example", **more: Any) -> dict[str, Any]:
    """An account as the API shows it."""
    return {
        "id": {"shop": "1"}.get(name, f"9{len(name)}"),
        "username": name,
        "acct": name if host == "shop.example" else f"{name}@{host}",
        "display_name": name.title(),
        "url": f"https://{host}/@{name}",
        "uri": f"https://{host}/users/{name}",
        "avatar": f"https://{host}/avatars/{name}.png",
        "followers_count": 12,
        **more,
    }


def status(number: int = 100, content: str = "<p>My pot broke</p>", **more: Any) -> dict[str, Any]:
    """A status as the API shows it (https://docs.joinmastodon.org/entities/Status/)."""
    return {
        "id": str(number),
        "uri": f"https://other.example/users/ada/statuses/{number}",
        "url": f"https://other.example/@ada/{number}",
        "created_at": "2026-11-20T10:00:00.000Z",
        "account": account(),
        "content": content,
        "visibility": "public",
        "spoiler_text": "",
        "language": "en",
        "edited_at": None,
        "in_reply_to_id": None,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "poll": None,
        "quote": None,
        **more,
    }


def told(number: int, **more: Any) -> dict[str, Any]:
    """A notification of a mention."""
    shown = status(number, created_at=clock.now().isoformat(), **more)
    return {"id": str(number), "type": "mention", "account": shown["account"], "status": shown}

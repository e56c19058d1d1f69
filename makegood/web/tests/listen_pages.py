"""Posts and samples for the tests of queries, channels and imports."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.test import Client

from makegood.activity import Activity, Author
from makegood.kit import clock
from makegood.listen.api import Channel, Hit, Mention, Query
from makegood.listen.flow import store
from makegood.listen.models import SampledPost

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def said(key: str, text: str, **more: Any) -> Activity:
    """A post by Ada."""
    author = Author(id="did:plc:ada", handle="ada.example.com", name="Ada")
    return Activity(network="bluesky", id=key, author=author, text=text, posted_at=NOON, **more)


def stream(workspace: Any, **more: Any) -> Channel:
    """The channel of all public posts."""
    values = {
        "network": "bluesky",
        "kind": "stream",
        "address": "jetstream",
        "name": "Bluesky: all public posts",
    }
    return Channel.objects.create(workspace=workspace, **(values | more))


def query(workspace: Any, text: str = "teapot", name: str = "Teapot", **more: Any) -> Query:
    """A saved query."""
    return Query.objects.create(workspace=workspace, name=name, text=text, **more)


def hear(channel: Channel, text: str, key: str = "at://1", by: Query | None = None) -> Mention:
    """A mention that this query heard."""
    with transaction.atomic():
        store(channel, [Hit(said(key, text), "because", by.pk if by else None, by.name if by else "")])
    return Mention.objects.within(channel.workspace_id).get(network_id=key)


def sample(texts: list[str], *, share: float = 0.5, step: float = 1.0) -> None:
    """Public posts as the listener keeps them for the tester, `step` seconds apart, newest last."""
    now = clock.now()
    SampledPost.objects.bulk_create(
        SampledPost(
            network="bluesky",
            network_id=f"at://sample/{number}",
            heard_at=now - timedelta(seconds=step * (len(texts) - number)),
            share=share,
            activity=msgspec.to_builtins(said(f"at://sample/{number}", text)),
        )
        for number, text in enumerate(texts)
    )


def page(client: Client, url: str, status: int = 200, **data: Any) -> str:
    """The page's HTML after checking its status."""
    response = client.get(url, data)
    assert response.status_code == status, f"{url}: {response.status_code}"
    return response.content.decode()


def post(client: Client, url: str, data: dict[str, Any] | None = None, status: int = 200) -> str:
    """The answer to a form."""
    response = client.post(url, data or {})
    assert response.status_code == status, f"{url}: {response.status_code}"
    return response.content.decode()


def trial(client: Client, text: str) -> str:
    """What the query tester answers while somebody types."""
    return post(client, "/queries/try/", {"text": text})


def visible(html: str) -> str:
    """The words without their tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))

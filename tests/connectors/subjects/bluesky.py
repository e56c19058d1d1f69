"""A shop on the real AT Protocol network, its server behind the proxy."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from makegood.connectors.bluesky import CONNECTOR
from makegood.connectors.contract import Connected
from tests import faults
from tests.connectors.subject import Subject
from tests.servers.atproto import AtprotoNetwork

__all__ = ["subject"]


def subject(request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> Subject:
    """The shop, and a customer who mentions it."""
    network: AtprotoNetwork = request.getfixturevalue("atproto_network")
    for name, value in network.environment.items():
        patch.setenv(name, value)
    shop, customer = network.create_account(), network.create_account()
    made = Subject("bluesky", CONNECTOR, read_path="listNotifications|createSession", write_path="createRecord")
    made.share_path = "createRecord|deleteRecord"
    made.proxy = made.close.enter_context(faults.proxy(network.pds_url, rewrite=True))
    password = network.app_password(shop)

    async def sign_in() -> Connected:
        form = {"service": made.between.url, "identifier": shop.handle, "password": password}
        return await CONNECTOR.connect(form)  # type: ignore[misc]

    async def wrong() -> Any:
        form = {"service": made.between.url, "identifier": shop.handle, "password": "not-it"}
        return await CONNECTOR.connect(form)  # type: ignore[misc]

    def say(text: str) -> str:
        return network.post(customer, f"@{shop.handle} {text}", mention=shop)

    def answers(parent: str) -> list[str]:
        records = [record["value"] for record in network.repo_posts(shop)]
        return [record["text"] for record in records if record.get("reply", {}).get("parent", {}).get("uri") == parent]

    def posts() -> list[str]:
        return [record["value"]["text"] for record in network.repo_posts(shop) if "reply" not in record["value"]]

    def shares(uri: str) -> int:
        params = {"repo": shop.did, "collection": "app.bsky.feed.repost", "limit": 100}
        records = network.call("com.atproto.repo.listRecords", params=params)["records"]
        return sum(record["value"]["subject"]["uri"] == uri for record in records)

    def few_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
        reading = import_module("makegood.connectors.bluesky.read")
        monkeypatch.setattr(reading, "PAGE", 2)
        monkeypatch.setattr(reading, "PAGES", 2)

    made.sign_in, made.wrong, made.say, made.answers, made.few_a_page = sign_in, wrong, say, answers, few_a_page
    made.shares, made.posts = shares, posts
    made.delete = lambda uri: network.delete(customer, uri)
    return made

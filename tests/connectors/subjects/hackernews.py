"""Hacker News as its connector's own tests have it: items on loopback, behind the proxy."""

from __future__ import annotations

from importlib import import_module
from itertools import count
from urllib.parse import urlsplit

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.hackernews import CONNECTOR
from makegood.connectors.hackernews.tests.index import Index
from makegood.kit import clock
from makegood.kit.tests.loopback import Request
from tests import faults
from tests.connectors.subject import Subject
from tests.listening.scene import Answer, site

__all__ = ["subject"]

PLACE = "https://news.ycombinator.com/item?id="
FIRST = 1000


def subject(_request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> Subject:
    """Somebody who comments on story 1."""
    made = Subject("hackernews", CONNECTOR, has_account=False, read_path="search_by_date")
    index, numbers, began = Index(), count(FIRST), int(clock.now().timestamp()) - 3600

    def reply(path: str) -> Answer:
        raw = index(Request("GET", path, {}, b""))
        head, body = raw.split(b"\r\n\r\n", 1)
        return int(head.split()[1]), {"content-type": "application/json"}, body

    server = made.close.enter_context(site(reply))
    made.proxy = made.close.enter_context(faults.proxy(server.url))
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    for name in ("SEARCH", "ITEMS"):
        patch.setenv(f"MAKEGOOD_HACKERNEWS_{name}", f"{made.between.url}/api")

    async def sign_in() -> Connected:
        return await CONNECTOR.connect({})  # type: ignore[misc]

    def say(text: str) -> str:
        number = next(numbers)
        # A few seconds apart: what is said in one second the search shows in one page only.
        now = began + 5 * (number - FIRST)
        index.say(number, now, text)
        index.site[number] = {"id": number, "type": "comment", "by": "kettle", "time": now, "text": text, "parent": 1}
        index.trees[number] = {"id": number, "created_at_i": now, "type": "comment", "story_id": 1}
        return f"{PLACE}{number}"

    def number_of(uri: str) -> int:
        return int(urlsplit(uri).query.removeprefix("id="))

    def edit(uri: str, text: str) -> None:
        index.site[number_of(uri)]["text"] = text

    def delete(uri: str) -> None:
        index.site[number_of(uri)] = {"id": number_of(uri), "type": "comment", "deleted": True}

    def few_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index, "cap", 3)
        for name in ("makegood.connectors.hackernews.read", "makegood.connectors.hackernews.calls"):
            if hasattr(import_module(name), "MOST_HITS"):
                monkeypatch.setattr(import_module(name), "MOST_HITS", 3)

    made.sign_in, made.say, made.edit, made.delete, made.few_a_page = sign_in, say, edit, delete, few_a_page
    made.exempt = {"connect: refuse": "there is nothing to type that could be wrong"}
    return made

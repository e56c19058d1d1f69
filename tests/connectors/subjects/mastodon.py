"""A shop on a real snac server, behind the proxy."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.mastodon import CONNECTOR
from makegood.kit.text import html_to_text
from tests import faults
from tests.connectors.subject import Subject
from tests.servers.snac import Snac

__all__ = ["subject"]

BACK = "http://127.0.0.1:9/back"


def subject(request: pytest.FixtureRequest, patch: pytest.MonkeyPatch) -> Subject:
    """The shop, and a customer who mentions it."""
    server: Snac = request.getfixturevalue("snac_server")
    patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    shop, customer = server.create_user(), server.create_user()
    made = Subject("mastodon", CONNECTOR, read_path="/api/v1/notifications", write_path=r"/api/v1/statuses$")
    made.share_path = r"/api/v1/statuses/[^/]+/(un)?reblog$"
    made.proxy = made.close.enter_context(faults.proxy(server.url))
    statuses: dict[str, dict[str, Any]] = {}

    async def sign_in(password: str = "") -> Connected:
        begun = await CONNECTOR.begin({"instance": made.between.url}, BACK)  # type: ignore[misc]
        back = server.sign_in(begun.url, shop.name, password or shop.password)
        answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return await CONNECTOR.finish(begun.pending, answer)  # type: ignore[misc]

    async def wrong() -> Any:
        begun = await CONNECTOR.begin({"instance": made.between.url}, BACK)  # type: ignore[misc]
        return await CONNECTOR.finish(begun.pending, {"code": "made-up", "state": begun.pending["state"]})  # type: ignore[misc]

    def say(text: str) -> str:
        status = server.post(customer, f"@{shop.name} {text}")
        server.told(shop, status)
        statuses[status["uri"]] = status
        return str(status["uri"])

    def answers(parent: str) -> list[str]:
        under = server.under(shop, statuses[parent])
        return [html_to_text(each["content"]) for each in under if each["account"]["username"] == shop.name]

    def posts() -> list[str]:
        account = server.call(shop, "GET", "/api/v1/accounts/verify_credentials")["id"]
        own = server.call(shop, "GET", f"/api/v1/accounts/{account}/statuses", params={"limit": 40})
        return [html_to_text(each["content"]) for each in own if not each["in_reply_to_id"] and not each["reblog"]]

    def shares(uri: str) -> int:
        return int(server.call(customer, "GET", f"/api/v1/statuses/{statuses[uri]['id']}")["reblogs_count"])

    def few_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
        reading = import_module("makegood.connectors.mastodon.read")
        monkeypatch.setattr(reading, "PAGE", 2)
        monkeypatch.setattr(reading, "PAGES", 2)

    made.sign_in, made.wrong, made.say, made.answers, made.few_a_page = sign_in, wrong, say, answers, few_a_page
    made.edit = lambda uri, text: server.edit(customer, statuses[uri], f"@{shop.name} {text}")
    made.shares, made.posts = shares, posts
    made.exempt = {
        "post: take down": "snac 2.75 has no way to delete a post by its API; its capability says so",
        "reply: refuse, too long": "snac takes any length; what other servers take is counted before it is queued",
    }
    made.delete = lambda uri: server.delete(customer, statuses[uri])
    return made

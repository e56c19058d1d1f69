"""Adding Hacker News: one button, no account, only what queries match."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from makegood.connectors.hackernews.tests.index import Index
from makegood.kit import clock
from makegood.kit.tests.loopback import answer, serve
from makegood.listen.api import Channel, Mention, Query
from makegood.listen.matching import Desk
from makegood.listen.polling import claim_due, poll

PATH = "/channels/new/hackernews/"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The search on loopback, in a thread of its own, as pages are not async here."""
    found = Index()
    ready, done = threading.Event(), threading.Event()
    urls: list[str] = []

    async def run() -> None:
        async with serve(lambda request: found(request) if found.cap else answer(503)) as server:
            urls.append(server.url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(10)
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    monkeypatch.setenv("MAKEGOOD_HACKERNEWS_SEARCH", f"{urls[0]}/api")
    yield found
    done.set()
    thread.join(10)


def test_it_is_offered_and_added_by_one_button(as_olga: Client, workspace: Any, index: Index) -> None:
    assert PATH in as_olga.get("/channels/new/").content.decode()
    assert as_olga.get(PATH).status_code == 200
    done = as_olga.post(PATH, {"take_all": "1"})
    channel = Channel.objects.within(workspace).get(network="hackernews")
    assert done.headers["Location"] == f"/channels/{channel.pk}/"
    assert (channel.kind, channel.name, channel.take_all) == ("feed", "Hacker News", False)
    shown = as_olga.get(f"/channels/{channel.pk}/").content.decode()
    assert "Hacker News has no way to answer for programs" in shown
    as_olga.post(PATH)
    assert Channel.objects.within(workspace).filter(network="hackernews").count() == 1


def test_a_search_that_is_down_says_so_in_the_form(as_olga: Client, workspace: Any, index: Index) -> None:
    index.cap = 0
    answered = as_olga.post(PATH)
    assert answered.status_code == 422
    assert "has trouble of its own" in answered.content.decode()
    assert not Channel.objects.within(workspace).exists()


def test_only_who_may_connect(as_malik: Client, as_vera: Client, as_nobody: Client, index: Index) -> None:
    assert [browser.post(PATH).status_code for browser in (as_malik, as_vera, as_nobody)] == [403, 403, 302]
    assert index.asked == []


@pytest.mark.django_db(transaction=True)
def test_only_what_a_query_matches_is_heard(as_olga: Client, workspace: Any, olga: Any, index: Index) -> None:
    now = int(clock.now().timestamp())
    index.say(1, now - 30, "My teapot leaks.")
    index.say(2, now - 20, "I prefer coffee.")
    Query.objects.create(workspace=workspace, name="Pots", text="teapot", created_by=olga)
    as_olga.post(PATH)
    desk = Desk()
    desk.look()
    for channel in claim_due(5):
        asyncio.run(poll(channel, desk))
    heard = Mention.objects.within(workspace).get()
    assert (heard.text, heard.network_id) == ("My teapot leaks.", "https://news.ycombinator.com/item?id=1")
    assert heard.look_at is not None
    assert Channel.objects.within(workspace).get().last_good_at is not None

"""Today, the sample shop, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.test import AsyncClient, Client
from django.urls import reverse

from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring
from makegood.journal import api as journal
from makegood.kit import clock
from makegood.listen.flow import channel_failed
from makegood.listen.models import Channel, Mention
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.site.pipeline import take_in
from makegood.web.views import live

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


def today(client: Client) -> str:
    answer = client.get(reverse("today"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_a_newcomer_is_told_what_to_do_first(as_olga: Client) -> None:
    html = today(as_olga)
    assert "First steps" in html
    assert reverse("start-brand") in html
    assert "Nobody is waiting for an answer" in html


@pytest.mark.django_db
def test_today_shows_what_is_late_and_what_is_in_trouble(workspace: Any, as_malik: Client, as_sten: Client) -> None:
    account = channel(workspace, "account", name="@teapot.example")
    bring(account, activity(COMPLAINT, posted_at=minutes_ago(9999), handle="lena.example.com"))
    channel_failed(account, "Bluesky does not answer.", disconnect=False, due_at=None)
    html = today(as_malik)
    for words in ("Late, or nearly", "lena.example.com", "Bluesky does not answer."):
        assert words in html
        assert words not in today(as_sten)


@pytest.mark.django_db
def test_the_sample_shop_comes_and_goes_in_one_click(workspace: Any, as_olga: Client, as_malik: Client) -> None:
    mine = activity(COMPLAINT)
    bring(channel(workspace, "account"), mine)
    assert as_malik.post(reverse("sample-add")).status_code == 403
    assert as_olga.post(reverse("sample-add")).status_code == 302
    as_olga.post(reverse("sample-add"))
    take_in()
    rows = Conversation.objects.within(workspace)
    assert rows.filter(is_sample=True).count() > 20
    open_ones = rows.filter(is_sample=True, queue="needs_answer")
    late = open_ones.filter(due_at__lt=clock.now()).count()
    assert 0 < late < open_ones.count() < 20, "a desk with something to do, not one to despair of"
    assert set(rows.filter(network="sample").values_list("is_sample", flat=True)) == {True}
    assert "You are looking at the sample shop" in today(as_malik)
    assert as_malik.post(reverse("sample-remove")).status_code == 403
    as_olga.post(reverse("sample-remove"))
    assert list(rows.values_list("latest__network_id", flat=True)) == [mine.id]
    assert Mention.objects.within(workspace).filter(is_sample=True).count() == 0
    assert not Channel.objects.within(workspace).filter(kind="sample").exists()
    assert "You are looking at the sample shop" not in today(as_malik)


@pytest.mark.django_db
def test_the_stream_is_for_members_only(as_nobody: Client) -> None:
    assert as_nobody.get(reverse("live")).status_code == 302


async def _event(stream: Any) -> dict[str, Any]:
    async with asyncio.timeout(10):
        async for chunk in stream:
            for line in chunk.decode().splitlines():
                if line.startswith("data: "):
                    found: dict[str, Any] = json.loads(line[6:])
                    return found
    raise AssertionError("the stream ended")


async def _leave(*answers: Any) -> None:
    """The pages are closed; the tail ends with the last of them and lets its connection go."""
    for answer in answers:
        await sync_to_async(answer.close)()
    assert live.tail.task is not None
    await live.tail.task
    await sync_to_async(connections.close_all)()


def _happen(workspace: Any, *verbs: str) -> None:
    with transaction.atomic():
        for verb in verbs:
            journal.record(workspace.pk, verb, workspace)


@pytest.mark.django_db(transaction=True)
async def test_events_reach_their_own_workspace_only(
    workspace: Any, other_workspace: Any, malik: Any, sten: Any
) -> None:
    streams: dict[str, Any] = {}
    answers = []
    for person in (malik, sten):
        client = AsyncClient()
        await client.aforce_login(person)
        answer: Any = await client.get(reverse("live"))
        answers.append(answer)
        assert answer["Content-Type"] == "text/event-stream"
        streams[person.name] = aiter(answer.streaming_content)
        assert await anext(streams[person.name]) == b"retry: 1000\n\n"
    await asyncio.sleep(3 * live.TICK_SECONDS)
    await sync_to_async(_happen)(workspace, "conversation.opened")
    await sync_to_async(_happen)(other_workspace, "query.saved", "query.changed")
    ours, theirs = await asyncio.gather(_event(streams["Malik"]), _event(streams["Sten"]))
    # How much happened and nothing else: those with whom only a little is shared listen as well.
    assert (ours, theirs) == ({"count": 1}, {"count": 2})
    await _leave(*answers)
    assert not live.tail.listeners, "a page that is gone is forgotten"


@pytest.mark.django_db(transaction=True)
async def test_many_things_at_once_are_one_event(workspace: Any, malik: Any) -> None:
    client = AsyncClient()
    await client.aforce_login(malik)
    answer: Any = await client.get(reverse("live"))
    stream = aiter(answer.streaming_content)
    await anext(stream)
    await asyncio.sleep(3 * live.TICK_SECONDS)

    def burst() -> None:
        with transaction.atomic():
            for _ in range(300):
                journal.record(workspace.pk, "conversation.opened", workspace)

    await sync_to_async(burst)()
    await _event(stream)
    queued = next(iter(live.tail.listeners)).qsize()
    assert queued < 300
    await _leave(answer)

"""Each account's answers go out on a lane of their own: a network that hangs holds up nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from makegood.connectors import registry
from makegood.connectors.contract import Draft, Published
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.tests.make import channel
from makegood.reply import flow, outbox
from makegood.reply.models import Reply
from makegood.reply.tests import testnet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


def queued(account: Any, by: Any, text: str) -> Reply:
    talk = conversation_with(account, f"My parcel never arrived, I want a refund! {text}")
    row = flow.queue(talk, by, text)
    past = clock.now() - timedelta(seconds=1)
    Reply.objects.within(row.workspace_id).filter(pk=row.pk).update(send_after=past)
    return row


def sends(monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    """From now on the network sends by `reply`."""
    monkeypatch.setattr(testnet, "CONNECTOR", replace(testnet.CONNECTOR, reply=reply))
    registry.connector.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    yield
    registry.connector.cache_clear()


def test_one_account_waits_for_no_other(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = queued(channel(workspace, "account", network="testnet", name="@slow", address="slow"), malik, "Slowly.")
    quick = queued(channel(workspace, "account", network="testnet", name="@quick", address="quick"), malik, "Quickly.")
    other_is_out = asyncio.Event()
    plain = testnet.CONNECTOR.reply
    assert plain is not None

    async def reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
        if draft.text == "Slowly.":
            # The answer of this network comes only after the other's: one after the other, neither would ever come.
            await asyncio.wait_for(other_is_out.wait(), 10)
        else:
            other_is_out.set()
        return await plain(credentials, draft)

    sends(monkeypatch, reply)
    outbox.send_due()
    for row in (slow, quick):
        row.refresh_from_db()
        assert row.state == "sent"


def test_one_accounts_answers_go_one_after_the_other(
    workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = channel(workspace, "account", network="testnet", name="@shop", address="shop")
    rows = [queued(account, malik, f"Answer {number}.") for number in range(5)]
    under_way = 0
    plain = testnet.CONNECTOR.reply
    assert plain is not None

    async def reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
        nonlocal under_way
        under_way += 1
        assert under_way == 1
        await asyncio.sleep(0.01)
        under_way -= 1
        return await plain(credentials, draft)

    sends(monkeypatch, reply)
    outbox.send_due()
    assert sorted(testnet.posts.values()) == [f"Answer {number}." for number in range(5)]
    assert {Reply.objects.within(workspace).get(pk=row.pk).state for row in rows} == {"sent"}


def test_what_stops_one_lane_stops_no_other(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = queued(channel(workspace, "account", network="testnet", name="@a", address="a"), malik, "Broken.")
    sound = queued(channel(workspace, "account", network="testnet", name="@b", address="b"), malik, "Sound.")
    settle = outbox._sent

    def settled(row: Reply, published: Published) -> None:
        if row.pk == broken.pk:
            raise OperationalError("database is locked")
        settle(row, published)

    monkeypatch.setattr(outbox, "_sent", settled)
    with pytest.raises(OperationalError):
        outbox.send_due()
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == ("sending", "sent"), "its lease runs out, and the network is asked"


def test_an_attempt_ends_before_its_lease(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timedelta(seconds=outbox.MOST_SECONDS) < outbox.LEASE
    monkeypatch.setattr(outbox, "MOST_SECONDS", 0.05)
    row = queued(channel(workspace, "account", network="testnet", name="@shop", address="shop"), malik, "Hello?")

    async def reply(credentials: Mapping[str, Any], draft: Draft) -> Published:
        await asyncio.sleep(30)
        raise AssertionError("nobody waits that long")

    sends(monkeypatch, reply)
    outbox.send_due()
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("sending", 1)
    assert "took too long" in row.sentence

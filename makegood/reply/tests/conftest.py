"""What the tests of answering share: the test network, whose rules a test may change, and a conversation on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.connectors import registry
from makegood.connectors.contract import Connector
from makegood.desk.models import Conversation
from makegood.desk.tests.make import conversation_with
from makegood.kit import clock
from makegood.listen.models import Channel
from makegood.listen.tests.make import channel
from makegood.reply import outbox
from makegood.reply.models import Reply
from makegood.reply.tests import testnet

COMPLAINT = "My parcel never arrived and nobody answers, I want a refund"


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[[Connector], None]:
    """The test network; call it with another connector to change its rules for this test."""
    registry.connector.cache_clear()
    testnet.plug_in(monkeypatch)

    def use(one: Connector) -> None:
        monkeypatch.setattr(testnet, "CONNECTOR", one)
        registry.connector.cache_clear()

    return use


@pytest.fixture
def account(workspace: Any) -> Channel:
    """The shop's account on it."""
    return channel(workspace, "account", network="testnet", name="@shop")


@pytest.fixture
def talk(account: Channel) -> Conversation:
    """A complaint that came to it."""
    return conversation_with(account, COMPLAINT, handle="ada", url="https://example.org/post")


@pytest.fixture
def sent() -> Callable[[Reply], Reply]:
    """Lets the outbox send what is due, an answer's own moment included, and looks at the answer again."""

    def run(row: Reply, times: int = 1) -> Reply:
        past = clock.now() - timedelta(seconds=1)
        for _ in range(times):
            rows = Reply.objects.within(row.workspace_id).filter(pk=row.pk)
            rows.filter(send_after__isnull=False).update(send_after=past)
            rows.filter(lease_until__isnull=False).update(lease_until=past)
            outbox.send_due()
        row.refresh_from_db()
        return row

    return run


@pytest.fixture(autouse=True)
def _fresh_registry() -> Any:
    """Another test's connector must not outlive its test."""
    yield
    registry.connector.cache_clear()

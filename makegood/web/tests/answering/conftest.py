"""A customer on a network of our own, and who answers them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from makegood.accounts.models import Membership
from makegood.connectors import registry
from makegood.connectors.contract import Connector
from makegood.desk.models import Conversation, Share
from makegood.desk.tests.make import conversation_with
from makegood.listen.models import Channel
from makegood.listen.tests.make import channel
from makegood.reply.tests import testnet
from makegood.web.tests.answering.asking import COMPLAINT


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    testnet.plug_in(monkeypatch)

    def use(one: Connector) -> None:
        monkeypatch.setattr(testnet, "CONNECTOR", one)
        registry.connector.cache_clear()

    use(testnet.ABLE)
    yield use
    registry.connector.cache_clear()


@pytest.fixture
def account(workspace: Any) -> Channel:
    return channel(workspace, "account", network="testnet", name="@teapot")


@pytest.fixture
def talk(account: Channel) -> Conversation:
    return conversation_with(account, COMPLAINT, url="https://example.org/post", handle="ada")


@pytest.fixture
def shared(talk: Conversation, cora: Any) -> Conversation:
    """The conversation, shared with Cora."""
    Share.objects.create(workspace=talk.workspace, conversation=talk, user=cora)
    return talk


@pytest.fixture
def learning(malik: Any) -> None:
    """Malik is new here."""
    Membership.objects.filter(user=malik).update(learning=True)

"""A shop with a connected account on the real network, a customer, and a proxy that can fail between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from makegood.listen import api as listen
from tests import faults
from tests.faults import Proxy
from tests.servers.atproto import AtprotoNetwork, TestAccount


@pytest.fixture
def network(atproto_network: AtprotoNetwork, monkeypatch: pytest.MonkeyPatch) -> AtprotoNetwork:
    """The real network, which the product takes for Bluesky's own."""
    for name, value in atproto_network.environment.items():
        monkeypatch.setenv(name, value)
    return atproto_network


@pytest.fixture
def shop(network: AtprotoNetwork) -> TestAccount:
    """The shop's account."""
    return network.create_account()


@pytest.fixture
def customer(network: AtprotoNetwork) -> TestAccount:
    """Somebody with something to say."""
    return network.create_account()


@pytest.fixture
def account(network: AtprotoNetwork, shop: TestAccount, workspace: Any, olga: Any) -> listen.Channel:
    """The shop's account, connected by Olga with an app password."""
    return connect(network, shop, workspace, olga)


def connect(network: AtprotoNetwork, shop: TestAccount, workspace: Any, by: Any) -> listen.Channel:
    """Connects the account with a new app password."""
    form = {"service": network.pds_url, "identifier": shop.handle, "password": network.app_password(shop)}
    return listen.connect(workspace, by, "bluesky", form)


@pytest.fixture
def between(network: AtprotoNetwork, account: listen.Channel) -> Iterator[Proxy]:
    """All that the account's channel does from now on goes through a proxy that can spoil it."""
    with faults.proxy(network.pds_url) as made:
        secret = listen.seal({**listen.credentials_of(account), "service": made.url})
        listen.Channel.objects.within(account.workspace_id).filter(pk=account.pk).update(secret=secret)
        yield made

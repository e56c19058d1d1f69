"""Pytest fixtures for the real servers, one of each per test process.

Where a server can't be had a test is skipped with a reason that starts with "server missing: ", except on CI
(`CI=true`), where that is a failure: a suite that silently tests nothing must not look green.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

import pytest

from tests.servers.atproto import AtprotoNetwork, atproto
from tests.servers.base import ServerUnavailable
from tests.servers.jetstream import Jetstream, jetstream
from tests.servers.llamacpp import llamacpp
from tests.servers.localstripe import StripeServer
from tests.servers.localstripe import stripe_server as stripe
from tests.servers.nats import Nats, nats
from tests.servers.postgres import postgres
from tests.servers.snac import Snac, snac
from tests.servers.vendure import VendureShop, vendure

__all__ = [
    "atproto_limited",
    "atproto_network",
    "jetstream_server",
    "jetstream_unfed",
    "llamacpp_server",
    "nats_server",
    "postgres_server",
    "snac_server",
    "stripe_server",
    "vendure_server",
]

T = TypeVar("T")


def _enter(stack: ExitStack, server: AbstractContextManager[T]) -> T:
    try:
        return stack.enter_context(server)
    except ServerUnavailable as missing:
        reason = f"server missing: {missing}"
        if os.environ.get("CI", "").lower() in {"true", "1"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def atproto_network() -> Iterator[AtprotoNetwork]:
    """PLC, PDS and AppView."""
    with ExitStack() as stack:
        yield _enter(stack, atproto())


@pytest.fixture(scope="session")
def atproto_limited() -> Iterator[AtprotoNetwork]:
    """PLC and PDS with the PDS's real rate limits on; no AppView."""
    with ExitStack() as stack:
        yield _enter(stack, atproto(appview=False, rate_limits=True))


@pytest.fixture
def jetstream_server(atproto_network: AtprotoNetwork) -> Iterator[Jetstream]:
    """A Jetstream replayer fed from `atproto_network`; fresh for each test, as are its faults."""
    with ExitStack() as stack:
        yield _enter(stack, jetstream(atproto_network.pds_url))


@pytest.fixture
def jetstream_unfed() -> Iterator[Jetstream]:
    """A Jetstream replayer that sends only what is injected."""
    with ExitStack() as stack:
        yield _enter(stack, jetstream())


@pytest.fixture(scope="session")
def llamacpp_server() -> Iterator[str]:
    """The address, up to /v1, of a llama.cpp server whose model is noise."""
    with ExitStack() as stack:
        yield _enter(stack, llamacpp())


@pytest.fixture
def nats_server() -> Iterator[Nats]:
    """A NATS server with JetStream and nothing in it; a test may stop and start it."""
    with ExitStack() as stack:
        yield _enter(stack, nats())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server, `postgresql://postgres@127.0.0.1:PORT/postgres`."""
    with ExitStack() as stack:
        yield _enter(stack, postgres())


@pytest.fixture(scope="session")
def snac_server() -> Iterator[Snac]:
    """A server that speaks the Mastodon API, without users."""
    with ExitStack() as stack:
        yield _enter(stack, snac())


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeServer]:
    """localstripe behind our tests/servers/keeping.py, without faults; whoever makes one takes it back."""
    with ExitStack() as stack:
        yield _enter(stack, stripe())


@pytest.fixture(scope="session")
def vendure_server() -> Iterator[VendureShop]:
    """A shop that sells three things and has no orders yet; who tests with it leaves theirs behind."""
    with ExitStack() as stack:
        yield _enter(stack, vendure())

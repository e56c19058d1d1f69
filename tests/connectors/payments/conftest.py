"""Makes the two subjects, one of each a module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.connectors.payments.subject import Paying, paypal, stripe


@pytest.fixture(scope="module", params=["stripe", "paypal"])
def paying(request: pytest.FixtureRequest) -> Iterator[Paying]:
    """A processor's connector, connected, with a server behind a proxy."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
        server = request.getfixturevalue("stripe_server") if request.param == "stripe" else None
        made = paypal(stack) if server is None else stripe(stack, server)
        made.credentials = asyncio.run(made.connect()).credentials
        yield made


@pytest.fixture(autouse=True)
def well(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins with a network that is well."""
    yield
    if "paying" in request.fixturenames:
        subject = request.getfixturevalue("paying")
        subject.proxy.lift()
        subject.proxy.come_up()

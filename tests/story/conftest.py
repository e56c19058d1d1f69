from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.command import Makegood
from tests.servers.atproto import AtprotoNetwork
from tests.servers.jetstream import Jetstream
from tests.story.scene import started, where_atproto_is


@pytest.fixture
def product(tmp_path: Path, atproto_network: AtprotoNetwork, jetstream_server: Jetstream) -> Iterator[Makegood]:
    """Makegood on a real AT Protocol network, with nothing in it yet."""
    with started(tmp_path / "home", where_atproto_is(atproto_network, jetstream_server)) as running:
        yield running

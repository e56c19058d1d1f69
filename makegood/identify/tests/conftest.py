"""What the tests of shops and payments share."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.identify.models import Source
from makegood.identify.tests.scene import connect, known_kinds


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registries know a small shop and a small processor."""
    known_kinds(monkeypatch)


@pytest.fixture
def shop(workspace: Any, kinds: None) -> Source:
    """The workspace's shop, connected, nothing read yet."""
    return connect(workspace)


@pytest.fixture
def payments(workspace: Any, kinds: None) -> Source:
    """Where the shop is paid, likewise."""
    return connect(workspace, "payments")

"""What the tests of asking again share."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.winback.following.tests.scene import Asking


@pytest.fixture
def shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """A shop that asks again."""
    return Asking(workspace, malik, monkeypatch)

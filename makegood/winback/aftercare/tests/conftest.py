"""What the tests of asking after a purchase share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from makegood.alerts.tests.places import Letters, letterbox
from makegood.winback.aftercare.tests.after_scene import AfterShop


@pytest.fixture
def shop(workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> AfterShop:
    """A shop that asks after a purchase: Olga settles, Malik sends."""
    return AfterShop(workspace, olga, malik, monkeypatch)


@pytest.fixture
def post(settings: Any) -> Iterator[Letters]:
    """A real mail server on loopback, by which mail goes out."""
    with letterbox() as letters:
        for name, value in letters.settings.items():
            setattr(settings, name, value)
        settings.PUBLIC_URL = "https://desk.shop.example"
        yield letters

"""The scene of the erasing tests."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.identify.tests.scene import known_kinds
from makegood.web.tests.erasing.scene import Scene


@pytest.fixture
def scene(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    known_kinds(monkeypatch)
    return Scene(workspace, olga)

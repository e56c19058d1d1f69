"""A folder of one's own for kept posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from makegood.listen.replay.models import ReplayWish
from makegood.listen.tests.make import channel


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where posts are kept in this test; empty."""
    settings.REPLAY_FOLDER = tmp_path / "replay"
    settings.REPLAY_FOLDER.mkdir()
    return tmp_path / "replay"


@pytest.fixture
def wanted(workspace: Any, folder: Path) -> Any:
    """The workspace's stream, and that it wants what it brings kept."""
    ReplayWish.objects.create(workspace=workspace)
    return channel(workspace)

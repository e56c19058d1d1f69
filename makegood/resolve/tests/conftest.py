"""What tests of money share. The fixtures do nothing for tests that do not ask for them."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.resolve.tests.doing_scene import Doing
from makegood.resolve.tests.money_scene import Scene
from makegood.resolve.tests.till import Till, plug_in


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    """An empty processor that is plugged in."""
    made = Till()
    plug_in(monkeypatch, made)
    return made


@pytest.fixture
def scene(workspace: Any, malik: Any, till: Till) -> Scene:
    """The teapot shop with that processor; Malik asks."""
    return Scene(workspace, malik, till)


@pytest.fixture
def doing_shop(workspace: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> Doing:
    """A shop where Malik may give everything."""
    return Doing(workspace, malik, monkeypatch)

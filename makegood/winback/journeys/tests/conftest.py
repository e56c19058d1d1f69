"""What these tests share."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.winback.journeys.tests.journey_scene import JourneyShop


@pytest.fixture
def shop(workspace: Any, malik: Any) -> JourneyShop:
    """The teapot shop; Malik answers."""
    return JourneyShop(workspace, malik)

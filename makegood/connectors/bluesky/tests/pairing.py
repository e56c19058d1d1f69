"""How the tests turn what a network showed into what we make of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from makegood.activity import Activity
from makegood.connectors.bluesky.shapes import from_view
from makegood.connectors.bluesky.stream import batch_of

PAIRS = Path(__file__).parent / "pairs"
WHEN = datetime(2100, 1, 1, tzinfo=UTC)


def ours(theirs: dict[str, Any]) -> Activity:
    """Our activity for a post's view or for a Jetstream event."""
    if "uri" in theirs:
        return from_view(theirs)
    batch = batch_of([json.dumps(theirs).encode()], WHEN, None)
    assert not batch.problems, batch.problems
    (activity,) = batch.activities
    return activity

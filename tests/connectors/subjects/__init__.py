"""One small adapter a network: how it is made to say something, and how that reaches its connector through a proxy.

A new network gets a module here and a line in `SUBJECTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.connectors.subject import Subject
from tests.connectors.subjects import bluesky, feed, hackernews, mastodon, still

__all__ = ["MARKS", "SUBJECTS"]

SUBJECTS: dict[str, Callable[[pytest.FixtureRequest, pytest.MonkeyPatch], Subject]] = {
    "bluesky": bluesky.subject,
    "feed": feed.subject,
    "file": still.file,
    "hackernews": hackernews.subject,
    "mastodon": mastodon.subject,
    "sample": still.sample,
}

MARKS: dict[str, list[Any]] = {
    "bluesky": [pytest.mark.atproto, pytest.mark.slow],
    "mastodon": [pytest.mark.mastodon, pytest.mark.slow],
}
"""What it takes to run a network's tests."""

"""A soak of one minute, so that the long one (`make soak`) is always ready to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.base import ServerUnavailable
from tests.soak.options import Options
from tests.soak.run import soak

pytestmark = [pytest.mark.atproto, pytest.mark.mastodon, pytest.mark.slow, pytest.mark.timeout(1200)]

SHORT = Options(minutes=1, mentions=200, replies=20, kills=6, mastodon_share=0.05, settle_minutes=8)


def test_a_minute_of_bad_weather(tmp_path: Path) -> None:
    try:
        told = soak(SHORT, tmp_path / "home")
    except ServerUnavailable as missing:
        pytest.skip(f"server missing: {missing}")
    assert not told["failures"], "\n".join(told["failures"])
    injected = sum(sum(counts.values()) for counts in told["weather"]["faults"].values())
    assert injected > 10, "the weather was bad"
    assert told["revoked_for_seconds"] > 0
    print(told)

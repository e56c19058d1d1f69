"""Every file of feedparser's own suite is served over loopback and read by the connector."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from makegood.connectors.contract import Trouble
from makegood.connectors.feeds import CONNECTOR
from makegood.kit.tests.loopback import Request, answer, serve

ROOT = Path(__file__).parents[4]
FEEDS = Path(os.environ.get("MAKEGOOD_TEST_DATA", ROOT.parent / "shared" / "data")) / "feeds" / "tests"
HEADER = re.compile(rb"^\s*Header:\s*([\w-]+):\s*(.*?)\s*$", re.MULTILINE)
HAS_ENTRY = re.compile(rb"<(\w+:)?(item|entry)\b")


@pytest.mark.skipif(not FEEDS.is_dir(), reason=f"the feed corpus is not at {FEEDS}; set MAKEGOOD_TEST_DATA")
async def test_every_file_brings_activities_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    files = sorted(FEEDS.rglob("*.xml"))
    assert len(files) > 600

    def reply(request: Request) -> bytes:
        body = files[int(request.path.rpartition("/")[2])].read_bytes()
        headers = {"Content_type": "application/xml"}
        for name, value in HEADER.findall(body[:2000]):
            headers[name.decode().replace("-", "_").capitalize()] = value.decode("latin-1")
        return answer(200, body, **headers)

    counts: Counter[str] = Counter()
    assert CONNECTOR.read is not None
    async with serve(reply) as server:
        for number, file in enumerate(files):
            url = f"{server.url}/{number}"
            try:
                page = await CONNECTOR.read({"url": url}, {})
            except Trouble as trouble:
                counts["trouble" if trouble.sentence.endswith(".") else "no sentence"] += 1
                continue
            for activity in page.activities:
                assert activity.network == "feed"
                assert activity.id, file
                assert activity.text.encode(), file
                assert activity.posted_at.tzinfo is not None
            assert all(problem.endswith(".") for problem in page.problems)
            if page.activities:
                counts["activities"] += 1
            elif page.problems:
                counts["only problems"] += 1
            else:
                assert not HAS_ENTRY.search(file.read_bytes()), f"{file} has entries, and nothing was said"
                counts["no entries in the file"] += 1
    print(f"\n{len(files)} files: {dict(counts)}")
    assert counts["activities"] >= 150
    assert counts["no sentence"] == 0

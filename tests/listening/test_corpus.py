"""Every file of feedparser's own suite as a feed of one workspace: brought in, or said on its channel's page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from makegood.connectors.feeds.tests.test_corpus import FEEDS, HAS_ENTRY, HEADER
from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.triage import api as triage
from tests.listening.scene import Answer, look, site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FEEDS.is_dir(), reason=f"the feed corpus is not at {FEEDS}; set MAKEGOOD_TEST_DATA"),
]

EMPTY = b'<rss version="2.0"><channel><title>Feed</title><link>http://127.0.0.1/</link></channel></rss>'


def test_every_file_goes_in_or_says_why_not(
    workspace: Any, olga: Any, as_olga: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    files = sorted(FEEDS.rglob("*.xml"))
    assert len(files) > 600
    turned = False

    def reply(path: str) -> Answer:
        """An empty feed while it is being connected, the file from then on."""
        if not turned:
            return 200, {"content-type": "application/rss+xml"}, EMPTY
        body = files[int(path.strip("/"))].read_bytes()
        told = {name.decode().lower(): value.decode("latin-1") for name, value in HEADER.findall(body[:2000])}
        return 200, {"content-type": "application/xml", **told}, body

    with site(reply) as server:
        channels = [
            listen.connect(workspace, olga, "feed", {"url": f"{server.url}/{number}"}) for number in range(len(files))
        ]
        turned = True
        assert look() == len(files)

    outcomes: Counter[str] = Counter()
    for channel, file in zip(channels, files, strict=True):
        channel.refresh_from_db()
        assert channel.lease_until is None, file
        outcomes[outcome(channel, file.read_bytes(), as_olga)] += 1
    print(f"\n{len(files)} files: {dict(outcomes)}")
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
    assert outcomes["mentions"] > 150

    while triage.sort_new() + desk.open_new():
        pass
    assert not listen.Mention.objects.within(workspace).filter(state="new").exists()


def outcome(channel: listen.Channel, file: bytes, browser: Client) -> str:
    """What became of a feed. Whatever was wrong must stand on its page."""
    sentences = list(
        listen.ChannelProblem.objects.within(channel.workspace_id)
        .filter(channel=channel)
        .values_list("sentence", flat=True)
    )
    sentences += [channel.last_error] if channel.last_error else []
    page = browser.get(f"/channels/{channel.pk}/")
    assert page.status_code == 200
    html = page.content.decode()
    for sentence in sentences:
        assert sentence.endswith((".", "?")), sentence
        assert escape(sentence) in html, (channel.address, sentence)
    if listen.Hearing.objects.within(channel.workspace_id).filter(channel=channel).exists():
        assert channel.state == "working"
        return "mentions and problems" if sentences else "mentions"
    if channel.last_error:
        assert channel.state in ("trouble", "disconnected")
        return "not readable"
    if sentences:
        return "only problems"
    assert not HAS_ENTRY.search(file), f"{channel.address} has entries, and nothing was said"
    return "empty"

"""kill -9 of listener and worker at random moments, on the real network: nothing missing, nothing double.

The network is real (PLC, PDS, AppView); its Jetstream is our own replayer fed from the PDS's firehose.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.operations.command import Makegood, drive, up
from tests.scale import FULL
from tests.servers.atproto import AtprotoNetwork, TestAccount
from tests.servers.base import free_port, wait_until
from tests.servers.jetstream import Jetstream

pytestmark = [pytest.mark.atproto, pytest.mark.slow, pytest.mark.timeout(900)]

POSTS, REPLIES, KILLS = (1000, 100, 50) if FULL else (200, 20, 10)
AUTHORS = 10
BRAND = "Zimtwerk"
DRIVER = "tests.crash.driver"


def post_all(network: AtprotoNetwork, authors: list[TestAccount]) -> list[str]:
    """All posts, by a few authors at once; the ids of those that stand on the network."""

    def some(author: TestAccount, count: int) -> list[str]:
        return [
            network.post(author, f"My parcel from {BRAND} never arrived, I want a refund! {author.handle} {number}")
            for number in range(count)
        ]

    with ThreadPoolExecutor(len(authors)) as pool:
        shares = pool.map(lambda author: some(author, POSTS // len(authors)), authors)
        return [uri for share in shares for uri in share]


def kill_now_and_then(product: Makegood, times: int, stop: threading.Event) -> list[str]:
    """Kills the listener or the worker, again and again; which were killed."""
    killed: list[str] = []
    dice = random.Random(7)
    while len(killed) < times and not stop.is_set():
        time.sleep(dice.uniform(0.3, 2.2))
        name = dice.choice(["listener", "worker"])
        pid = product.pids().get(name)
        if pid is None:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed.append(name)
    return killed


def test_nothing_is_missing_and_nothing_double(
    atproto_network: AtprotoNetwork, jetstream_server: Jetstream, tmp_path: Path
) -> None:
    shop = atproto_network.create_account("zimtwerk.test")
    authors = [atproto_network.create_account(f"customer{number}.test") for number in range(AUTHORS)]
    where = {
        "MAKEGOOD_PRIVATE_HOSTS": "*",
        "MAKEGOOD_BLUESKY_APPVIEW": atproto_network.appview_url,
        "MAKEGOOD_JETSTREAM": jetstream_server.url,
    }
    with up(tmp_path / "home", free_port(), where) as product:
        drive(product.env, DRIVER, "set-up", BRAND, atproto_network.pds_url, shop.handle, shop.password)
        wait_until(lambda: jetstream_server.stats()["clients"] or None, "the listener to follow the stream")
        stop = threading.Event()
        with ThreadPoolExecutor(3) as pool:
            posting = pool.submit(post_all, atproto_network, authors)
            killing = pool.submit(kill_now_and_then, product, KILLS, stop)
            answering = pool.submit(drive, product.env, DRIVER, "answer", str(REPLIES), "500")
            uris = posting.result()
            assert answering.result() == {"answered": REPLIES}
            killed = killing.result()
        assert len(killed) == KILLS
        found = until_settled(product, len(uris))
    standing = all_texts(atproto_network, shop)
    assert sorted(found["mentions"]) == sorted(uris), "heard: each post once"
    assert sorted(found["messages_in"]) == sorted(uris), "opened: each post once"
    assert found["conversations"] == POSTS
    assert found["replies"] == {"sent": REPLIES}, found["sentences"]
    twice = [text for text, times in Counter(standing).items() if times > 1]
    assert not twice, "an answer stands twice on the network"
    assert sorted(standing) == sorted(text for _uri, text in found["sent"]), "sent: each answer once"
    print(f"{len(uris)} posts, {REPLIES} answers, killed: {Counter(killed)}")


def all_texts(network: AtprotoNetwork, account: TestAccount) -> list[str]:
    """The text of every post in the account's repository, as the PDS holds them, however many there are."""
    texts: list[str] = []
    params: dict[str, Any] = {"repo": account.did, "collection": "app.bsky.feed.post", "limit": 100}
    while True:
        page = network.call("com.atproto.repo.listRecords", params=params)
        texts += [record["value"]["text"] for record in page["records"]]
        if not page.get("cursor"):
            return texts
        params["cursor"] = page["cursor"]


def until_settled(product: Makegood, posts: int, seconds: float = 150) -> dict[str, Any]:
    """Waits until all has arrived and gone out, and shows what there is then."""
    until = time.monotonic() + seconds
    while True:
        found = drive(product.env, DRIVER, "report")
        done = len(found["mentions"]) >= posts and found["conversations"] >= posts and found["unsorted"] == 0
        if (done and set(found["replies"]) == {"sent"}) or time.monotonic() > until:
            return found
        time.sleep(1)

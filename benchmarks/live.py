"""`make bench-live`: from a post on the network to visible in the open browser.

A real AT Protocol network, a Jetstream replayer fed from its firehose, the product as `make up` starts it, and the
inbox open in Chromium. 200 posts, one after the other, each timed from the moment the network has accepted it to the
moment its row stands in the page. Beside it, in the same run, the same posts as they reach a bare WebSocket client:
the part of the time that is not ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browser import chromium
from tests.crash.test_kill import DRIVER
from tests.operations.command import drive, up
from tests.servers.atproto import AtprotoNetwork, TestAccount, atproto
from tests.servers.base import free_port, wait_until
from tests.servers.jetstream import jetstream

POSTS = int(os.environ.get("POSTS", "200"))
BRAND = "Zimtwerk"
OUT = Path(__file__).parent / "out" / "live.json"


WATCH = """() => {
    window.seenAt = {};
    const look = () => {
        for (const row of document.querySelectorAll("[data-rows] .row-text")) {
            const number = /number (\\d+)\\./.exec(row.textContent)?.[1];
            if (number && !(number in window.seenAt) && row.checkVisibility()) window.seenAt[number] = Date.now();
        }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


class Bare:
    """A client that does nothing but note when each post reached it: what the way there costs without us."""

    def __init__(self, url: str) -> None:
        self.seen: dict[str, float] = {}
        self.socket = connect(f"{url}?wantedCollections=app.bsky.feed.post", proxy=None)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for frame in self.socket:
                event = json.loads(frame)
                if event.get("kind") == "commit":
                    self.seen[event["commit"].get("record", {}).get("text", "")] = time.time()


def sign_in(page: Page, url: str) -> None:
    """Olga opens the view of praise: newest first, so that a new row is on screen however many there are."""
    page.goto(f"{url}/account/login/?next=/inbox/%3Fview=praise")
    page.locator("input[type=email]").fill("olga@example.com")
    page.locator("input[type=password]").fill("correct horse battery")
    page.locator("input[type=password]").press("Enter")
    page.wait_for_url("**/inbox/**")
    page.wait_for_selector("#live-state[data-state=on]")
    page.evaluate(WATCH)


def measure(network: AtprotoNetwork, author: TestAccount, page: Page, bare: Bare) -> dict[str, list[float]]:
    """Milliseconds from before the write to the page and to the bare client, for each post."""
    figures: dict[str, list[float]] = {"page": [], "bare client": []}
    for number in range(POSTS):
        text = f"I love the tea from {BRAND}, thank you so much, number {number}."
        begun = time.time()
        network.post(author, text)
        page.wait_for_function("(number) => number in window.seenAt", arg=str(number), timeout=20_000, polling=50)
        seen = float(page.evaluate("(number) => window.seenAt[number]", str(number)))
        there = wait_until(lambda text=text: bare.seen.get(text), "the bare client")  # type: ignore[misc]
        figures["page"].append(seen - begun * 1000)
        figures["bare client"].append((there - begun) * 1000)
    return figures


def summary(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile, in milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "median_ms": round(statistics.median(values), 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(max(values), 1),
    }


def main() -> int:
    """Runs it and prints the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="makegood-bench-") as folder,
        atproto() as network,
        jetstream(network.pds_url) as stream,
    ):
        shop, author = network.create_account("zimtwerk.test"), network.create_account("customer.test")
        where = {
            "MAKEGOOD_PRIVATE_HOSTS": "*",
            "MAKEGOOD_BLUESKY_APPVIEW": network.appview_url,
            "MAKEGOOD_JETSTREAM": stream.url,
        }
        with up(Path(folder) / "home", free_port(), where) as product:
            drive(product.env, DRIVER, "set-up", BRAND, network.pds_url, shop.handle, shop.password)
            with sync_playwright() as playwright, chromium(playwright) as browser:
                page = browser.new_page()
                sign_in(page, product.url)
                bare = Bare(stream.url)
                wait_until(lambda: stream.stats()["clients"] > 1 or None, "the listener to follow the stream")
                figures = {name: summary(values) for name, values in measure(network, author, page, bare).items()}
    ratio = round(figures["page"]["median_ms"] / figures["bare client"]["median_ms"], 1)
    print(f"{POSTS} posts, from before the write to being there")
    for name, row in figures.items():
        print(
            f"  {name:<12} median {row['median_ms']:7.1f} ms   99th percentile {row['p99_ms']:7.1f} ms"
            f"   most {row['max_ms']:7.1f} ms"
        )
    print(f"  the page takes {ratio} times as long as a client that does nothing but receive (medians)")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"posts": POSTS, **figures, "ratio_of_medians": ratio}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

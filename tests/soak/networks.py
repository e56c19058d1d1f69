"""The two networks, what is said on them, and what they hold in the end: the truth the desk is compared with.

People act on the servers themselves; only the product goes through the proxies.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from makegood.kit.text import html_to_text
from tests import faults
from tests.faults import Proxy
from tests.servers.atproto import AtprotoNetwork, TestAccount, atproto
from tests.servers.jetstream import Jetstream, jetstream
from tests.servers.snac import Snac, SnacUser, snac
from tests.soak.options import Options

__all__ = ["BRAND", "Networks", "networks"]

BRAND = "Zimtwerk"
CUSTOMERS = 4
AT_ONCE = 20
"""Most posts written by one call."""
ADDRESSED = 25
"""Every so many posts on the AT Protocol network one names the shop's account and not its brand: only the account's own
notifications bring it, while all others come by the public stream.
"""


@dataclass
class Networks:
    """Both networks, running, with a shop and customers on each."""

    atproto: AtprotoNetwork
    stream: Jetstream
    snac: Snac
    pds: Proxy
    appview: Proxy
    jet: Proxy
    mastodon: Proxy
    shop: TestAccount
    authors: list[TestAccount]
    snac_shop: SnacUser
    customers: list[SnacUser]
    said: Counter[str] = field(default_factory=Counter)
    """Posts acknowledged so far, by network."""
    problems: list[str] = field(default_factory=list)

    @property
    def proxies(self) -> dict[str, Proxy]:
        return {"pds": self.pds, "appview": self.appview, "stream": self.jet, "mastodon": self.mastodon}

    @property
    def environment(self) -> dict[str, str]:
        """What makes the product take these for the real ones, through the proxies."""
        return {
            "MAKEGOOD_PRIVATE_HOSTS": "*",
            "MAKEGOOD_BLUESKY_APPVIEW": self.appview.url,
            "MAKEGOOD_BLUESKY_SERVICE": self.pds.url,
            "MAKEGOOD_JETSTREAM": self.jet.url.replace("http", "ws") + "/subscribe",
        }

    def say_all(self, options: Options, stop: threading.Event) -> None:
        """Everything that is to be said, evenly over the time there is. Slower where the servers are slower."""
        threads = [
            threading.Thread(target=self._say, args=("bluesky", options.on_bluesky, options, self._say_here, stop)),
            threading.Thread(target=self._say, args=("mastodon", options.on_mastodon, options, self._say_there, stop)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _say(
        self, network: str, total: int, options: Options, say: Callable[[int, int], int], stop: threading.Event
    ) -> None:
        began, done = time.monotonic(), 0
        while done < total and not stop.is_set():
            # All is said a little before the weather clears, so that the last posts meet it, too.
            wanted = min(total, int(total * (time.monotonic() - began) / (options.seconds * 0.95)) + 1)
            if wanted <= done:
                time.sleep(0.2)
                continue
            try:
                done += say(done, min(AT_ONCE, wanted - done))
            except (httpx.HTTPError, KeyError) as error:
                # The network's own trouble, not ours: nothing was acknowledged, so the truth is read at the end.
                self.problems.append(f"saying on {network}: {error!r}"[:200])
                done += 1
            self.said[network] = done

    def _say_here(self, number: int, count: int) -> int:
        author = self.authors[(number // AT_ONCE) % len(self.authors)]
        writes = [
            {
                "$type": "com.atproto.repo.applyWrites#create",
                "collection": "app.bsky.feed.post",
                "value": self._post(number + place, author),
            }
            for place in range(count)
        ]
        self.atproto.call("com.atproto.repo.applyWrites", account=author, body={"repo": author.did, "writes": writes})
        return count

    def _post(self, number: int, author: TestAccount) -> dict[str, Any]:
        text = f"My parcel from {BRAND} never arrived, I want a refund! {author.handle} {number}"
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        post: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now, "langs": ["en"]}
        if number % ADDRESSED == 0:
            handle = f"@{self.shop.handle}"
            index = {"byteStart": 0, "byteEnd": len(handle)}
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": self.shop.did}
            text = f"{handle} My parcel never arrived, I want a refund! {author.handle} {number}"
            post |= {"text": text, "facets": [{"index": index, "features": [feature]}]}
        return post

    def _say_there(self, number: int, count: int) -> int:
        customer = self.customers[number % len(self.customers)]
        text = f"@{self.snac_shop.name} My parcel from {BRAND} never arrived, I want a refund! {customer.name} {number}"
        self.snac.post(customer, text)
        return 1

    # The truth

    def posts(self) -> dict[str, list[str]]:
        """The ids of all that customers have standing, by network."""
        here = [record["uri"] for author in self.authors for record in self._records(author)]
        there = [status["id"] for name in self.customers for status in self._notes(name.name)]
        return {"bluesky": here, "mastodon": there}

    def answers(self) -> dict[str, list[tuple[str, str]]]:
        """Id and text of all that the shop has standing, by network."""
        here = [(record["uri"], record["value"]["text"]) for record in self._records(self.shop)]
        there = [(note["id"], html_to_text(note["content"])) for note in self._notes(self.snac_shop.name)]
        return {"bluesky": here, "mastodon": there}

    def _records(self, account: TestAccount) -> Iterator[dict[str, Any]]:
        params: dict[str, Any] = {"repo": account.did, "collection": "app.bsky.feed.post", "limit": 100}
        while True:
            page = self.atproto.call("com.atproto.repo.listRecords", params=params)
            yield from page["records"]
            if not page.get("cursor"):
                return
            params["cursor"] = page["cursor"]

    def _notes(self, name: str) -> Iterator[dict[str, Any]]:
        """What a user of snac has written, out of the files in which it is kept."""
        own = f"{self.snac.url}/{name}"
        for file in sorted((self.snac.folder / "user" / name / "public").glob("*.json")):
            note = json.loads(file.read_text())
            if note.get("type") == "Note" and note.get("attributedTo") == own:
                yield note

    # The account on snac

    def snac_sign_in(self, url: str) -> dict[str, str]:
        """The shop's owner says yes on the server's page at `url`; the parameters the browser is sent back with."""
        back = self.snac.sign_in(url, self.snac_shop.name, self.snac_shop.password)
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


@contextmanager
def networks(options: Options) -> Iterator[Networks]:
    """Starts both networks and their proxies. Raises `ServerUnavailable`."""
    with ExitStack() as stack:
        real = stack.enter_context(atproto())
        stream = stack.enter_context(jetstream(real.pds_url))
        there = stack.enter_context(snac())
        own = (
            stack.enter_context(faults.proxy(url, seed=options.seed + number, rewrite=rewrite))
            for number, (url, rewrite) in enumerate(
                [(real.pds_url, True), (real.appview_url, False), (stream.control_url, False), (there.url, False)]
            )
        )
        pds, appview, jet, mastodon = own
        yield Networks(
            atproto=real,
            stream=stream,
            snac=there,
            pds=pds,
            appview=appview,
            jet=jet,
            mastodon=mastodon,
            shop=real.create_account("theshop.test"),
            authors=[real.create_account(f"customer{number}.test") for number in range(options.authors)],
            snac_shop=there.create_user(),
            customers=[there.create_user() for _ in range(CUSTOMERS)],
        )

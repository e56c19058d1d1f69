"""Records the pairs in `pairs/` anew from a real network: `python -m
makegood.connectors.bluesky.tests.record`.

Look at the difference before you commit it: the second half of each pair is what our code makes of the first.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import connect

from makegood.connectors.bluesky.tests.pairing import PAIRS, ours
from tests.servers.atproto import AtprotoNetwork, TestAccount, atproto
from tests.servers.jetstream import jetstream


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    pixel = zlib.compress(b"\0\xff")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def upload(network: AtprotoNetwork, account: TestAccount, data: bytes, kind: str) -> Any:
    """Gives the PDS a file; returns the blob that a record refers to it by."""
    headers = {"authorization": f"Bearer {account.access_jwt}", "content-type": kind}
    url = f"{network.pds_url}/xrpc/com.atproto.repo.uploadBlob"
    return httpx.post(url, content=data, headers=headers).raise_for_status().json()["blob"]


def write_posts(network: AtprotoNetwork) -> dict[str, str]:
    """One post of each sort; returns their URIs by name."""
    shop, customer = network.create_account("teashop.test"), network.create_account("ada.test")
    network.record(customer, "app.bsky.actor.profile", {"displayName": "Ada 🍵"}, rkey="self")
    picture = {"image": upload(network, customer, png(), "image/png"), "alt": "A broken pot"}
    film = {"video": upload(network, customer, b"\0\0\0\x18ftypmp42", "video/mp4"), "alt": "How it broke"}
    images = {"$type": "app.bsky.embed.images", "images": [picture]}
    card = {"uri": "https://example.com/pots", "title": "Pots", "description": "All pots"}
    linked = {
        "index": {"byteStart": 4, "byteEnd": 16},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/pots?from=bsky"}],
    }
    tagged = {
        "index": {"byteStart": 17, "byteEnd": 21},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tea"}],
    }
    plain = network.post(shop, "Fresh tea today", langs=())
    both = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": network.ref(plain)},
        "media": images,
    }
    answer = network.post(customer, "Naïve question: is it fresh?", reply_to=plain)
    return {
        "plain": plain,
        "reply": answer,
        "reply-to-reply": network.post(shop, "It is.", reply_to=answer),
        "mention": network.post(customer, "@teashop.test mein Tee fehlt", mention=shop, langs=("de", "en")),
        "quote": network.post(customer, "Look", quote=plain),
        "image": network.post(customer, "It broke", embed=images),
        "quote-with-image": network.post(customer, "Yours, broken", embed=both),
        "video": network.post(customer, "", embed={"$type": "app.bsky.embed.video", **film}),
        "card": network.post(customer, "Pots", embed={"$type": "app.bsky.embed.external", "external": card}),
        "links-and-tags": network.post(customer, "See example.com/ #tea", facets=[linked, tagged], tags=["complaint"]),
    }


async def events_of(url: str, uris: dict[str, str]) -> dict[str, Any]:
    """The Jetstream events of those posts, by name."""
    found: dict[str, Any] = {}
    async with connect(f"{url}?wantedCollections=app.bsky.feed.post&cursor=1") as socket, asyncio.timeout(20):
        while len(found) < len(uris):
            event = json.loads(await socket.recv())
            if event["kind"] == "commit":
                uri = f"at://{event['did']}/app.bsky.feed.post/{event['commit']['rkey']}"
                found |= {name: event for name, known in uris.items() if known == uri}
    return found


def save(name: str, theirs: Any) -> None:
    """Writes one pair."""
    pair = {"theirs": theirs, "ours": msgspec.to_builtins(ours(theirs))}
    path = PAIRS / f"{name}.json"
    path.write_text(json.dumps(pair, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Starts a network, writes the posts, and records how they are shown."""
    Path(PAIRS).mkdir(exist_ok=True)
    with atproto() as network, jetstream(network.pds_url) as server:
        uris = write_posts(network)
        answer = network.http.get(
            f"{network.appview_url}/xrpc/app.bsky.feed.getPosts", params={"uris": list(uris.values())}
        )
        views = {view["uri"]: view for view in answer.json()["posts"]}
        for name, uri in uris.items():
            save(f"view-{name}", views[uri])
        for name, event in asyncio.run(events_of(server.url, uris)).items():
            save(f"jetstream-{name}", event)


if __name__ == "__main__":
    main()

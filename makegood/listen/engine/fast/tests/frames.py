"""Frames of a public stream for tests, in the ways in which servers and strangers write JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from makegood.activity import Activity
from makegood.connectors.bluesky.frames import batch_of
from makegood.listen.query.tests.strategies import LINKS, texts

__all__ = ["frame", "frames", "heard"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)

UNUSUAL = [
    "İstanbul", "istanbul", "ıstanbul", "ISTANBUL", "ŉ", "ǰ", "ΐ", "ᾳ", "ﬀﬁﬆ", "ſtraße", "ẞ", "…", "½", "㎏",
    "ＡＣＭＥ", "ａｃｍｅ", "＃acme", "＠acme", "：／／acme.com", "ㅋㅋ", "가", "\u1100\u1161", "각", "ｶﾞ", "が", "ำ",
    "ก่อน", "हिन्दी", "𠮷野家", "🇩🇪🇫🇷", "\U0001f469\u200d\U0001f4bb", "❤️", "1️⃣", "🏻",
    "\u200b", "\u202e", "\ufeff", "\u0345", "\u0301", "\u064e", "\u0640", "東\U0001f1e9京", "東 , 京", "東🔥京",
    "http://acme.com", "https://user:x@acme.com:8/a", "https://acme.com。東京", "HTTPS://ACME.COM",
    "http:\u0000//acme.com", "https://acmé.com", "ac\u0000me", "ac\u007fme", "ac\u0085me", "ac\u2028me", "\x1facme",
    "#Acme\u200dFail", "#Acme&Fail", "#acmé", "@ann\u0301b", "@acme\u200dx", "a_b", "_", "__acme__late",
    "l’acme", "'", "\\", '"', '"text":"', "/", "<acme>", "&acme;", "acme" * 40, "é" * 300,
    "acmé", "ACMÉ", "E\u0301", "①②", "acme①", "Сервис", "сервисный", "σίσυφος", "תודה רבה", "مرحبا",
]  # fmt: skip

said = st.one_of(
    texts(),
    st.lists(st.one_of(st.sampled_from(UNUSUAL), texts(2)), max_size=6).map("".join),
    st.lists(st.sampled_from([*UNUSUAL, "acme", "late", "x"]), max_size=6).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    record: dict[str, Any] = {"$type": "app.bsky.feed.post", "createdAt": "2026-01-01T00:00:00Z", "text": draw(said)}
    tags = st.one_of(st.sampled_from(["acme", "Acme X", "東京", "AcmeLate", "l'acme", "a_b", "#acme", "x😀y"]), said)
    if draw(st.booleans()):
        record["tags"] = draw(st.lists(tags, max_size=3))
    if draw(st.booleans()):
        features = st.one_of(
            st.builds(lambda tag: {"$type": "app.bsky.richtext.facet#tag", "tag": tag}, tags),
            st.sampled_from(["did:plc:ann", "did:web:acme.com", "did:plc:ACME"]).map(lambda did: {"did": did}),
            st.one_of(
                st.sampled_from(
                    [*LINKS, "HTTP://ACME.COM", "//acme.com", "acme.com", "https:acme.com", "ht\ntp://ac\tme.com/"]
                ),
                said.map(lambda text: f"https://{text}"),
            ).map(lambda uri: {"uri": uri}),
        )
        record["facets"] = [{"index": {"byteStart": 0}, "features": draw(st.lists(features, max_size=3))}]
    if draw(st.booleans()):
        card = {"uri": draw(st.sampled_from(LINKS)), "title": "late acme", "description": 'say "text": "acme"'}
        record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    if draw(st.booleans()):
        record["langs"] = [draw(st.sampled_from(["en", "ja", "text"]))]
    return record


def frame(text: str = "", *, did: str = "did:plc:bob", **record: Any) -> bytes:
    """The frame of a post, as the older protocol writes it."""
    return written(older({"$type": "app.bsky.feed.post", "text": text, **record}, did))


def older(record: dict[str, Any], did: str) -> dict[str, Any]:
    commit = {"rev": "3l", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "record": record}
    return {"did": did, "time_us": 1_700_000_000_000_000, "kind": "commit", "commit": {**commit, "cid": "bafy"}}


def newer(record: dict[str, Any], did: str) -> dict[str, Any]:
    kind = "network.bsky.jetstream.subscribeEvents#commit"
    payload = {"$type": kind, "seq": 1, "did": did, "time": "2026-01-01T00:00:00Z", "operation": "create"}
    payload |= {"collection": "app.bsky.feed.post", "rkey": "3k", "cid": "bafy", "record": record}
    return {"$type": "message", "payload": payload}


def written(event: dict[str, Any]) -> bytes:
    """Compact UTF-8, as most servers write."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def as_go_writes(event: dict[str, Any]) -> bytes:
    """With < > & and two ends of lines escaped (https://pkg.go.dev/encoding/json#Marshal)."""
    text = written(event).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode()


def strangely(event: dict[str, Any]) -> bytes:
    """With escapes where none are needed, names included."""
    text = json.dumps(event, ensure_ascii=True, indent=1)
    return text.replace('"text"', '"te\\u0078t" ').replace("/", "\\/").encode()


WAYS: tuple[Callable[[dict[str, Any]], bytes], ...] = (
    written,
    as_go_writes,
    strangely,
    lambda event: json.dumps(event, ensure_ascii=True).encode(),
    lambda event: json.dumps(event, ensure_ascii=False, indent="\t", separators=(" ,", " : ")).encode(),
    lambda event: json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(),
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame that can be read."""
    did = draw(st.sampled_from(["did:plc:ann", "did:plc:bob", "did:web:acme.com"]))
    shape = draw(st.sampled_from([older, newer]))
    return WAYS[draw(st.integers(0, len(WAYS) - 1))](shape(draw(records()), did))


def heard(one: bytes) -> Activity | None:
    """What the stream's reader makes of a frame; None where it cannot be read."""
    found = batch_of([one], NOW, None).activities
    return found[0] if found else None

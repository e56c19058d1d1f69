"""Posts and queries drawn by dice from a small vocabulary, so that they often meet; posts come as raw frames."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from makegood.listen.query import Query, QueryError, parse
from makegood.listen.query.tests import strategies

__all__ = ["SIGNS", "TERMS", "WORDS", "frame", "frames", "queries", "query"]

WORDS = [*strategies.WORDS]
SIGNS = [
    "ㅋㅋㅋ", "ㅎㅏ", "각", "\u1100\u1161", "ｱｸﾒ", "ﬀ", "İstanbul", "istanbul", "ΣΊΣΥΦΟΣ", "σίσυφος", "ᾳ", "α\u0345",
    "Å", "हिन्दी", "कि\u200dताब", "किताब", "م\u0640رحبا", "🇩🇪", "👩‍👩‍👧", "1️⃣", "𝐀cme", "acme\u0338x", "㍿", "株式会社",
    "東 京", "東。京", "ŉ", "ﾀﾞ", "ダ", "ǰ", "ẞ", "㊗", "\u200bacme", "ac\u0000me", "ac\x07me", "acme\x85late", "\u2028",
    "@acme\u0338x", "＠acme", "＃acme", "#acme's", "##acme", "#東京tower", "#NHSFail2026", "HTTPS://WWW.ACME.COM",
    "https://acme.com東京", "https://münchen.example/a", "https://ann@acme.com:80/", "\u0301", "\ufe0f", "\u064b", "…",
    "！", "\u3000", "\u00a0", "\u20e3", "__", "🏽",
]  # fmt: skip
"""What is cut in an unusual way, or easily wrongly."""
BESIDE: list[dict[str, Any]] = [
    {"tag": "acme"}, {"tag": "Acme X"}, {"tag": "東京"}, {"tag": "AcmeLate"}, {"tag": "ac\x07me"},
    {"uri": "https://www.acme.com/a"}, {"uri": "https://shop.acme.com/x/y"}, {"uri": "https://münchen.example/"},
    {"did": "did:plc:ann"}, {"did": "did:plc:bob"}, {"$type": "other"},
]  # fmt: skip
EMBEDS: list[Any] = [
    {"external": {"uri": "https://www.acme.com/a", "title": "fennel"}},
    {"media": {"external": {"uri": "https://acme.com"}}, "record": {"uri": "at://x"}},
    {"images": [{"alt": "acme", "image": {"ref": {"$link": "c"}}}]},
    {"external": 3},
    {"external": {"uri": 7}},
]
TERMS = [
    *WORDS, *strategies.TAGS, *strategies.HANDLES, *strategies.FACTS, "acme*", "late*", "cafe*", "stra*", "foo_b*",
    '"acme late"', '"東京 タワー"', '"acme late"~2', '"東 京"~1', "acme NEAR/2 late", "東京 ONEAR/3 acme",
    "ac?e*", "author:did:plc:bob",
    "late?*", "tag:acme", "tag:late", "tag:東京", "{Acme}", "{東京}", "@did:plc:ann", "site:acme.com",
]  # fmt: skip


def text(dice: random.Random, signs: Sequence[str] = ()) -> str:
    """Vocabulary stuck together, with something out of `signs` now and then. Links stand apart."""
    pools = [WORDS] * 6 + [strategies.TAGS, strategies.HANDLES] + [signs] * (2 if signs else 0)
    pieces = [dice.choice(dice.choice(pools)) + dice.choice(strategies.GLUE) for _ in range(dice.randrange(9))]
    if dice.random() < 0.2:
        pieces.append(f" {dice.choice(strategies.URLS)} ")
        dice.shuffle(pieces)
    return "".join(pieces)


def frame(dice: random.Random, number: int, signs: Sequence[str] = ()) -> bytes:
    """A frame that brings a new post, of either protocol, its letters as they are or as escapes."""
    record: dict[str, Any] = {"text": text(dice, signs), "createdAt": "2026-01-01T00:00:00Z"}
    if dice.random() < 0.4:
        features = [dice.choice(BESIDE if signs else BESIDE[:4]) for _ in range(dice.randint(1, 3))]
        record["facets"] = [{"index": {"byteStart": 0, "byteEnd": 1}, "features": features}]
    if dice.random() < 0.2:
        record["tags"] = [dice.choice(["late", "Acme Y", "東京"])]
    if dice.random() < 0.2:
        record["embed"] = dice.choice(EMBEDS)
    if dice.random() < 0.5:
        record["langs"] = [dice.choice(["en", "pt-BR"])]
    did = dice.choice(["did:plc:ann", "did:plc:bob", "did:web:X.example.com"])
    commit = {
        "operation": "create", "collection": "app.bsky.feed.post", "rkey": f"r{number}", "cid": "c", "record": record,
    }  # fmt: skip
    event: dict[str, Any] = {"did": did, "time_us": 1_767_225_600_000_000 + number, "kind": "commit", "commit": commit}
    if dice.random() < 0.5:
        payload = {"$type": "x#commit", "did": did, "time": "2026-01-01T00:00:00Z", **commit}
        event = {"$type": "message", "payload": payload}
    return json.dumps(event, ensure_ascii=dice.random() < 0.5, separators=(",", ":")).encode()


def frames(dice: random.Random, count: int, signs: Sequence[str] = ()) -> list[bytes]:
    """So many frames."""
    return [frame(dice, number, signs) for number in range(count)]


def query(dice: random.Random, terms: Sequence[str], depth: int = 0) -> str:
    """The text of a query; some are refused because nothing anchors them."""
    if depth > 2 or dice.random() < 0.4:
        return dice.choice(terms)
    parts = [
        f"({query(dice, terms, depth + 1)})" if dice.random() < 0.5 else dice.choice(terms)
        for _ in range(dice.randint(2, 3))
    ]
    if dice.random() < 0.25:
        parts.append(f"-({dice.choice(terms)})")
    return dice.choice((" AND ", " OR ", " ")).join(parts)


def queries(dice: random.Random, count: int, terms: Sequence[str] = TERMS) -> list[Query]:
    """So many queries that can be read."""
    found: list[Query] = []
    while len(found) < count:
        try:
            found.append(parse(query(dice, terms)))
        except QueryError:
            continue
    return found

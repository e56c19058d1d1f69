"""Posts and searches for `benchmarks.listen`, made up from a seed: nothing here was written by anybody.

Words follow Zipf's law and are the longer the rarer; half the posts have at most 88 bytes. One post in eight is in a
script without spaces, one in twelve has accents or an emoji, and one in fifty names a brand that somebody may look for.
"""

from __future__ import annotations

import itertools
import json
import random
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

__all__ = ["frames", "searches"]

VOCABULARY = 40_000
BRANDS = 101_000
COMPLAINTS = (
    "late", "broken", "refund", "waiting", "delivery", "parcel", "order", "service", "support", "missing", "damaged",
    "cancelled", "charged", "warranty", "answer", "return",
)  # fmt: skip
EMOJI = ("😡", "😭", "❤️", "👍🏽", "🔥", "🎉", "👩‍👩‍👧", "🇩🇪")
_BEGINNINGS = ("b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "y", "th", "st", "")
_MIDDLES = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ea", "ou")
_ENDS = ("", "", "", "", "", "n", "r", "s", "t")
_SIGNS = ("",) * 14 + (",", ",", ".", "!", "?", "'s")
_KANA = [chr(code) for code in range(0x3042, 0x3094)]
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 2500)]
_ARABIC = [chr(code) for code in range(0x0627, 0x064A) if code not in range(0x063B, 0x0641)]
_SPELLED = "abcdefghijklmnopqrstuvwxyz234567"
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


class _Zipf:
    """Draws from `things` so that the first is the most frequent, each in proportion to one over its rank."""

    def __init__(self, things: list[str], shift: float = 2.7) -> None:
        self.things = things
        self.sums = list(itertools.accumulate(1 / (rank + shift) for rank in range(len(things))))

    def draw(self, dice: random.Random) -> str:
        return self.things[bisect(self.sums, dice.random() * self.sums[-1])]


def _word(dice: random.Random, syllables: int) -> str:
    return "".join(dice.choice(_BEGINNINGS) + dice.choice(_MIDDLES) + dice.choice(_ENDS) for _ in range(syllables))


@cache
def _vocabulary() -> list[str]:
    """Words, the frequent first."""
    dice = random.Random(1)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found.setdefault(_word(dice, 1 + (len(found) > 100) + (len(found) > 4_000)))
    return list(found)


@cache
def _brands() -> list[str]:
    """What shops are called: a made-up word, two plain words, one plain word, or characters."""
    words = _vocabulary()
    dice = random.Random(2)
    found: dict[str, None] = {}
    while len(found) < BRANDS:
        kind = dice.random()
        if kind < 0.7:
            name = _word(dice, 3) + dice.choice(("ly", "ify", "co", "a", "o", "ix"))
        elif kind < 0.9:
            name = f"{dice.choice(words[300:])} {dice.choice(words[1000:])}"
        elif kind < 0.95:
            name = dice.choice(words[1000:])
        else:
            name = "".join(dice.choices(_HAN, k=dice.choice((2, 3, 4))))
        found.setdefault(name)
    return list(found)


def searches(count: int) -> list[str]:
    """The searches of so many shops, in Makegood's query language; the first of them whatever the count."""
    words = _vocabulary()
    brands = _brands()
    dice = random.Random(3)
    return [_search(dice, brand, words) for brand in brands[:count]]


def _search(dice: random.Random, brand: str, words: list[str]) -> str:
    name = f'"{brand}"' if " " in brand else brand
    joined = brand.replace(" ", "")
    trouble = " OR ".join(dice.sample(COMPLAINTS, k=dice.randint(2, 5)))
    if brand in words:
        # A brand that is an everyday word is looked for beside what makes it the brand.
        return f"{name} ({trouble}) {dice.choice(words[60:3000])} -giveaway"
    form = dice.randrange(8)
    if form == 0 or not brand.isascii():
        return name
    if form == 1:
        return f"{name} ({trouble})"
    if form == 2:
        return f"{name} OR #{joined} OR @{joined}.example.com"
    if form == 3:
        return f"{name} OR site:{joined}.example.com"
    if form == 4:
        return f"({name} OR {joined}) ({trouble}) -giveaway -lang:fr"
    if form == 5:
        return f"{name} NEAR/6 ({trouble})"
    if form == 6 and " " not in brand:
        return f"{brand[:-1]}* -giveaway"
    return f"{name} (has:link OR {trouble} OR 😡)"


def frames(count: int) -> Iterator[bytes]:
    """So many new posts as Bluesky's public stream sends them."""
    dice = random.Random(4)
    words = _vocabulary()
    zipf, brands = _Zipf(words), _Zipf(_brands(), 50.0)
    people = [f"did:plc:{''.join(dice.choices(_SPELLED, k=24))}" for _ in range(5_000)]
    for number in range(count):
        record = _record(dice, zipf, brands, people)
        seen = _BEGUN + timedelta(milliseconds=number)
        record["createdAt"] = seen.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {
            "did": dice.choice(people),
            "time_us": int(seen.timestamp() * 1_000_000),
            "kind": "commit",
            "commit": {
                "rev": _id(dice, 13),
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": _id(dice, 13),
                "record": record,
                "cid": _cid(dice),
            },
        }
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _record(dice: random.Random, zipf: _Zipf, brands: _Zipf, people: list[str]) -> dict[str, Any]:
    text, language = _text(dice, zipf)
    record: dict[str, Any] = {"$type": "app.bsky.feed.post", "langs": [language]}
    facets: list[dict[str, Any]] = []
    if dice.random() < 0.02:
        brand = brands.draw(dice)
        text = f"{text} {dice.choice((brand, brand.title(), brand.upper()))} {dice.choice(COMPLAINTS)}"
    if dice.random() < 0.12:
        tag = zipf.draw(dice)
        text += f" #{tag.capitalize()}"
        facets.append({"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": tag.capitalize()}]})
    if dice.random() < 0.12:
        link = f"https://www.{zipf.draw(dice)}.example.com/{_id(dice, 8)}"
        facets.append({"features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}]})
        record["embed"] = {
            "$type": "app.bsky.embed.external",
            "external": {"uri": link, "title": zipf.draw(dice), "description": ""},
        }
        text += f" {link[8:30]}..."
    elif dice.random() < 0.25:
        image = {"$type": "blob", "ref": {"$link": _cid(dice)}, "mimeType": "image/jpeg", "size": 250_000}
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [{"alt": zipf.draw(dice), "image": image}]}
    if dice.random() < 0.1:
        text = f"@{zipf.draw(dice)}.example.com {text}"
        facets.append({"features": [{"$type": "app.bsky.richtext.facet#mention", "did": dice.choice(people)}]})
    if facets:
        record["facets"] = [{"index": {"byteStart": 0, "byteEnd": 5}, **facet} for facet in facets]
    if dice.random() < 0.4:
        above = {"cid": _cid(dice), "uri": f"at://{dice.choice(people)}/app.bsky.feed.post/{_id(dice, 13)}"}
        record["reply"] = {"parent": above, "root": above}
    record["text"] = text
    return record


def _text(dice: random.Random, zipf: _Zipf) -> tuple[str, str]:
    length = min(270, max(8, round(dice.lognormvariate(4.28, 0.75))))
    kind = dice.random()
    if kind < 0.12:
        signs = dice.choices(_KANA, k=length // 4) + dice.choices(_HAN, k=length // 12)
        dice.shuffle(signs)
        return "".join("。" if dice.random() < 0.04 else sign for sign in signs), "ja"
    if kind < 0.15:
        return " ".join("".join(dice.choices(_ARABIC, k=dice.randint(2, 7))) for _ in range(length // 9 + 1)), "ar"
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(zipf.draw(dice) + dice.choice(_SIGNS))
        size += len(parts[-1]) + 1
    text = " ".join(parts).capitalize()
    if kind < 0.2:
        return text.replace("e", "é", 1).replace("ou", "oü", 1), "fr"
    if kind < 0.26:
        return f"{text} {dice.choice(EMOJI)}", "en"
    if kind < 0.29:
        return text.replace("'", "’"), "en"
    if kind < 0.31:
        return text.replace(" ", "\n", 1), "en"
    return text, "en"


def _id(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(_SPELLED, k=length))


def _cid(dice: random.Random) -> str:
    return f"bafyrei{_id(dice, 52)}"

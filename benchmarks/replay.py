"""Kept posts: megabytes a million, and how many are searched a second, for a rare and a common query.

Invented posts in the proportions of Bluesky's stream. One process; what came of it is in docs/decisions/0040-replay.md.
"""

from __future__ import annotations

import json
import os
import random
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path

POSTS = int(os.environ.get("POSTS", "200000"))
POST = "app.bsky.feed.post"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def main() -> None:
    """Prints the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    with tempfile.TemporaryDirectory() as home:
        os.environ["MAKEGOOD_HOME"] = home
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _measure(Path(home) / "replay")


def _measure(folder: Path) -> None:
    from makegood.kit import clock
    from makegood.listen.query import parse
    from makegood.listen.replay import keeping, segments, sweeping
    from makegood.listen.replay.gone import gone_after
    from makegood.listen.replay.searching import look_through

    folder.mkdir()
    now = clock.now()
    frames = _frames(now.timestamp())
    raw = sum(map(len, frames))
    print(f"{len(frames):,} invented posts, {raw / len(frames):.0f} bytes each on the wire")
    # As at Bluesky's fifty posts a second: a block each second.
    pen = keeping.Pen(folder, 10**12)
    started = time.process_time()
    for place in range(0, len(frames), 50):
        pen.take(frames[place : place + 50], now)
        pen.flush()
    pen.close()
    _say("keeping, a block a second", len(frames), time.process_time() - started, _size(folder))
    number = segments.blocks(segments.segments(folder)[-1])[-1].last + 1
    segments.start(folder, number)
    started = time.process_time()
    for path in segments.segments(folder)[:-1]:
        sweeping.rewrite(path, gone_after(folder, 0), 1)
    _say("packing into large blocks", len(frames), time.process_time() - started, _size(folder))
    gone = gone_after(folder, 0)
    gone.authors[1] = number  # type: ignore[index]
    started = time.process_time()
    for path in segments.segments(folder)[:-1]:
        sweeping.rewrite(path, gone, 1)
    _say("going through for deletions", len(frames), time.process_time() - started, _size(folder))
    for text in ("zauberkessel", "(teapot OR kettle) AND (broken OR refund*)", "w40", "w3 OR w4"):
        started, found, looked = time.process_time(), 0, 0
        for step in look_through(folder, parse(text)):
            found += len(step.found)
            looked += step.block.count
        took = time.process_time() - started
        print(f"  searching  {text:45}  {found:>8,} found  {looked / took:>12,.0f} posts/s")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.seg"))


def _say(what: str, posts: int, took: float, size: int) -> None:
    print(f"  {what:30}  {posts / took:>12,.0f} posts/s  {size / posts:>6.1f} bytes a post = MB a million")


def _frames(now: float) -> list[bytes]:
    """Posts as the stream brings them: who said it, numbers that no compressor can shorten, a Zipfian text."""
    draw = random.Random(7)
    words = [f"w{number}" if number < 50 else _word(draw) for number in range(30_000)]
    weights = [1.0 / (place + 2) for place in range(len(words))]
    authors = ["did:plc:" + _key(draw, 24) for _ in range(max(100, POSTS // 12))]
    texts = draw.choices(words, weights, k=POSTS * 16)
    frames, place = [], 0
    for number in range(POSTS):
        count = min(60, max(1, round(draw.lognormvariate(2.2, 0.8))))
        if place + count >= len(texts):
            place = 0
        text = " ".join(texts[place : place + count])
        place += count
        at = now - (POSTS - number) / 50
        frames.append(_frame(draw, draw.choice(authors), authors, text, at))
    return frames


def _frame(draw: random.Random, did: str, authors: list[str], text: str, at: float) -> bytes:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(at, UTC)
    record: dict[str, object] = {
        "$type": POST,
        "createdAt": (moment - timedelta(milliseconds=300)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "langs": ["en"],
        "text": text,
    }
    if draw.random() < 0.45:
        parent, root = _strong(draw, authors), _strong(draw, authors)
        record["reply"] = {"parent": parent, "root": parent if draw.random() < 0.6 else root}
    if draw.random() < 0.25:
        ref = {"$link": "bafkrei" + _key(draw, 52)}
        image = {
            "alt": "",
            "image": {"$type": "blob", "ref": ref, "mimeType": "image/jpeg", "size": draw.randrange(10**6)},
        }
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
    commit = {
        "rev": "3m" + _key(draw, 11),
        "operation": "create",
        "collection": POST,
        "rkey": "3m" + _key(draw, 11),
        "record": record,
        "cid": "bafyrei" + _key(draw, 52),
    }
    said = {"did": did, "time_us": int(at * 1e6), "kind": "commit", "commit": commit}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _strong(draw: random.Random, authors: list[str]) -> dict[str, str]:
    uri = f"at://{draw.choice(authors)}/{POST}/3m{_key(draw, 11)}"
    return {"cid": "bafyrei" + _key(draw, 52), "uri": uri}


def _key(draw: random.Random, length: int) -> str:
    return "".join(draw.choices(LETTERS, k=length))


def _word(draw: random.Random) -> str:
    return "".join(draw.choices("etaoinshrdlu", k=draw.randint(3, 10)))


if __name__ == "__main__":
    main()

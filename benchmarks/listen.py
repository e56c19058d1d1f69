"""`make bench-listen`: how many new posts a second one core reads, from the raw bytes of the stream to the searches
that they fit, at 100 to 100,000 searches; beside it other ways of doing the same, in the same run.

Every engine reads the same generated frames in batches of 500, as the listener does, in a process of its own that is
pinned to one core; posts a second are per second of that core's own time, so that what else runs on the machine counts
little. All must find the same, which is checked in the run.

`python -m benchmarks.listen --posts 2000 --searches 100 1000` is a small run; `--engines core "fast lane"` picks some.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.listen_data import frames, searches
from benchmarks.listen_engines import ENGINES, AhoCorasick, Contender, Hits, Ours
from makegood.listen.query import Query, parse

OUT = Path(__file__).parent / "out" / "listen.json"
SEARCHES = (100, 1_000, 10_000, 100_000)
POSTS = 60_000
WARM = 1 / 6
"""The part of the posts that is read before the clock starts, for words to be counted."""
CHECKED = 2_000
"""Posts, the first that are measured, of which all engines' hits are compared."""
BATCH = 500
ROUNDS = 2
SECONDS = 6.0
"""Of a core's time after which a round ends, however many posts are left: for the slow."""
ADDED = 200
"""Searches that are added one by one while the others are held."""
BESIDE = "Aho-Corasick"
TARGETS = {("core", 10_000): 0.9, ("core", 100_000): 1.0, ("fast lane", 10_000): 2.5, ("fast lane", 100_000): 3.0}
"""Of the Aho-Corasick prefilter's posts a second."""


def batches(posts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The posts as the listener gets them."""
    return (posts[at : at + BATCH] for at in range(0, len(posts), BATCH))


def speed(contender: Contender, posts: Sequence[bytes]) -> float:
    """Posts a second of this core's time: the better of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        begun, read = time.process_time(), 0
        for batch in batches(posts):
            contender.hits(batch)
            read += len(batch)
            if time.process_time() - begun > SECONDS:
                break
        best = max(best, read / (time.process_time() - begun))
    return round(best)


def adding(contender: Contender, queries: Sequence[Query], held: int) -> float:
    """Microseconds that it takes to add one search to those that are held."""
    add = contender.add_live if isinstance(contender, AhoCorasick) else contender.add
    few = queries[: 3 if isinstance(contender, AhoCorasick) else ADDED]
    found = []
    for key, query in enumerate(few, start=held):
        begun = time.perf_counter()
        add(key, query)
        found.append(time.perf_counter() - begun)
    return round(median(found) * 1e6, 1)


def measure(name: str, queries: Sequence[Query], more: Sequence[Query], posts: Sequence[bytes]) -> dict[str, Any]:
    """One engine's figures."""
    warm, measured = posts[: int(len(posts) * WARM)], posts[int(len(posts) * WARM) :]
    gc.collect()
    gc.freeze()
    before = resident()
    contender = ENGINES[name]()
    # The automaton and its like are built once words were counted; ours files queries anew while it listens.
    ours = isinstance(contender, Ours)
    if not ours:
        contender.warm(warm)
    begun = time.process_time()
    contender.build(queries)
    built = time.process_time() - begun
    if ours:
        contender.warm(warm)
    checked: Hits = [hit for batch in batches(measured[:CHECKED]) for hit in contender.hits(batch)]
    figures = {
        "posts_a_second": speed(contender, measured),
        "build_seconds": round(built, 3),
        "add_microseconds": adding(contender, more, len(queries)),
        "hits_checked": len(checked),
        "hits": hashlib.sha256(repr(sorted(checked)).encode()).hexdigest()[:16],
    }
    gc.collect()
    return {**figures, "megabytes": round(resident() - before, 1)}


def resident() -> float:
    """Memory of this process in use, in MB (man 5 proc, statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def alone(*given: Any) -> dict[str, Any]:
    """`measure` in a process of its own on one core; searches and posts are shared with it, not copied."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def run() -> None:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        theirs.send(measure(*given))

    process = context.Process(target=run)
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    except EOFError:
        raise SystemExit(f"{given[0]} broke off: see above") from None
    process.join()
    return found


def rows(counts: Sequence[int], posts: int, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of every engine at every number of searches; raises `SystemExit` where two found not the same."""
    stream = list(frames(posts))
    queries = [parse(text) for text in searches(max(counts) + ADDED)]
    for count in counts:
        found = {
            name: alone(name, queries[:count], queries[count : count + ADDED], stream)
            for name in names
            if ENGINES[name].most >= count
        }
        if len({row["hits"] for row in found.values()}) > 1:
            raise SystemExit(f"at {count} searches not all found the same: {json.dumps(found, indent=1)}")
        beside = found.get(BESIDE, {}).get("posts_a_second")
        for name, row in found.items():
            ratio = round(row["posts_a_second"] / beside, 2) if beside else None
            yield {"searches": count, "engine": name, **row, "ratio": ratio, "target": TARGETS.get((name, count))}


def show(row: dict[str, Any]) -> None:
    """A row of the table."""
    target = f"   (at least {row['target']})" if row["target"] else ""
    ratio = f"{row['ratio']:8.2f}" if row["ratio"] is not None else "       -"
    print(
        f"{row['searches']:>9,}  {row['engine']:<18}{row['posts_a_second']:>12,}{ratio}{row['megabytes']:>9,.0f}"
        f"{row['build_seconds']:>10.2f}{row['add_microseconds']:>13,.0f}{row['hits_checked']:>8,}{target}",
        flush=True,
    )


def main() -> int:
    """Prints the table and writes it to benchmarks/out/listen.json."""
    known = [name for name in ENGINES if name != "fast lane" or find_spec("numba") is not None]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listen", description="The listening engine's speed.")
    parser.add_argument("--posts", type=int, default=POSTS, help=f"posts to read ({POSTS:,})")
    parser.add_argument("--searches", type=int, nargs="+", default=SEARCHES, help="how many searches are held")
    parser.add_argument("--engines", nargs="+", choices=known, default=known)
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures are written")
    given = parser.parse_args()
    print(f"{given.posts:,} generated posts, one core; ratio: to the Aho-Corasick prefilter of the same run")
    print(" searches  engine                posts/s   ratio       MB   build s    add one, us   hits")
    found = []
    for row in rows(given.searches, given.posts, given.engines):
        show(row)
        found.append(row)
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_text(json.dumps({"posts": given.posts, "rows": found}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

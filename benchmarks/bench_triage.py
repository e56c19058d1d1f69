"""How fast triage reads: the linear model, the encoder, both as the product uses them, and the whole judgement, beside
VADER in the same run; what importing costs, how large the model is, how memory and time grow.

Every part runs in a process of its own, pinned to one core, with one thread. Posts a second are per second of that
core's own time, so that what else runs on the machine does not count. The posts are labelled complaint posts from
MAKEGOOD_TEST_DATA, one third of them complaints, or without them the corpus in training/. How good it reads is
measured by `python -m training.bench`; `make bench-triage` runs both.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = Path(__file__).parent / "out" / "triage-speed.json"
DATA = Path(os.environ.get("MAKEGOOD_TEST_DATA") or ROOT.parent / "shared" / "data") / "triage"
STREAM = DATA / "complaints_tweets_train.jsonl"
ROUNDS = 2
BATCH = 200
"""What the worker takes at once."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
TARGETS = {"linear": 5_000.0, "cascade": 1_000.0, "megabytes": 30.0, "import seconds": 0.3}
IMPORT = (
    "import time; at = time.perf_counter(); import makegood.triage.rules, makegood.triage.embedded; "
    "print(time.perf_counter() - at)"
)
HOSTILE = {
    "words": "still waiting ",
    "emoji": "😡",
    "zero-width": "\u200b",
    "overrides": "\u202e",
    "surrogates": "\ud83d",
    "NUL": "\x00",
    "handles": "@a@b.c",
    "mails": "a.b-c+d",
    "one word": "a",
    "combining": "\u0301",
}


def posts() -> list[str]:
    """The stream."""
    if STREAM.is_file():
        return [json.loads(line)["text"] for line in STREAM.read_text("utf-8").splitlines()]
    files = sorted((ROOT / "training" / "corpus").glob("*.tsv"))
    return [line.rsplit("\t", 1)[-1] for file in files for line in file.read_text("utf-8").splitlines()]


def speed(read: Callable[[list[str]], Any], texts: Sequence[str]) -> float:
    """Posts a second of this core's time, in the worker's batches: the middle of some rounds, after a warm one."""
    batches = [list(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    read(batches[0])
    found = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for batch in batches:
            read(batch)
        found.append(len(texts) / (time.process_time() - begun))
    return round(median(found), 1)


def linear() -> dict[str, Any]:
    """The linear model alone."""
    from makegood.triage import embedded

    return {"posts_a_second": speed(embedded.linear_scorer().score, posts()), **_memory()}


def encoder() -> dict[str, Any]:
    """The encoder alone."""
    from makegood.triage import embedded

    return {"posts_a_second": speed(embedded.encoder_scorer().score, posts()[:800]), **_memory()}


def cascade() -> dict[str, Any]:
    """Linear first, the encoder where that is not sure."""
    from makegood.triage import embedded

    texts = posts()
    scorer = embedded.scorer()
    asked = [found.by.endswith(".encoder") for found in scorer.score(texts)]
    return {
        "posts_a_second": speed(scorer.score, texts),
        "read_by_the_encoder": round(sum(asked) / len(asked), 3),
        **_memory(),
    }


def judgement() -> dict[str, Any]:
    """Everything: language, cues, both models, reasons, response."""
    from makegood.triage import embedded
    from makegood.triage.reader import Context
    from makegood.triage.rules import default_reader
    from makegood.triage.tests.kit import said

    scorer, reader, context = embedded.scorer(), default_reader(), Context(is_direct=True)
    thresholds = embedded.about().thresholds

    def read(texts: list[str]) -> None:
        for text, own in zip(texts, scorer.score(texts), strict=True):
            reader.read(said(text), context, own, thresholds)

    return {"posts_a_second": speed(read, posts()), **_memory()}


def vader() -> dict[str, Any]:
    """vaderSentiment, the lexicon most open tools use."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    peer = SentimentIntensityAnalyzer()
    return {"posts_a_second": speed(lambda texts: [peer.polarity_scores(text) for text in texts], posts()), **_memory()}


def batch() -> dict[str, Any]:
    """10,000 posts in one call: the memory that 1,000 did not take."""
    from makegood.triage import embedded

    texts = posts()
    many = [f"{texts[at % len(texts)]} {at}" for at in range(10_000)]
    scorer = embedded.scorer()
    scorer.score(many[:1_000])
    before = _memory()["peak_mb"]
    begun = time.process_time()
    assert len(scorer.score(many)) == len(many)
    seconds = time.process_time() - begun
    return {
        "seconds": round(seconds, 1),
        "peak_mb_of_1000": before,
        "peak_mb_of_10000": _memory()["peak_mb"],
    }


def growth() -> dict[str, Any]:
    """Seconds for one hostile post of each size, with all that reads it."""
    from makegood.triage import embedded
    from makegood.triage.reader import Context
    from makegood.triage.rules import default_reader
    from makegood.triage.tests.kit import said

    scorer, reader = embedded.scorer(), default_reader()

    def once(text: str) -> float:
        begun = time.process_time()
        reader.read(said(text), Context(brand_names=("Teapot",)), scorer.score([text])[0])
        return time.process_time() - begun

    found: dict[str, Any] = {}
    for name, piece in HOSTILE.items():
        texts = [piece * (size // len(piece)) for size in SIZES]
        once(texts[0])
        found[name] = [round(median(once(text) for _ in range(ROUNDS)), 4) for text in texts]
    return found


def importing() -> dict[str, Any]:
    """What it costs to import the package, no model loaded; and the size of the model's files."""
    found = []
    for _ in range(5):
        said = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
        found.append(float(said.stdout))
    from makegood.triage import embedded

    place = embedded.folder()
    sizes = {each.name: each.stat().st_size for each in sorted(place.iterdir())} if place else {}
    begun = time.perf_counter()
    embedded.scorer()
    return {
        "seconds": round(min(found), 3),
        "first_use_seconds": round(time.perf_counter() - begun, 2),
        "files_mb": {name: round(size / 1e6, 2) for name, size in sizes.items()},
        "megabytes": round(sum(sizes.values()) / 1e6, 2),
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    part.__name__: part for part in (importing, linear, cascade, encoder, judgement, vader, batch, growth)
}


def _memory() -> dict[str, float]:
    # In kB on Linux (man 2 getrusage).
    return {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1)}


def alone(part: str) -> dict[str, Any]:
    """A part in a process of its own, on one core."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
    env = {**os.environ, **threads, "MAKEGOOD_TRIAGE_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_triage", part], capture_output=True, text=True, cwd=ROOT, env=env
    )
    if said.returncode:
        raise SystemExit(f"{part}: {said.stderr}")
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def show(found: dict[str, dict[str, Any]]) -> None:
    """The figures as a table."""
    print(f"{len(posts())} posts from {STREAM.name if STREAM.is_file() else 'training/corpus'}, one core, one thread")
    for part in ("linear", "cascade", "encoder", "judgement", "vader"):
        row = found[part]
        target = f"   (at least {TARGETS[part]:,.0f})" if part in TARGETS else ""
        print(f"  {part:<12}{row['posts_a_second']:10,.0f} posts a second{row['peak_mb']:8.0f} MB{target}")
    print(f"  the encoder reads {found['cascade']['read_by_the_encoder']:.0%} of the stream")
    row = found["importing"]
    print(f"  import {row['seconds']} s (under {TARGETS['import seconds']}), first use {row['first_use_seconds']} s")
    print(f"  model files {row['megabytes']} MB (at most {TARGETS['megabytes']:.0f})")
    row = found["batch"]
    print(f"  10,000 posts at once: {row['peak_mb_of_10000']} MB at most, {row['peak_mb_of_1000']} MB for 1,000")
    print(f"  one hostile post of {', '.join(f'{size:,}' for size in SIZES)} characters, seconds:")
    for name, seconds in found["growth"].items():
        print(f"    {name:<12}" + "".join(f"{each:9.3f}" for each in seconds))


def main() -> int:
    """Runs one part and prints its figures as JSON, or all of them."""
    if sys.argv[1:]:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(PARTS[sys.argv[1]]()))
        return 0
    found = {part: alone(part) for part in PARTS}
    show(found)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"targets": TARGETS, **found}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

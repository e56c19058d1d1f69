"""`python -m training open`: makes the model that is given away. `research`: one that only serves to measure."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from makegood.triage.embedded.hints import beside, hints
from makegood.triage.heads import LABELS, index
from training import calibrate, report
from training.corpus import corpus
from training.fit_encoder import Encoder, fit_encoder, logits_of
from training.fit_linear import BUCKETS, LinearModel, fit_linear
from training.open_sets import open_sets
from training.research_sets import airline, research_sets
from training.rows import Floats, Row, held_out, matrix
from training.write import write_about, write_encoder, write_linear

SEED = 20_261
SHIPPED = Path(__file__).resolve().parents[1] / "makegood" / "triage" / "embedded" / "weights"
OUT = Path(__file__).resolve().parent / "out"
OWN_HELD, OTHERS_HELD = 15, 20
"""Percent never trained on: of our own corpus, and of the sets that only serve to measure."""
OWN_TIMES = 4
CHATTER = 12_000
"""Comments from Reddit that are used: beyond that they only make it slower."""
MOODS, COMPLAINTS_TIMES = 20_000, 3
"""Of the sets that only serve to measure: tweets with a mood that are used, and how often each complaint counts."""
SURE = {"intent.complaint": (0.12, 0.7), "intent.suggestion": (0.06, 0.9), "flag.abuse": (0.05, 0.9)}
"""Below and above all of these the linear model, with the cues beside it, is left to decide alone."""


def rows_for(data: str) -> list[Row]:
    """What a model of this kind may be trained on."""
    own = [each for each in corpus() if not held_out(each.text, OWN_HELD)]
    others = list(open_sets())
    random.Random(SEED).shuffle(others)
    chatter = [each for each in others if each.source == "goemotions"][:CHATTER]
    rows = own * OWN_TIMES + [each for each in others if each.source != "goemotions"] + chatter
    if data == "open":
        return rows
    more = [each for each in research_sets() if not held_out(each.text, OTHERS_HELD)]
    moods = [each for each in more if each.source == "sentiment"]
    rows += random.Random(SEED).sample(moods, min(MOODS, len(moods)))
    rows += [each for each in more if each.source != "sentiment"]
    if data == "research-airline":
        rows += [each for each in airline() if not held_out(each.text, OTHERS_HELD)]
        return [each for each in rows if not each.source.startswith("complaints/")]
    return rows + [each for each in more if each.source.startswith("complaints/")] * (COMPLAINTS_TIMES - 1)


def to_calibrate(data: str) -> list[Row]:
    """Texts that were not trained on, for saying how sure the model may be."""
    rows = [each for each in corpus() if held_out(each.text, OWN_HELD)]
    if data != "open":
        # Half of what is held out calibrates, the other half measures.
        rows += [
            each
            for each in research_sets()
            if held_out(each.text, OTHERS_HELD // 2) and not each.source.startswith("finance")
        ]
    return rows


def about(data: str, linear: Floats, encoder: Floats | None, rows: Sequence[Row]) -> dict[str, Any]:
    """All that model.json says but the fingerprints."""
    texts, targets, _ = matrix(rows)
    found: dict[str, Any] = {
        "version": "embedded-1" if data == "open" else f"embedded-1-{data}",
        "labels": list(LABELS),
        "features": {"buckets": BUCKETS},
        "data": "open" if data == "open" else "research",
        "calibration": {},
        "cascade": {"labels": {label: list(band) for label, band in SURE.items()}},
    }
    lines, said = _lines(linear, targets)
    found["calibration"]["linear"] = lines
    if encoder is not None:
        mix, weights = calibrate.fit_mix(encoder, linear, targets), beside()
        seen = hints(texts) @ weights.T
        lines, _ = _lines(linear + seen, targets)
        found["calibration"]["first"] = lines | {"hints": [_short(each) for each in weights]}
        lines, said = _lines(encoder + mix * linear + seen, targets)
        found["calibration"]["encoder"] = lines | {"linear": _short(mix), "hints": [_short(each) for each in weights]}
    found["thresholds"] = calibrate.thresholds(said, targets)
    found["curves"], found["reliability"] = {}, {}
    for label in ("intent.complaint", "urgency.now", "flag.abuse", "flag.spam", "flag.person"):
        at = index(label)
        known = ~np.isnan(targets[:, at])
        truth = targets[known, at] > 0.5
        found["curves"][label] = calibrate.curve(said[known, at], truth)
        found["reliability"][label] = calibrate.reliability(said[known, at], truth.astype(float))
    return found


def _lines(logits: Floats, targets: Floats) -> tuple[dict[str, Any], Floats]:
    slope, shift = calibrate.fit_calibration(logits, targets)
    return {"a": _short(slope), "b": _short(shift)}, calibrate.to_probabilities(logits, slope, shift)


def _short(values: Floats) -> list[float]:
    return [round(float(each), 5) for each in values]


def main() -> None:
    """Trains, writes, measures."""
    asked = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    asked.add_argument("data", choices=["open", "research", "research-airline"])
    asked.add_argument("--linear", action="store_true", help="the linear model only")
    asked.add_argument("--passes", type=int, default=2)
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked.add_argument("--out", type=Path, default=None)
    given = asked.parse_args()
    torch.set_num_threads(given.threads)
    folder = given.out or (SHIPPED if given.data == "open" else OUT / given.data)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    rows = rows_for(given.data)
    random.Random(SEED).shuffle(rows)
    texts, targets, weights = matrix(rows)
    print(f"{len(texts)} texts to learn from", flush=True)
    linear: LinearModel = fit_linear(texts, targets, weights)
    write_linear(folder, linear)
    print(f"linear model after {time.monotonic() - began:.0f} s", flush=True)
    encoder: Encoder | None = None
    if not given.linear:
        encoder = fit_encoder(texts, targets, weights, passes=given.passes, seed=SEED)
        OUT.mkdir(exist_ok=True)
        torch.save(encoder.state_dict(), OUT / f"{given.data}.pt")
        write_encoder(folder, encoder)
        print(f"encoder after {time.monotonic() - began:.0f} s", flush=True)
    checks = to_calibrate(given.data)
    check_texts, _, _ = matrix(checks)
    write_about(
        folder,
        about(given.data, linear.logits(check_texts), logits_of(encoder, check_texts) if encoder else None, checks),
    )
    found = report.report(folder)
    (folder.parent / f"{folder.name}-report.json").write_text(
        json.dumps(found, indent=1)
    ) if given.data != "open" else None


if __name__ == "__main__":
    main()

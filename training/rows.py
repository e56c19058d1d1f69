"""One shape for all training data: a text, what is known of it, and how much it is trusted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from makegood.triage.embedded.text import plain
from makegood.triage.heads import HEADS, LABELS, index

__all__ = ["DATA", "Floats", "Row", "held_out", "matrix", "one_of", "read", "row"]

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("MAKEGOOD_TEST_DATA") or ROOT.parent / "shared" / "data") / "triage"
"""Where the public sets lie; their sources and licences are in docs/triage-model.md."""
Floats = npt.NDArray[np.float32]
_ONE = {head.name: head for head in HEADS if head.one}


@dataclass(frozen=True)
class Row:
    """`known` maps labels such as "intent.complaint" to a probability; labels it lacks are not known of this text."""

    text: str
    known: Mapping[str, float]
    source: str
    weight: float = 1.0


def row(text: str, known: Mapping[str, float], source: str, weight: float = 1.0) -> Row:
    """A row whose text is as models read it."""
    return Row(plain(text), known, source, weight)


def one_of(head: str, label: str) -> dict[str, float]:
    """All labels of a head of which exactly one holds. KeyError for a label the head has not."""
    if label not in _ONE[head].labels:
        raise KeyError(label)
    return {f"{head}.{each}": float(each == label) for each in _ONE[head].labels}


def read(name: str) -> Iterator[dict[str, Any]]:
    """The records of a set; FileNotFoundError names what is missing."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def held_out(text: str, percent: int) -> bool:
    """Whether a text belongs to the part that is never trained on: decided by its hash, so always the same."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 100 < percent


def matrix(rows: Iterable[Row]) -> tuple[list[str], Floats, Floats]:
    """Texts, targets (NaN where not known), weights."""
    kept = [each for each in rows if each.text]
    targets = np.full((len(kept), len(LABELS)), np.nan, np.float32)
    for at, each in enumerate(kept):
        for label, value in each.known.items():
            targets[at, index(label)] = value
    return [each.text for each in kept], targets, np.array([each.weight for each in kept], np.float32)

"""A small head on top of a model, learnt from a workspace's corrections, and in use only where it helps.

For each label: log-odds = the model's own + hashed words x weights + the model's other log-odds x weights + shift. The
ridge draws the weights to nothing, so that it starts from the model and departs from it only as far as the corrections
carry. The rule by which it comes into use is `measuring.Compared.helps`, on texts left out while learning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit

from makegood.triage.fitting import Fitted, Floats, Matrix, fit, folds, pack, unpack, words_of
from makegood.triage.heads import HEADS, LABELS, Head, index, span
from makegood.triage.measuring import ENOUGH_OF_LABEL, compare
from makegood.triage.scoring import Scorer, Scores

__all__ = ["ENOUGH_TO_LEARN", "HeadTried", "Learnt", "Retrained", "learn"]

ENOUGH_TO_LEARN = 60
"""So many labelled texts a head must have before learning is tried."""
FOLDS = 5
CLOSE = 1e-4
SMALL = 0.1
"""What the model's other log-odds are multiplied by, so that they don't drown the words."""
LONGEST_VERSION = 30


@dataclass(frozen=True)
class HeadTried:
    """What became of a head: on how many texts, mean F1 before and after, the gain's low end, and whether it helps.
    `too_few` where it was not tried.
    """

    name: str
    n: int
    too_few: bool = False
    before: float = 0.0
    after: float = 0.0
    low: float = 0.0
    recall_kept: bool = True
    helps: bool = False


@dataclass(frozen=True)
class Learnt:
    """What was tried, and the weights of those heads that are better for it; None where none is."""

    heads: tuple[HeadTried, ...]
    weights: bytes | None


def learn(texts: Sequence[str], truth: Floats, probabilities: Floats, thresholds: Mapping[str, float]) -> Learnt:
    """Learns on what is labelled.

    `truth` and `probabilities` have a row a text and a column a label, NaN where nobody said.
    """
    tried: list[HeadTried] = []
    parts: dict[str, Floats] = {}
    for head in HEADS:
        rows = ~np.isnan(truth[:, span(head)]).all(axis=1)
        if rows.sum() < ENOUGH_TO_LEARN:
            tried.append(HeadTried(head.name, int(rows.sum()), too_few=True))
            continue
        own = [texts[int(at)] for at in np.flatnonzero(rows)]
        result, weights = _try(head, _columns(own, probabilities[rows]), truth[rows], probabilities[rows], thresholds)
        tried.append(result)
        parts |= weights
    return Learnt(tuple(tried), pack(parts) if parts else None)


def _log_odds(probabilities: Floats) -> Floats:
    p = np.clip(probabilities, CLOSE, 1 - CLOSE)
    found: Floats = np.log(p / (1 - p))
    return found


def _columns(texts: Sequence[str], probabilities: Floats) -> Matrix:
    return hstack([words_of(texts), csr_matrix(_log_odds(probabilities) * SMALL)], format="csr")


def _try(
    head: Head, rows: Matrix, truth: Floats, probabilities: Floats, thresholds: Mapping[str, float]
) -> tuple[HeadTried, dict[str, Floats]]:
    after = probabilities.copy()
    own = [f"{head.name}.{label}" for label in head.labels]
    learnable = [label for label in own if _enough(truth[:, index(label)])]
    for held in folds(len(truth), FOLDS):
        kept = np.setdiff1d(np.arange(len(truth)), held)
        learnt = {label: _fit(label, rows[kept], truth[kept], probabilities[kept]) for label in learnable}
        after[held] = _apply(learnt, rows[held], probabilities[held])
    seen = compare(head, truth, probabilities, after, thresholds)
    found = HeadTried(
        head.name,
        len(truth),
        False,
        seen.before,
        seen.after,
        seen.low,
        seen.recall_kept,
        bool(learnable) and seen.helps,
    )
    if not found.helps:
        return found, {}
    whole = {label: _fit(label, rows, truth, probabilities) for label in learnable}
    weights = {f"{label}:w": each.weights for label, each in whole.items()}
    return found, weights | {f"{label}:b": np.array([each.bias]) for label, each in whole.items()}


def _enough(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    return min(int((known > 0.5).sum()), int((known < 0.5).sum())) >= ENOUGH_OF_LABEL


def _fit(label: str, rows: Matrix, truth: Floats, probabilities: Floats) -> Fitted:
    column = truth[:, index(label)]
    known = np.flatnonzero(~np.isnan(column))
    start = _log_odds(probabilities[known, index(label)])
    return fit(rows[known], column[known], offset=start, ridge=1.0)


def _apply(learnt: Mapping[str, Fitted], rows: Matrix, probabilities: Floats) -> Floats:
    found = probabilities.copy()
    for label, each in learnt.items():
        at = index(label)
        found[:, at] = expit(each.logits(rows, _log_odds(probabilities[:, at])))
    for head in HEADS:
        if head.one and any(label.startswith(f"{head.name}.") for label in learnt):
            own = found[:, span(head)]
            found[:, span(head)] = own / np.maximum(own.sum(axis=1, keepdims=True), CLOSE)
    return found


class Retrained:
    """A model with a workspace's small head on it: a `Scorer`."""

    def __init__(self, base: Scorer, number: int, weights: bytes) -> None:
        kept = unpack(weights)
        self._base = base
        self._mark = f"+{number}"
        self._learnt = {
            label: Fitted(kept[f"{label}:w"], float(kept[f"{label}:b"][0])) for label in LABELS if f"{label}:w" in kept
        }
        self.version = self._named(base.version)

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text."""
        read = self._base.score(texts)
        if not read:
            return []
        before = np.array([each.probabilities for each in read], float)
        after = _apply(self._learnt, _columns(texts, before), before)
        pairs: Any = zip(after.tolist(), read, strict=True)
        return [Scores(tuple(row), self._named(each.by)) for row, each in pairs]

    def _named(self, version: str) -> str:
        return version[: LONGEST_VERSION - len(self._mark)] + self._mark

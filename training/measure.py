"""How good a model is, task by task, on texts it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from makegood.triage.heads import HEADS, index, span
from training.ranking import Figures, expected_error, ranking
from training.rows import Floats, Row, matrix

__all__ = ["Probabilities", "figures", "yes_no"]

Probabilities = Callable[[Sequence[str]], Floats]


def _f1(truth: np.ndarray, found: np.ndarray) -> float:
    hit = float((truth & found).sum())
    return 2 * hit / max(1.0, float(truth.sum() + found.sum()))


def yes_no(truth: np.ndarray, probability: np.ndarray, threshold: float) -> Figures:
    """F1 of yes, mean F1 of yes and no, and what reading in order of probability catches."""
    found = probability >= threshold
    return {
        "n": float(len(truth)),
        "F1": _f1(truth, found),
        "macro-F1": (_f1(truth, found) + _f1(~truth, ~found)) / 2,
        "recall": float((truth & found).sum() / max(1, truth.sum())),
        "precision": float((truth & found).sum() / max(1, found.sum())),
        "calibration error": expected_error(probability, truth.astype(float)),
        **ranking(truth, probability),
    }


def figures(rows: Sequence[Row], read: Probabilities, cuts: Mapping[str, float]) -> dict[str, Figures]:
    """Everything that can be said of these rows: a task's figures by its name."""
    texts, targets, _ = matrix(rows)
    said = read(texts)
    found: dict[str, Figures] = {}
    for head in HEADS:
        own = span(head)
        if head.one:
            known = ~np.isnan(targets[:, own.start])
            if known.sum() < 50:
                continue
            truth, guess = targets[known][:, own].argmax(1), said[known][:, own]
            if len(np.unique(truth)) > 1:
                found[head.name] = _one_of_many(truth, guess)
            continue
        scores = []
        for label in head.labels:
            name = f"{head.name}.{label}"
            at = index(name)
            known = ~np.isnan(targets[:, at])
            truth = targets[known, at] > 0.5
            if truth.sum() < 10 or (~truth).sum() < 10:
                continue
            found[name] = yes_no(truth, said[known, at], cuts[name])
            scores.append(found[name]["F1"])
        if len(scores) > 2:
            found[head.name] = {"labels": float(len(scores)), "macro-F1": float(np.mean(scores))}
    if "urgency" in found:
        at = index("urgency.now")
        known = ~np.isnan(targets[:, at])
        found["urgency.now"] = yes_no(targets[known, at] > 0.5, said[known, at], cuts["urgency.now"])
    return found


def _one_of_many(truth: np.ndarray, guess: np.ndarray) -> Figures:
    best = guess.argmax(1)
    classes = np.unique(truth)
    sure = guess.max(1)
    return {
        "n": float(len(truth)),
        "accuracy": float((best == truth).mean()),
        "macro-recall": float(np.mean([(best[truth == each] == each).mean() for each in classes])),
        "macro-F1": float(np.mean([_f1(truth == each, best == each) for each in classes])),
        "calibration error": expected_error(sure, (best == truth).astype(float)),
    }

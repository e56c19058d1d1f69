"""From raw outputs to probabilities that mean what they say, and the thresholds and curves that follow from them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, softmax

from makegood.triage.heads import HEADS, LABELS, span
from training.ranking import ranking
from training.rows import Floats

__all__ = ["curve", "fit_calibration", "fit_mix", "reliability", "thresholds", "to_probabilities"]

MIXES = (0.0, 0.3, 0.6, 1.0, 1.5)
CAREFUL = ("intent.complaint", "urgency.now")
"""Labels of which missing one is the worse error."""
SHRINK = 2.0
"""Pulls a calibration with little to go by towards leaving the outputs as they are."""


def fit_calibration(logits: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Slope and shift for every label, by maximum likelihood on texts the model was not fitted on.

    Platt (1999) for labels that hold or not by themselves; for the others the same within a softmax, one slope a head
    (Guo et al. 2017, https://arxiv.org/abs/1706.04599, with a shift for each class).
    """
    slope, shift = np.ones(len(LABELS), np.float32), np.zeros(len(LABELS), np.float32)
    for head in HEADS:
        own = span(head)
        z, wanted = logits[:, own].astype(float), targets[:, own].astype(float)
        if head.one:
            known = ~np.isnan(wanted[:, 0])
            slope[own], shift[own] = _many(z[known], wanted[known])
            continue
        for at in range(own.start, own.stop):
            y = targets[:, at].astype(float)
            known = ~np.isnan(y)
            slope[at], shift[at] = _pair(logits[known, at].astype(float), y[known])
    return slope, shift


def _pair(z: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    if not len(y) or y.min() > 0.5 or y.max() < 0.5:
        return 1.0, 0.0

    def loss(x: np.ndarray) -> float:
        a, b = np.exp(x[0]), x[1]
        t = a * z + b
        return float(-(y * log_expit(t) + (1 - y) * log_expit(-t)).sum() + SHRINK * x[0] ** 2)

    found = minimize(loss, np.zeros(2), method="L-BFGS-B").x
    return float(np.exp(found[0])), float(found[1])


def _many(z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    classes = z.shape[1]
    if not len(y):
        return 1.0, np.zeros(classes)

    def loss(x: np.ndarray) -> float:
        t = np.exp(x[0]) * z + x[1:]
        return float(-(y * log_softmax(t, axis=1)).sum() + SHRINK * (x[0] ** 2 + (x[1:] ** 2).sum() / 4))

    found = minimize(loss, np.zeros(1 + classes), method="L-BFGS-B").x
    return float(np.exp(found[0])), found[1:] - found[1:].mean()


def fit_mix(encoder: Floats, linear: Floats, targets: Floats) -> Floats:
    """For each label, how much of the linear model's output is added to the encoder's: what ranks best in a head."""
    mix = np.zeros(len(LABELS), np.float32)
    for head in HEADS:
        own = span(head)
        scores = {}
        for share in MIXES:
            z = encoder[:, own] + share * linear[:, own]
            areas = []
            for at in range(own.stop - own.start):
                known = ~np.isnan(targets[:, own.start + at])
                truth = targets[known, own.start + at] > 0.5
                if 5 < truth.sum() < len(truth) - 5:
                    areas.append(ranking(truth, z[known, at])["AUC"])
            scores[share] = float(np.mean(areas)) if areas else 0.0
        mix[own] = max(scores, key=lambda share: scores[share])
    return mix


def to_probabilities(logits: Floats, slope: Floats, shift: Floats) -> Floats:
    """Calibrated probabilities of raw outputs; the product does the same in `triage/embedded`."""
    z = logits * slope + shift
    found = expit(z)
    for head in HEADS:
        if head.one:
            found[:, span(head)] = softmax(z[:, span(head)], axis=1)
    return np.asarray(found, np.float32)


def reliability(probability: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, int]]:
    """What was said and what was, in ten bins, with how many texts each."""
    at = np.minimum((probability * 10).astype(int), 9)
    return [
        (
            round(float(probability[at == each].mean()), 3),
            round(float(truth[at == each].mean()), 3),
            int((at == each).sum()),
        )
        for each in range(10)
        if (at == each).any()
    ]


def _macro(truth: np.ndarray, found: np.ndarray) -> float:
    hit, wrong, missed = (truth & found).sum(), (~truth & found).sum(), (truth & ~found).sum()
    right = (~truth & ~found).sum()
    return float(hit / max(1, 2 * hit + wrong + missed) + right / max(1, 2 * right + wrong + missed))


def _careful(truth: np.ndarray, found: np.ndarray) -> float:
    """F2 (van Rijsbergen 1979): one missed is as bad as four looked at in vain."""
    hit, wrong, missed = (truth & found).sum(), (~truth & found).sum(), (truth & ~found).sum()
    return float(5 * hit / max(1, 5 * hit + 4 * missed + wrong))


def thresholds(probabilities: Floats, targets: Floats) -> dict[str, float]:
    """From which probability to believe each label: where macro-F1 is best, and F2 for what must not be missed."""
    found: dict[str, float] = {}
    grid = np.linspace(0.05, 0.95, 91)
    for head in HEADS:
        for at in range(span(head).start, span(head).stop):
            label = LABELS[at]
            known = ~np.isnan(targets[:, at])
            truth = targets[known, at] > 0.5
            if (head.one and label not in CAREFUL) or not truth.any():
                found[label] = 0.5
                continue
            said = probabilities[known, at]
            good_at = _careful if label in CAREFUL else _macro
            scores = np.array([good_at(truth, said >= cut) for cut in grid])
            # The middle of all that are about as good is the steadiest.
            good = grid[scores >= scores.max() - 0.004]
            found[label] = round(float(np.median(good)), 3)
    return found


def curve(probability: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, float, float]]:
    """For thresholds from 0.02 to 0.98: share of all read, share of the true ones missed, precision."""
    found = []
    for cut in np.linspace(0.02, 0.98, 49):
        taken = probability >= cut
        hit = float((taken & truth).sum())
        found.append(
            (
                round(float(cut), 2),
                round(float(taken.mean()), 4),
                round(1 - hit / max(1.0, float(truth.sum())), 4),
                round(hit / max(1.0, float(taken.sum())), 4),
            )
        )
    return found

"""How well probabilities put texts in order, and how far they are from what happens."""

from __future__ import annotations

import numpy as np

__all__ = ["Figures", "expected_error", "ranking"]

BINS = 15
Figures = dict[str, float]


def ranking(truth: np.ndarray, probability: np.ndarray) -> Figures:
    """Area under the curve, recall when 30 % are read, and the share to read for 90 and 95 % recall."""
    order = np.argsort(-probability, kind="stable")
    caught = np.cumsum(truth[order]) / max(1, truth.sum())
    ranks = np.empty(len(order))
    ranks[np.argsort(probability, kind="stable")] = np.arange(1, len(order) + 1)
    yes, no = float(truth.sum()), float((~truth).sum())
    return {
        "AUC": float((ranks[truth].sum() - yes * (yes + 1) / 2) / max(1.0, yes * no)),
        "recall at 30 %": float(caught[max(0, int(0.3 * len(truth)) - 1)]),
        "load for 90 %": float((np.searchsorted(caught, 0.9) + 1) / len(truth)),
        "load for 95 %": float((np.searchsorted(caught, 0.95) + 1) / len(truth)),
    }


def expected_error(probability: np.ndarray, truth: np.ndarray) -> float:
    """Expected calibration error in 15 bins of equal width (Naeini et al. 2015)."""
    at = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [abs(probability[at == each].sum() - truth[at == each].sum()) for each in range(BINS)]
    return float(sum(gaps) / max(1, len(truth)))

"""Logistic regression on hashed features, one label after the other, each on the texts of which it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, log_expit

from makegood.triage.embedded.features import features
from makegood.triage.embedded.linear import values_of
from makegood.triage.heads import LABELS
from training.rows import Floats

__all__ = ["BUCKETS", "LinearModel", "fit_linear"]

BUCKETS = 1 << 17
PENALTY = 1.0
"""Of the squared weights, against a log-likelihood summed over texts."""
STEPS = 60


@dataclass
class LinearModel:
    """Weights [BUCKETS, labels] and bias [labels] over features weighed by `idf`."""

    weights: Floats
    bias: Floats
    idf: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        """Raw outputs."""
        return np.asarray(design(texts, self.idf) @ self.weights + self.bias, np.float32)


def design(texts: Sequence[str], idf: Floats) -> csr_matrix:
    """Texts as rows of features."""
    found = features(texts, BUCKETS)
    return csr_matrix((values_of(found, idf), found.buckets, found.starts), shape=(len(texts), BUCKETS))


def fit_linear(texts: Sequence[str], targets: Floats, weights: Floats) -> LinearModel:
    """The model of these texts; targets are NaN where a label is not known."""
    found = features(texts, BUCKETS)
    held = np.bincount(found.buckets, minlength=BUCKETS)
    idf = np.log((1 + len(texts)) / (1 + held)).astype(np.float16).astype(np.float32) + 1
    idf[held == 0] = 0
    rows = csr_matrix((values_of(found, idf), found.buckets, found.starts), shape=(len(texts), BUCKETS))
    model = LinearModel(np.zeros((BUCKETS, len(LABELS)), np.float32), np.zeros(len(LABELS), np.float32), idf)
    for at in range(len(LABELS)):
        known = np.flatnonzero(~np.isnan(targets[:, at]))
        if not len(known) or np.ptp(targets[known, at]) == 0:
            model.bias[at] = -4.0
            continue
        model.weights[:, at], model.bias[at] = _one(rows[known], targets[known, at], weights[known])
    return model


def _one(rows: csr_matrix, target: Floats, weight: Floats) -> tuple[Floats, float]:
    # The rarer side weighs more, so that a rare label is not simply denied; calibration puts the level right again.
    positive = float((weight * target).sum())
    share = positive / float(weight.sum())
    lift = min(4.0, max(1.0, 0.35 / max(share, 1e-6)))
    scale = weight * (1 + (lift - 1) * target)
    across = rows.T.tocsr()

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        z = rows @ x[:-1] + x[-1]
        value = -(scale * (target * log_expit(z) + (1 - target) * log_expit(-z))).sum() + PENALTY / 2 * (
            x[:-1] @ x[:-1]
        )
        error = scale * (expit(z) - target)
        return float(value), np.append(across @ error + PENALTY * x[:-1], error.sum())

    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x[:-1].astype(np.float32), float(found.x[-1])

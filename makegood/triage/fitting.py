"""Small classifiers of few examples: logistic regression on hashed words, mathematics only.

numpy and scipy take a third of a second to load: import this where it is used.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from makegood.triage.embedded.features import features
from makegood.triage.embedded.linear import values_of
from makegood.triage.embedded.text import plain

__all__ = ["BUCKETS", "Fitted", "Floats", "Matrix", "fit", "folds", "pack", "unpack", "words_of"]

BUCKETS = 4_096
"""Enough that the words of some hundred examples seldom meet, small enough for a row in the database."""
Floats = npt.NDArray[np.float64]
Matrix: TypeAlias = Any
"""A `scipy.sparse.csr_matrix`; scipy says nothing of its types."""
_EVEN = np.ones(BUCKETS, np.float32)


@dataclass(frozen=True)
class Fitted:
    """Weights of the columns and a shift: the log-odds of a row are `row @ weights + bias`, and the offset."""

    weights: Floats
    bias: float

    def logits(self, rows: Matrix, offset: Floats | float = 0.0) -> Floats:
        """Log-odds of each row."""
        found: Floats = np.asarray(rows @ self.weights, float).ravel() + self.bias + offset
        return found


def words_of(texts: Sequence[str]) -> Matrix:
    """A row for each text: its hashed words and pieces of words, each row of length 1."""
    found = features([plain(text) for text in texts], BUCKETS)
    return csr_matrix((values_of(found, _EVEN), found.buckets, found.starts), shape=(len(texts), BUCKETS))


def fit(
    rows: Matrix, truth: Floats, *, offset: Floats | float = 0.0, weight: Floats | float = 1.0, ridge: float = 1.0
) -> Fitted:
    """Logistic regression with a ridge on the weights, the shift left free.

    `offset` are log-odds to begin from: with it the ridge draws towards what is known already, so that nothing learnt
    is nothing changed. `weight` counts rows more or less.
    """
    count, columns = rows.shape
    each = np.broadcast_to(np.asarray(weight, float), (count,))
    start = np.broadcast_to(np.asarray(offset, float), (count,))
    turned = rows.T.tocsr()

    def loss(x: Floats) -> tuple[float, Floats]:
        z = np.asarray(rows @ x[:-1]).ravel() + x[-1] + start
        # log(1 + exp(z)) - t z, without overflow.
        value = float((each * (np.logaddexp(0, z) - truth * z)).sum() + ridge / 2 * (x[:-1] ** 2).sum())
        pull = each * (expit(z) - truth)
        slope = np.append(np.asarray(turned @ pull).ravel() + ridge * x[:-1], pull.sum() + 1e-3 * x[-1])
        return value + 5e-4 * float(x[-1] ** 2), slope

    found = minimize(loss, np.zeros(columns + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return Fitted(found[:-1], float(found[-1]))


def folds(count: int, number: int, seed: int = 5) -> list[npt.NDArray[np.int64]]:
    """The rows of each part, for learning on the others and looking at this one; the same every time."""
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[at::number]) for at in range(number)]


def pack(parts: dict[str, Floats]) -> bytes:
    """Arrays as bytes for the database; half precision is enough for many weights."""
    kept = io.BytesIO()
    small = {name: part.astype(np.float16 if part.size >= BUCKETS else float) for name, part in parts.items()}
    np.savez_compressed(kept, allow_pickle=False, **small)
    return kept.getvalue()


def unpack(kept: bytes) -> dict[str, Floats]:
    """What `pack` made bytes of."""
    with np.load(io.BytesIO(bytes(kept)), allow_pickle=False) as found:
        return {name: found[name].astype(float) for name in found.files}

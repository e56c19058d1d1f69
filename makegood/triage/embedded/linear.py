"""The linear model: the floor under everything, one multiplication a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from makegood.triage.embedded.features import Features, features

__all__ = ["Linear"]

Floats = npt.NDArray[np.float32]
AT_ONCE = 256
"""Texts worked on together: enough for numpy, few enough for a flat memory."""


class Linear:
    """Weights of hashed features for every label, eight bits each, as `training/` wrote them."""

    def __init__(self, path: Path) -> None:
        # Opened here, as numpy leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            self._weights: npt.NDArray[np.int8] = kept["weights"]
            self._scale: Floats = kept["scale"]
            self._bias: Floats = kept["bias"]
            self._idf: Floats = kept["idf"].astype(np.float32)
        self.size = len(self._weights)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Raw outputs, one row a text, one column a label. The texts are `plain` already."""
        rows = [self._of(features(texts[at : at + AT_ONCE], self.size)) for at in range(0, len(texts), AT_ONCE)]
        return np.concatenate(rows) if rows else np.empty((0, len(self._bias)), np.float32)

    def _of(self, found: Features) -> Floats:
        values = values_of(found, self._idf)
        count = len(found.starts) - 1
        sums = np.zeros((count, len(self._bias)), np.float32)
        for at in range(count):
            own = slice(found.starts[at], found.starts[at + 1])
            sums[at] = values[own] @ self._weights[found.buckets[own]].astype(np.float32)
        return sums * self._scale + self._bias


def values_of(found: Features, idf: Floats) -> Floats:
    """What each feature weighs in its text: (1 + ln count) x idf, each text of length 1 (Salton and Buckley 1988)."""
    values = (1 + np.log(found.counts)).astype(np.float32) * idf[found.buckets]
    sizes = np.diff(found.starts)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    norms = np.sqrt(np.bincount(owner, values * values, minlength=len(sizes)))
    result: Floats = (values / np.maximum(norms, 1e-9)[owner]).astype(np.float32)
    return result

"""From raw outputs to probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from makegood.triage.embedded.hints import NAMES, hints
from makegood.triage.embedded.manifest import Lines, ModelError
from makegood.triage.heads import HEADS, span

__all__ = ["Calibration"]

Floats = npt.NDArray[np.float32]


class Calibration:
    """Slopes and shifts as `training/` fitted them on texts the model had not seen.

    Labels that hold or not by themselves: Platt (1999). Labels of which one holds: a softmax over the head with a slope
    and shifts (Guo et al. 2017, https://arxiv.org/abs/1706.04599). Where `hints` are among them, what the cues find is
    added to the raw outputs before.
    """

    def __init__(self, lines: Lines) -> None:
        self._slope = np.array(lines.a, np.float32)
        self._shift = np.array(lines.b, np.float32)
        self._hints = np.array(lines.hints, np.float32).T if lines.hints else None
        if self._hints is not None and len(self._hints) != len(NAMES):
            raise ModelError("The reading model was made for other cues than these: make it anew.")

    def probabilities(self, logits: Floats, texts: Sequence[str], seen: Floats | None = None) -> Floats:
        """One row a text, one column a label, each from 0 to 1. `texts` are what the outputs are of, made `plain`;
        `seen` is what the cues find in them, where that is known already.
        """
        if self._hints is not None:
            logits = logits + (hints(texts) if seen is None else seen) @ self._hints
        # Beyond 60 nothing changes, and exp stays within what 32 bits hold.
        z = np.clip(logits * self._slope + self._shift, -60, 60)
        found: Floats = (1 / (1 + np.exp(-z))).astype(np.float32)
        for head in HEADS:
            if head.one:
                own = z[:, span(head)]
                powers = np.exp(own - own.max(axis=1, keepdims=True))
                found[:, span(head)] = powers / powers.sum(axis=1, keepdims=True)
        return found

"""Both models together: the linear one reads all, the encoder what the linear one is not sure of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from makegood.triage.embedded.calibration import Calibration
from makegood.triage.embedded.hints import hints
from makegood.triage.embedded.linear import Linear
from makegood.triage.embedded.manifest import LINEAR_FILE, About, ModelError
from makegood.triage.embedded.text import plain
from makegood.triage.heads import LABELS, index
from makegood.triage.scoring import Scores

__all__ = ["Cascade", "EncoderScorer", "LinearScorer"]

Floats = npt.NDArray[np.float32]
AT_ONCE = 1_024
"""Texts read together: the memory it takes is that of so many, however many are asked for."""


class LinearScorer:
    """The linear model with its calibration: some ten thousand posts a second."""

    def __init__(self, folder: Path, about: About) -> None:
        try:
            self._linear = Linear(folder / LINEAR_FILE)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise ModelError(f"The reading model cannot be used: {folder / LINEAR_FILE} ({error}).") from error
        self._calibration = Calibration(about.calibration["linear"])
        self.version = f"{about.version}.linear"

    def logits(self, texts: Sequence[str]) -> Floats:
        """Raw outputs of texts that are `plain` already."""
        return self._linear.logits(texts)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Of texts that are `plain` already: one row a text, one column a label."""
        return self._calibration.probabilities(self.logits(texts), texts)

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text."""
        return [
            each for some in _parts(texts) for each in _scores(self.probabilities(some), [self.version] * len(some))
        ]


class EncoderScorer:
    """The encoder with its calibration, for whatever it is given: hundreds of posts a second.

    Where the calibration adds the linear model's outputs, that of `linear` is used, or else loaded.
    """

    def __init__(self, folder: Path, about: About, linear: LinearScorer | None = None) -> None:
        # onnxruntime takes its time to import, and a folder without an encoder does without it.
        from makegood.triage.embedded.encoder import Encoder

        self._encoder = Encoder(folder)
        lines = about.calibration["encoder"]
        self._calibration = Calibration(lines)
        self._share = np.array(lines.linear, np.float32)
        self._linear = (linear or LinearScorer(folder, about)) if self._share.any() else None
        self.version = f"{about.version}.encoder"

    def probabilities(self, texts: Sequence[str], linear: Floats | None = None, seen: Floats | None = None) -> Floats:
        """Of texts that are `plain` already: one row a text, one column a label. `linear`: the linear model's raw
        outputs of them, and `seen`: what the cues find in them, where they are known.
        """
        if not texts:
            return np.empty((0, len(LABELS)), np.float32)
        logits = self._encoder.logits(texts)
        if self._linear is not None:
            logits = logits + self._share * (self._linear.logits(texts) if linear is None else linear)
        return self._calibration.probabilities(logits, texts, seen)

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text."""
        return [
            each for some in _parts(texts) for each in _scores(self.probabilities(some), [self.version] * len(some))
        ]


class Cascade:
    """What the product reads with: the linear model, with what the cues find beside it where the calibration named
    "first" says so, decides what it is sure of.
    """

    def __init__(self, linear: LinearScorer, encoder: EncoderScorer, about: About) -> None:
        self._linear, self._encoder = linear, encoder
        self._first = Calibration(about.calibration.get("first", about.calibration["linear"]))
        bands = about.cascade.labels
        self._columns = [index(label) for label in bands]
        self._low = np.array([low for low, _ in bands.values()], np.float32)
        self._high = np.array([high for _, high in bands.values()], np.float32)
        self.version = about.version

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text."""
        return [each for some in _parts(texts) for each in self._read(some)]

    def unsure(self, probabilities: Floats) -> npt.NDArray[np.bool_]:
        """Of which texts the linear model is not sure: any of the labels that matter lies in its band."""
        own = probabilities[:, self._columns]
        return np.asarray(((own > self._low) & (own < self._high)).any(axis=1))

    def _read(self, texts: Sequence[str]) -> list[Scores]:
        logits, seen = self._linear.logits(texts), hints(texts)
        found = self._first.probabilities(logits, texts, seen)
        asked: list[int] = np.flatnonzero(self.unsure(found)).tolist()
        by = [self._linear.version] * len(texts)
        if asked:
            found[asked] = self._encoder.probabilities([texts[at] for at in asked], logits[asked], seen[asked])
            for at in asked:
                by[at] = self._encoder.version
        return _scores(found, by)


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(texts), AT_ONCE):
        yield [plain(text) for text in texts[at : at + AT_ONCE]]


def _scores(probabilities: Floats, by: Sequence[str]) -> list[Scores]:
    return [Scores(tuple(row), who) for row, who in zip(probabilities.tolist(), by, strict=True)]

"""The narrow interface behind which a model reads text: probabilities for every label, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from makegood.triage.heads import index

__all__ = ["Scorer", "Scores"]


class Scores(msgspec.Struct, frozen=True):
    """What a model makes of one text: calibrated probabilities, 0 to 1, in the order of `heads.LABELS`.

    `by` names exactly the model that said so, for the record.
    """

    probabilities: tuple[float, ...]
    by: str

    def of(self, label: str) -> float:
        """The probability of a label such as "intent.complaint"."""
        return self.probabilities[index(label)]


class Scorer(Protocol):
    """Something that reads texts. It keeps nothing of them, and says the same of the same text."""

    @property
    def version(self) -> str:
        """A name for exactly this way of reading."""
        ...

    def score(self, texts: Sequence[str]) -> list[Scores]:
        """Reads texts, one answer each, in their order. Never raises for any text."""
        ...

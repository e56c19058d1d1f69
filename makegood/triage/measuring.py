"""How good a model is on labelled texts: mathematics only, with how far each figure can be trusted.

numpy takes a moment to load: import this where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from makegood.kit.shares import Share, wilson
from makegood.triage.heads import HEADS, LABELS, Head, index, span

__all__ = [
    "ENOUGH",
    "ENOUGH_OF_LABEL",
    "Compared",
    "HeadReport",
    "LabelReport",
    "Share",
    "compare",
    "measure",
    "wilson",
]

ENOUGH = 30
"""With fewer texts than that nothing is said of a head."""
ENOUGH_OF_LABEL = 8
"""With fewer of a label, neither way, nothing is said of it."""
BINS = 10
RESAMPLES = 1_000
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LabelReport:
    """One label: how often it was true, how sure what is found is it (precision), how much of it is found (recall)."""

    label: str
    n: int
    true: int
    precision: Share
    recall: Share
    f1: float | None
    enough: bool


@dataclass(frozen=True)
class HeadReport:
    """One head on `n` labelled texts.

    `macro_f1` is the mean F1 of the labels that occur, `low` and `high` where it lies 19 times of 20 when the texts are
    drawn again; `error` is the calibration error.
    """

    name: str
    n: int
    enough: bool
    macro_f1: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    labels: tuple[LabelReport, ...] = field(default=())


@dataclass(frozen=True)
class Compared:
    """Two models on the same texts. `low`: the gain in mean F1 is at least this, 19 times of 20. `recall_kept`: the
    second finds as many complaints.
    """

    before: float
    after: float
    low: float
    recall_kept: bool

    @property
    def helps(self) -> bool:
        """The rule: better 19 times of 20, and not one complaint fewer."""
        return self.low > 0 and self.recall_kept


def found_by(probabilities: Floats, head: Head, thresholds: Mapping[str, float]) -> Bools:
    """Which labels of a head are believed, a row a text: as the product believes them."""
    own = probabilities[:, span(head)]
    cuts = np.array([thresholds.get(label, 0.5) for label in LABELS[span(head)]])
    found: Bools = np.zeros(own.shape, bool)
    if not head.one:
        found = own >= cuts
        if head.name == "intent":
            # What is nothing else is something else.
            found[:, head.labels.index("other")] |= ~found.any(axis=1)
        return found
    found[np.arange(len(own)), own.argmax(axis=1)] = True
    if head.name == "severity":
        complains = probabilities[:, index("intent.complaint")] >= thresholds.get("intent.complaint", 0.5)
        found[:] = False
        found[np.arange(len(own)), np.where(complains, own[:, 1:].argmax(axis=1) + 1, 0)] = True
    if head.name == "urgency":
        now = head.labels.index("now")
        found[own[:, now] >= cuts[now]] = False
        found[own[:, now] >= cuts[now], now] = True
    return found


def measure(truth: Floats, probabilities: Floats, thresholds: Mapping[str, float]) -> list[HeadReport]:
    """How good probabilities are against the truth: a row a text, a column a label, NaN where nobody said."""
    return [_head(head, truth[:, span(head)], probabilities, thresholds) for head in HEADS]


def _head(head: Head, truth: Floats, probabilities: Floats, thresholds: Mapping[str, float]) -> HeadReport:
    rows = ~np.isnan(truth).all(axis=1)
    n = int(rows.sum())
    if not n:
        return HeadReport(head.name, 0, enough=False)
    known, wanted = ~np.isnan(truth[rows]), truth[rows] > 0.5
    found = found_by(probabilities[rows], head, thresholds)
    labels = tuple(
        _label(label, wanted[known[:, at], at], found[known[:, at], at]) for at, label in enumerate(head.labels)
    )
    if n < ENOUGH or not (wanted & known).any():
        return HeadReport(head.name, n, enough=False, labels=labels)
    drawn = _macro(_draws(n, 500), known, wanted, found)
    low, high = (float(each) for each in np.quantile(drawn, [0.025, 0.975]))
    macro = float(_macro(np.ones((1, n)), known, wanted, found)[0])
    error = _calibration_error(probabilities[rows][:, span(head)][known], wanted[known])
    return HeadReport(head.name, n, True, macro, low, high, error, labels)


def _label(label: str, wanted: Bools, found: Bools) -> LabelReport:
    hits, shown, true = int((wanted & found).sum()), int(found.sum()), int(wanted.sum())
    f1 = 2 * hits / (shown + true) if shown + true else None
    enough = len(wanted) >= ENOUGH and true >= ENOUGH_OF_LABEL
    return LabelReport(label, len(wanted), true, wilson(hits, shown), wilson(hits, true), f1, enough)


def _draws(n: int, times: int, seed: int = 11) -> Floats:
    """How often each text is drawn, when as many are drawn again with putting back (Efron 1979)."""
    found: Floats = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=times).astype(float)
    return found


def _macro(draws: Floats, known: Bools, wanted: Bools, found: Bools) -> Floats:
    """The mean F1 of the labels that occur, for each draw."""
    occurs = (wanted & known).any(axis=0)
    if not occurs.any():
        return np.zeros(len(draws))
    hits = draws @ (wanted & found & known)[:, occurs].astype(float)
    wrong = draws @ (~wanted & found & known)[:, occurs].astype(float)
    missed = draws @ (wanted & ~found & known)[:, occurs].astype(float)
    scores: Floats = 2 * hits / np.maximum(2 * hits + wrong + missed, 1e-9)
    result: Floats = scores.mean(axis=1)
    return result


def _calibration_error(said: Floats, was: Bools) -> float:
    """Expected calibration error in ten bins of equal width (Naeini et al. 2015), over all labels of the head."""
    at = np.minimum((said * BINS).astype(int), BINS - 1)
    gaps = [abs(said[at == each].sum() - was[at == each].sum()) for each in range(BINS)]
    return float(sum(gaps) / max(1, len(was)))


def compare(head: Head, truth: Floats, before: Floats, after: Floats, thresholds: Mapping[str, float]) -> Compared:
    """Whether other probabilities of the same texts are better: a paired bootstrap over the texts.

    The one-sided 5 % quantile of the gain is what must lie above nothing (Koehn 2004, https://aclanthology.org/W04-3250).
    """
    own = truth[:, span(head)]
    known, wanted = ~np.isnan(own), own > 0.5
    first, second = (found_by(each, head, thresholds) for each in (before, after))
    draws = _draws(len(truth), RESAMPLES)
    gain = _macro(draws, known, wanted, second) - _macro(draws, known, wanted, first)
    once = np.ones((1, len(truth)))
    at = head.labels.index("complaint") if "complaint" in head.labels else None
    kept = at is None or int((second & wanted)[:, at].sum()) >= int((first & wanted)[:, at].sum())
    return Compared(
        float(_macro(once, known, wanted, first)[0]),
        float(_macro(once, known, wanted, second)[0]),
        float(np.quantile(gain, 0.05)),
        kept,
    )

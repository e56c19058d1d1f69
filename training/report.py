"""What a written model can do, measured through the product's own code, beside simpler readers in the same run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from makegood.triage.embedded.cascade import Cascade, EncoderScorer, LinearScorer
from makegood.triage.embedded.manifest import About, read_about
from makegood.triage.heads import HEADS, index, span
from training import research_sets as sets
from training.corpus import corpus
from training.measure import Probabilities, figures, yes_no
from training.ranking import Figures
from training.rows import Floats, Row, held_out, matrix

__all__ = ["Report", "report", "show", "tests_of"]

Report = dict[str, dict[str, dict[str, Figures]]]
"""By set, then by reader, then by task."""
MOST = 6_000
"""Texts taken from one set, by hash: more says nothing new."""


def tests_of(data: str, own_percent: int, others_percent: int) -> dict[str, list[Row]]:
    """What may be measured on: all of a set for a model that never saw it, else the part held out of training.

    A research model's held-out parts also calibrate it: of these the half that did not is taken.
    """

    def left(rows: Iterable[Row], seen: bool) -> list[Row]:
        kept = list(rows)
        if seen:
            kept = [each for each in kept if held_out(each.text, others_percent)]
            kept = [each for each in kept if not held_out(each.text, others_percent // 2)]
        return sorted(kept, key=lambda each: hash_of(each.text))[:MOST]

    seen = data != "open"
    return {
        "our own posts": [each for each in corpus() if held_out(each.text, own_percent)],
        "complaints on X": left(sets.complaints(), seen and data != "research-airline"),
        "airlines on X": left(sets.airline(), data == "research-airline"),
        "sentiment on X": left(sets.sentiment(), seen),
        "offence on X": left(sets.offensive(), seen),
        "suggestions in a forum": left(sets.suggestions(), seen),
    }


def hash_of(text: str) -> bytes:
    """An order that has nothing to do with what a text says."""
    return hashlib.sha256(text.encode()).digest()


def report(folder: Path, *, own_percent: int = 15, others_percent: int = 20) -> Report:
    """Measures the model of a folder on everything it never saw."""
    about = read_about(folder)
    linear = LinearScorer(folder, about)
    readers: dict[str, Probabilities] = {"linear": linear.probabilities}
    if about.has_encoder:
        encoder = EncoderScorer(folder, about)
        both = Cascade(linear, encoder, about)
        readers["encoder"] = encoder.probabilities
        readers["cascade"] = lambda texts: np.array([each.probabilities for each in both.score(texts)], np.float32)
    found: Report = {}
    for name, rows in tests_of(_data(about), own_percent, others_percent).items():
        own = {reader: figures(rows, read, about.thresholds) for reader, read in readers.items()}
        found[name] = own | _peers(rows)
        show(name, found[name])
    return found


def _data(about: About) -> str:
    return about.version.removeprefix("embedded-1").lstrip("-") or "open"


def _peers(rows: Sequence[Row]) -> dict[str, dict[str, Figures]]:
    """VADER, a lexicon; and words alone, fitted on four fifths of the very set, which favours it, read on the rest."""
    texts, targets, _ = matrix(rows)
    vader = SentimentIntensityAnalyzer()
    felt = np.array([vader.polarity_scores(text)["compound"] for text in texts])
    found: dict[str, dict[str, Figures]] = {"VADER": _by_mood(felt, targets), "words, same set": {}}
    for label in ("intent.complaint", "flag.abuse", "intent.suggestion"):
        known = np.flatnonzero(~np.isnan(targets[:, index(label)]))
        truth = targets[known, index(label)] > 0.5
        if truth.sum() < 100 or (~truth).sum() < 100:
            continue
        away = np.array([held_out(texts[at] + "words", 20) for at in known])
        counts = TfidfVectorizer(min_df=2)
        learnt = counts.fit_transform([texts[at] for at in known[~away]])
        model = LogisticRegression(max_iter=300, class_weight="balanced").fit(learnt, truth[~away])
        said = model.predict_proba(counts.transform([texts[at] for at in known[away]]))[:, 1]
        found["words, same set"][label] = yes_no(truth[away], said, 0.5)
    return found


def _by_mood(felt: np.ndarray, targets: Floats) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    at = index("intent.complaint")
    known = ~np.isnan(targets[:, at])
    if known.sum() > 100 and targets[known, at].sum() > 10:
        # VADER's own rule: -0.05 and less is negative.
        found["intent.complaint"] = yes_no(targets[known, at] > 0.5, (1 - felt[known]) / 2, 0.525)
    own = span(next(head for head in HEADS if head.name == "sentiment"))
    known = ~np.isnan(targets[:, own.start])
    if known.sum() > 100:
        truth = targets[known][:, own].argmax(1)
        guess = np.where(felt[known] <= -0.05, 0, np.where(felt[known] >= 0.05, 2, 1))
        found["sentiment"] = {
            "n": float(known.sum()),
            "macro-recall": float(np.mean([(guess[truth == each] == each).mean() for each in np.unique(truth)])),
        }
    return found


_SHOWN = (
    "n",
    "F1",
    "macro-F1",
    "macro-recall",
    "AUC",
    "recall at 30 %",
    "load for 90 %",
    "load for 95 %",
    "calibration error",
)


def show(name: str, found: dict[str, dict[str, Figures]]) -> None:
    """Prints one set's figures as a table."""
    print(f"\n{name}", flush=True)
    for task in dict.fromkeys(task for each in found.values() for task in each):
        for reader, tasks in found.items():
            if task in tasks:
                figures_ = "  ".join(
                    f"{key} {tasks[task][key]:.0f}" if key == "n" else f"{key} {tasks[task][key]:.3f}"
                    for key in _SHOWN
                    if key in tasks[task]
                )
                print(f"  {task:20} {reader:16} {figures_}")

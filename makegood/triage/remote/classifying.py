"""The words of Hugging Face classifiers: what is sent, and what comes back. Pure.

Shapes: https://huggingface.co/docs/inference-providers/tasks/text-classification (Inference API and Endpoints),
https://huggingface.github.io/text-embeddings-inference/ (`/predict`),
https://huggingface.co/docs/inference-providers/tasks/zero-shot-classification.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from makegood.connectors.verdicts import NOT_JSON
from makegood.triage.heads import HEADS
from makegood.triage.remote.settings import TEI, ZERO_SHOT, Config
from makegood.triage.remote.troubles import AskError

__all__ = ["AT_ONCE", "body_for", "in_ours", "read_answer"]

AT_ONCE: Final = 8
"""Texts of one request."""
MOST_LABELS = 1_000
_ONE: Final = {f"{head.name}.{label}" for head in HEADS if head.one for label in head.labels}
ALIKE = 0.02
"""Scores that add up to 1 within this exclude each other."""


def body_for(config: Config, texts: Sequence[str]) -> dict[str, Any]:
    """What is sent for some texts, as it becomes JSON."""
    if config.kind == TEI:
        # A plain list of two would be one text and its pair there.
        return {"inputs": [[text] for text in texts], "truncate": True}
    if config.kind == ZERO_SHOT:
        labels = sorted(config.useful())
        return {"inputs": list(texts), "parameters": {"candidate_labels": labels, "multi_label": True}}
    return {"inputs": list(texts), "parameters": {"top_k": 100, "truncation": True}}


def read_answer(body: bytes, count: int) -> list[dict[str, float]]:
    """Their labels with their scores, one for each of `count` texts. AskError "nonsense" for anything else."""
    try:
        found = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise AskError("nonsense") from error
    rows = _rows(found, count)
    if len(rows) != count:
        raise AskError("nonsense", f"{len(rows)} answers for {count} texts")
    return [_scores(row) for row in rows]


def _rows(found: Any, count: int) -> list[Any]:
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise AskError("nonsense")
    flat = bool(found) and all(isinstance(each, dict) and "label" in each for each in found)
    # One text: its labels in a plain list. Several texts with one label each look the same but for their number.
    return [found] if flat and count == 1 else found


def _scores(row: Any) -> dict[str, float]:
    if isinstance(row, dict) and isinstance(row.get("labels"), list) and isinstance(row.get("scores"), list):
        pairs = list(zip(row["labels"], row["scores"], strict=False))
        if len(row["labels"]) != len(row["scores"]):
            raise AskError("nonsense", "as many scores as labels are expected")
    elif isinstance(row, dict):
        pairs = [(row.get("label"), row.get("score"))]
    elif isinstance(row, list) and all(isinstance(each, dict) for each in row):
        pairs = [(each.get("label"), each.get("score")) for each in row]
    else:
        raise AskError("nonsense")
    if not 0 < len(pairs) <= MOST_LABELS:
        raise AskError("nonsense", "no labels")
    scores = {str(label)[:100]: _score(score) for label, score in pairs if isinstance(label, str)}
    if len(scores) != len(pairs):
        raise AskError("nonsense", "labels that are no words, or twice the same")
    return scores


def _score(score: Any) -> float:
    number = isinstance(score, int | float) and not isinstance(score, bool) and math.isfinite(score)
    if not number or not -1e-6 <= score <= 1 + 1e-6:
        raise AskError("nonsense", "a score that does not lie between 0 and 1")
    return min(1.0, max(0.0, float(score)))


def in_ours(config: Config, theirs: dict[str, float]) -> dict[str, float]:
    """Probabilities of our labels. Several of theirs for one of ours add up where they exclude each other; else the
    highest counts. AskError "labels" where none of theirs is known.
    """
    useful = config.useful()
    known = {label: score for label, score in theirs.items() if label in useful}
    if not known:
        raise AskError("labels", ", ".join(sorted(theirs)[:6]))
    exclusive = abs(sum(theirs.values()) - 1) <= ALIKE
    ours: dict[str, float] = {}
    for label, score in known.items():
        meant = useful[label]
        before = ours.get(meant, 0.0)
        ours[meant] = min(1.0, before + score) if exclusive or meant in _ONE else max(before, score)
    return ours

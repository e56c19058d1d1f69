"""The figures agree with what a person counts."""

from __future__ import annotations

import numpy as np
import pytest

from makegood.triage.heads import LABELS, index
from training.measure import figures, yes_no
from training.ranking import ranking
from training.rows import Floats, Row, matrix, one_of, row


def test_a_ranking_by_hand() -> None:
    truth = np.array([True, False, True, False, False, False, False, False, False, False])
    said = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])
    found = ranking(truth, said)
    assert found["AUC"] == pytest.approx(15 / 16)
    assert found["recall at 30 %"] == 1.0
    assert found["load for 95 %"] == 0.3


def test_yes_and_no_by_hand() -> None:
    truth, said = np.array([True, True, False, False]), np.array([0.9, 0.2, 0.8, 0.1])
    found = yes_no(truth, said, 0.5)
    assert (found["F1"], found["macro-F1"], found["recall"], found["precision"]) == (0.5, 0.5, 0.5, 0.5)


def test_a_task_too_small_to_judge_is_left_out() -> None:
    rows = [row(f"post {at}", {"intent.complaint": float(at < 5)}, "made") for at in range(60)]
    assert figures(rows, lambda texts: np.full((len(texts), len(LABELS)), 0.5, np.float32), {}) == {}


def test_what_is_not_known_of_a_text_is_not_counted() -> None:
    rows: list[Row] = []
    for at in range(200):
        known = (
            {"intent.complaint": float(at % 2)}
            if at < 100
            else one_of("sentiment", "positive" if at % 2 else "neutral")
        )
        rows.append(row(f"post {at}", known, "made"))

    def read(texts: object) -> Floats:
        said = np.full((200, len(LABELS)), 0.1, np.float32)
        said[:, index("intent.complaint")] = np.arange(200) % 2
        said[:, index("sentiment.positive")] = np.arange(200) % 2
        said[:, index("sentiment.neutral")] = 1 - np.arange(200) % 2
        return said

    found = figures(rows, read, {"intent.complaint": 0.5})
    assert found["intent.complaint"]["n"] == 100
    assert found["intent.complaint"]["macro-F1"] == 1.0
    assert found["sentiment"]["n"] == 100
    assert found["sentiment"]["macro-recall"] == 1.0


def test_rows_without_text_are_dropped_and_the_unknown_is_nan() -> None:
    texts, targets, weights = matrix([row("\u200b", {}, "made"), row("a b", {"flag.spam": 1.0}, "made", 0.5)])
    assert texts == ["a b"]
    assert targets[0, index("flag.spam")] == 1.0
    assert np.isnan(targets[0]).sum() == len(LABELS) - 1
    assert weights.tolist() == [0.5]

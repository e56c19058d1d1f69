"""Calibration finds what was done to true probabilities; thresholds and curves say what holds."""

from __future__ import annotations

import numpy as np
import pytest

from makegood.triage.heads import HEADS, LABELS, index, span
from training.calibrate import curve, fit_calibration, fit_mix, reliability, thresholds, to_probabilities
from training.ranking import expected_error
from training.rows import Floats

RNG = np.random.default_rng(5)
COUNT = 6_000


def made(slope: float, shift: float) -> tuple[Floats, Floats]:
    """Logits that are too sure of themselves by `slope` and off by `shift`, and what came of them."""
    true = RNG.normal(0, 1.5, (COUNT, len(LABELS))).astype(np.float32)
    targets = (RNG.random(true.shape) < 1 / (1 + np.exp(-true))).astype(np.float32)
    for head in HEADS:
        if head.one:
            own = span(head)
            chance = np.exp(true[:, own]) / np.exp(true[:, own]).sum(1, keepdims=True)
            drawn = (chance.cumsum(1) > RNG.random((COUNT, 1))).argmax(1)
            targets[:, own] = np.eye(len(head.labels), dtype=np.float32)[drawn]
    return (true - shift) / slope, targets


def test_it_puts_right_what_was_put_wrong() -> None:
    logits, targets = made(slope=0.5, shift=0.7)
    a, b = fit_calibration(logits, targets)
    at = index("intent.complaint")
    assert a[at] == pytest.approx(0.5, abs=0.05)
    assert b[at] == pytest.approx(0.7, abs=0.1)
    own = span(next(head for head in HEADS if head.name == "severity"))
    assert a[own] == pytest.approx(np.full(5, 0.5), abs=0.05)


def test_afterwards_what_is_said_is_what_is() -> None:
    logits, targets = made(slope=0.4, shift=-1.0)
    fresh, truth = logits[::2], targets[::2]
    said = to_probabilities(logits[1::2], *fit_calibration(fresh, truth))
    at = index("flag.spam")
    before = expected_error(1 / (1 + np.exp(-logits[1::2, at])), targets[1::2, at])
    after = expected_error(said[:, at], targets[1::2, at])
    assert before > 0.08
    assert after < 0.035
    for head in HEADS:
        if head.one:
            assert said[:, span(head)].sum(1) == pytest.approx(np.ones(len(said)), abs=1e-4)


def test_a_label_never_met_is_left_as_it_is() -> None:
    logits, targets = made(slope=1, shift=0)
    targets[:, index("flag.threat")] = np.nan
    targets[:, index("flag.spam")] = 0
    a, b = fit_calibration(logits, targets)
    for label in ("flag.threat", "flag.spam"):
        assert (a[index(label)], b[index(label)]) == (1, 0)


def test_the_error_is_that_of_a_hand_made_case() -> None:
    said, truth = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1]), np.array([1.0, 1, 1, 0, 0, 0])
    # Bins: 0.9 said, 0.75 was, of four; 0.1 said, 0 was, of two.
    assert expected_error(said, truth) == pytest.approx((4 * 0.15 + 2 * 0.1) / 6)
    assert reliability(said, truth) == [(0.1, 0.0, 2), (0.9, 0.75, 4)]


def test_the_threshold_parts_what_can_be_parted() -> None:
    targets = np.full((200, len(LABELS)), np.nan, np.float32)
    said = np.full_like(targets, 0.5)
    at = index("intent.complaint")
    targets[:, at] = np.arange(200) >= 120
    said[:, at] = np.where(np.arange(200) >= 120, 0.4, 0.1)
    cut = thresholds(said, targets)["intent.complaint"]
    assert 0.1 < cut <= 0.4


def test_a_curve_says_what_is_read_and_what_is_missed() -> None:
    said, truth = np.linspace(0.005, 0.995, 100), np.arange(100) >= 70
    found = {cut: (read, missed, precision) for cut, read, missed, precision in curve(said, truth)}
    assert found[0.02] == pytest.approx((0.98, 0.0, 30 / 98), abs=1e-3)
    assert found[0.9] == pytest.approx((0.1, 2 / 3, 1.0), abs=1e-3)
    reads = [read for read, _, _ in found.values()]
    assert reads == sorted(reads, reverse=True)


def test_two_readers_are_mixed_where_both_know_something() -> None:
    logits, targets = made(slope=1, shift=0)
    noise = RNG.normal(0, 3, (2, *logits.shape)).astype(np.float32)
    mix = fit_mix(logits + noise[0], logits + noise[1], targets)
    assert mix.min() >= 0.6
    blind = fit_mix(logits, noise[1], targets)
    assert blind.max() == 0

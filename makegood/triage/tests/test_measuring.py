"""Figures against ones reckoned by hand, and how far they can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.triage.heads import HEADS, LABELS, index, span
from makegood.triage.measuring import ENOUGH, compare, found_by, measure, wilson

INTENT, SEVERITY, URGENCY = HEADS[0], HEADS[1], HEADS[2]


def table(n: int, fill: float = np.nan) -> np.ndarray:
    return np.full((n, len(LABELS)), fill)


# Source of the figures: Newcombe 1998, table I, method 3 (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857).
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, of: int, low: float, high: float) -> None:
    share = wilson(hits, of)
    assert share.value == hits / of
    assert share.low == pytest.approx(low, abs=1e-4)
    assert share.high == pytest.approx(high, abs=1e-4)


def test_of_nothing_nothing_is_known() -> None:
    share = wilson(0, 0)
    assert (share.value, share.low, share.high) == (None, 0.0, 1.0)


@settings(deadline=None)
@given(st.integers(1, 400), st.data())
def test_an_interval_holds_its_share_and_stays_within_bounds(of: int, data: st.DataObject) -> None:
    share = wilson(data.draw(st.integers(0, of)), of)
    assert share.value is not None
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1


def binary(pairs: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Truth and probabilities where only "intent.complaint" is known."""
    truth, said = table(len(pairs)), table(len(pairs), 0.0)
    at = index("intent.complaint")
    truth[:, at] = [float(true) for true, _p in pairs]
    said[:, at] = [p for _true, p in pairs]
    return truth, said


def test_precision_recall_f1_and_calibration_by_hand() -> None:
    # 40 true: 30 found; 60 not: 10 taken for it.
    pairs = [(True, 0.9)] * 30 + [(True, 0.1)] * 10 + [(False, 0.9)] * 10 + [(False, 0.1)] * 50
    head = measure(*binary(pairs), {"intent.complaint": 0.5})[0]
    label = head.labels[0]
    assert (head.n, label.true, label.precision.value, label.recall.value) == (100, 40, 0.75, 0.75)
    assert label.f1 == pytest.approx(0.75)
    assert head.macro_f1 == pytest.approx(0.75)
    # Said 0.9 of 40 of which 30 are it, 0.1 of 60 of which 10 are it: |36 - 30| + |6 - 10| of 100.
    assert head.error == pytest.approx(0.10)
    assert head.low is not None
    assert head.high is not None
    assert head.low < 0.75 < head.high
    assert (label.recall.low, label.recall.high) == (wilson(30, 40).low, wilson(30, 40).high)


def test_with_few_nothing_is_said() -> None:
    head = measure(*binary([(True, 0.9)] * (ENOUGH - 1)), {})[0]
    assert (head.enough, head.macro_f1, head.error) == (False, None, None)
    rare = measure(*binary([(True, 0.9)] * 3 + [(False, 0.1)] * 97), {})[0]
    assert rare.enough
    assert not rare.labels[0].enough


def test_what_nobody_said_counts_neither_way() -> None:
    truth, said = binary([(True, 0.9)] * 40)
    more = np.vstack([truth, table(60)]), np.vstack([said, table(60, 0.9)])
    assert measure(*more, {})[0] == measure(truth, said, {})[0]
    assert measure(truth, said, {})[1].n == 0


def test_a_head_of_one_has_one_and_an_intent_something_always() -> None:
    said = table(2, 0.1)
    said[:, index("severity.3")] = 0.4
    said[:, index("severity.0")] = 0.5
    said[0, index("intent.complaint")] = 0.6
    # Severe is only what is a complaint, and that is never not severe at all.
    assert found_by(said, SEVERITY, {}).argmax(axis=1).tolist() == [3, 0]
    assert found_by(said, SEVERITY, {}).sum(axis=1).tolist() == [1, 1]
    assert found_by(said, INTENT, {}).sum(axis=1).tolist() == [1, 1]


def test_now_is_believed_from_its_own_threshold_on() -> None:
    said = table(1, 0.0)
    said[0, span(URGENCY)] = [0.3, 0.5, 0.15, 0.05]
    assert found_by(said, URGENCY, {})[0].tolist() == [False, True, False, False]
    assert found_by(said, URGENCY, {"urgency.now": 0.2})[0].tolist() == [True, False, False, False]


def test_better_is_better_the_same_is_not() -> None:
    chance = np.random.default_rng(2)
    wanted = chance.random(200) < 0.4
    truth, bad = binary([(bool(each), 0.9 if each ^ (chance.random() < 0.3) else 0.1) for each in wanted])
    good = binary([(bool(each), 0.9 if each else 0.1) for each in wanted])[1]
    assert compare(INTENT, truth, bad, good, {}).helps
    assert not compare(INTENT, truth, bad, bad, {}).helps
    assert not compare(INTENT, truth, good, bad, {}).helps


def test_a_gain_that_misses_complaints_is_none() -> None:
    truth, before = binary([(True, 0.9)] * 50 + [(False, 0.9)] * 50)
    after = before.copy()
    after[50:, index("intent.complaint")] = 0.1
    after[:1, index("intent.complaint")] = 0.1
    seen = compare(INTENT, truth, before, after, {})
    assert seen.after > seen.before
    assert seen.low > 0
    assert not seen.helps

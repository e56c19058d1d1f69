"""What a threshold costs, and choosing one: expected numbers against counted ones, held-out curves, undo."""

from __future__ import annotations

import random
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.journal.api import Entry
from makegood.triage import reading, thresholds
from makegood.triage.models import Assessment, ThresholdChange
from makegood.triage.tests.learning import Told, hear
from makegood.triage.thresholds import (
    CHOSEN,
    STEPS,
    ThresholdError,
    change_thresholds,
    cost_at,
    costs_of,
    from_curve,
    last_change,
    thresholds_of,
    undo_thresholds,
)

LABEL = "intent.complaint"
CURVE = [(0.02, 1.0, 0.0, 0.3), (0.5, 0.4, 0.1, 0.7), (0.98, 0.0, 1.0, 1.0)]


def test_what_calibrated_probabilities_promise_is_what_happens() -> None:
    chance = random.Random(3)
    said = [chance.betavariate(0.4, 0.8) for _ in range(40_000)]
    was = [chance.random() < p for p in said]
    for cut in (0.1, 0.3, 0.6):
        cost = cost_at(said, cut)
        shown = [truth for p, truth in zip(said, was, strict=True) if p >= cut]
        assert cost.read == pytest.approx(len(shown) / len(said))
        assert cost.missed == pytest.approx(1 - sum(shown) / sum(was), abs=0.01)
        assert cost.precision == pytest.approx(sum(shown) / len(shown), abs=0.01)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=60))
def test_a_higher_threshold_never_reads_more_nor_misses_less(probabilities: list[float]) -> None:
    costs = [cost_at(probabilities, step) for step in STEPS]
    for lower, higher in pairwise(costs):
        assert higher.read <= lower.read
        assert (higher.missed or 0) >= (lower.missed or 0) - 1e-9
    assert all(0 <= cost.read <= 1 and (cost.missed is None or -1e-9 <= cost.missed <= 1) for cost in costs)


def test_of_nothing_nothing_is_said() -> None:
    assert cost_at([], 0.5) == thresholds.Cost(0.5, 0.0, None, None)
    assert cost_at([0.0, 0.0], 0.5).missed is None


@pytest.mark.parametrize(
    ("at", "read", "missed"), [(0.02, 1.0, 0.0), (0.26, 0.7, 0.05), (0.5, 0.4, 0.1), (0.98, 0.0, 1.0), (0.01, 1.0, 0.0)]
)
def test_a_curve_is_straight_between_its_points(at: float, read: float, missed: float) -> None:
    cost = from_curve(CURVE, at)
    assert cost.read == pytest.approx(read)
    assert cost.missed == pytest.approx(missed)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that was measured, and that nobody has to load."""
    about = SimpleNamespace(thresholds={LABEL: 0.31, "topic.refund": 0.6}, curves={LABEL: CURVE})
    monkeypatch.setattr(thresholds, "model_about", lambda: about)


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")


def read_posts(workspace: Any, probabilities: list[float]) -> None:
    """So many posts that a model has read so."""
    hear(workspace, *[f"Post {number}" for number in range(len(probabilities))])
    rows = list(Assessment.objects.within(workspace).order_by("id"))
    for row, chance in zip(rows, probabilities, strict=True):
        row.scores = {LABEL: chance}
    Assessment.objects.bulk_update(rows, ["scores"])


@pytest.mark.django_db
def test_the_models_own_thresholds_hold_until_somebody_chooses(
    workspace: Any, other_workspace: Any, olga: Any, model: None
) -> None:
    assert thresholds_of(workspace)[LABEL] == 0.31
    assert thresholds_of(workspace)["topic.refund"] == 0.6
    change_thresholds(workspace, {LABEL: 0.2}, olga)
    assert thresholds_of(workspace)[LABEL] == 0.2
    assert thresholds_of(workspace.pk)["topic.refund"] == 0.6
    assert thresholds_of(other_workspace)[LABEL] == 0.31


@pytest.mark.django_db
def test_without_a_model_there_are_thresholds_all_the_same(workspace: Any, no_model: None) -> None:
    assert thresholds_of(workspace) == CHOSEN
    assert costs_of(workspace, LABEL).steps == ()


@pytest.mark.django_db
def test_few_own_posts_count_less_than_held_out_ones(workspace: Any, model: None) -> None:
    read_posts(workspace, [0.9] * 30)
    costs = costs_of(workspace, LABEL)
    assert (costs.own, costs.posts) == (False, 30)
    assert next(cost for cost in costs.steps if cost.threshold == 0.5).read == pytest.approx(0.4)


@pytest.mark.django_db
def test_from_enough_own_posts_on_those_count(
    workspace: Any, other_workspace: Any, model: None, monkeypatch: pytest.MonkeyPatch, no_model: None
) -> None:
    monkeypatch.setattr(thresholds, "ENOUGH_POSTS", 20)
    read_posts(workspace, [0.9] * 10 + [0.1] * 10)
    costs = costs_of(workspace, LABEL)
    assert (costs.own, costs.posts) == (True, 20)
    half = next(cost for cost in costs.steps if cost.threshold == 0.5)
    assert half.read == 0.5
    assert half.missed == pytest.approx(0.1)
    assert costs_of(other_workspace, LABEL).posts == 0


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{LABEL: 0.0}, {LABEL: 0.99}, {"topic.refund": 0.5}, {LABEL: float("nan")}])
def test_what_is_no_threshold_is_refused_and_nothing_changes(
    workspace: Any, olga: Any, values: dict[str, float], no_model: None
) -> None:
    with pytest.raises(ThresholdError, match="between 2 and 95"):
        change_thresholds(workspace, values, olga)
    assert last_change(workspace) is None


@pytest.mark.django_db
def test_every_choice_is_kept_journalled_and_can_be_undone(workspace: Any, olga: Any, no_model: None) -> None:
    assert change_thresholds(workspace, dict(CHOSEN), olga) is None
    first = change_thresholds(workspace, {LABEL: 0.2}, olga)
    assert first is not None
    assert first.done_to is not None
    back = undo_thresholds(workspace, first.pk, olga)
    assert back is not None
    assert thresholds_of(workspace)[LABEL] == CHOSEN[LABEL]
    with pytest.raises(ThresholdError, match="since"):
        undo_thresholds(workspace, first.pk, olga)
    assert ThresholdChange.objects.within(workspace).count() == 2
    lines = Entry.objects.within(workspace).filter(verb="triage.thresholds_set").order_by("id")
    assert [line.data["after"][LABEL] for line in lines] == [0.2, CHOSEN[LABEL]]


@pytest.mark.django_db
def test_only_the_newest_choice_is_still_to_be_read_again(workspace: Any, olga: Any, no_model: None) -> None:
    change_thresholds(workspace, {LABEL: 0.2}, olga)
    change_thresholds(workspace, {LABEL: 0.3}, olga)
    due = ThresholdChange.objects.within(workspace).filter(done_to__isnull=False)
    assert [row.values[LABEL] for row in due] == [0.3]


@pytest.mark.django_db
def test_the_reader_asks_for_the_workspaces_own(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Told(lambda text: {LABEL: 0.3, "intent.other": 0.6})
    monkeypatch.setattr(reading, "scorer_of", lambda *_args, **_more: unsure)
    change_thresholds(workspace, {LABEL: 0.5}, olga)
    hear(workspace, "The teapot that I got from your shop stands on my table now")
    change_thresholds(workspace, {LABEL: 0.2}, olga)
    hear(workspace, "The teapot that I got from your shop stands on my shelf now")
    rows = Assessment.objects.within(workspace).order_by("id")
    assert [row.intent == "complaint" for row in rows] == [False, True]

"""Sorting in the database: each mention once, with reasons, and a person's word above the machine's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from makegood.journal.api import Entry
from makegood.listen import flow as listening
from makegood.listen.flow import Hit
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel
from makegood.triage import embedded, flow, reading
from makegood.triage.embedded.tests import tiny
from makegood.triage.embedded.tests.tiny import seal
from makegood.triage.heads import LABELS, SENTIMENTS
from makegood.triage.models import Assessment
from makegood.triage.reader import Response
from makegood.triage.rules import default_reader

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


def hear(workspace: Any, *texts: str) -> None:
    with transaction.atomic():
        said = [Hit(activity(text), "why", terms=(("Teapot", 15, 21),)) for text in texts]
        listening.store(channel(workspace), said)


def test_each_mention_is_sorted_once_with_reasons(workspace: Any) -> None:
    hear(workspace, COMPLAINT, "What time do you open?")
    assert flow.sort_new() == 2
    assert flow.sort_new() == 0
    first, second = Assessment.objects.within(workspace).order_by("id")
    assert (first.intent, first.response, second.intent) == ("complaint", "restoration", "question")
    assert first.reasons
    assert first.response_reason
    assert first.decided_by is None
    assert set(Mention.objects.within(workspace).values_list("state", flat=True)) == {"sorted"}


def test_the_journal_keeps_what_was_read_and_by_what(workspace: Any) -> None:
    hear(workspace, COMPLAINT)
    flow.sort_new()
    line = Entry.objects.within(workspace).get(verb="mention.assessed")
    version = Assessment.objects.within(workspace).get().version
    assert line.data == {"intent": "complaint", "response": "restoration", "by": version}


def test_what_was_deleted_meanwhile_is_let_stand(workspace: Any) -> None:
    hear(workspace, COMPLAINT)
    listening.forget([Mention.objects.within(workspace).get().network_id])
    flow.sort_new()
    row = Assessment.objects.within(workspace).get()
    assert (row.response, row.response_reason) == ("let_stand", "It was deleted before anyone read it.")


def test_more_than_a_batch_is_sorted_too(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "BATCH", 3)
    hear(workspace, *[f"{COMPLAINT} {number}" for number in range(8)])
    assert flow.sort_new() == 8


def test_a_post_that_trips_the_reader_is_shown_to_a_person(
    workspace: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hear(workspace, COMPLAINT, "Teapot, do you ship to Norway?")
    reader = default_reader()

    class Stumbling:
        version = reader.version

        def read(self, activity: Any, *rest: Any) -> Any:
            if "Norway" in activity.text:
                raise ValueError("what?")
            return reader.read(activity, *rest)

    monkeypatch.setattr(reading, "default_reader", Stumbling)
    assert flow.sort_new() == 2
    fine, tripped = Assessment.objects.within(workspace).order_by("id")
    assert (fine.response, tripped.response) == ("restoration", "fix_facts")
    assert "could not read" in tripped.response_reason
    assert "could not be read" in caplog.text


def test_a_failure_leaves_the_batch_for_the_next_time(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(workspace, COMPLAINT)
    with monkeypatch.context() as broken:
        broken.setattr("makegood.journal.api.record_all", lambda _lines: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            flow.sort_new()
    assert not Assessment.objects.within(workspace).exists()
    assert flow.sort_new() == 1


def test_a_member_decides_and_the_journal_keeps_what_was_before(workspace: Any, malik: Any) -> None:
    hear(workspace, COMPLAINT)
    flow.sort_new()
    mention = Mention.objects.within(workspace).get()
    with transaction.atomic():
        row = flow.decide(mention, Response.MONITOR, malik)
    assert (row.response, row.decided_by, row.response_reason) == ("monitor", malik, "Decided by Malik.")
    line = Entry.objects.within(workspace).get(verb="mention.decided")
    assert (line.actor, line.data) == ("Malik", {"before": "restoration", "response": "monitor"})


def test_each_shop_is_read_with_its_own_name(workspace: Any, other_workspace: Any) -> None:
    hear(workspace, COMPLAINT)
    hear(other_workspace, COMPLAINT)
    assert flow.sort_new() == 2
    assert Assessment.objects.within(workspace).count() == Assessment.objects.within(other_workspace).count() == 1


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(tiny.write(tmp_path / "model")))
    return tmp_path / "model"


def test_what_the_model_says_is_kept_with_the_assessment(workspace: Any, model: Path) -> None:
    hear(workspace, "I think that the Teapot I have here is broken", "Teapot: this is where they have been for years")
    flow.sort_new()
    first, second = Assessment.objects.within(workspace).order_by("id")
    assert first.version == "rules-2+tiny-1.linear"
    assert set(first.scores) == set(LABELS)
    assert (first.intent, first.scores["intent.complaint"]) == ("complaint", 1.0)
    assert first.severity in range(1, 5)
    assert first.sentiment in SENTIMENTS
    assert "Reads like a complaint: 99 in 100 such posts are." in [reason["text"] for reason in first.reasons]
    assert second.scores["intent.complaint"] < 0.2


def test_a_batch_goes_through_the_model_at_once_and_the_same_words_once(
    workspace: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    real = embedded.scorer()

    class Watched:
        version = real.version

        def score(self, texts: Any) -> Any:
            calls.append(list(texts))
            return real.score(texts)

    monkeypatch.setattr(reading, "scorer_of", Watched)
    hear(workspace, "Teapot one", "Teapot two", "Teapot one")
    assert flow.sort_new() == 3
    assert calls == [["Teapot one", "Teapot two"]]


@pytest.mark.parametrize(("threshold", "intent"), [(0.3, "complaint"), (0.6, "other")])
def test_a_workspaces_own_threshold_decides(
    workspace: Any, model: Path, monkeypatch: pytest.MonkeyPatch, threshold: float, intent: str
) -> None:
    # Every label of every text gets the same probability: 0.4.
    (model / "encoder.onnx").unlink()
    seal(model, calibration={"linear": {"a": [0.0] * len(LABELS), "b": [-0.4] * len(LABELS)}})
    monkeypatch.setattr(reading, "thresholds_of", lambda _workspace: dict.fromkeys(LABELS, threshold))
    hear(workspace, "I think that you have the Teapot there")
    flow.sort_new()
    assert Assessment.objects.within(workspace).get().intent == intent


@pytest.mark.parametrize("harm", ["nothing there", "a damaged file", "a file of another model"])
def test_without_a_model_the_rules_read_on(
    workspace: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    folder = tmp_path / "model"
    if harm != "nothing there":
        tiny.write(folder)
        (folder / ("model.json" if harm == "a damaged file" else "linear.npz")).write_bytes(b"\x00\xff")
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", str(folder))
    hear(workspace, COMPLAINT)
    assert flow.sort_new() == 1
    row = Assessment.objects.within(workspace).get()
    assert (row.intent, row.version, row.scores) == ("complaint", "rules-2", {})


def test_a_model_that_fails_while_reading_leaves_it_to_the_rules(
    workspace: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing:
        version = "failing-1"

        def score(self, texts: Any) -> Any:
            raise RuntimeError("out of order")

    monkeypatch.setattr(reading, "scorer_of", Failing)
    hear(workspace, COMPLAINT)
    assert flow.sort_new() == 1
    assert Assessment.objects.within(workspace).get().version == "rules-2"
    assert "failing-1" in caplog.text

"""A moved threshold and a correction at the desk: what is open follows, what people have settled stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from makegood.desk import actions, rereading
from makegood.desk import flow as desk_flow
from makegood.desk.models import Clock, Conversation
from makegood.desk.rereading import follow_correction, read_again
from makegood.desk.snoozing import snooze
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.models import Mention
from makegood.triage import reading
from makegood.triage import thresholds as choosing
from makegood.triage.corrections import correct, undo_correction
from makegood.triage.models import Assessment, ThresholdChange
from makegood.triage.tests.learning import Told, hear

pytestmark = pytest.mark.django_db

LABEL = "intent.complaint"
TEXT = "The teapot that I bought at your shop stands on my table, number {}"


@pytest.fixture(autouse=True)
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that finds everything a complaint with 30 in 100, where 50 are wanted to begin with."""
    told = Told(lambda text: {LABEL: 0.3, "intent.other": 0.7, "severity.2": 0.9})
    monkeypatch.setattr(reading, "scorer_of", lambda *_args, **_more: told)
    monkeypatch.setattr(choosing, "model_about", lambda: None)


def opened(workspace: Any, number: int = 1) -> list[Conversation]:
    hear(workspace, *[TEXT.format(at) for at in range(number)])
    desk_flow.open_new()
    return list(Conversation.objects.within(workspace).order_by("id"))


def again(row: Conversation) -> Conversation:
    return Conversation.objects.within(row.workspace_id).select_related("latest").get(pk=row.pk)


def test_a_lower_threshold_brings_what_was_missed_to_where_it_is_answered(workspace: Any, olga: Any) -> None:
    (row,) = opened(workspace)
    assert (row.intent, row.queue) == ("other", "let_stand")
    choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    read_again()
    row = again(row)
    assert (row.intent, row.response, row.queue) == ("complaint", "restoration", "needs_answer")
    assert row.waiting_since == row.latest.posted_at
    assert row.due_at is not None
    assert Clock.objects.within(workspace).filter(conversation=row, stopped_at__isnull=True).exists()
    change = ThresholdChange.objects.within(workspace).get()
    assert (change.looked, change.moved, change.done_to) == (1, 1, None)
    assert Entry.objects.within(workspace).filter(verb="conversation.read_again").count() == 1
    assert Entry.objects.within(workspace).get(verb="triage.read_again").data == {"looked": 1, "moved": 1}


def test_undone_it_goes_back(workspace: Any, olga: Any) -> None:
    (row,) = opened(workspace)
    change = choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    assert change is not None
    read_again()
    choosing.undo_thresholds(workspace, change.pk, olga)
    read_again()
    row = again(row)
    assert (row.intent, row.queue, row.due_at, row.waiting_since) == ("other", "let_stand", None, None)


def test_what_somebody_has_dealt_with_stays(workspace: Any, olga: Any, malik: Any) -> None:
    decided, closed, put_off, corrected, open_one = opened(workspace, 5)
    actions.assess(decided, "monitor", malik)
    actions.close(closed, malik)
    snooze(put_off, clock.now() + timedelta(days=1), malik)
    correct(workspace.pk, corrected.latest, {"intent": ["praise"]}, malik)
    follow_correction(corrected, malik)
    choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    read_again()
    assert [again(each).queue for each in (decided, closed, put_off, corrected, open_one)] == [
        "let_stand",
        "closed",
        "snoozed",
        "praise",
        "needs_answer",
    ]


def test_a_kind_word_after_an_open_complaint_does_not_settle_it(workspace: Any, olga: Any) -> None:
    choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    read_again()
    first, second = hear(workspace, TEXT.format(1), TEXT.format(2), who="did:plc:ada")
    Mention.objects.within(workspace).filter(pk=second.pk).update(thread_id=first.thread_id)
    desk_flow.open_new()
    (row,) = Conversation.objects.within(workspace)
    Assessment.objects.within(workspace).filter(mention=first).update(response="restoration")
    assert (row.queue, row.latest_id) == ("needs_answer", second.pk)
    choosing.change_thresholds(workspace, {LABEL: 0.5}, olga)
    read_again()
    assert again(row).queue == "needs_answer"


def test_another_workspace_is_left_alone(workspace: Any, other_workspace: Any, olga: Any) -> None:
    (theirs,) = opened(other_workspace)
    opened(workspace)
    choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    read_again()
    assert again(theirs).queue == "let_stand"


def test_it_is_done_in_batches_and_only_so_many(workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "BATCH", 2)
    monkeypatch.setattr(choosing, "MOST_READ_AGAIN", 4)
    rows = opened(workspace, 7)
    choosing.change_thresholds(workspace, {LABEL: 0.2}, olga)
    assert read_again() == 2
    assert [again(row).queue for row in rows].count("needs_answer") == 4
    # The newest go first.
    assert again(rows[-1]).queue == "needs_answer"
    assert read_again() == 0


def test_reading_again_takes_as_many_queries_for_many_as_for_few(
    workspace: Any, olga: Any, django_assert_max_num_queries: Any
) -> None:
    for number, cut in ((3, 0.2), (30, 0.6)):
        opened(workspace, number)
        choosing.change_thresholds(workspace, {LABEL: cut}, olga)
        with django_assert_max_num_queries(60):
            read_again()


def test_a_correction_moves_the_conversation_and_its_clock(workspace: Any, malik: Any) -> None:
    (row,) = opened(workspace)
    (made, *_rest) = correct(workspace.pk, row.latest, {"intent": ["complaint"]}, malik)
    row = follow_correction(row, malik)
    assert (row.intent, row.queue) == ("complaint", "needs_answer")
    assert again(row).due_at is not None
    soon = again(row).due_at
    correct(workspace.pk, row.latest, {"urgency": ["now"]}, malik)
    follow_correction(row, malik)
    assert again(row).urgency == "now"
    hurried = again(row).due_at
    assert hurried is not None
    assert soon is not None
    assert hurried < soon
    undo_correction(workspace.pk, made.pk, malik)
    follow_correction(row, malik)
    assert (again(row).intent, again(row).queue) == ("other", "let_stand")


def test_a_correction_of_what_is_closed_leaves_it_closed(workspace: Any, malik: Any) -> None:
    (row,) = opened(workspace)
    actions.close(row, malik)
    correct(workspace.pk, row.latest, {"intent": ["complaint"]}, malik)
    follow_correction(row, malik)
    assert (again(row).intent, again(row).queue) == ("complaint", "closed")

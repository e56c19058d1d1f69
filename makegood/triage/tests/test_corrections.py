"""What a member says a mention is: in force at once, kept for good, taken back, and gone with the words it is about."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import transaction

from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import erasing
from makegood.listen import flow as listening
from makegood.listen.edits import keep_edits
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity
from makegood.triage import evaluating, flow
from makegood.triage.corrections import (
    CorrectionError,
    confirm,
    correct,
    corrections_of,
    truth_of,
    undo_correction,
)
from makegood.triage.models import Correction
from makegood.triage.reader import Response
from makegood.triage.tests.learning import assessed, hear

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


@pytest.fixture(autouse=True)
def by_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_TRIAGE_MODEL", "off")


@pytest.fixture
def mention(workspace: Any) -> Mention:
    return hear(workspace, COMPLAINT)[0]


def say(mention: Mention, by: Any, **said: list[str]) -> list[Correction]:
    return correct(mention.workspace_id, mention, said, by)


def test_it_is_rather_a_question(mention: Mention, malik: Any) -> None:
    before = assessed(mention)
    made = say(mention, malik, intent=["question"])
    row = assessed(mention)
    assert [(one.head, one.before[0], one.after, one.by, one.version) for one in made] == [
        ("intent", "complaint", ["question"], malik, before.version)
    ]
    assert (row.intent, row.response, row.decided_by) == ("question", "fix_facts", None)
    assert truth_of(row, "intent") == ["question"]
    line = Entry.objects.within(mention.workspace_id).get(verb="mention.corrected")
    assert (line.actor, line.data["head"], line.data["after"]) == ("Malik", "intent", ["question"])


def test_every_head_can_be_corrected_and_the_rest_stays(mention: Mention, malik: Any) -> None:
    said = {
        "intent": ["complaint", "question"],
        "severity": ["4"],
        "urgency": ["now"],
        "topic": ["refund", "staff"],
        "flag": ["threat", "person"],
    }
    say(mention, malik, **said)
    row = assessed(mention)
    assert {head: truth_of(row, head) for head in said} == said
    assert (row.severity, row.urgency, row.topics, row.flags) == (4, "now", ["refund", "staff"], ["threat", "person"])
    before = (row.severity, row.topics, row.flags)
    say(mention, malik, urgency=["whenever"])
    row = assessed(mention)
    assert (row.severity, row.topics, row.flags, row.urgency) == (*before, "whenever")


def test_what_stands_there_already_is_no_correction(mention: Mention, malik: Any) -> None:
    row = assessed(mention)
    assert say(mention, malik, intent=truth_of(row, "intent"), urgency=[row.urgency], topic=row.topics[::-1]) == []
    assert not Correction.objects.within(mention.workspace_id).exists()


@pytest.mark.parametrize(
    "said",
    [
        {"intent": []},
        {"intent": ["rant"]},
        {"severity": ["5"]},
        {"severity": ["1", "2"]},
        {"urgency": []},
        {"topic": ["own-market"]},
        {"flag": ["rude"]},
        {"mood": ["low"]},
        {"topic": ["ordering", "delivery", "defect", "billing", "refund", "staff", "account"]},
        {"urgency": ["now"], "flag": ["rude"]},
    ],
)
def test_what_is_not_offered_is_refused_whole(mention: Mention, malik: Any, said: dict[str, list[str]]) -> None:
    before = assessed(mention)
    with pytest.raises(CorrectionError):
        say(mention, malik, **said)
    assert not Correction.objects.within(mention.workspace_id).exists()
    assert assessed(mention).urgency == before.urgency


def test_taken_back_everything_stands_as_it_did(mention: Mention, malik: Any, olga: Any) -> None:
    before = assessed(mention)
    (made,) = say(mention, malik, intent=["praise"])
    assert assessed(mention).urgency == "whenever"
    undo_correction(mention.workspace_id, made.pk, olga)
    row = assessed(mention)
    for field in (
        "intent",
        "intents",
        "urgency",
        "urgency_reason",
        "response",
        "response_reason",
        "topics",
        "severity",
    ):
        assert getattr(row, field) == getattr(before, field), field
    kept = Correction.objects.within(mention.workspace_id).get()
    assert (kept.undone_by, corrections_of(mention.workspace_id, mention.pk)) == (olga, [])
    with pytest.raises(CorrectionError, match="already"):
        undo_correction(mention.workspace_id, made.pk, olga)


def test_only_the_last_word_can_be_taken_back(mention: Mention, malik: Any) -> None:
    (first,) = say(mention, malik, intent=["praise"])
    (second,) = say(mention, malik, intent=["question"])
    with pytest.raises(CorrectionError, match="again since"):
        undo_correction(mention.workspace_id, first.pk, malik)
    undo_correction(mention.workspace_id, second.pk, malik)
    assert assessed(mention).intent == "praise"
    undo_correction(mention.workspace_id, first.pk, malik)
    assert assessed(mention).intent == "complaint"


def test_a_strangers_workspace_has_no_say(mention: Mention, other_workspace: Any, sten: Any, malik: Any) -> None:
    (made,) = say(mention, malik, intent=["praise"])
    with pytest.raises(CorrectionError):
        undo_correction(other_workspace.pk, made.pk, sten)
    assert corrections_of(other_workspace, mention.pk) == []


def test_what_a_person_decided_stays_decided(mention: Mention, malik: Any) -> None:
    with transaction.atomic():
        flow.decide(mention, Response.MONITOR, malik)
    (made,) = say(mention, malik, intent=["praise"])
    assert assessed(mention).response == "monitor"
    undo_correction(mention.workspace_id, made.pk, malik)
    assert (assessed(mention).response, assessed(mention).decided_by) == ("monitor", malik)


def test_an_urgency_that_somebody_named_is_not_moved_by_an_intent(mention: Mention, malik: Any) -> None:
    say(mention, malik, urgency=["now"])
    say(mention, malik, intent=["praise"])
    assert assessed(mention).urgency == "now"


def test_confirming_counts_as_much_and_once(mention: Mention, malik: Any) -> None:
    say(mention, malik, urgency=["now"])
    made = confirm(mention.workspace_id, mention, malik)
    assert {one.head for one in made} == {"intent", "severity", "topic", "flag"}
    assert all(one.before == one.after for one in made)
    assert confirm(mention.workspace_id, mention, malik) == []
    (item,) = evaluating.own_items(mention.workspace_id)
    assert item.truth["intent.complaint"]
    assert item.truth["urgency.now"]
    assert not item.truth["flag.spam"]


def edit(mention: Mention, text: str) -> None:
    """Its author changes what it says."""
    said = msgspec.convert(mention.activity, type(activity()))
    changed = msgspec.structs.replace(said, text=text, edited_at=clock.now())
    with transaction.atomic():
        assert keep_edits(mention.workspace_id, {mention.network_id: changed}) == 1
    flow.sort_new()


def test_read_anew_it_says_what_the_member_said_unless_the_words_have_changed(mention: Mention, malik: Any) -> None:
    from makegood.triage import rereading

    say(mention, malik, intent=["question"], topic=["staff"])
    fresh = rereading.read(mention.workspace_id, [mention.pk])
    assert fresh[0].intent == "complaint"
    with transaction.atomic():
        rereading.keep(mention.workspace_id, fresh)
    assert (assessed(mention).intent, assessed(mention).topics) == ("question", ["staff"])
    edit(mention, "Love my new teapot from Teapot, thank you so much!")
    assert assessed(mention).intent == "praise"
    assert evaluating.own_items(mention.workspace_id) == []


def test_of_what_was_deleted_at_its_source_nothing_is_learnt(mention: Mention, malik: Any) -> None:
    say(mention, malik, intent=["question"])
    listening.forget([mention.network_id])
    assert evaluating.own_items(mention.workspace_id) == []
    with pytest.raises(CorrectionError, match="deleted"):
        say(mention, malik, intent=["praise"])


def test_of_somebody_who_was_erased_no_word_is_kept(mention: Mention, malik: Any) -> None:
    say(mention, malik, intent=["question"], topic=["refund"])
    with transaction.atomic():
        erasing.erase_authors(mention.workspace_id, {(mention.network, mention.author_id)}, malik)
    assert evaluating.own_items(mention.workspace_id) == []
    for row in Correction.objects.within(mention.workspace_id):
        assert "parcel" not in str(msgspec.json.encode([row.before, row.after, row.beside]))


def test_many_are_looked_up_in_one_query(workspace: Any, malik: Any, django_assert_num_queries: Any) -> None:
    counts = []
    for number in (3, 30):
        for mention in hear(workspace, *[f"{COMPLAINT} {at} of {number}" for at in range(number)]):
            say(mention, malik, intent=["question"])
        with django_assert_num_queries(1):
            counts.append(len(evaluating.own_items(workspace)))
    assert counts == [3, 33]

"""The record: who answered what when, beside what was proposed; and the decision that follows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from makegood.desk import api as desk
from makegood.desk.tests.make import conversation_with
from makegood.journal.api import Entry
from makegood.listen import flow as listening
from makegood.listen.tests.make import channel
from makegood.triage import api as triage
from makegood.triage.assessing import flow
from makegood.triage.assessing.flow import AssessingError, answer, deciders, open_record, record_page
from makegood.triage.assessing.models import AssessmentRecord
from makegood.triage.assessing.proposing import Reading, propose
from makegood.triage.assessing.questions import Answer, Question, next_question
from makegood.triage.models import Assessment

pytestmark = pytest.mark.django_db

Q, A = Question, Answer
COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"


@pytest.fixture
def talk(workspace: Any) -> desk.Conversation:
    return conversation_with(channel(workspace), COMPLAINT)


def all_answered(talk: desk.Conversation, by: Any, letters: str = "yynnny") -> AssessmentRecord:
    said = {"y": A.YES, "n": A.NO, "u": A.UNKNOWN}
    row = None
    for letter in letters:
        question = next_question(flow.answers_of(row) if row else {})
        assert question is not None
        row = answer(talk.latest, question, said[letter], by, proposals(talk))
    assert row is not None
    return row


def proposals(talk: desk.Conversation) -> Any:
    return propose(Reading.of(Assessment.objects.get(mention=talk.latest)))


def test_the_first_answer_opens_a_record_with_what_was_proposed(talk: Any, malik: Any, olga: Any) -> None:
    assert open_record(talk.latest) is None
    row = answer(talk.latest, Q.CUSTOMER, A.YES, malik, proposals(talk))
    again = answer(talk.latest, Q.TRUE, A.UNKNOWN, olga, {})
    assert row.pk == again.pk
    assert flow.proposals_of(again) == proposals(talk)
    assert again.by_version == Assessment.objects.get(mention=talk.latest).version
    assert [(each["question"], each["answer"], each["name"]) for each in again.steps] == [
        ("customer", "yes", "Malik"),
        ("true", "unknown", "Olga"),
    ]
    assert all(each["at"] for each in again.steps)


def test_a_changed_answer_keeps_the_one_before(talk: Any, malik: Any) -> None:
    answer(talk.latest, Q.CUSTOMER, A.YES, malik, proposals(talk))
    row = answer(talk.latest, Q.CUSTOMER, A.NO, malik, {})
    assert flow.answers_of(row) == {Q.CUSTOMER: A.NO}
    assert [each["answer"] for each in row.steps] == ["yes", "no"]


def test_only_some_questions_may_be_left_open(talk: Any, malik: Any) -> None:
    with pytest.raises(AssessingError, match="yes or no"):
        answer(talk.latest, Q.UNHAPPY, A.UNKNOWN, malik, proposals(talk))
    assert open_record(talk.latest) is None


def test_steps_are_bounded(talk: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MOST_STEPS", 2)
    for _ in range(2):
        answer(talk.latest, Q.CUSTOMER, A.YES, malik, proposals(talk))
    with pytest.raises(AssessingError, match="too many"):
        answer(talk.latest, Q.CUSTOMER, A.YES, malik, {})


def test_deciding_feeds_the_decision_and_the_journal(talk: Any, malik: Any, workspace: Any) -> None:
    row = all_answered(talk, malik)
    done = desk.conclude(talk, row, "restoration", "", malik)
    assert (done.response, done.led_to, done.finished_by, done.classes) == (
        "restoration",
        "restoration",
        malik,
        ["unhappy"],
    )
    read = Assessment.objects.get(mention=talk.latest)
    assert (read.response, read.decided_by) == ("restoration", malik)
    assert read.response_reason == "Something went wrong for them: say sorry and make it good. Decided by Malik."
    talk.refresh_from_db()
    assert (talk.response, talk.queue) == ("restoration", "needs_answer")
    told = Entry.objects.within(workspace).filter(actor_id=malik.pk).order_by("pk")
    verbs = list(told.values_list("verb", flat=True))
    assert verbs == ["mention.decided", "mention.questioned", "conversation.assessed"]
    data = Entry.objects.within(workspace).get(verb="mention.questioned").data
    assert (data["asked"], data["led_to"], data["record"]) == (6, "restoration", row.pk)
    assert open_record(talk.latest) is None


def test_changed_counts_answers_unlike_the_proposals(talk: Any, malik: Any) -> None:
    proposed = proposals(talk)
    assert proposed[Q.TRUE].answer is A.UNKNOWN
    done = desk.conclude(talk, all_answered(talk, malik), "restoration", "", malik)
    given = {Q.CUSTOMER: A.YES, Q.TRUE: A.YES, Q.POSITIVE: A.NO, Q.RAGER: A.NO, Q.MISGUIDED: A.NO, Q.UNHAPPY: A.YES}
    assert done.changed == sum(proposed[question].answer != said for question, said in given.items()) >= 1


def test_against_the_answers_only_with_a_reason(talk: Any, malik: Any) -> None:
    row = all_answered(talk, malik)
    with pytest.raises(AssessingError, match="Say why"):
        desk.conclude(talk, row, "let_stand", "  ", malik)
    done = desk.conclude(talk, row, "let_stand", "They wrote  that it has come.", malik)
    assert (done.response, done.led_to, done.because) == ("let_stand", "restoration", "They wrote that it has come.")
    talk.refresh_from_db()
    assert talk.queue == "let_stand"


def test_nothing_is_decided_while_a_question_is_open_or_twice(talk: Any, malik: Any, olga: Any) -> None:
    row = answer(talk.latest, Q.CUSTOMER, A.YES, malik, proposals(talk))
    with pytest.raises(AssessingError, match="question left"):
        desk.conclude(talk, row, "restoration", "", malik)
    row = answer(talk.latest, Q.TRUE, A.YES, malik, {})
    for question, said in ((Q.POSITIVE, A.NO), (Q.RAGER, A.NO), (Q.MISGUIDED, A.NO), (Q.UNHAPPY, A.YES)):
        row = answer(talk.latest, question, said, malik, {})
    desk.conclude(talk, row, "restoration", "", malik)
    with pytest.raises(AssessingError, match="meanwhile"):
        desk.conclude(talk, row, "monitor", "no", olga)


def test_they_wrote_again_meanwhile(talk: Any, malik: Any, workspace: Any) -> None:
    row = all_answered(talk, malik)
    stream = row.mention.channel
    conversation_with(stream, "And it is raining", who=talk.author_id, root_id=talk.thread_id, parent_id=talk.thread_id)
    talk.refresh_from_db()
    with pytest.raises(AssessingError, match="written again"):
        desk.conclude(talk, row, "restoration", "", malik)
    row.refresh_from_db()
    assert row.finished_at is None


def test_the_words_of_a_reason_go_with_a_deleted_post(talk: Any, malik: Any) -> None:
    done = desk.conclude(talk, all_answered(talk, malik), "monitor", "They said it came.", malik)
    with transaction.atomic():
        listening.forget([talk.latest.network_id])
    triage.forget_quotes()
    done.refresh_from_db()
    assert (done.because, done.response) == ("", "monitor")


def test_a_page_of_what_was_decided(
    workspace: Any, malik: Any, olga: Any, other_workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "PAGE", 3)
    stream = channel(workspace)
    for number in range(7):
        talk = conversation_with(stream, COMPLAINT)
        by, response = (olga, "monitor") if number % 3 == 0 else (malik, "restoration")
        desk.conclude(talk, all_answered(talk, by), response, "so", by)
    assert record_page(other_workspace).rows == []
    seen: list[int] = []
    after = ""
    while True:
        with CaptureQueriesContext(connection) as caught:
            page = record_page(workspace, after=after)
        assert len(caught) == 1
        seen += [row.pk for row in page.rows]
        after = page.after
        if not after:
            break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)
    assert {row.response for row in record_page(workspace, response="monitor").rows} == {"monitor"}
    assert {row.finished_by for row in record_page(workspace, who=olga.pk).rows} == {olga}
    assert record_page(workspace, after="nonsense").rows
    assert [name for _key, name in deciders(workspace)] == ["Malik", "Olga"]

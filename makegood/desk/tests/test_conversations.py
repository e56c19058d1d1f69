"""From a sorted mention to a conversation with a clock, and to its answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.desk import actions, flow
from makegood.desk.flow import Answer
from makegood.desk.models import Conversation, Label, Message, Note
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen import flow as listening
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.triage.api import Assessment

pytestmark = pytest.mark.django_db

COMPLAINT = "@acme my parcel never arrived, three weeks and nobody answers. I want my refund!"
QUESTION = "@acme do you ship to Norway?"
PRAISE = "Thank you @acme, the best tea I ever had, I love it!"
NOISE = "Weather is grey today"


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


def answer_to(row: Conversation, at: datetime | None = None, number: int = 1) -> Answer:
    return Answer(
        network_id=f"at://own/{number}",
        parent_id=row.latest.network_id,
        text="We are on it",
        url="",
        at=at or clock.now(),
        author_id="did:plc:own",
        author_name="Acme",
        author_handle="acme.test",
    )


def answered(row: Conversation, by: Any, **kw: Any) -> Conversation:
    with transaction.atomic():
        return flow.note_answer(row.pk, answer_to(row, **kw), by)


@pytest.mark.parametrize(
    ("text", "queue"),
    [(COMPLAINT, "needs_answer"), (QUESTION, "needs_answer"), (PRAISE, "praise"), (NOISE, "let_stand")],
)
def test_an_assessment_puts_it_where_it_belongs(account: Any, text: str, queue: str) -> None:
    row = conversation_with(account, text)
    assert row.queue == queue
    assert (row.due_at is not None) == (queue == "needs_answer"), "a clock runs where an answer is owed, nowhere else"


def test_the_clock_runs_from_their_post_not_from_our_hearing(account: Any, workspace: Any) -> None:
    posted = minutes_ago(50)
    row = conversation_with(account, COMPLAINT, posted_at=posted)
    minutes = {"now": workspace.answer_now, "today": workspace.answer_today}.get(row.urgency, workspace.answer_whenever)
    assert row.waiting_since == posted
    assert row.due_at == posted + timedelta(minutes=minutes)


def test_what_they_add_joins_the_same_conversation(account: Any) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(30))
    second = activity("And the refund?", who=first.author.id, root_id=first.id, parent_id=first.id)
    bring(account, first)
    rows = bring(account, second)
    assert len(rows) == 1
    assert rows[0].latest.network_id == second.id
    assert rows[0].waiting_since == first.posted_at, "the customer has waited since the first post"
    assert Message.objects.within(rows[0].workspace_id).count() == 2


def test_two_customers_in_one_thread_are_two_conversations(account: Any) -> None:
    first = activity(COMPLAINT)
    second = activity("Same here, @acme never refunded me!", root_id=first.id, parent_id=first.id)
    assert len(bring(account, first, second)) == 2


def test_a_kind_word_does_not_settle_an_open_complaint(account: Any) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(30))
    due = bring(account, first)[0].due_at
    thanks = activity("Thanks, I love your tea, best shop!", who=first.author.id, root_id=first.id, parent_id=first.id)
    row = bring(account, thanks)[0]
    assert (row.queue, row.due_at) == ("needs_answer", due)


def test_posts_out_of_order_leave_the_newest_on_top(account: Any) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(30))
    later = activity("Still nothing?!", who=first.author.id, root_id=first.id, posted_at=minutes_ago(5))
    bring(account, later)
    row = bring(account, first)[0]
    assert row.latest.network_id == later.id
    assert Message.objects.within(row.workspace_id).count() == 2


def test_history_is_kept_without_a_clock(account: Any) -> None:
    row = bring(account, activity(COMPLAINT, posted_at=minutes_ago(99_999)), oldest=minutes_ago(60))[0]
    assert (row.queue, row.due_at) == ("closed", None)


def test_steps_may_run_again_at_any_time(account: Any) -> None:
    bring(account, activity(COMPLAINT), activity(PRAISE))
    assert (flow.open_new(), flow.redact_gone()) == (0, 0)
    assert Conversation.objects.within(account.workspace_id).count() == 2


def test_an_answer_stops_the_clock_in_time(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    now = answered(row, malik)
    assert (now.queue, now.due_at, now.waiting_since, now.in_time) == ("waiting", None, None, True)
    assert now.answer_seconds is not None
    assert 590 <= now.answer_seconds <= 620
    out = Message.objects.within(row.workspace_id).get(direction="out")
    assert (out.text, out.member) == ("We are on it", malik)


def test_a_late_answer_is_late(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(60 * 48))
    assert answered(row, malik).in_time is False


def test_only_the_first_answer_is_timed(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    first = answered(row, malik)
    again = answered(row, malik, at=clock.now() + timedelta(hours=3), number=2)
    assert again.answer_seconds == first.answer_seconds


def test_an_answer_to_an_older_post_leaves_the_newer_waiting(account: Any, malik: Any) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(30))
    row = bring(account, first)[0]
    newer = activity("Hello? My refund!", who=first.author.id, root_id=first.id, posted_at=minutes_ago(2))
    bring(account, newer)
    now = answered(row, malik)
    assert (now.queue, now.waiting_since) == ("needs_answer", newer.posted_at)


def test_they_write_again_and_the_clock_runs_again(account: Any, malik: Any) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(30))
    row = bring(account, first)[0]
    answered(row, malik)
    again = activity("It is broken now, give me a refund!", who=first.author.id, root_id=first.id)
    row = bring(account, again)[0]
    assert (row.queue, row.waiting_since) == ("needs_answer", again.posted_at)


def test_the_same_answer_noted_twice_is_one_message(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT)
    answered(row, malik)
    answered(row, malik)
    assert Message.objects.within(row.workspace_id).filter(direction="out").count() == 1


def test_a_deleted_complaint_waits_for_nobody(account: Any) -> None:
    post = activity(COMPLAINT)
    bring(account, post)
    listening.forget([post.id])
    flow.redact_gone()
    row = Conversation.objects.within(account.workspace_id).get()
    message = Message.objects.within(account.workspace_id).get()
    assert (row.queue, row.due_at, row.excerpt) == ("closed", None, "Deleted by its author")
    assert (message.text, message.deleted_at is not None) == ("", True)


def test_deleted_before_it_was_sorted_never_waits(account: Any) -> None:
    post = activity(COMPLAINT)
    with transaction.atomic():
        listening.store(account, [listening.Hit(post, "why")])
    listening.forget([post.id])
    row = bring(account)[0]
    assert row.queue == "closed"
    assert COMPLAINT not in row.excerpt


def test_one_key_changes_the_assessment_and_says_who(account: Any, malik: Any) -> None:
    row = conversation_with(account, NOISE, posted_at=minutes_ago(3))
    actions.assess(row, "restoration", malik)
    row.refresh_from_db()
    assert (row.queue, row.response) == ("needs_answer", "restoration")
    assert row.waiting_since == row.latest.posted_at
    decided = Assessment.objects.within(row.workspace_id).get()
    assert (decided.response, decided.decided_by) == ("restoration", malik)
    verbs = list(Entry.objects.within(row.workspace_id).values_list("verb", "actor"))
    assert ("mention.decided", "Malik") in verbs
    actions.assess(row, "let_stand", malik)
    row.refresh_from_db()
    assert (row.queue, row.due_at) == ("let_stand", None)


def test_close_and_reopen(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT)
    actions.close(row, malik)
    row.refresh_from_db()
    assert (row.queue, row.due_at, row.closed_at is not None) == ("closed", None, True)
    actions.reopen(row, malik)
    row.refresh_from_db()
    assert (row.queue, row.closed_at) == ("needs_answer", None)
    assert row.due_at is not None


def test_assign_labels_and_notes(account: Any, malik: Any, olga: Any) -> None:
    row = conversation_with(account, COMPLAINT)
    actions.assign(row, malik, olga)
    actions.label(row, "  late   parcel ", olga)
    actions.label(row, "Late Parcel", olga)
    actions.add_note(row, " Ask the courier ", malik)
    row.refresh_from_db()
    assert row.assignee == malik
    assert [label.name for label in row.labels.all()] == ["late parcel"], "the same word twice is one label"
    assert Note.objects.within(row.workspace_id).get().text == "Ask the courier"
    actions.unlabel(row, "late parcel", olga)
    assert not row.labels.exists()
    assert Label.objects.within(row.workspace_id).count() == 1
    with pytest.raises(ValueError, match="Write something"):
        actions.add_note(row, "  ", malik)
    with pytest.raises(ValueError, match="name"):
        actions.label(row, "  ", malik)


def test_every_step_is_in_the_journal(account: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT)
    answered(row, malik)
    verbs = list(Entry.objects.within(row.workspace_id).order_by("id").values_list("verb", flat=True))
    assert verbs == ["mention.heard", "mention.assessed", "conversation.opened", "conversation.answered"]


def test_many_mentions_take_few_queries(account: Any, django_assert_max_num_queries: Any) -> None:
    posts = [activity(f"{COMPLAINT} {number}") for number in range(100)]
    with transaction.atomic():
        listening.store(account, [listening.Hit(post, "why") for post in posts])
    from makegood.triage.api import sort_new

    sort_new()
    with django_assert_max_num_queries(25):
        assert flow.open_new() == 100
    assert Mention.objects.within(account.workspace_id).count() == 100

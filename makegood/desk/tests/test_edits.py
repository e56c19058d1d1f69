"""A customer changes what they said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction

from makegood.activity import Activity
from makegood.connectors.contract import Page, Trouble, Verdict
from makegood.desk import actions, looking
from makegood.desk.flow import open_new
from makegood.desk.models import Conversation, Message
from makegood.desk.tests.make import bring
from makegood.jobs import api as jobs
from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen import flow
from makegood.listen.tests.make import activity, channel
from makegood.triage import api as triage

pytestmark = pytest.mark.django_db

COMPLAINT = "My Teapot order arrived broken and nobody answers, I want my money back!"
PRAISE = "I love my new Teapot, thank you so much, it is wonderful!"


def edit(where: listen.Channel, post: Activity, text: str, **changes: Any) -> Conversation:
    """The same post comes again, changed; returns its conversation."""
    moment = clock.now()
    newer = msgspec.structs.replace(post, text=text, edited_at=moment, **changes)
    with transaction.atomic():
        listen.store(where, [listen.Hit(newer, "why")])
    triage.sort_new()
    open_new()
    return Conversation.objects.within(where.workspace_id).select_related("latest").get()


def test_the_thread_shows_the_new_words_once(workspace: Any) -> None:
    where, post = channel(workspace, "account"), activity(COMPLAINT)
    bring(where, post)
    after = edit(where, post, COMPLAINT + " Order 4711.", warning="rant")
    message = Message.objects.within(workspace).get()
    assert message.text.endswith("Order 4711.")
    assert message.warning == "rant"
    assert message.edited_at is not None
    assert after.latest.text == message.text


def test_praise_that_turns_into_a_complaint_asks_for_an_answer(workspace: Any) -> None:
    where, post = channel(workspace, "account"), activity(PRAISE)
    (before,) = bring(where, post)
    assert before.queue == "praise"
    after = edit(where, post, COMPLAINT)
    assert (after.queue, after.intent) == ("needs_answer", "complaint")
    assert after.excerpt.startswith("My Teapot order")
    assert after.due_at is not None


def test_a_mended_typo_does_not_ask_for_an_answer_again(workspace: Any, olga: Any) -> None:
    where, post = channel(workspace, "account"), activity(COMPLAINT)
    (row,) = bring(where, post)
    actions.close(row, olga)
    after = edit(where, post, COMPLAINT.replace("nobody", "noone"))
    assert after.queue == "closed"
    assert "noone" in Message.objects.within(workspace).get().text


def test_what_a_member_decided_stands(workspace: Any, olga: Any) -> None:
    where, post = channel(workspace, "account"), activity(PRAISE)
    (row,) = bring(where, post)
    actions.assess(row, "let_stand", olga)
    after = edit(where, post, PRAISE + " Truly.")
    assert (after.queue, after.response) == ("let_stand", "let_stand")


def test_a_complaint_that_turns_kind_still_waits(workspace: Any) -> None:
    """The clock went off because of it; a person should look before it rests."""
    where, post = channel(workspace, "account"), activity(COMPLAINT)
    (before,) = bring(where, post)
    after = edit(where, post, PRAISE)
    assert after.queue == "needs_answer"
    assert after.due_at == before.due_at


def test_deleted_and_edited_in_one_turn_stays_deleted(workspace: Any) -> None:
    where, post = channel(workspace, "account"), activity(COMPLAINT)
    bring(where, post)
    with transaction.atomic():
        flow.forget([post.id])
    after = edit(where, post, "I did not delete this")
    assert after.latest.text == ""


@pytest.fixture
def copy(workspace: Any) -> Message:
    """What somebody else said beside a conversation."""
    (row,) = bring(channel(workspace, "account"), activity(COMPLAINT))
    return Message.objects.create(
        workspace=workspace,
        conversation=row,
        network_id="at://did:plc:other/app.bsky.feed.post/1",
        direction="context",
        author_id="did:plc:other",
        text="It happened to me too",
        posted_at=clock.now() - timedelta(hours=2),
        look_at=clock.now(),
    )


def answers(monkeypatch: pytest.MonkeyPatch, found: Page | Trouble) -> None:
    monkeypatch.setattr(listen, "look_at", lambda _workspace, _network, _ids: found)


def test_a_copy_goes_when_its_original_does(copy: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Page(deleted=(copy.network_id,)))
    assert looking.look_again() == 1
    copy.refresh_from_db()
    assert (copy.text, copy.look_at) == ("", None)
    assert copy.deleted_at is not None


def test_a_copy_follows_an_edit(copy: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    newer = activity("It happened to me twice", id=copy.network_id, edited_at=moment, posted_at=copy.posted_at)
    answers(monkeypatch, Page(activities=(newer,)))
    looking.look_again()
    copy.refresh_from_db()
    assert (copy.text, copy.edited_at) == ("It happened to me twice", moment)


def test_a_copy_stays_while_the_network_is_in_trouble(copy: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, Trouble(Verdict.RETRY, "Down."))
    looking.look_again()
    copy.refresh_from_db()
    assert copy.text == "It happened to me too"
    assert copy.look_at is not None
    assert copy.look_at > clock.now()


def test_a_flood_of_copies_is_looked_at_a_turn_at_a_time(
    copy: Message, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    answers(monkeypatch, Page())
    monkeypatch.setattr(looking, "AT_ONCE", 2)
    monkeypatch.setattr(looking, "TURN_SECONDS", 0.0)
    for number in range(2, 6):
        copy.pk, copy.network_id = None, f"at://did:plc:other/app.bsky.feed.post/{number}"
        copy.save()
    turns = []
    for _turn in range(4):
        jobs.queue.storage.flush_all()
        with django_capture_on_commit_callbacks(execute=True):
            count = looking.look_again()
        turns.append((count, [task.args[0] for task in jobs.queue.pending()]))
    jobs.queue.storage.flush_all()
    assert turns == [(2, ["looks"]), (2, ["looks"]), (1, ["looks"]), (0, [])]
    assert not Message.objects.within(copy.workspace_id).filter(look_at__lte=clock.now()).exists()

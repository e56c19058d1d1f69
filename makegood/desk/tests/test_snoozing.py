"""Put off, and back at its moment or when the customer writes: late is fine, lost is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.accounts.api import Membership
from makegood.desk import api as desk
from makegood.desk.models import Clock, Conversation, Notice
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply.tests import testnet
from tests.at_once import at_once

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
THANKS = "Thank you so much, you are wonderful, I love this shop"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", network="testnet")


@pytest.fixture
def talk(account: Any) -> Conversation:
    return bring(account, activity(COMPLAINT, network="testnet", who="lena", id="one", posted_at=minutes_ago(30)))[0]


def again(account: Any, text: str, number: str = "two", minutes: float = 1) -> Conversation:
    said = activity(
        text, network="testnet", who="lena", id=number, root_id="one", parent_id="one", posted_at=minutes_ago(minutes)
    )
    return bring(account, said)[0]


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + by)


def verbs(row: Conversation) -> list[str]:
    told = Entry.objects.within(row.workspace_id).filter(subject=f"conversation:{row.pk}").order_by("pk")
    return list(told.values_list("verb", flat=True))


def viewer(person: Any) -> Membership:
    return Membership.objects.across("test").get(user=person)


def test_it_goes_out_of_sight_and_its_clock_runs_on(talk: Conversation, olga: Any) -> None:
    due, since = talk.due_at, talk.waiting_since
    clocks = list(Clock.objects.within(talk.workspace_id).values())
    row = desk.snooze(talk, clock.now() + 3 * HOUR, olga, "  the courier   calls back ")
    row.refresh_from_db()
    assert (row.queue, row.snoozed_from, row.snoozed_by, row.snooze_reason) == (
        "snoozed",
        "needs_answer",
        olga,
        "the courier calls back",
    )
    assert (row.due_at, row.waiting_since) == (due, since)
    assert list(Clock.objects.within(talk.workspace_id).values()) == clocks
    assert verbs(row)[-1] == "conversation.snoozed"
    assert desk.list_view(viewer(olga), "needs-answer").rows == []
    assert [one.pk for one in desk.list_view(viewer(olga), "snoozed").rows] == [row.pk]


def test_it_is_still_counted_and_still_late(talk: Conversation, olga: Any) -> None:
    desk.snooze(talk, clock.now() + 48 * HOUR, olga)
    assert desk.count_unanswered(viewer(olga)) == 1
    Conversation.objects.within(talk.workspace_id).update(due_at=clock.now() + timedelta(minutes=5))
    assert [one.pk for one in desk.list_view(viewer(olga), "breaching").rows] == [talk.pk]


def test_what_owes_nothing_is_not_counted(account: Any, olga: Any) -> None:
    row = conversation_with(account, THANKS)
    assert row.queue == "praise"
    desk.snooze(row, clock.now() + HOUR, olga)
    assert desk.count_unanswered(viewer(olga)) == 0


def test_it_comes_back_at_its_moment_and_says_so(
    talk: Conversation, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.snooze(talk, clock.now() + HOUR, malik, "ask again")
    assert desk.wake_due() == 0
    later(monkeypatch, HOUR - timedelta(seconds=5))
    assert desk.wake_due() == 0
    later(monkeypatch, timedelta(minutes=1))
    assert desk.wake_due() == 1
    assert desk.wake_due() == 0
    talk.refresh_from_db()
    assert (talk.queue, talk.snoozed_until, talk.snoozed_from, talk.snoozed_by, talk.snooze_reason) == (
        "needs_answer",
        None,
        "",
        None,
        "",
    )
    assert talk.due_at is not None
    notice = Notice.objects.within(talk.workspace_id).get()
    assert (notice.user, notice.conversation, notice.by) == (malik, talk, None)
    assert "ask again" in notice.text
    assert verbs(talk)[-1] == "conversation.woke"


def test_each_goes_back_where_it_came_from(account: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [COMPLAINT, THANKS, "the", COMPLAINT]
    rows = bring(account, *[activity(text, network="testnet") for text in said])
    Conversation.objects.within(account.workspace_id).filter(pk=rows[3].pk).update(queue="waiting", due_at=None)
    came_from = {row.pk: row.queue for row in Conversation.objects.within(account.workspace_id)}
    assert len(set(came_from.values())) >= 3
    for row in rows:
        desk.snooze(row, clock.now() + HOUR, olga)
    later(monkeypatch, 2 * HOUR)
    assert desk.wake_due() == 4
    assert {row.pk: row.queue for row in Conversation.objects.within(account.workspace_id)} == came_from


def test_many_are_woken_in_batches(account: Any, olga: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr("makegood.desk.snoozing.BATCH", 4)
    rows = bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(9)])
    for row in rows:
        desk.snooze(row, clock.now() + HOUR, olga)
    later(monkeypatch, 2 * HOUR)
    assert desk.wake_due() == 9
    assert not Conversation.objects.within(account.workspace_id).filter(queue="snoozed").exists()


def test_it_comes_back_at_once_when_they_write(talk: Conversation, account: Any, malik: Any) -> None:
    desk.snooze(talk, clock.now() + 48 * HOUR, malik)
    since = talk.waiting_since
    row = again(account, "Hello? Still no parcel. This is unacceptable!")
    assert (row.queue, row.snoozed_until, row.snoozed_from) == ("needs_answer", None, "")
    assert row.waiting_since == since
    notice = Notice.objects.within(row.workspace_id).get()
    assert notice.user == malik
    assert "written again" in notice.text


def test_thanks_wake_it_too_and_settle_nothing(talk: Conversation, account: Any, malik: Any) -> None:
    desk.snooze(talk, clock.now() + 48 * HOUR, malik)
    row = again(account, THANKS)
    assert (row.queue, row.snoozed_until) == ("needs_answer", None)
    assert row.due_at is not None


def test_an_older_post_that_is_found_late_does_not_wake_it(talk: Conversation, account: Any, malik: Any) -> None:
    desk.snooze(talk, clock.now() + 48 * HOUR, malik)
    assert again(account, "By the way, I ordered on Monday", "zero", minutes=60).queue == "snoozed"


def test_it_can_be_taken_up_before_its_time(talk: Conversation, malik: Any) -> None:
    desk.snooze(talk, clock.now() + HOUR, malik)
    assert desk.wake(talk, malik).queue == "needs_answer"
    count = Entry.objects.within(talk.workspace_id).count()
    assert desk.wake(talk, malik).queue == "needs_answer"
    assert Entry.objects.within(talk.workspace_id).count() == count


def test_to_put_it_off_again_keeps_where_it_came_from(talk: Conversation, malik: Any, olga: Any) -> None:
    desk.snooze(talk, clock.now() + HOUR, malik)
    row = desk.snooze(talk, clock.now() + 5 * HOUR, olga)
    assert (row.snoozed_from, row.snoozed_by) == ("needs_answer", olga)


def test_what_cannot_be_put_off(talk: Conversation, malik: Any) -> None:
    with pytest.raises(desk.MomentError, match="passed"):
        desk.snooze(talk, clock.now() - HOUR, malik)
    desk.close(talk, malik)
    with pytest.raises(desk.MomentError, match="closed"):
        desk.snooze(talk, clock.now() + HOUR, malik)


@pytest.mark.parametrize("what", ["close", "assess"])
def test_a_decision_ends_it(talk: Conversation, malik: Any, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.snooze(talk, clock.now() + HOUR, malik)
    row = desk.close(talk, malik) if what == "close" else desk.assess(talk, "let_stand", malik)
    assert row.queue == ("closed" if what == "close" else "let_stand")
    assert row.snoozed_until is None
    later(monkeypatch, 2 * HOUR)
    assert desk.wake_due() == 0
    row.refresh_from_db()
    assert row.queue != "needs_answer"


def test_an_answer_ends_it(talk: Conversation, malik: Any) -> None:
    desk.snooze(talk, clock.now() + HOUR, malik)
    answer = desk.Answer("reply", "one", "On its way!", "", clock.now(), "us", "Teapot", "@teapot")
    row = desk.note_answer(talk.pk, answer, malik)
    assert (row.queue, row.snoozed_until, row.due_at) == ("waiting", None, None)
    assert row.in_time is not None


def test_the_warning_is_true(talk: Conversation) -> None:
    assert talk.due_at is not None
    assert desk.due_while_away(talk, talk.due_at + timedelta(seconds=1))
    assert not desk.due_while_away(talk, talk.due_at)
    talk.due_at = None
    assert not desk.due_while_away(talk, clock.now() + 1000 * HOUR)


def test_the_view_is_in_the_order_of_waking_and_paged_by_key(account: Any, olga: Any) -> None:
    rows = bring(account, *[activity(COMPLAINT, network="testnet", posted_at=minutes_ago(n)) for n in range(30)])
    same = clock.now() + 5 * HOUR
    for number, row in enumerate(rows):
        desk.snooze(row, same if number % 3 == 0 else clock.now() + (40 - number) * HOUR, olga)
    me = viewer(olga)
    seen: list[int] = []
    after = ""
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = desk.list_view(me, "snoozed", after, size=7)
        assert len(queries) == 1
        seen += [row.pk for row in page.rows]
        if not page.after:
            break
        after = page.after
    wanted = Conversation.objects.within(account.workspace_id).order_by("snoozed_until", "id")
    assert seen == list(wanted.values_list("pk", flat=True))


def test_the_step_is_wired_and_its_age_is_shown(
    talk: Conversation, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from makegood.desk.snoozing import TOPIC
    from makegood.site.pipeline import STEPS

    assert STEPS[TOPIC] is desk.wake_due
    assert desk.queue_age()["snoozed to wake"] is None
    desk.snooze(talk, clock.now() + HOUR, malik)
    assert desk.queue_age()["snoozed to wake"] is None
    later(monkeypatch, 2 * HOUR)
    assert 3500 < (desk.queue_age()["snoozed to wake"] or 0) < 3700


@pytest.mark.django_db(transaction=True)
def test_two_workers_wake_each_once(account: Any, olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.desk.snoozing.BATCH", 3)
    for row in bring(account, *[activity(COMPLAINT, network="testnet") for _ in range(10)]):
        desk.snooze(row, clock.now() + HOUR, olga)
    later(monkeypatch, 2 * HOUR)
    woken = at_once(desk.wake_due, desk.wake_due)
    assert sum(woken) == 10
    assert Notice.objects.within(account.workspace_id).count() == 10
    assert Entry.objects.within(account.workspace_id).filter(verb="conversation.woke").count() == 10

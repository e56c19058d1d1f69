"""Clocks in the same transactions as what moves a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from makegood.clocks import api as clocks
from makegood.clocks.models import Recount
from makegood.desk import actions, flow, promising, reading, watching
from makegood.desk import clocks as keeping
from makegood.desk.flow import Answer
from makegood.desk.models import Clock, Conversation, Notice
from makegood.desk.tests.make import bring, conversation_with
from makegood.journal.api import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago

pytestmark = pytest.mark.django_db

COMPLAINT = "@acme my parcel never arrived, three weeks and nobody answers. I want my refund!"
ROUND: dict[str, Any] = {"labels": [], "networks": [], "channels": [], "intents": [], "urgencies": [], "hours": None}
H = timedelta(hours=1)


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


def policy(workspace: Any, by: Any, **values: Any) -> clocks.SlaPolicy:
    facts = {"name": "All", "active": True, "pause_waiting": True, **ROUND, **values}
    return clocks.save_policy(workspace, by, facts)


def answered(row: Conversation, by: Any, at: datetime | None = None, number: int = 1) -> Conversation:
    answer = Answer(f"at://own/{number}", row.latest.network_id, "On it", "", at or clock.now(), "did:own", "Acme", "")
    with transaction.atomic():
        return flow.note_answer(row.pk, answer, by)


def running(row: Conversation) -> dict[str, Clock]:
    rows = Clock.objects.within(row.workspace_id).filter(conversation=row, stopped_at__isnull=True)
    return {each.kind: each for each in rows}


def ended(row: Conversation, kind: str) -> Clock:
    rows = Clock.objects.within(row.workspace_id).filter(conversation=row, kind=kind, stopped_at__isnull=False)
    return rows.order_by("-id")[0]


def verbs(workspace: Any) -> list[str]:
    return list(Entry.objects.within(workspace).order_by("id").values_list("verb", flat=True))


def test_without_policies_the_shops_own_times_hold(account: Any, workspace: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(5))
    found = running(row)
    assert set(found) == {"first_answer"}
    assert found["first_answer"].due_at == row.due_at
    assert "own answer time" in found["first_answer"].reason
    assert found["first_answer"].started_at == row.latest.posted_at


def test_the_first_policy_that_fits_holds_and_says_why(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, name="Praise", intents=["praise"], first_answer=5)
    policy(workspace, olga, name="Complaints", intents=["complaint"], first_answer=30, resolution=2880)
    policy(workspace, olga, name="Rest", first_answer=7)
    posted = minutes_ago(5)
    row = conversation_with(account, COMPLAINT, posted_at=posted)
    found = running(row)
    assert found["first_answer"].due_at == posted + timedelta(minutes=30)
    assert found["resolution"].due_at == posted + timedelta(days=2)
    assert found["first_answer"].reason == "Policy “Complaints”, because: it is a complaint"
    assert row.due_at == found["first_answer"].due_at


def test_business_hours_make_it_due_when_the_shop_is_open(account: Any, workspace: Any, olga: Any) -> None:
    week = [[(540, 1080)]] * 5 + [[], []]
    clocks.save_hours(workspace, olga, name="Shop", timezone="Europe/Berlin", week=week, is_default=True)
    workspace.answer_now = workspace.answer_today = workspace.answer_whenever = 60
    workspace.save()
    saturday = datetime(2026, 11, 14, 21, tzinfo=UTC)
    row = conversation_with(account, COMPLAINT, posted_at=saturday)
    assert row.due_at == datetime(2026, 11, 16, 9, tzinfo=UTC), "Saturday night is due Monday at 10:00 in Berlin"


def test_an_answer_keeps_the_first_clock_and_lets_the_others_rest(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, first_answer=60, resolution=600)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    now = answered(row, olga)
    assert (now.in_time, now.due_at) == (True, None)
    assert ended(row, "first_answer").kept is True
    resting = running(row)["resolution"]
    assert (resting.due_at, resting.paused_at is not None) == (None, True)
    assert 590 <= resting.used_seconds <= 620


def test_it_goes_on_with_what_was_left_when_they_write_again(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, first_answer=60, next_update=30, resolution=600)
    first = activity(COMPLAINT, posted_at=minutes_ago(100))
    row = bring(account, first)[0]
    answered(row, olga, at=minutes_ago(90))
    again = activity("Still nothing! Where is it?", who=first.author.id, root_id=first.id, posted_at=minutes_ago(20))
    row = bring(account, again)[0]
    found = running(row)
    assert found["resolution"].due_at is not None
    left = found["resolution"].due_at - again.posted_at
    assert abs(left - timedelta(minutes=590)) < timedelta(seconds=2)
    assert found["next_update"].due_at == again.posted_at + timedelta(minutes=30)
    assert row.due_at == found["next_update"].due_at
    answered(row, olga, number=2)
    assert ended(row, "next_update").kept is True
    assert "clock.kept" in verbs(workspace)


def test_clocks_that_do_not_rest_ask_for_an_update_after_each_answer(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, first_answer=60, next_update=120, resolution=600, pause_waiting=False)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    at = clock.now()
    now = answered(row, olga, at=at)
    found = running(row)
    assert now.queue == "waiting"
    assert found["next_update"].due_at == at + 2 * H == now.due_at
    assert found["resolution"].due_at is not None
    later = answered(row, olga, at=at + H, number=2)
    assert later.due_at == at + 3 * H


def test_closing_keeps_the_resolution_and_reopening_at_once_goes_on(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, first_answer=60, resolution=600)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    due = running(row)["resolution"].due_at
    actions.close(row, olga)
    assert (ended(row, "resolution").kept, ended(row, "first_answer").kept) == (True, None)
    actions.reopen(row, olga)
    row.refresh_from_db()
    assert running(row)["resolution"].due_at == due, "nothing new was said, so no new time is given"
    assert Clock.objects.within(workspace).filter(kind="resolution").count() == 1
    assert row.due_at == running(row)["first_answer"].due_at


def test_what_is_let_stand_owes_nothing(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, first_answer=60, resolution=600)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(10))
    row = actions.assess(row, "let_stand", olga)
    assert (running(row), row.due_at) == ({}, None)
    assert ended(row, "resolution").kept is None


def test_a_label_changes_which_policy_holds(account: Any, workspace: Any, olga: Any) -> None:
    policy(workspace, olga, name="Returns", labels=["Returns"], first_answer=10)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(5))
    before = row.due_at
    actions.label(row, "returns", olga)
    row.refresh_from_db()
    assert row.due_at == row.latest.posted_at + timedelta(minutes=10)
    assert running(row)["first_answer"].policy_name == "Returns"
    actions.unlabel(row, "returns", olga)
    row.refresh_from_db()
    assert row.due_at == before


def test_changed_rules_set_running_clocks_anew(account: Any, workspace: Any, olga: Any) -> None:
    rows = bring(account, *[activity(COMPLAINT, posted_at=minutes_ago(3)) for _ in range(5)])
    policy(workspace, olga, first_answer=15)
    assert Recount.objects.within(workspace).exists()
    assert keeping.recount() == 5
    for row in Conversation.objects.within(workspace).select_related("latest"):
        assert row.due_at == row.latest.posted_at + timedelta(minutes=15)
    assert not Recount.objects.within(workspace).exists()
    assert Clock.objects.within(workspace).count() == len(rows)


def test_conversations_from_before_there_were_clocks_get_theirs(account: Any, workspace: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(3))
    Clock.objects.within(workspace).delete()
    clocks.ask_for_recount(workspace.pk)
    watching.watch_clocks()
    assert running(row)["first_answer"].due_at == row.due_at


def test_the_step_warns_at_eighty_per_cent_then_marks_once(
    account: Any, workspace: Any, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(workspace, olga, first_answer=100)
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(79))
    assert watching.watch_clocks() == 0
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=2))
    assert (watching.watch_clocks(), watching.watch_clocks()) == (1, 0)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=30))
    assert (watching.watch_clocks(), watching.watch_clocks()) == (1, 0)
    told = list(Entry.objects.within(workspace).filter(verb__startswith="clock.").order_by("id"))
    assert [line.verb for line in told] == ["clock.warned", "clock.broken"]
    assert told[0].data["kind"] == "first_answer"
    assert told[0].data["conversation"] == row.pk
    assert datetime.fromisoformat(told[0].data["due_at"]) == row.due_at
    assert [notice.user for notice in Notice.objects.within(workspace)] == [olga, olga], "nobody has it: the managers"
    late = answered(row, olga, at=clock.now())
    assert late.in_time is False
    assert ended(row, "first_answer").kept is False
    assert verbs(workspace).count("clock.broken") == 1


def test_who_has_it_is_told_not_the_managers(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(99_999))
    actions.assign(row, malik, olga)
    Notice.objects.within(workspace).delete()
    watching.watch_clocks()
    notice = Notice.objects.within(workspace).get()
    assert (notice.user, notice.kind, notice.conversation) == (malik, "clock_broken", row)


def test_a_flood_is_one_notice_and_few_queries(
    account: Any, workspace: Any, olga: Any, django_assert_max_num_queries: Any
) -> None:
    bring(account, *[activity(COMPLAINT, posted_at=minutes_ago(99_999)) for _ in range(60)])
    with django_assert_max_num_queries(25):
        assert watching.watch_clocks() == 60
    notice = Notice.objects.within(workspace).get()
    assert "60 more posts" in notice.text


def test_promises_are_kept_moved_and_withdrawn(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(5))
    answered(row, malik)
    due = clock.now() + 48 * H
    made = promising.promise(row, "by Friday", due, malik, made_in="reply:7", why="Friday")
    row.refresh_from_db()
    assert row.due_at == due, "a promise is owed even while we wait for them"
    with pytest.raises(promising.PromiseError, match="Say why"):
        promising.move_promise(made, due + H, " ", malik)
    promising.move_promise(made, due + H, "the part is late", malik)
    row.refresh_from_db()
    assert row.due_at == due + H
    assert promising.keep_promise(made, malik).kept is True
    assert Conversation.objects.within(workspace).get(pk=row.pk).due_at is None
    with pytest.raises(promising.PromiseError, match="dealt with"):
        promising.keep_promise(made, malik)
    promising.promise(row, "tomorrow", due, malik, made_in="reply:8")
    assert promising.withdraw_promises_of(workspace, "reply:8", malik) == 1
    assert promising.withdraw_promises_of(workspace, "reply:8", malik) == 0
    said = [verb for verb in verbs(workspace) if verb.startswith("promise.")]
    assert said == ["promise.made", "promise.moved", "promise.kept", "promise.made", "promise.withdrawn"]


def test_a_promise_is_spoken_of_before_it_breaks_to_who_gave_it(
    account: Any, workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(5))
    answered(row, malik)
    made = promising.promise(row, "by tomorrow", clock.now() + 24 * H, malik)
    assert made.due_at is not None
    assert made.warn_at is not None
    assert made.due_at - made.warn_at == 4 * H
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 21 * H)
    watching.watch_clocks()
    notice = Notice.objects.within(workspace).get()
    assert (notice.user, notice.kind) == (malik, "clock_warned")
    assert "by tomorrow" in notice.text
    monkeypatch.setattr(clock, "now", lambda: now + 25 * H)
    watching.watch_clocks()
    row.refresh_from_db()
    assert row in reading.list_view(malik.memberships.get(), "breaching").rows
    late = promising.keep_promise(made, malik)
    assert late.kept is False, "done too late is not kept"


def test_a_broken_promise_that_moves_stays_broken_in_the_figures(account: Any, workspace: Any, malik: Any) -> None:
    row = conversation_with(account, COMPLAINT, posted_at=minutes_ago(5))
    made = promising.promise(row, "by noon", clock.now() + H, malik)
    Clock.objects.within(workspace).filter(pk=made.pk).update(due_at=minutes_ago(1))
    moved = promising.move_promise(made, clock.now() + H, "we are sorry", malik)
    made.refresh_from_db()
    assert (made.kept, moved.pk != made.pk, moved.words) == (False, True, "by noon")


@pytest.mark.parametrize(("hours", "words"), [(-1, "moment to come"), (24 * 400, "a year")])
def test_a_promise_needs_a_moment_that_can_be(account: Any, malik: Any, hours: int, words: str) -> None:
    row = conversation_with(account, COMPLAINT)
    with pytest.raises(promising.PromiseError, match=words):
        promising.promise(row, "then", clock.now() + hours * H, malik)


def test_two_hundred_at_once_take_few_queries(
    account: Any, workspace: Any, olga: Any, django_assert_max_num_queries: Any
) -> None:
    from makegood.listen import api as listen
    from makegood.triage.api import sort_new

    policy(workspace, olga, labels=["x"], first_answer=5)
    policy(workspace, olga, name="Rest", first_answer=5, resolution=50)
    with transaction.atomic():
        listen.store(account, [listen.Hit(activity(f"{COMPLAINT} {n}"), "why") for n in range(200)])
    sort_new()
    with django_assert_max_num_queries(45):
        assert flow.open_new() == 200
    assert Clock.objects.within(workspace).count() == 400

"""The same to many at once, and back: exactly, where nobody has touched it since, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.accounts.models import Membership, Team
from makegood.desk import api as desk
from makegood.desk.models import BulkAction, Clock, Conversation, Label, Notice
from makegood.desk.tests.make import bring
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.reply.tests import testnet
from makegood.triage.models import Assessment
from tests.at_once import at_once

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
QUESTION = "Is the blue teapot still available? Do you ship to Norway?"
PRAISE = "I love this tea, thank you so much, wonderful shop"
HOUR = timedelta(hours=1)
Step = desk.Step


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    testnet.plug_in(monkeypatch)


def rows_of(workspace: Any, *texts: str) -> list[Conversation]:
    account = channel(workspace, "account", network="testnet")
    said = [
        activity(text, network="testnet", who=f"who{n}", id=f"post{n}", posted_at=minutes_ago(n + 1))
        for n, text in enumerate(texts)
    ]
    found = bring(account, *said)
    return sorted(found, key=lambda row: int(row.thread_id.removeprefix("post")))


@pytest.fixture
def talks(workspace: Any) -> list[Conversation]:
    return rows_of(workspace, COMPLAINT, QUESTION, PRAISE, COMPLAINT)


def keys(rows: list[Conversation]) -> list[int]:
    return [row.pk for row in rows]


def everything(workspace: Any) -> dict[str, Any]:
    """All that an undo has to bring back, as the database has it."""
    tie = Conversation.labels.through._default_manager.filter(conversation__workspace=workspace)
    decision = ("mention_id", "response", "response_reason", "decided_by_id", "decided_at")
    return {
        "rows": list(Conversation.objects.within(workspace).order_by("id").values()),
        "labels": sorted(tie.values_list("conversation_id", "label__name")),
        "clocks": list(Clock.objects.within(workspace).order_by("id").values()),
        "decisions": list(Assessment.objects.within(workspace).order_by("id").values(*decision)),
    }


def lines(workspace: Any, after: int) -> list[Entry]:
    return list(Entry.objects.within(workspace).filter(id__gt=after).order_by("id"))


def newest_line(workspace: Any) -> int:
    return int(Entry.objects.within(workspace).order_by("-id").values_list("id", flat=True)[0])


pytestmark = pytest.mark.django_db


def test_closing_many(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    before = newest_line(workspace)
    action = desk.do_to_all(workspace, keys(talks), [Step("close")], malik)
    assert action is not None
    assert (action.action, action.count, action.by) == ("close", 4, malik)
    assert set(Conversation.objects.within(workspace).values_list("queue", flat=True)) == {"closed"}
    said = [line for line in lines(workspace, before) if line.verb == "conversation.closed"]
    assert [line.subject for line in said] == [f"conversation:{row.pk}" for row in talks]
    assert all(line.data["bulk"] == action.pk and line.actor_id == malik.pk for line in said)


def test_what_stood_so_already_is_not_counted(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    desk.close(talks[0], malik)
    action = desk.do_to_all(workspace, keys(talks), [Step("close")], malik)
    assert action is not None
    assert action.count == 3
    assert desk.do_to_all(workspace, keys(talks), [Step("close")], malik) is None
    assert BulkAction.objects.within(workspace).count() == 1


@pytest.mark.parametrize(
    ("step", "check"),
    [
        (Step("reopen"), lambda row: row.queue != "closed"),
        (Step("let_stand"), lambda row: (row.queue, row.response) == ("let_stand", "let_stand")),
        (Step("assess", "restoration"), lambda row: row.queue == "needs_answer"),
        (Step("label", " Late   parcel "), lambda row: [one.name for one in row.labels.all()] == ["Late parcel"]),
    ],
)
def test_each_action(
    step: Step, check: Callable[[Any], bool], workspace: Any, talks: list[Conversation], malik: Any
) -> None:
    desk.close(talks[2], malik)
    assert desk.do_to_all(workspace, keys(talks), [step], malik) is not None
    assert all(check(row) for row in Conversation.objects.within(workspace).exclude(pk=talks[2].pk))


def test_a_decision_for_many_is_recorded_as_one_for_each(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    desk.do_to_all(workspace, keys(talks), [Step("let_stand")], malik)
    found = Assessment.objects.within(workspace).values_list("response", "decided_by_id", "response_reason")
    assert set(found) == {("let_stand", malik.pk, "Decided by Malik.")}


def test_what_is_put_off_wakes_again(
    workspace: Any, talks: list[Conversation], malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.close(talks[3], malik)
    action = desk.do_to_all(workspace, keys(talks), [Step("snooze", clock.now() + HOUR, "stock-taking")], malik)
    assert action is not None
    assert action.count == 3
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + 2 * HOUR)
    assert desk.wake_due() == 3
    assert desk.undo_bulk(action, malik).left == [{"id": key, "why": "moved"} for key in keys(talks[:3])]


def test_labels_go_on_and_off_whatever_their_case(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    desk.label(talks[0], "Late", malik)
    desk.do_to_all(workspace, keys(talks), [Step("label", "LATE")], malik)
    assert [one.name for one in Label.objects.within(workspace)] == ["Late"]
    assert all(row.labels.count() == 1 for row in talks)
    desk.do_to_all(workspace, keys(talks), [Step("unlabel", "late")], malik)
    assert all(row.labels.count() == 0 for row in talks)
    assert desk.do_to_all(workspace, keys(talks), [Step("unlabel", "no such")], malik) is None


def test_who_is_given_much_is_told_once(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    desk.do_to_all(workspace, keys(talks), [Step("assign", malik)], olga, to="Malik")
    notice = Notice.objects.within(workspace).get()
    assert (notice.user, notice.by, notice.conversation) == (malik, olga, None)
    assert "4 conversations" in notice.text
    desk.do_to_all(workspace, keys(talks), [Step("assign", olga)], olga)
    assert Notice.objects.within(workspace).count() == 1
    desk.do_to_all(workspace, keys(talks)[:1], [Step("assign", malik)], olga)
    assert Notice.objects.within(workspace).order_by("-id")[0].conversation == talks[0]


def test_a_team_is_given_work_as_well(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    team = Team.objects.create(workspace=workspace, name="Returns")
    team.members.add(malik)
    desk.assign(talks[0], olga, olga)
    desk.do_to_all(workspace, keys(talks), [Step("assign", team)], olga, to="Returns")
    row = Conversation.objects.within(workspace).get(pk=talks[0].pk)
    assert (row.team, row.assignee) == (team, olga)
    assert [one.user for one in Notice.objects.within(workspace)] == [malik]


def test_nobody_elses(workspace: Any, other_workspace: Any, talks: list[Conversation], malik: Any, sten: Any) -> None:
    before = everything(workspace)
    assert desk.do_to_all(other_workspace, keys(talks), [Step("close")], sten) is None
    action = desk.do_to_all(workspace, [*keys(talks), 999_999], [Step("close")], malik)
    assert action is not None
    assert action.count == 4
    assert desk.bulk_action(other_workspace, action.pk) is None
    assert desk.recent_bulk(other_workspace) == ([], None)
    desk.undo_bulk(action, malik)
    assert everything(workspace) == before


def test_more_than_the_most_is_refused_whole(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    with pytest.raises(desk.BulkError, match="500"):
        desk.do_to_all(workspace, list(range(1, 502)), [Step("close")], malik)
    assert not Conversation.objects.within(workspace).filter(queue="closed").exists()


@pytest.mark.parametrize("bad", [Step("label", "   "), Step("snooze", clock.now() - HOUR)])
def test_a_step_that_fails_leaves_nothing_done(
    bad: Step, workspace: Any, talks: list[Conversation], malik: Any
) -> None:
    before = everything(workspace)
    with pytest.raises(desk.BulkError):
        desk.do_to_all(workspace, keys(talks), [Step("close"), Step("label", "x"), bad], malik)
    assert everything(workspace) == before
    assert not BulkAction.objects.within(workspace).exists()


def test_what_was_touched_since_is_left_alone_and_says_why(workspace: Any, malik: Any, olga: Any) -> None:
    rows = rows_of(workspace, *[COMPLAINT] * 6)
    account = rows[0].latest.channel
    moves = desk.do_to_all(workspace, keys(rows), [Step("close")], malik)
    assert moves is not None
    desk.reopen(rows[0], olga)
    reply = activity("And now?", network="testnet", who="who1", id="more", root_id="post1", posted_at=clock.now())
    bring(account, reply)
    Conversation.objects.within(workspace).filter(pk=rows[2].pk).delete()
    desk.label(rows[3], "vip", olga)
    desk.assign(rows[4], olga, olga)
    undone = desk.undo_bulk(moves, malik)
    # A label or a new owner is no reason against opening it again.
    assert undone.restored == 3
    assert undone.left == [
        {"id": rows[0].pk, "why": "moved"},
        {"id": rows[1].pk, "why": "said"},
        {"id": rows[2].pk, "why": "gone"},
    ]
    assert BulkAction.objects.within(workspace).get().left == undone.left
    assert Conversation.objects.within(workspace).get(pk=rows[4].pk).assignee == olga
    assert [one.name for one in rows[3].labels.all()] == ["vip"]


def test_closed_and_closed_again_is_somebody_elses_closing(
    workspace: Any, talks: list[Conversation], malik: Any
) -> None:
    action = desk.do_to_all(workspace, keys(talks), [Step("close")], malik)
    assert action is not None
    desk.reopen(talks[0], malik)
    desk.close(talks[0], malik)
    assert desk.undo_bulk(action, malik).left == [{"id": talks[0].pk, "why": "moved"}]


def test_who_took_one_keeps_it(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    action = desk.do_to_all(workspace, keys(talks), [Step("assign", malik)], olga)
    assert action is not None
    desk.assign(talks[1], olga, olga)
    assert desk.undo_bulk(action, olga).left == [{"id": talks[1].pk, "why": "given"}]
    owners = {row.pk: row.assignee for row in Conversation.objects.within(workspace)}
    assert owners == {row.pk: (olga if row == talks[1] else None) for row in talks}


def test_labels_changed_since_are_left(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    action = desk.do_to_all(workspace, keys(talks), [Step("label", "late")], malik)
    assert action is not None
    desk.label(talks[0], "vip", malik)
    assert desk.undo_bulk(action, malik).left == [{"id": talks[0].pk, "why": "labelled"}]
    assert sorted(one.name for one in talks[0].labels.all()) == ["late", "vip"]


def test_twice_does_no_harm(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    before = everything(workspace)
    action = desk.do_to_all(workspace, keys(talks), [Step("close")], malik)
    assert action is not None
    assert desk.undo_bulk(action, malik).restored == 4
    desk.close(talks[0], malik)
    second = desk.undo_bulk(action, olga)
    assert (second.already, second.restored) == (True, 0)
    assert Conversation.objects.within(workspace).get(pk=talks[0].pk).queue == "closed"
    desk.reopen(talks[0], malik)
    now = everything(workspace)
    assert now["rows"][1:] == before["rows"][1:]
    stored = BulkAction.objects.within(workspace).get()
    assert stored.undone_by == malik


def test_who_left_is_not_given_anything_back(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    team = Team.objects.create(workspace=workspace, name="Returns")
    desk.do_to_all(workspace, keys(talks), [Step("assign", malik), Step("assign", team)], olga)
    action = desk.do_to_all(workspace, keys(talks), [Step("assign", olga), Step("close")], olga)
    assert action is not None
    Membership.objects.within(workspace).filter(user=malik).delete()
    team.delete()
    assert desk.undo_bulk(action, olga).restored == 4
    rows = Conversation.objects.within(workspace)
    assert rows.filter(assignee__isnull=True, team__isnull=True).count() == 4
    assert set(rows.values_list("queue", flat=True)) == {"needs_answer", "praise"}


def test_undo_writes_one_line_each(workspace: Any, talks: list[Conversation], malik: Any, olga: Any) -> None:
    action = desk.do_to_all(workspace, keys(talks), [Step("label", "x")], malik)
    assert action is not None
    before = newest_line(workspace)
    desk.undo_bulk(action, olga)
    assert [(line.verb, line.actor_id) for line in lines(workspace, before)] == [("conversation.put_back", olga.pk)] * 4


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["close", "reopen", "let_stand"]).map(Step),
        st.sampled_from(["restoration", "fix_facts", "share_success", "monitor"]).map(lambda it: Step("assess", it)),
        st.sampled_from(["late", "vip"]).flatmap(
            lambda name: st.sampled_from([Step("label", name), Step("unlabel", name)])
        ),
        st.integers(1, 72).map(lambda hours: Step("snooze", hours)),
        st.sampled_from(["malik", "olga", "team", "nobody"]).map(lambda who: Step("assign", who)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(STEPS, max_size=2), steps=STEPS, chosen=st.sets(st.integers(0, 3), min_size=1))
def test_whatever_was_done_an_undo_restores_exactly(
    workspace: Any,
    malik: Any,
    olga: Any,
    monkeypatch: pytest.MonkeyPatch,
    history: list[list[Step]],
    steps: list[Step],
    chosen: set[int],
) -> None:
    def real(found: list[Step], team: Team) -> list[Step]:
        people = {"malik": malik, "olga": olga, "team": team, "nobody": None}
        return [
            Step("assign", people[one.value])
            if one.do == "assign"
            else Step("snooze", clock.now() + one.value * HOUR, "later")
            if one.do == "snooze"
            else one
            for one in found
        ]

    with transaction.atomic():
        rows = rows_of(workspace, COMPLAINT, QUESTION, PRAISE, COMPLAINT)
        team = Team.objects.create(workspace=workspace, name="Returns")
        for before_that in history:
            desk.do_to_all(workspace, keys(rows), real(before_that, team), olga)
        before = everything(workspace)
        action = desk.do_to_all(workspace, [rows[n].pk for n in chosen], real(steps, team), malik)
        if action is None:
            assert everything(workspace) == before
        else:
            stored = desk.bulk_action(workspace, action.pk)
            assert stored is not None
            undone = desk.undo_bulk(stored, malik)
            assert (undone.restored, undone.left) == (action.count, [])
            assert everything(workspace) == before
        # The next example begins with an empty shop again.
        transaction.set_rollback(True)


def test_the_same_queries_for_three_and_for_thirty(workspace: Any, malik: Any) -> None:
    rows = rows_of(workspace, *[COMPLAINT] * 36)
    # Late ones have a line of their own about their clocks.
    late = {"due_at": clock.now() - HOUR, "runs_from": clock.now() - 1000 * HOUR}
    Clock.objects.within(workspace).filter(kind="first_answer").update(**late)
    counts = []
    for some in (rows[:3], rows[3:33]):
        with CaptureQueriesContext(connection) as doing:
            action = desk.do_to_all(workspace, keys(some), [Step("close"), Step("label", "x")], malik)
        assert action is not None
        with CaptureQueriesContext(connection) as undoing:
            desk.undo_bulk(action, malik)
        counts.append((len(doing), len(undoing)))
    # The first one makes the label.
    assert counts[1][0] <= counts[0][0] <= 40
    assert counts[1][1] == counts[0][1] <= 30


def test_recent_actions_are_listed_by_key(workspace: Any, talks: list[Conversation], malik: Any) -> None:
    for number in range(35):
        desk.do_to_all(workspace, keys(talks), [Step("label", f"label {number}")], malik)
    with CaptureQueriesContext(connection) as queries:
        first, more = desk.recent_bulk(workspace)
        assert [one.by.name for one in first if one.by] == ["Malik"] * 30
    assert len(queries) == 1
    rest, end = desk.recent_bulk(workspace, more)
    assert (len(first), len(rest), end) == (30, 5, None)
    ids = [one.pk for one in [*first, *rest]]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.django_db(transaction=True)
def test_two_undo_at_once(workspace: Any, malik: Any, olga: Any) -> None:
    rows = rows_of(workspace, *[COMPLAINT] * 20)
    before = everything(workspace)
    action = desk.do_to_all(workspace, keys(rows), [Step("close"), Step("assign", malik)], olga)
    assert action is not None
    undo = [partial(desk.undo_bulk, action, person) for person in (malik, olga, malik, olga)]
    found = at_once(*undo)
    assert sorted(one.restored for one in found) == [0, 0, 0, 20]
    assert [one.already for one in found].count(True) == 3
    assert everything(workspace) == before
    assert Entry.objects.within(workspace).filter(verb="conversation.put_back").count() == 20

"""The step: conversations are given by rule, once each, with a reason, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.accounts.models import Team
from makegood.clocks import api as clocks
from makegood.desk import actions
from makegood.desk import api as desk
from makegood.desk.models import Clock, Notice
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel, minutes_ago
from makegood.routing import api as routing
from makegood.routing import giving
from makegood.routing.api import Assign, Away, Outside
from makegood.routing.giving import give_out
from makegood.routing.models import Routing, Taken
from makegood.routing.tests.make import (
    COMPLAINT,
    NOTHING,
    alone,
    bring,
    came,
    closed_now,
    fresh,
    lines,
    member,
    on,
    routed,
    rule,
    takes,
)

pytestmark = pytest.mark.django_db
PRAISE = "Thank you @acme, the best tea I ever had, I love it!"
S = Routing.State


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


@pytest.fixture
def nadia(workspace: Any) -> Any:
    return member(workspace, "Nadia")


class TestGiving:
    def test_it_is_given_with_a_reason_that_stands_everywhere(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        rule(workspace, olga, "German delivery", assign=on(malik), intents=("complaint",))
        [row] = came(account)
        assert give_out(NOTHING) == 1
        row = fresh(row)
        assert row.assignee == malik
        assert row.assigned_because == "0 open – rule “German delivery”"
        assert lines(row, "conversation.assigned") == [{"to": "Malik", "because": row.assigned_because}]
        assert [line["rules"] for line in lines(row, "conversation.routed")] == [["German delivery"]]
        [notice] = Notice.objects.within(workspace)
        assert (notice.user, notice.by, notice.conversation) == (malik, None, row)
        assert "German delivery" in notice.text
        assert (routed(row).state, routed(row).user, routed(row).reason) == (S.GIVEN, malik, row.assigned_because)

    def test_what_fits_no_rule_is_left_alone_and_tried_with_what_they_say_next(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        rule(workspace, olga, assign=on(malik), intents=("complaint",))
        first = activity(PRAISE)
        [row] = bring(account, first, intent="praise", response="share_success")
        give_out(NOTHING)
        assert fresh(row).assignee is None
        assert not Routing.objects.within(workspace).exists()
        bring(account, activity(COMPLAINT, who=first.author.id, root_id=first.id, parent_id=first.id))
        give_out(NOTHING)
        assert fresh(row).assignee == malik

    def test_once_routed_it_is_never_routed_again(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        rule(workspace, olga, assign=on(malik), labels=("late",))
        first = activity(COMPLAINT)
        [row] = bring(account, first)
        give_out(NOTHING)
        actions.assign(row, None, olga)
        desk.unlabel(row, "late", olga)
        bring(account, activity("And my refund?", who=first.author.id, root_id=first.id, parent_id=first.id))
        for _again in range(3):
            give_out(NOTHING)
        assert fresh(row).assignee is None
        assert not fresh(row).labels.exists()
        assert Routing.objects.within(workspace).count() == Taken.objects.within(workspace).count() == 1

    def test_who_has_it_already_keeps_it(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        rule(workspace, olga, assign=on(malik), labels=("late",))
        [row] = came(account)
        actions.assign(row, olga, olga, "mine")
        give_out(NOTHING)
        row = fresh(row)
        assert (row.assignee, row.assigned_because) == (olga, "mine")
        assert [label.name for label in row.labels.all()] == ["late"]
        assert routed(row).state == S.DONE

    def test_history_and_what_is_closed_are_not_routed(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        rule(workspace, olga, assign=on(malik))
        [old] = bring(account, activity(COMPLAINT), history=True)
        [_old, shut] = came(account)
        desk.close(shut, olga)
        give_out(NOTHING)
        assert not Routing.objects.within(workspace).exists()
        assert fresh(old).route_at is None
        assert fresh(shut).route_at is None

    def test_what_was_heard_before_it_was_switched_on_is_left_alone(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        [before] = came(account)
        rule(workspace, olga, assign=on(malik))
        [_before, after] = came(account)
        give_out(NOTHING)
        assert (fresh(before).assignee, fresh(after).assignee) == (None, malik)

    def test_a_rule_that_is_off_does_nothing(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        rule(workspace, olga, assign=on(malik), on=False)
        [row] = came(account)
        give_out(NOTHING)
        assert fresh(row).assignee is None

    def test_rules_of_one_shop_do_not_touch_another(
        self, account: Any, workspace: Any, other_workspace: Any, sten: Any, olga: Any
    ) -> None:
        rule(other_workspace, sten, assign=alone(sten))
        [row] = came(account)
        give_out(NOTHING)
        assert fresh(row).assignee is None

    def test_another_shops_people_are_taken_out_of_a_rule(self, workspace: Any, olga: Any, sten: Any) -> None:
        with pytest.raises(routing.RoutingError, match="Choose the member"):
            rule(workspace, olga, assign=alone(sten))

    def test_the_first_that_fits_ends_it_and_going_on_adds_up(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        rule(workspace, olga, "Mark", labels=("late", "Refund"), go_on=True)
        rule(workspace, olga, "Give", assign=alone(malik), labels=("refund",))
        rule(workspace, olga, "Never", assign=alone(olga), labels=("never",))
        [row] = came(account)
        desk.label(row, "LATE", olga)
        give_out(NOTHING)
        row = fresh(row)
        assert row.assignee == malik
        assert row.assigned_because.endswith("rule “Give”")
        assert sorted(label.name for label in row.labels.all()) == ["LATE", "Refund"]
        [labelled] = [line for line in lines(row, "conversation.labelled") if line.get("rules")]
        assert (labelled["label"], labelled["rules"]) == ("Refund", ["Mark", "Give"])
        assert Taken.objects.within(workspace).count() == 2

    def test_work_is_shared_out_evenly(self, account: Any, workspace: Any, olga: Any, malik: Any, nadia: Any) -> None:
        rule(workspace, olga, assign=on(malik, nadia))
        came(account, *[f"{COMPLAINT} {n}" for n in range(7)])
        give_out(NOTHING)
        loads = desk.open_loads(workspace, [malik.pk, nadia.pk])
        assert sorted(loads.values()) == [3, 4]

    def test_a_team_gets_it(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        team = Team.objects.create(workspace=workspace, name="Returns")
        team.members.add(malik)
        rule(workspace, olga, assign=Assign("least", teams=(team.pk,)))
        [row] = came(account)
        give_out(NOTHING)
        assert fresh(row).assignee == malik

    def test_by_language_and_skill(self, account: Any, workspace: Any, olga: Any, malik: Any, nadia: Any) -> None:
        takes(workspace, malik, languages=("de",))
        takes(workspace, nadia, languages=("en", "fr"))
        takes(workspace, olga, takes=False)
        rule(workspace, olga, assign=Assign("skill"))
        german = "@acme mein Paket ist nie angekommen"
        came(account, german, language="de")
        rows = came(account)
        give_out(NOTHING)
        assert [fresh(row).assignee for row in rows] == [malik, nadia]
        assert fresh(rows[0]).assigned_because.startswith("speaks German, 0 open")

    def test_a_viewer_gets_nothing(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        rule(workspace, olga, assign=alone(malik))
        workspace_member = malik.memberships.get()
        workspace_member.role = "viewer"
        workspace_member.save()
        [row] = came(account)
        give_out(NOTHING)
        assert fresh(row).assignee is None
        assert "can’t be given work" in fresh(row).assigned_because
        assert routed(row).state == S.ENDED


class TestMore:
    def test_urgency_is_raised_never_lowered_and_stays(self, account: Any, workspace: Any, olga: Any) -> None:
        rule(workspace, olga, "VIP", urgency="now")
        first = activity("@acme do you ship to Norway?", posted_at=minutes_ago(5))
        [row] = bring(account, first, urgency="whenever")
        before = row.due_at
        give_out(NOTHING)
        row = fresh(row)
        assert (row.urgency, row.due_at) == ("now", first.posted_at + timedelta(minutes=workspace.answer_now))
        assert before is not None
        assert row.due_at is not None
        assert row.due_at < before
        assert lines(row, "conversation.raised") == [{"urgency": "now", "rules": ["VIP"]}]
        more = activity("And to Sweden?", who=first.author.id, root_id=first.id, parent_id=first.id)
        bring(account, more, urgency="whenever")
        assert fresh(row).urgency == "now"

    def test_a_lower_urgency_changes_nothing(self, account: Any, workspace: Any, olga: Any) -> None:
        rule(workspace, olga, urgency="never")
        [row] = came(account, urgency="now")
        before = row.urgency
        give_out(NOTHING)
        assert fresh(row).urgency == before
        assert lines(row, "conversation.raised") == []

    def test_a_policy_goes_before_the_first_that_fits(self, account: Any, workspace: Any, olga: Any) -> None:
        facts = {"active": True, "pause_waiting": True}
        clocks.save_policy(workspace, olga, {"name": "All", "first_answer": 600, **facts})
        chosen = clocks.save_policy(
            workspace, olga, {"name": "VIP", "first_answer": 10, "labels": ["nobody has it"], **facts}
        )
        rule(workspace, olga, policy=chosen.pk)
        [row] = came(account)
        give_out(NOTHING)
        [running] = Clock.objects.within(workspace).filter(stopped_at=None)
        assert running.reason == "Policy “VIP”, because: it was chosen for this one"
        assert fresh(row).due_at == row.latest.posted_at + timedelta(minutes=10)
        clocks.delete_policy(chosen, olga)
        desk.watch_clocks()
        assert fresh(row).due_at == row.latest.posted_at + timedelta(minutes=600)

    def test_the_journal_says_which_rule_tells_the_team(self, account: Any, workspace: Any, olga: Any) -> None:
        rule(workspace, olga, "Quiet", labels=("x",), go_on=True)
        rule(workspace, olga, "Loud", alert=True)
        [row] = came(account)
        give_out(NOTHING)
        [line] = lines(row, "conversation.routed")
        assert (line["rules"], line["alert"]) == (["Quiet", "Loud"], ["Loud"])

    def test_what_later_stages_know_is_handed_in(self, account: Any, workspace: Any, olga: Any, malik: Any) -> None:
        rule(workspace, olga, "Bought", customer="yes", assign=alone(malik))
        one, other = came(account, COMPLAINT, f"{COMPLAINT}!")
        give_out(Outside(customers=lambda rows: [row.pk for row in rows if row.pk == one.pk]))
        assert (fresh(one).assignee, fresh(other).assignee) == (malik, None)

    def test_an_away_member_is_stood_in_for(
        self, account: Any, workspace: Any, olga: Any, malik: Any, nadia: Any
    ) -> None:
        rule(workspace, olga, assign=alone(malik))
        today = clock.now().date()
        [row] = came(account)
        give_out(Outside(away=lambda _shop: [Away(malik.pk, today - timedelta(1), today + timedelta(1), nadia.pk)]))
        assert fresh(row).assignee == nadia
        assert "in the place of Malik" in fresh(row).assigned_because


class TestWaiting:
    def test_when_all_are_full_it_waits_and_is_given_as_soon_as_one_has_room(
        self, account: Any, workspace: Any, olga: Any, malik: Any
    ) -> None:
        takes(workspace, malik, most_open=1)
        rule(workspace, olga, "Few", assign=on(malik))
        one, other = came(account, COMPLAINT, f"{COMPLAINT}!")
        give_out(NOTHING)
        assert (fresh(one).assignee, fresh(other).assignee) == (malik, None)
        assert fresh(other).assigned_because == "waits: Malik has 1 of 1 open – rule “Few”"
        assert routed(other).state == S.WAITING
        give_out(NOTHING)
        assert fresh(other).assignee is None
        desk.close(one, malik)
        give_out(NOTHING)
        assert fresh(other).assignee == malik
        assert fresh(other).assigned_because == "0 open – rule “Few”"
        assert routed(other).state == S.GIVEN
        assert len(lines(other, "conversation.routed")) == 1
        assert Notice.objects.within(workspace).filter(user=malik).count() == 2

    def test_off_duty_it_waits_until_somebody_comes(
        self, account: Any, workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = closed_now(workspace)
        takes(workspace, malik, hours=later)
        rule(workspace, olga, "Day", assign=on(malik))
        [row] = came(account)
        give_out(NOTHING)
        begins = later.week[0][0][0]
        hour = f"{begins // 60:02}:{begins % 60:02}"
        assert "Malik is off duty until" in fresh(row).assigned_because
        assert hour in fresh(row).assigned_because
        moment = clocks.next_opening(clocks.hours_of(later, []), clock.now())
        monkeypatch.setattr(clock, "now", lambda: moment + timedelta(minutes=5))
        give_out(NOTHING)
        assert fresh(row).assignee == malik
        assert "on duty until" in fresh(row).assigned_because

    @pytest.mark.parametrize("what", ["taken", "closed", "switched off", "removed", "gives nothing"])
    def test_it_ends_when_nobody_has_to_be_sought(
        self, account: Any, workspace: Any, olga: Any, malik: Any, what: str
    ) -> None:
        takes(workspace, malik, hours=closed_now(workspace))
        row_of_rule = rule(workspace, olga, "Day", assign=on(malik))
        [row] = came(account)
        give_out(NOTHING)
        assert routed(row).state == S.WAITING
        acts: dict[str, Callable[[], Any]] = {
            "taken": lambda: actions.assign(row, olga, olga),
            "closed": lambda: desk.close(row, olga),
            "switched off": lambda: routing.switch_rule(row_of_rule, olga, False),
            "removed": lambda: routing.remove_rule(row_of_rule, olga),
            "gives nothing": lambda: routing.save_rule(
                workspace, olga, routing.Wish("Day", actions=routing.Actions(labels=("x",))), row_of_rule
            ),
        }
        acts[what]()
        give_out(NOTHING)
        assert routed(row).state == S.ENDED
        assert fresh(row).assigned_because == ""

    def test_each_that_waits_gets_its_turn(
        self, account: Any, workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        takes(workspace, malik, hours=closed_now(workspace))
        rule(workspace, olga, assign=on(malik))
        came(account, *[f"{COMPLAINT} {n}" for n in range(5)])
        give_out(NOTHING)
        monkeypatch.setattr(giving, "BATCH", 2)
        start = clock.now()
        Routing.objects.within(workspace).update(looked_at=start - timedelta(minutes=1))
        for _turn in range(3):
            give_out(NOTHING)
        assert not Routing.objects.within(workspace).filter(looked_at__lt=start).exists()

"""A rule tried on the last 30 days: what it would have done, and that it does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from makegood.clocks.models import BusinessHours
from makegood.desk.models import Conversation
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.tests.make import activity, channel
from makegood.routing import trial
from makegood.routing.api import Actions, Assign, Conditions, Outside, Rule
from makegood.routing.models import Routing, Taken
from makegood.routing.tests.make import COMPLAINT, NOTHING, bring, came, heard_at, member, on, takes
from makegood.routing.trial import try_rule

pytestmark = pytest.mark.django_db
NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


@pytest.fixture
def nadia(workspace: Any) -> Any:
    return member(workspace, "Nadia")


def draft(assign: Assign | None = None, labels: tuple[str, ...] = (), go_on: bool = False, **asked: Any) -> Rule:
    return Rule(0, "Draft", Conditions(**asked), Actions(assign or Assign(), labels), go_on)


def days_ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def heard(channel: Any, moments: Sequence[datetime], **read: Any) -> list[Conversation]:
    """Conversations that came in at these moments and are still open."""
    rows = []
    for number, at in enumerate(moments):
        row = came(channel, f"{COMPLAINT} {number} {at}", **read)[-1]
        heard_at(row, at)
        rows.append(row)
    return rows


def ended(row: Conversation, at: datetime) -> None:
    Conversation.objects.within(row.workspace_id).filter(pk=row.pk).update(answered_at=at, queue="waiting")


def test_each_is_counted_on_its_day_and_nothing_older(account: Any, workspace: Any) -> None:
    heard(account, [days_ago(1), days_ago(1.1), days_ago(5), days_ago(40)])
    found = try_rule(workspace, draft(labels=("x",)), [], NOTHING)
    assert (found.count, found.looked_at, found.busiest, found.gives) == (3, 3, 2, False)
    assert [(29 - place, count) for place, count in enumerate(found.days) if count] == [(5, 1), (1, 2)]
    assert sum(found.days) == found.count
    assert len(found.days) == trial.DAYS


def test_a_conversation_is_taken_once_by_the_first_post_that_fits(account: Any, workspace: Any) -> None:
    first = activity("hello there")
    [row] = bring(account, first, intent="other", response="let_stand")
    heard_at(row, days_ago(3))
    for number in range(2):
        said = activity(f"{COMPLAINT} {number}", who=first.author.id, root_id=first.id, parent_id=first.id)
        [row] = bring(account, said)
        heard_at(row, days_ago(2 - number))
    found = try_rule(workspace, draft(labels=("x",), intents=("complaint",)), [], NOTHING)
    assert found.count == 1
    [one] = found.examples
    assert (one.conversation, one.at) == (row.pk, days_ago(2))


def test_earlier_rules_go_first(account: Any, workspace: Any) -> None:
    heard(account, [days_ago(1), days_ago(2)])
    heard(account, [days_ago(3)], intent="question")
    before = Rule(1, "Before", Conditions(intents=("question",)), Actions(labels=("y",)), since=clock.now())
    found = try_rule(workspace, draft(labels=("x",)), [before], NOTHING)
    assert (found.count, found.first) == (2, 1), "as if the other had always been on"
    goes_on = Rule(1, "Before", Conditions(), Actions(labels=("y",)), go_on=True)
    assert try_rule(workspace, draft(labels=("x",)), [goes_on], NOTHING).count == 3


def test_it_is_shared_out_as_it_would_have_been(account: Any, workspace: Any, malik: Any, nadia: Any) -> None:
    heard(account, [days_ago(number / 10) for number in range(10, 0, -1)])
    found = try_rule(workspace, draft(on(malik, nadia)), [], NOTHING)
    assert found.shares == (("Malik", 5), ("Nadia", 5))
    assert (found.waited, found.nobody) == (0, 0)
    assert "the least of 2" in found.examples[0].because


def test_what_was_answered_makes_room_again(account: Any, workspace: Any, malik: Any) -> None:
    takes(workspace, malik, most_open=1)
    rows = heard(account, [days_ago(3), days_ago(2), days_ago(1)])
    ended(rows[0], days_ago(1.5))
    found = try_rule(workspace, draft(on(malik)), [], NOTHING)
    assert found.shares == (("Malik", 2),)
    assert (found.waited, found.nobody) == (2, 1), "the second when the first was answered, the third still waits"


def test_at_night_it_waits_for_the_morning(account: Any, workspace: Any, malik: Any) -> None:
    hours = BusinessHours.objects.create(workspace=workspace, name="Day", timezone="UTC", week=[[[660, 780]]] * 7)
    takes(workspace, malik, hours=hours)
    heard(account, [days_ago(2) - timedelta(hours=5), days_ago(1)])
    found = try_rule(workspace, draft(on(malik)), [], NOTHING)
    assert found.shares == (("Malik", 2),)
    assert found.waited == 1
    night = found.examples[-1]
    assert night.to == ""
    assert night.because.startswith("waits: Malik is off duty until")


def test_what_others_answered_meanwhile_is_not_given(account: Any, workspace: Any, malik: Any) -> None:
    hours = BusinessHours.objects.create(workspace=workspace, name="Day", timezone="UTC", week=[[[660, 780]]] * 7)
    takes(workspace, malik, hours=hours)
    rows = heard(account, [days_ago(2) - timedelta(hours=5), days_ago(1)])
    ended(rows[0], days_ago(2) - timedelta(hours=4))
    found = try_rule(workspace, draft(on(malik)), [], NOTHING)
    assert (found.shares, found.waited, found.nobody) == ((("Malik", 1),), 1, 1)


def test_nobody_who_could_is_said(account: Any, workspace: Any, malik: Any) -> None:
    takes(workspace, malik, languages=("de",))
    heard(account, [days_ago(1)], language="fi")
    found = try_rule(workspace, draft(Assign("skill")), [], NOTHING)
    assert (found.count, found.nobody, found.shares) == (1, 1, ())
    assert found.examples[0].because == "nobody here speaks Finnish"


def test_what_later_stages_know_is_asked(account: Any, workspace: Any) -> None:
    rows = heard(account, [days_ago(1), days_ago(2)])
    outside = Outside(customers=lambda all_: [row.pk for row in all_ if row.pk == rows[0].pk])
    assert try_rule(workspace, draft(labels=("x",), customer="yes"), [], outside).count == 1
    assert try_rule(workspace, draft(labels=("x",), customer="yes"), [], NOTHING).count == 0


def test_only_so_much_is_looked_at_the_newest(account: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    heard(account, [days_ago(3), days_ago(2), days_ago(1)])
    monkeypatch.setattr(trial, "MOST", 2)
    found = try_rule(workspace, draft(labels=("x",)), [], NOTHING)
    assert (found.count, found.capped) == (2, True)
    assert [one.at for one in found.examples] == [days_ago(1), days_ago(2)]


def test_nothing_is_written(account: Any, workspace: Any, malik: Any) -> None:
    heard(account, [days_ago(1)])
    before = Entry.objects.count()
    with CaptureQueriesContext(connection) as seen:
        try_rule(workspace, draft(on(malik), labels=("x",)), [], NOTHING)
    wrote = [each["sql"] for each in seen if not each["sql"].startswith("SELECT")]
    assert wrote == []
    assert Entry.objects.count() == before
    assert not Routing.objects.within(workspace).exists()
    assert not Taken.objects.within(workspace).exists()


def test_other_shops_are_not_looked_at(account: Any, workspace: Any, other_workspace: Any) -> None:
    heard(account, [days_ago(1)])
    assert try_rule(other_workspace, draft(labels=("x",)), [], NOTHING).looked_at == 0

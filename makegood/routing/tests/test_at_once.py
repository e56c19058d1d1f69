"""Several workers at one moment: each conversation once, and nobody gets more than they take."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.desk.models import Conversation, Notice
from makegood.listen.tests.make import channel
from makegood.routing.giving import give_out
from makegood.routing.models import Routing, Taken
from makegood.routing.tests.make import COMPLAINT, NOTHING, came, member, on, rule, takes
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 12


def test_each_is_given_once(workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.routing.giving.BATCH", 3)
    nadia = member(workspace, "Nadia")
    takes(workspace, malik, most_open=4)
    takes(workspace, nadia, most_open=4)
    rule(workspace, olga, assign=on(malik, nadia), labels=("late",), urgency="now")
    account = channel(workspace, "account", name="@acme")
    came(account, *[f"{COMPLAINT} {number}" for number in range(MANY)])
    outcomes = at_once(*[lambda: give_out(NOTHING)] * 4)
    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert sum(outcomes) == MANY
    give_out(NOTHING)
    rows = Conversation.objects.within(workspace)
    assert {user.name: rows.filter(assignee=user).count() for user in (malik, nadia)} == {"Malik": 4, "Nadia": 4}
    assert Routing.objects.within(workspace).count() == Taken.objects.within(workspace).count() == MANY
    assert Routing.objects.within(workspace).filter(state="waiting").count() == MANY - 8
    assert Notice.objects.within(workspace).filter(kind="assigned").count() == 8
    assert all(row.labels.count() == 1 for row in rows)

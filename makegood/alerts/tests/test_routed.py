"""A routing rule that wants the team to be told: once, and only where it says so."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.alerts.api import AlertDestination
from makegood.alerts.finding import find_new
from makegood.alerts.models import Firing
from makegood.listen.tests.make import channel
from makegood.routing.giving import give_out
from makegood.routing.tests.make import NOTHING, came, rule

pytestmark = pytest.mark.django_db


def test_a_rule_that_asks_for_it_tells_the_team_once(
    workspace: Any, olga: Any, mail_place: AlertDestination, make_rule: Any
) -> None:
    make_rule("routed", mail_place)
    rule(workspace, olga, "Quiet", intents=("question",), labels=("x",))
    rule(workspace, olga, "Loud", alert=True)
    account = channel(workspace, "account", name="@acme")
    came(account, "is it blue?", intent="question")
    loud = came(account)[-1]
    give_out(NOTHING)
    assert find_new() == 1
    [firing] = Firing.objects.within(workspace)
    assert (firing.conversation_id, firing.reason) == (loud.pk, "It falls under your rule “Loud”.")
    give_out(NOTHING)
    assert find_new() == 0

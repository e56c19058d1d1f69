"""That routing can be relied on: crashes, posts that trip it, erasure, and how much it asks of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from makegood.clocks.models import BusinessHours
from makegood.desk import api as desk
from makegood.desk.models import Conversation, Notice
from makegood.listen.tests.make import channel
from makegood.routing.giving import give_out
from makegood.routing.house import subject_of
from makegood.routing.models import Routing
from makegood.routing.tests.make import COMPLAINT, NOTHING, came, fresh, lines, member, on, rule, takes

pytestmark = pytest.mark.django_db
S = Routing.State


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@acme")


def test_a_crash_between_loses_nothing_and_does_nothing_twice(
    account: Any, workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(workspace, olga, assign=on(malik), labels=("late",))
    [row] = came(account)

    def killed(_rows: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(desk, "done_routing", killed)
        with pytest.raises(KeyboardInterrupt):
            give_out(NOTHING)
    assert fresh(row).assignee is None
    assert not Routing.objects.within(workspace).exists()
    assert not Notice.objects.within(workspace).exists()
    give_out(NOTHING)
    give_out(NOTHING)
    assert fresh(row).assignee == malik
    assert Routing.objects.within(workspace).count() == Notice.objects.within(workspace).count() == 1
    assert len(lines(row, "conversation.assigned")) == 1


def test_the_database_refuses_a_second_time(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    rule(workspace, olga, assign=on(malik))
    [row] = came(account)
    give_out(NOTHING)
    with pytest.raises(IntegrityError):
        Routing.objects.create(workspace=workspace, conversation=row, state=S.DONE)


def test_one_that_trips_the_rules_does_not_hold_up_the_others(
    account: Any, workspace: Any, olga: Any, malik: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(workspace, olga, assign=on(malik))
    bad, good = came(account, COMPLAINT, f"{COMPLAINT}!")

    def trips(row: Any, *rest: Any) -> Any:
        if row.pk == bad.pk:
            raise ValueError
        return subject_of(row, *rest)

    monkeypatch.setattr("makegood.routing.giving.subject_of", trips)
    give_out(NOTHING)
    assert (fresh(bad).assignee, fresh(good).assignee) == (None, malik)
    assert fresh(bad).route_at is None


def test_erasing_a_conversation_erases_what_was_routed(account: Any, workspace: Any, olga: Any, malik: Any) -> None:
    rule(workspace, olga, assign=on(malik))
    [row] = came(account)
    give_out(NOTHING)
    Conversation.objects.within(workspace).filter(pk=row.pk).delete()
    assert not Routing.objects.within(workspace).exists()


@pytest.mark.parametrize("many", [3, 30])
def test_the_number_of_queries_does_not_grow(
    account: Any,
    workspace: Any,
    olga: Any,
    malik: Any,
    many: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [member(workspace, f"P{number}") for number in range(many)]
    for number, user in enumerate(people):
        later = BusinessHours.objects.create(
            workspace=workspace, name=f"H{number}", timezone="UTC", week=[[[0, 1440]]] * 7
        )
        takes(workspace, user, languages=("en",), hours=later)
        rule(workspace, olga, f"R{number}", words=(f"nothing{number}",), queries=(number,), assign=on(user))
    rule(workspace, olga, "Last", assign=on(*people), labels=("late",), urgency="now")
    came(account, *[f"{COMPLAINT} {n}" for n in range(many)])
    with django_assert_max_num_queries(60):
        give_out(NOTHING)
    assert Routing.objects.within(workspace).filter(state=S.GIVEN).count() == many
    assert set(desk.open_loads(workspace, [user.pk for user in people]).values()) == {1}

"""The journal only grows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from makegood.journal import api as journal

pytestmark = pytest.mark.django_db


def write(workspace: Any, verb: str = "workspace.changed", actor: Any = None, **data: Any) -> journal.Entry:
    with transaction.atomic():
        return journal.record(workspace.pk, verb, workspace, actor=actor, **data)


def test_a_line_says_who_what_and_when(workspace: Any, olga: Any) -> None:
    line = write(workspace, actor=olga, name="Tea")
    line.refresh_from_db()
    assert (line.actor, line.actor_id, line.verb) == ("Olga", olga.pk, "workspace.changed")
    assert (line.subject, line.data) == (f"workspace:{workspace.pk}", {"name": "Tea"})
    assert line.at.tzinfo is not None


def test_what_nobody_did_makegood_did(workspace: Any) -> None:
    line = write(workspace)
    assert (line.actor, line.actor_id) == (journal.MAKEGOOD, None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_entry SET verb = 'x'", "DELETE FROM journal_entry", "DELETE FROM journal_entry WHERE id > 0"],
)
def test_the_database_refuses_to_change_it(workspace: Any, statement: str) -> None:
    write(workspace)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert journal.Entry.objects.within(workspace).get().verb == "workspace.changed"


def test_so_does_the_model(workspace: Any) -> None:
    line = write(workspace)
    with pytest.raises(TypeError, match="append-only"):
        line.save()
    with pytest.raises(TypeError, match="append-only"):
        line.delete()


@pytest.mark.django_db(transaction=True)
def test_a_line_without_a_transaction_is_a_mistake(workspace: Any) -> None:
    with pytest.raises(AssertionError, match="transaction"):
        journal.record(workspace.pk, "workspace.changed", workspace)


def test_about_brings_only_ones_own_in_order(workspace: Any, other_workspace: Any) -> None:
    first, second = write(workspace, "a"), write(workspace, "b")
    write(other_workspace, "c")
    subject = f"workspace:{workspace.pk}"
    assert journal.about(workspace, [subject]) == [first, second]
    assert journal.about(other_workspace, [subject]) == []
    assert journal.about(workspace, [subject], limit=1) == [second]


def test_the_tail_goes_on_where_it_stopped(workspace: Any, other_workspace: Any) -> None:
    first = write(workspace)
    second, third = write(other_workspace), write(workspace)
    assert [line.id for line in journal.since(first.pk, 10)] == [second.pk, third.pk]
    assert journal.since(first.pk, 1)[0] == (second.pk, other_workspace.pk, second.verb, second.subject)
    assert journal.last_id() == third.pk
    assert journal.since(third.pk, 10) == []

"""A later stage reads on from where it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction

from makegood.journal import api as journal
from makegood.journal import marks
from makegood.journal.models import Mark

pytestmark = pytest.mark.django_db


def write(workspace: Any, *verbs: str) -> None:
    with transaction.atomic():
        for verb in verbs:
            journal.record(workspace.pk, verb, workspace)


def read(*verbs: str, from_now: bool = False) -> tuple[list[str], bool]:
    found: list[str] = []

    def take(lines: Sequence[journal.Entry]) -> None:
        found.extend(line.verb for line in lines)

    more = journal.read_on("test", verbs, take, from_now=from_now)
    return found, more


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "OVERLAP", 0)
    # PostgreSQL goes on counting after tests that were taken back: the first line is not number one.
    monkeypatch.setattr(marks, "SPAN", 10**12)


def test_it_begins_with_the_oldest_line_and_goes_on_from_there(workspace: Any) -> None:
    write(workspace, "test.one", "test.other", "test.two")
    assert read("test.one", "test.two") == (["test.one", "test.two"], False)
    assert read("test.one", "test.two") == ([], False)
    write(workspace, "test.one")
    assert read("test.one", "test.two") == (["test.one"], False)


def test_it_can_begin_with_what_comes(workspace: Any) -> None:
    write(workspace, "test.one")
    assert read("test.one", from_now=True) == ([], False)
    write(workspace, "test.one")
    assert read("test.one", from_now=True) == (["test.one"], False)


def test_much_is_read_in_spans_also_where_little_of_it_is_wanted(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace, "test.other")
    Mark.objects.create(name="test", entry_id=journal.last_id())
    monkeypatch.setattr(marks, "SPAN", 3)
    write(workspace, *["test.other"] * 3, "test.one")
    assert read("test.one") == ([], True)
    assert read("test.one") == (["test.one"], False)


def test_what_fails_is_read_again(workspace: Any) -> None:
    write(workspace, "test.one")

    def broken(_lines: Sequence[journal.Entry]) -> None:
        write(workspace, "test.written")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        journal.read_on("test", ["test.one"], broken)
    assert not journal.Entry.objects.within(workspace).filter(verb="test.written").exists()
    assert read("test.one") == (["test.one"], False)


def test_a_line_that_appears_late_below_the_mark_is_read(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL hands ids out before rows are committed."""
    monkeypatch.setattr(marks, "OVERLAP", 1_000)
    write(workspace, "test.one", "test.other")
    Mark.objects.create(name="test", entry_id=journal.last_id())
    assert read("test.one") == (["test.one"], False)


def test_two_readers_do_not_disturb_each_other(workspace: Any) -> None:
    write(workspace, "test.one")
    assert read("test.one") == (["test.one"], False)
    found: list[journal.Entry] = []
    journal.read_on("other", ["test.one"], found.extend)
    assert len(found) == 1

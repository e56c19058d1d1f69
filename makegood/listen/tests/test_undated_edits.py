"""Edits on a network that does not say when something was edited, such as Hacker News."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.db import transaction

from makegood.activity import Activity
from makegood.journal.models import Entry
from makegood.kit import clock
from makegood.listen.edits import keep_edits
from makegood.listen.flow import Hit, mark_sorted, store
from makegood.listen.models import Mention
from makegood.listen.tests.make import activity, channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(workspace: Any) -> Activity:
    """A mention that has been sorted."""
    found = activity("My teapot leaks.", network="hackernews", id="https://news.ycombinator.com/item?id=7")
    store(channel(workspace, "feed", network="hackernews"), [Hit(found, "why")])
    mark_sorted(list(Mention.objects.within(workspace)))
    return found


def look(workspace: Any, found: Activity) -> int:
    with transaction.atomic():
        return keep_edits(workspace.pk, {found.id: found}, noticed_at=clock.now())


def test_another_text_is_an_edit_of_by_now(workspace: Any, said: Activity) -> None:
    assert look(workspace, msgspec.structs.replace(said, text="My teapot leaks. EDIT: no longer.")) == 1
    row = Mention.objects.within(workspace).get()
    assert (row.text, row.state) == ("My teapot leaks. EDIT: no longer.", "new")
    assert row.edited_at is not None
    assert Entry.objects.within(workspace).filter(verb="mention.edited").count() == 1


@pytest.mark.parametrize("text", ["My teapot leaks.", "My  teapot\nleaks."])
def test_the_same_words_are_none(workspace: Any, said: Activity, text: str) -> None:
    assert look(workspace, msgspec.structs.replace(said, text=text)) == 0
    row = Mention.objects.within(workspace).get()
    assert (row.edited_at, row.state) == (None, "sorted")


def test_hearing_it_again_is_no_look(workspace: Any, said: Activity) -> None:
    with transaction.atomic():
        assert keep_edits(workspace.pk, {said.id: msgspec.structs.replace(said, text="Something else.")}) == 0
    assert Mention.objects.within(workspace).get().text == "My teapot leaks."

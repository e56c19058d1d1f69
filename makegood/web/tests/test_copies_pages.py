"""The line under a message that has copies, the page that lists them, and taking one out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from makegood.desk import api as desk
from makegood.desk.flow import open_new
from makegood.desk.tests.make import bring
from makegood.listen import api as listen
from makegood.listen.folding.tests.posts import stories
from makegood.listen.models import MentionCopy
from makegood.listen.tests.make import activity, channel
from makegood.triage import api as triage

pytestmark = pytest.mark.django_db

NEWS = f"{stories(1)[0]} https://news.example/1"


@pytest.fixture
def talk(workspace: Any) -> desk.Conversation:
    stream = channel(workspace)
    rows = bring(stream, activity(NEWS, who="a"), *[activity(NEWS, who=f"copy{number}") for number in range(3)])
    assert len(rows) == 1
    return rows[0]


def pass_on(row: desk.Conversation, *texts: str) -> None:
    with transaction.atomic():
        said = [activity(text, who=f"more{number}", url="https://example.org/1") for number, text in enumerate(texts)]
        listen.store(row.latest.channel, [listen.Hit(each, "why") for each in said])


def page(client: Client, row: desk.Conversation) -> str:
    answer = client.get(reverse("copies", args=[row.pk, row.latest_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_conversation_says_how_many_there_are(as_malik: Client, talk: desk.Conversation) -> None:
    shown = as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "and 3 copies" in shown
    assert "reach" not in shown.partition("and 3 copies")[2][:40], "no network said how many follow them"
    assert reverse("copies", args=[talk.pk, talk.latest_id]) in shown


def test_the_reach_is_shown_where_it_is_known(as_malik: Client, talk: desk.Conversation) -> None:
    MentionCopy.objects.within(talk.workspace).update(followers=4100)
    shown = as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()
    assert "and 3 copies, reach 12,300" in shown
    assert "reach 12,300: the followers of 3 other authors" in page(as_malik, talk)
    assert "and 3 copies, reach 12,300" in as_malik.get(reverse("travel", args=[talk.pk])).content.decode()


def test_the_page_lists_who_said_it_and_what_was_different(as_malik: Client, talk: desk.Conversation) -> None:
    pass_on(talk, f"BREAKING {NEWS}")
    shown = page(as_malik, talk)
    assert "BREAKING" in shown
    assert "% the same" in shown
    assert shown.count("· the same words") == 3
    assert "https://example.org/1" in shown
    assert shown.count("Treat as its own") == 4


def test_one_that_is_taken_out_comes_to_the_inbox(as_malik: Client, talk: desk.Conversation) -> None:
    copy = MentionCopy.objects.within(talk.workspace).order_by("id").first()
    assert copy is not None
    where = reverse("copy-own", args=[talk.pk, talk.latest_id])
    answer = as_malik.post(where, {"copy": copy.pk}, follow=True)
    assert "on its way to the inbox" in answer.content.decode()
    triage.sort_new()
    open_new()
    found = desk.Conversation.objects.within(talk.workspace).order_by("id")
    assert [row.author_id for row in found] == ["a", "copy0"]
    again = as_malik.post(where, {"copy": copy.pk}, follow=True)
    assert "no copy any more" in again.content.decode()
    assert "2 copies" in page(as_malik, talk)


@pytest.mark.parametrize("sent", ["", "0", "x", "9" * 30])
def test_nonsense_takes_nothing_out(as_malik: Client, talk: desk.Conversation, sent: str) -> None:
    answer = as_malik.post(reverse("copy-own", args=[talk.pk, talk.latest_id]), {"copy": sent}, follow=True)
    assert "no copy any more" in answer.content.decode()
    assert MentionCopy.objects.within(talk.workspace).count() == 3


def test_another_conversations_copies_are_not_its_own(as_malik: Client, talk: desk.Conversation) -> None:
    other = bring(talk.latest.channel, activity("My order never arrived, I want a refund"))[-1]
    assert as_malik.get(reverse("copies", args=[other.pk, talk.latest_id])).status_code == 404
    assert as_malik.get(reverse("copies", args=[talk.pk, 10**9])).status_code == 404


def test_without_copies_the_page_says_so(as_malik: Client, talk: desk.Conversation) -> None:
    MentionCopy.objects.within(talk.workspace).delete()
    assert "No copies" in page(as_malik, talk)
    assert "and 3 copies" not in as_malik.get(reverse("conversation", args=[talk.pk])).content.decode()


def test_who_may_what(as_vera: Client, as_sten: Client, as_nobody: Client, talk: desk.Conversation) -> None:
    where = reverse("copies", args=[talk.pk, talk.latest_id])
    own = reverse("copy-own", args=[talk.pk, talk.latest_id])
    assert "Treat as its own" not in page(as_vera, talk)
    assert as_vera.post(own, {"copy": 1}).status_code == 403
    assert as_sten.get(where).status_code == as_sten.post(own).status_code == 404
    assert as_nobody.get(where).status_code == 302


def test_many_copies_come_in_pages_and_ask_no_more_often(as_malik: Client, talk: desk.Conversation) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(as_malik, talk)
        return len(caught)

    few = queries()
    pass_on(talk, *[NEWS] * 60)
    assert queries() <= few
    shown = page(as_malik, talk)
    assert shown.count("Treat as its own") == 40
    after = shown.partition("?after=")[2].partition('"')[0]
    rest = as_malik.get(
        reverse("copies", args=[talk.pk, talk.latest_id]), {"after": after}, headers={"hx-request": "true"}
    ).content.decode()
    assert rest.count("Treat as its own") == 23
    assert "<h1" not in rest
    assert "Show more" not in rest

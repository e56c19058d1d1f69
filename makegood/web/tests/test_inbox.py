"""The inbox's pages: who may see what, and in how many queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.desk.models import Conversation
from makegood.desk.tests.make import bring, conversation_with
from makegood.listen.flow import Hit
from makegood.listen.tests.make import activity, channel, minutes_ago

pytestmark = pytest.mark.django_db

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
PRAISE = "I love this tea, thank you so much, wonderful shop"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(workspace: Any) -> Any:
    return channel(workspace, "account", name="@teapot.example")


@pytest.fixture
def talk(account: Any) -> Conversation:
    return conversation_with(account, COMPLAINT, handle="lena.example.com")


def page(client: Client, address: str, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.mark.parametrize("name", ["inbox", "inbox-list", "today"])
def test_who_sees_the_inbox(
    name: str,
    talk: Conversation,
    as_olga: Client,
    as_malik: Client,
    as_vera: Client,
    as_sten: Client,
    as_nobody: Client,
) -> None:
    for client in (as_olga, as_malik, as_vera):
        assert "lena.example.com" in page(client, reverse(name))
    assert "lena.example.com" not in page(as_sten, reverse(name))
    assert as_nobody.get(reverse(name)).status_code == 302


def test_a_conversation_is_for_its_own_workspace_only(
    talk: Conversation, as_malik: Client, as_vera: Client, as_sten: Client, as_nobody: Client
) -> None:
    address = reverse("conversation", args=[talk.pk])
    assert COMPLAINT.split(",")[0] in page(as_malik, address)
    assert COMPLAINT.split(",")[0] in page(as_vera, address)
    assert as_sten.get(address).status_code == 404
    assert as_nobody.get(address).status_code == 302


def test_htmx_gets_the_pane_everybody_else_the_page(talk: Conversation, as_malik: Client) -> None:
    address = reverse("conversation", args=[talk.pk])
    assert "<html" in page(as_malik, address)
    part = page(as_malik, address, headers=HTMX)
    assert "<html" not in part
    assert 'data-conversation="' in part


def test_a_viewer_reads_but_is_offered_nothing_to_do(talk: Conversation, as_vera: Client) -> None:
    html = page(as_vera, reverse("conversation", args=[talk.pk]))
    assert "You can read along, but not answer" in html
    assert reverse("reply-send", args=[talk.pk]) not in html
    assert reverse("desk-close", args=[talk.pk]) not in html


def test_why_it_matched_is_shown_and_marked(workspace: Any, as_malik: Client) -> None:
    from django.db import transaction

    from makegood.desk.flow import open_new
    from makegood.listen.flow import store
    from makegood.triage.api import sort_new

    stream = channel(workspace)
    post = activity("<b>Teapot</b> broke my heart")
    with transaction.atomic():
        store(stream, [Hit(post, "Matches “Our name”: Teapot", None, "Our name", (("Teapot", 3, 9),))])
    sort_new()
    open_new()
    row = Conversation.objects.within(workspace).get()
    html = page(as_malik, reverse("conversation", args=[row.pk]))
    assert "&lt;b&gt;<mark>Teapot</mark>&lt;/b&gt; broke my heart" in html
    assert "Matches “Our name”: Teapot" in html


@pytest.mark.parametrize("view", ["needs-answer", "mine", "breaching", "praise", "let-stand", "waiting", "closed"])
def test_an_empty_view_says_what_to_do_next(view: str, as_olga: Client) -> None:
    html = page(as_olga, reverse("inbox"), data={"view": view})
    assert "rows-empty" in html


def test_an_unknown_view_is_the_first(talk: Conversation, as_olga: Client) -> None:
    assert "lena.example.com" in page(as_olga, reverse("inbox"), data={"view": "../../etc"})


def test_further_pages_come_by_key(account: Any, as_olga: Client) -> None:
    bring(account, *[activity(COMPLAINT, posted_at=minutes_ago(n)) for n in range(45)])
    first = page(as_olga, reverse("inbox"))
    assert first.count("data-row-link") == 40
    after = first.split("after=")[1].split('"')[0].replace("&amp;", "&")
    more = page(as_olga, f"{reverse('inbox-list')}?view=needs-answer&after={after}", headers=HTMX)
    assert more.count("data-row-link") == 5


def test_a_refresh_brings_as_many_rows_as_are_shown(account: Any, as_olga: Client) -> None:
    bring(account, *[activity(COMPLAINT, posted_at=minutes_ago(n)) for n in range(60)])
    for shown, rows in (("55", 55), ("1", 40), ("99999999", 60), ("²", 40), ("-3", 40)):
        html = page(as_olga, reverse("inbox-list"), data={"view": "needs-answer", "shown": shown}, headers=HTMX)
        assert html.count("data-row-link") == rows


def _queries(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        page(client, address)
    return len(captured)


@pytest.mark.parametrize("name", ["inbox", "inbox-list", "today"])
def test_a_page_takes_the_same_queries_for_one_row_and_for_many(account: Any, as_olga: Client, name: str) -> None:
    bring(account, activity(COMPLAINT), activity(PRAISE))
    few = _queries(as_olga, reverse(name))
    bring(account, *[activity(text) for text in (COMPLAINT, PRAISE) for _ in range(50)])
    assert _queries(as_olga, reverse(name)) == few
    assert few <= 25


def test_a_long_thread_takes_the_same_queries_as_a_short_one(account: Any, as_olga: Client) -> None:
    first = activity(COMPLAINT, posted_at=minutes_ago(50))
    row = bring(account, first)[0]
    address = reverse("conversation", args=[row.pk])
    page(as_olga, address)
    few = _queries(as_olga, address)
    bring(
        account,
        *[
            activity(f"And number {n}?", who=first.author.id, root_id=first.id, posted_at=minutes_ago(40 - n))
            for n in range(30)
        ],
    )
    assert _queries(as_olga, address) <= few + 1
    assert few <= 54


def test_ids_without_names_have_a_word(account: Any, as_olga: Client) -> None:
    conversation_with(account, COMPLAINT)
    assert "Somebody" in page(as_olga, reverse("inbox"))


def test_the_tab_counts_who_waits(account: Any, as_olga: Client) -> None:
    assert 'data-count="0"' in page(as_olga, reverse("inbox"))
    bring(account, activity(COMPLAINT), activity(COMPLAINT), activity(PRAISE))
    assert 'data-count="2"' in page(as_olga, reverse("inbox"))

"""Why a post was found: the words that made it match are marked where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from makegood.activity import Activity
from makegood.desk.api import Conversation
from makegood.desk.flow import open_new
from makegood.listen import edits
from makegood.listen.api import Hearing
from makegood.listen.flow import store
from makegood.listen.matching import hit_of
from makegood.listen.query import matches, parse, tokens
from makegood.triage.api import sort_new
from makegood.web.tests.listen_pages import page, query, said, sample, stream, trial

pytestmark = pytest.mark.django_db


def heard(workspace: Any, text: str, activity: Activity) -> str:
    """The address of the conversation of a post that this query found."""
    row = query(workspace, text)
    match = matches(parse(text), tokens(activity))
    assert match is not None
    with transaction.atomic():
        store(stream(workspace), [hit_of(activity, row.pk, row.name, match)])
    sort_new()
    open_new()
    return reverse("conversation", args=[Conversation.objects.within(workspace).get().pk])


@pytest.mark.parametrize(
    ("text", "post", "shown"),
    [
        (
            '"late parcel"~2',
            "My parcel is very late, parcel!",
            "My <mark>parcel</mark> is very <mark>late</mark>, <mark>",
        ),
        ("teapot ONEAR/2 late", "late Teapot is late", "late <mark>Teapot</mark> is <mark>late</mark>"),
        ("teapot NEAR/1 late", "late x x x teapot late", "late x x x <mark>teapot</mark> <mark>late</mark>"),
        ("{Tea&Pot}", "tea&pot Tea&Pot", "tea&amp;pot <mark>Tea&amp;Pot</mark>"),
        ("teap?t*", "my teapots", "my <mark>teapots</mark>"),
        ("tag:teapot", "so #TeapotFail", "so <mark>#TeapotFail</mark>"),
        ("東京", "昨日東京タワー", "昨日<mark>東京</mark>タワー"),
        ("שלום", "אמר שָׁלוֹם לי", "אמר <mark>שָׁלוֹם</mark> לי"),
        ("teapot 👍", "Teapot👍🏽!", "<mark>Teapot👍🏽</mark>!"),
    ],
)
def test_in_the_text(as_olga: Client, workspace: Any, text: str, post: str, shown: str) -> None:
    assert shown in page(as_olga, heard(workspace, text, said("at://1", post)))


def test_in_the_title(as_olga: Client, workspace: Any) -> None:
    html = page(as_olga, heard(workspace, "teapot", said("at://1", "It <b>leaks</b>", title="A <i>Teapot</i>")))
    assert "A &lt;i&gt;<mark>Teapot</mark>&lt;/i&gt;" in html
    assert "<mark>It" not in html
    assert "It &lt;b&gt;leaks" in html


def test_a_title_that_only_says_the_same_is_not_shown_twice(as_olga: Client, workspace: Any) -> None:
    html = page(as_olga, heard(workspace, "teapot", said("at://1", "My teapot", title="My teapot")))
    assert html.count("My <mark>teapot</mark>") == 1


def test_a_tag_beside_the_text(as_olga: Client, workspace: Any) -> None:
    post = said("at://1", "So late", tags=("nothing", "<Teapot>", "Tea time"))
    html = page(as_olga, heard(workspace, "#teapot tag:time", post))
    assert "#&lt;Teapot&gt;</mark>" in html
    assert "#Tea time</mark>" in html
    assert "#nothing" not in html


def test_without_a_tag_that_matched_there_is_no_line_of_tags(as_olga: Client, workspace: Any) -> None:
    assert "Tagged:" not in page(as_olga, heard(workspace, "teapot", said("at://1", "My teapot", tags=("other",))))


def test_an_edited_post_has_no_marks_in_wrong_places(as_olga: Client, workspace: Any) -> None:
    post = said("at://1", "My teapot", title="Teapot", tags=("teapot",))
    url = heard(workspace, "teapot", post)
    assert page(as_olga, url).count("<mark") == 3
    with transaction.atomic():
        newer = said("at://1", "Broke! My teapot", title="Again: Teapot")
        edits.keep_edits(workspace.pk, {"at://1": newer}, noticed_at=post.posted_at)
    assert {tuple(term) for row in Hearing.objects.within(workspace) for term in row.terms} == {("teapot", 0, 0)}
    html = page(as_olga, url)
    assert "<mark" not in html
    assert "Again: Teapot" in html


def test_the_tester_marks_title_and_tags(as_olga: Client) -> None:
    from makegood.listen.models import SampledPost

    sample(["a teapot"])
    row = SampledPost.objects.get()
    row.activity |= {"title": "Teapot!", "tags": ["TeapotFail"]}
    row.save()
    html = trial(as_olga, "teapot tag:fail")
    assert "<mark>Teapot</mark>!" in html
    assert "#TeapotFail</mark>" in html


def test_messages_of_a_long_thread_cost_one_query_for_their_titles(
    as_olga: Client, workspace: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    url = heard(workspace, "teapot", said("at://1", "My teapot", title="One"))
    page(as_olga, url)
    with django_assert_max_num_queries(200) as before:
        page(as_olga, url)
        asked = len(before)
    with transaction.atomic():
        more = [
            said(f"at://{n}", f"teapot {n}", title=f"T{n}", root_id="at://1", parent_id="at://1") for n in range(2, 9)
        ]
        channel = Hearing.objects.within(workspace).select_related("channel").get().channel
        match = matches(parse("teapot"), tokens(more[0]))
        assert match is not None
        found = Hearing.objects.within(workspace).get().query_id
        store(channel, [hit_of(each, found or 0, "Teapot", match) for each in more])
    sort_new()
    open_new()
    page(as_olga, url)
    with django_assert_num_queries(asked):
        assert page(as_olga, url).count(">T8<") == 1

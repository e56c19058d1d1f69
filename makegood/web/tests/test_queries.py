"""The pages of queries: the list, the editor, the tester."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.kit import clock
from makegood.listen.api import Hearing, Mention, Query
from makegood.web.tests.listen_pages import hear, page, post, query, sample, stream, trial, visible

LIST = "/queries/"
NEW = "/queries/new/"
TRY = "/queries/try/"


# --- who may see and do what


def test_everybody_in_the_workspace_sees_the_queries(as_olga: Client, as_malik: Client, workspace: Any) -> None:
    row = query(workspace)
    for client in (as_olga, as_malik):
        assert "Teapot" in page(client, LIST)
        assert "teapot" in page(client, f"/queries/{row.pk}/")


def test_a_stranger_sees_none_of_it(as_sten: Client, workspace: Any) -> None:
    row = query(workspace, text="verysecret", name="Very secret")
    assert "secret" not in page(as_sten, LIST)
    assert page(as_sten, f"/queries/{row.pk}/", 404)
    for name in ("query-edit", "query-switch", "query-delete"):
        post(as_sten, reverse(name, args=[row.pk]), {"text": "stolen", "active": "0"}, 404)
    row.refresh_from_db()
    assert (row.text, row.active) == ("verysecret", True)


def test_nobody_is_sent_to_sign_in(as_nobody: Client, olga: Any, workspace: Any) -> None:
    row = query(workspace)
    for url in (LIST, NEW, f"/queries/{row.pk}/", "/queries/estimate/"):
        response = as_nobody.get(url)
        assert response.status_code == 302, url
        assert "login" in response["Location"]
    assert as_nobody.post(TRY, {"text": "teapot"}).status_code == 302


def test_an_agent_reads_but_does_not_change(as_malik: Client, workspace: Any) -> None:
    row = query(workspace)
    html = page(as_malik, LIST)
    assert NEW not in html
    assert "An owner or a manager can change queries." in html
    html = page(as_malik, f"/queries/{row.pk}/")
    assert "<textarea" not in html
    assert "delete-query" not in html
    page(as_malik, NEW, 403)
    for name in ("query-edit", "query-switch", "query-delete"):
        post(as_malik, reverse(name, args=[row.pk]), {"text": "changed", "active": "0"}, 403)
    assert Query.objects.within(workspace).get().text == "teapot"


def test_an_agent_may_try_a_query_out(as_malik: Client) -> None:
    sample(["A teapot"])
    assert "It would find" in trial(as_malik, "teapot")


@pytest.mark.parametrize("url", [TRY, "/queries/1/switch/", "/queries/1/delete/"])
def test_what_changes_something_is_not_done_by_following_a_link(as_olga: Client, url: str) -> None:
    page(as_olga, url, 405)


# --- the list


def test_without_queries_the_list_says_how_to_begin(as_olga: Client, as_malik: Client) -> None:
    html = page(as_olga, LIST)
    assert "Nothing to listen for yet" in html
    assert reverse("start-brand") in html
    assert "Propose" not in page(as_malik, LIST)


def test_the_list_counts_the_mentions_of_seven_days(as_olga: Client, workspace: Any) -> None:
    row, idle = query(workspace), query(workspace, "kettle", "Kettle")
    channel = stream(workspace)
    for number in range(3):
        hear(channel, "a teapot", f"at://{number}", row)
    old = hear(channel, "an old teapot", "at://old", row)
    Hearing.objects.within(workspace).filter(mention=old).update(heard_at=clock.now() - timedelta(days=8))
    html = visible(page(as_olga, LIST))
    assert "3 mentions in 7 days" in html
    assert "0 mentions nothing heard yet" in html
    assert idle.name in html


def test_a_mention_heard_twice_for_one_query_counts_once(as_olga: Client, workspace: Any) -> None:
    row = query(workspace)
    hear(stream(workspace), "a teapot", "at://1", row)
    hear(stream(workspace, kind="feed", address="https://feed.example/"), "a teapot", "at://1", row)
    assert Hearing.objects.within(workspace).filter(query=row).count() == 2
    assert "1 mention in 7 days" in visible(page(as_olga, LIST))


def test_another_workspaces_mentions_are_not_counted(as_olga: Client, workspace: Any, other_workspace: Any) -> None:
    query(workspace)
    hear(stream(other_workspace), "a teapot", "at://1", query(other_workspace))
    assert "0 mentions" in visible(page(as_olga, LIST))


def test_where_and_meets_or_the_list_shows_the_reading(as_olga: Client, workspace: Any) -> None:
    query(workspace, "teapot AND late OR broken")
    assert "(teapot AND late) OR broken" in page(as_olga, LIST)


def test_a_query_that_can_no_longer_be_read_says_so(as_olga: Client, workspace: Any) -> None:
    query(workspace, "teapot AND")
    html = page(as_olga, LIST)
    assert "AND needs something after it." in html
    assert "Nothing is heard for it until that is mended." in html


def test_without_a_channel_the_list_warns(as_olga: Client, workspace: Any) -> None:
    query(workspace)
    assert "No channel is connected" in page(as_olga, LIST)
    stream(workspace)
    assert "No channel is connected" not in page(as_olga, LIST)


def test_the_list_asks_the_database_as_often_for_thirty_queries_as_for_one(
    as_olga: Client, workspace: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    channel = stream(workspace)
    hear(channel, "a teapot", "at://0", query(workspace))
    page(as_olga, LIST)
    with django_assert_max_num_queries(30) as one:
        page(as_olga, LIST)
    for number in range(29):
        hear(channel, "a teapot", f"at://{number + 1}", query(workspace, name=f"Query {number}"))
    with django_assert_num_queries(len(one)):
        page(as_olga, LIST)


# --- saving


def test_a_new_query_is_saved(as_olga: Client, workspace: Any, olga: Any) -> None:
    response = as_olga.post(NEW, {"name": "Ours", "text": 'teapot OR "tea pot"', "active": "on"}, follow=True)
    row = Query.objects.within(workspace).get()
    assert (row.name, row.text, row.active, row.created_by) == ("Ours", 'teapot OR "tea pot"', True, olga)
    assert "Makegood listens for “Ours” now." in response.content.decode()


def test_without_a_name_the_query_is_called_by_its_text(as_olga: Client, workspace: Any) -> None:
    post(as_olga, NEW, {"name": "", "text": "teapot"}, 302)
    assert Query.objects.within(workspace).get().name == "teapot"


def test_a_query_is_changed_and_stopped(as_olga: Client, workspace: Any) -> None:
    row = query(workspace)
    post(as_olga, f"/queries/{row.pk}/", {"name": "Kettle", "text": "kettle"}, 302)
    row.refresh_from_db()
    assert (row.name, row.text, row.active) == ("Kettle", "kettle", False)


def test_the_list_stops_a_query_and_starts_it_again(as_olga: Client, workspace: Any) -> None:
    row = query(workspace)
    for value, active in (("0", False), ("1", True)):
        post(as_olga, f"/queries/{row.pk}/switch/", {"active": value}, 302)
        row.refresh_from_db()
        assert row.active is active


def test_a_query_that_cannot_be_read_is_not_started_but_opened(as_olga: Client, workspace: Any) -> None:
    row = query(workspace, "teapot AND", active=False)
    response = as_olga.post(f"/queries/{row.pk}/switch/", {"active": "1"}, follow=True)
    assert "AND needs something after it." in response.content.decode()
    assert response.redirect_chain[-1][0] == f"/queries/{row.pk}/"
    row.refresh_from_db()
    assert not row.active


def test_removing_a_query_keeps_what_it_heard(as_olga: Client, workspace: Any) -> None:
    row = query(workspace)
    hear(stream(workspace), "a teapot", "at://1", row)
    post(as_olga, f"/queries/{row.pk}/delete/", status=302)
    assert not Query.objects.within(workspace).exists()
    assert Mention.objects.within(workspace).get().hearings.get().query_name == "Teapot"


def test_before_a_query_is_removed_the_page_says_what_stays(as_olga: Client, workspace: Any) -> None:
    assert "What it has heard stays" in page(as_olga, f"/queries/{query(workspace).pk}/")


def test_lines_from_the_browser_are_stored_with_plain_ends(as_olga: Client, workspace: Any) -> None:
    post(as_olga, NEW, {"text": "teapot\r\nOR kettle"}, 302)
    assert Query.objects.within(workspace).get().text == "teapot\nOR kettle"


# --- a query that cannot be read


@pytest.mark.parametrize(
    ("text", "marked", "sentence"),
    [
        ("teapot AND", "AND", "AND needs something after it."),
        ("teapot )", ")", "This parenthesis closes nothing. Remove it."),
        ("kettle (teapot", "(", "This parenthesis is never closed."),
        ('a "teapot', '"', "This quote is never closed."),
        ("teapot\r\nOR titel:x", "titel:", "There is no field titel:."),
        ("-teapot", "teapot", "This only says what to leave out."),
    ],
)
def test_an_error_is_shown_with_the_very_spot_marked(as_olga: Client, text: str, marked: str, sentence: str) -> None:
    html = trial(as_olga, text)
    assert sentence in html.replace("&quot;", '"').replace("&#x27;", "'")
    spot = re.search(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)
    assert spot is not None
    found = re.search(r"<mark>(.*?)</mark>", spot[1], re.DOTALL)
    assert found is not None
    assert found[1].replace("&quot;", '"') == marked
    assert re.sub(r"</?mark>", "", spot[1]).replace("&quot;", '"') == text.replace("\r\n", "\n")


def test_saving_a_bad_query_shows_the_same_error_and_keeps_what_was_typed(as_olga: Client, workspace: Any) -> None:
    html = post(as_olga, NEW, {"name": "Mine", "text": "teapot AND"}, 422)
    assert "teapot <mark>AND</mark>" in html
    assert 'aria-invalid="true"' in html
    assert 'value="Mine"' in html
    assert ">teapot AND</textarea>" in html
    row = query(workspace)
    assert "teapot <mark>AND</mark>" in post(as_olga, f"/queries/{row.pk}/", {"text": "teapot AND"}, 422)
    assert Query.objects.within(workspace).get().text == "teapot"


def test_an_empty_query_is_asked_for(as_olga: Client, workspace: Any) -> None:
    assert "This field is required." in post(as_olga, NEW, {"text": ""}, 422)
    assert "field-error" in post(as_olga, NEW, {"text": "   "}, 422)
    assert not Query.objects.within(workspace).exists()


def test_a_suggestion_holds_the_whole_corrected_text(as_olga: Client) -> None:
    html = trial(as_olga, "kettle OR titel:review")
    assert 'value="kettle OR title:review"' in html
    assert "data-apply" in html


def test_without_scripts_a_suggestion_is_put_in_by_the_server(as_olga: Client, workspace: Any) -> None:
    typed = {"name": "Mine", "text": "titel:review", "apply": "title:review"}
    html = post(as_olga, NEW, typed)
    assert ">title:review</textarea>" in html
    assert 'value="Mine"' in html
    assert not Query.objects.within(workspace).exists()


def test_without_scripts_a_query_can_be_tried_without_saving(as_olga: Client, workspace: Any) -> None:
    sample(["a teapot"])
    assert "<mark>teapot</mark>" in post(as_olga, NEW, {"text": "teapot", "try": "1"})
    assert not Query.objects.within(workspace).exists()


def test_a_text_that_is_far_too_long_is_refused_with_a_sentence(as_olga: Client) -> None:
    assert "2,000 characters at most" in post(as_olga, NEW, {"text": "teapot " * 400}, 422)

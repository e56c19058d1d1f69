"""From the shop's name to the first queries."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from makegood.accounts.models import Membership
from makegood.journal.api import Entry
from makegood.listen.api import Channel, Query, propose
from makegood.web.tests.listen_pages import page, post, query, sample

START = "/start/brand/"


def offered(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'name="query" value="([^"]*)"', html)]


def test_the_name_of_the_workspace_is_filled_in(as_olga: Client, workspace: Any) -> None:
    workspace.brand = ""
    workspace.save()
    html = page(as_olga, START)
    assert "What do people call your shop?" in html
    assert 'value="Teapot &amp; Co"' in html


def test_a_brand_that_is_known_is_filled_in_instead(as_olga: Client) -> None:
    assert 'value="Teapot"' in page(as_olga, START)


def test_from_the_name_queries_are_proposed_with_their_reasons(as_olga: Client) -> None:
    html = page(as_olga, START, brand="Brambleware", website="brambleware.example")
    proposals = propose("Brambleware", "brambleware.example")
    assert len(proposals) >= 3
    assert offered(html) == [each.text for each in proposals]
    for each in proposals:
        assert each.name in unescape(html)
        assert each.why in unescape(html)
    assert html.count(" checked") == len(proposals)


def test_without_a_sample_no_estimate_is_asked_for(as_olga: Client) -> None:
    assert "hx-get" not in page(as_olga, START, brand="Brambleware")
    sample(["something"])
    assert page(as_olga, START, brand="Brambleware").count("hx-get") == len(propose("Brambleware"))


@pytest.mark.parametrize("brand", ["", "   "])
def test_without_a_name_the_form_asks_for_one(as_olga: Client, brand: str) -> None:
    assert "This field is required." in page(as_olga, START, 422, brand=brand)


def test_a_name_without_a_word_in_it_is_explained(as_olga: Client) -> None:
    assert "There is nothing in this name to listen for." in page(as_olga, START, brand="!!!")


def test_the_chosen_queries_are_saved_and_listening_starts(as_olga: Client, workspace: Any, olga: Any) -> None:
    first, second, *_rest = propose("Brambleware")
    response = as_olga.post(START, {"brand": "Brambleware", "website": "", "query": [first.text]})
    assert response.status_code == 302
    assert response["Location"] == "/inbox/"
    row = Query.objects.within(workspace).get()
    assert (row.name, row.text, row.created_by) == (first.name, first.text, olga)
    assert second.text != first.text
    channel = Channel.objects.within(workspace).get()
    assert (channel.network, channel.kind) == ("bluesky", "stream")
    workspace.refresh_from_db()
    assert workspace.brand == "Brambleware"


def test_the_journal_tells_who_did_it(as_olga: Client, workspace: Any) -> None:
    texts = [each.text for each in propose("Brambleware")]
    post(as_olga, START, {"brand": "Brambleware", "query": texts}, 302)
    verbs = set(Entry.objects.within(workspace).values_list("verb", "actor"))
    assert {("query.saved", "Olga"), ("workspace.changed", "Olga"), ("channel.connected", "Olga")} <= verbs


def test_at_least_one_query_must_be_chosen(as_olga: Client, workspace: Any) -> None:
    html = post(as_olga, START, {"brand": "Brambleware"}, 422)
    assert "Choose at least one query" in html
    assert offered(html)
    assert " checked" not in html
    assert not Channel.objects.within(workspace).exists()


def test_only_what_was_proposed_is_saved(as_olga: Client, workspace: Any) -> None:
    post(as_olga, START, {"brand": "Brambleware", "query": ["lang:en AND ("]}, 422)
    assert not Query.objects.within(workspace).exists()


def test_done_twice_nothing_is_there_twice(as_olga: Client, workspace: Any) -> None:
    texts = [each.text for each in propose("Brambleware")]
    for _time in range(2):
        post(as_olga, START, {"brand": "Brambleware", "query": texts}, 302)
    assert Query.objects.within(workspace).count() == len(texts)
    assert Channel.objects.within(workspace).count() == 1


def test_opened_again_it_says_what_is_listened_for_already(as_olga: Client, workspace: Any) -> None:
    query(workspace, propose("Brambleware")[0].text)
    html = page(as_olga, START, brand="Brambleware")
    assert html.count("already listening") == 1
    assert html.count(" disabled") == 1
    assert "Back to the queries" in html
    post(as_olga, START, {"brand": "Brambleware"}, 302)


def test_a_manager_proposes_without_changing_the_brand(as_olga: Client, workspace: Any, olga: Any) -> None:
    Membership.objects.within(workspace).filter(user=olga).update(role="manager")
    texts = [each.text for each in propose("Brambleware")]
    post(as_olga, START, {"brand": "Brambleware", "query": texts}, 302)
    workspace.refresh_from_db()
    assert workspace.brand == "Teapot"
    assert Query.objects.within(workspace).count() == len(texts)


def test_an_agent_may_not(as_malik: Client, workspace: Any) -> None:
    page(as_malik, START, 403)
    post(as_malik, START, {"brand": "Brambleware", "query": [propose("Brambleware")[0].text]}, 403)
    assert not Query.objects.within(workspace).exists()


def test_a_stranger_sets_up_only_their_own_shop(as_sten: Client, workspace: Any, other_workspace: Any) -> None:
    post(as_sten, START, {"brand": "Skis", "query": [each.text for each in propose("Skis")]}, 302)
    assert not Query.objects.within(workspace).exists()
    assert Query.objects.within(other_workspace).exists()


def test_nobody_is_sent_to_sign_in(as_nobody: Client, olga: Any) -> None:
    assert "login" in as_nobody.get(START)["Location"]


def test_a_sample_shop_is_the_other_way_in(as_olga: Client) -> None:
    assert 'action="/sample/add/"' in page(as_olga, START)


@pytest.mark.parametrize("brand", ['"><script>alert(1)</script>', "<b>Tea</b>"])
def test_a_brand_is_never_markup(as_olga: Client, brand: str) -> None:
    html = page(as_olga, START, brand=brand, website=brand)
    assert "<script>alert" not in html
    assert "<b>" not in html

"""The pages of channels: how each is, connecting, pausing, removing."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from makegood.accounts.models import Membership
from makegood.connectors.registry import connector
from makegood.kit import clock
from makegood.listen.api import Channel, ChannelProblem, Mention
from makegood.web.tests.listen_pages import hear, page, post, stream, visible
from tests.servers.scripted import Answer, Asked, Scripted, html

LIST = "/channels/"
NEW = "/channels/new/"
FEED = "/channels/new/feed/"
BLUESKY = "/channels/new/bluesky/"

ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Tea News</title>
<id>urn:tea</id><updated>2026-05-04T12:00:00Z</updated>
<entry><id>urn:tea:1</id><title>A teapot</title><updated>2026-05-04T12:00:00Z</updated>
<content>It pours.</content></entry></feed>"""


def feed(workspace: Any, **more: Any) -> Channel:
    values = {"network": "feed", "kind": "feed", "address": "https://tea.example/feed", "name": "Tea News"}
    return Channel.objects.create(workspace=workspace, **(values | more))


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody answers."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _feed_page(asked: Asked) -> Answer:
    return (200, {"content-type": "application/atom+xml"}, ATOM) if asked.path == "/feed" else html()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a small web site on loopback with a feed at /feed and a page without one elsewhere."""
    with Scripted(_feed_page).serving() as server:
        monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", server.url.removeprefix("http://"))
        yield server.url


# --- who may see and do what


def test_everybody_in_the_workspace_sees_the_channels(as_olga: Client, as_malik: Client, workspace: Any) -> None:
    row = feed(workspace)
    for client in (as_olga, as_malik):
        assert "Tea News" in page(client, LIST)
        assert "Tea News" in page(client, f"/channels/{row.pk}/")


def test_a_stranger_sees_none_of_it(as_sten: Client, workspace: Any) -> None:
    row = feed(workspace)
    assert "Tea News" not in page(as_sten, LIST)
    page(as_sten, f"/channels/{row.pk}/", 404)
    for name in ("channel-pause", "channel-resume", "channel-remove", "channel-take-all"):
        post(as_sten, reverse(name, args=[row.pk]), status=404)
    row.refresh_from_db()
    assert (row.state, row.take_all) == ("working", True)


def test_nobody_is_sent_to_sign_in(as_nobody: Client, olga: Any, workspace: Any) -> None:
    for url in (LIST, NEW, FEED, BLUESKY, f"/channels/{feed(workspace).pk}/"):
        assert "login" in as_nobody.get(url)["Location"]


def test_an_agent_sees_but_does_not_change(as_malik: Client, workspace: Any) -> None:
    row = feed(workspace)
    html = page(as_malik, LIST)
    assert NEW not in html
    assert "An owner or a manager can connect and change channels." in html
    html = page(as_malik, f"/channels/{row.pk}/")
    assert "remove-channel" not in html
    assert "/pause/" not in html
    for url in (NEW, FEED, BLUESKY):
        page(as_malik, url, 403)
    for name in ("channel-pause", "channel-resume", "channel-remove", "channel-take-all"):
        post(as_malik, reverse(name, args=[row.pk]), status=403)
    post(as_malik, "/channels/new/public/", status=403)
    post(as_malik, FEED, {"url": "https://tea.example/", "take_all": "1"}, 403)
    assert Channel.objects.within(workspace).count() == 1


def test_a_manager_may_connect(as_malik: Client, malik: Any, workspace: Any) -> None:
    Membership.objects.within(workspace).filter(user=malik).update(role="manager")
    assert NEW in page(as_malik, LIST)
    post(as_malik, "/channels/new/public/", status=302)
    assert Channel.objects.within(workspace).get().kind == "stream"


@pytest.mark.parametrize("name", ["pause", "resume", "remove", "take-all"])
def test_nothing_is_changed_by_following_a_link(as_olga: Client, workspace: Any, name: str) -> None:
    page(as_olga, f"/channels/{feed(workspace).pk}/{name}/", 405)


# --- the list


def test_without_channels_the_list_says_how_to_begin(as_olga: Client, as_malik: Client) -> None:
    assert "No channel yet" in page(as_olga, LIST)
    assert NEW in page(as_olga, LIST)
    assert NEW not in page(as_malik, LIST)


@pytest.mark.parametrize(
    ("values", "word", "sentence"),
    [
        ({"last_good_at": 0, "last_heard_at": 0}, "Working", "Working."),
        ({"last_good_at": 0}, "Quiet", "Nothing about you lately."),
        ({"state": "trouble", "last_error": "The site is down."}, "Trouble", "The site is down."),
        (
            {"state": "disconnected", "last_error": "The password is refused."},
            "Disconnected",
            "The password is refused.",
        ),
        ({"state": "paused"}, "Paused", "Nothing is heard here until you resume it."),
        ({"last_good_at": 90}, "Trouble", "Not checked for a while."),
    ],
)
def test_the_list_says_how_a_channel_is(
    as_olga: Client, workspace: Any, values: dict[str, Any], word: str, sentence: str
) -> None:
    now = clock.now()
    moments = {k: now - timedelta(minutes=v) if isinstance(v, int) else v for k, v in values.items()}
    stream(workspace, **moments, created_at=now - timedelta(hours=3))
    html = page(as_olga, LIST)
    state = re.search(r'<span class="health[^>]*>(.*?)</span>', html, re.DOTALL)
    assert state is not None
    assert visible(state[1]).strip() == word
    assert sentence in html


def test_the_last_error_stands_with_its_time(as_olga: Client, workspace: Any) -> None:
    an_hour_ago = clock.now() - timedelta(hours=1, minutes=1)
    row = feed(workspace, state="trouble", last_error="The site is down.", last_error_at=an_hour_ago, failures=3)
    for url in (LIST, f"/channels/{row.pk}/"):
        html = page(as_olga, url)
        assert "The site is down." in html
        assert "1 h" in visible(html)


def test_the_limit_of_an_answer_has_its_source(as_olga: Client, workspace: Any) -> None:
    row = stream(workspace)
    rule = connector("bluesky").capability.text
    assert rule is not None
    for url in (LIST, f"/channels/{row.pk}/"):
        html = page(as_olga, url)
        assert f"{rule.limit} characters" in html
        assert f'href="{rule.source}"' in html


def test_the_page_of_a_channel_says_the_networks_rules(as_olga: Client, workspace: Any) -> None:
    html = page(as_olga, f"/channels/{stream(workspace).pk}/")
    for fact in connector("bluesky").capability.rate_limits:
        assert fact.text in html
        assert fact.source in html


def test_the_list_asks_the_database_as_often_for_thirty_channels_as_for_one(
    as_olga: Client, workspace: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def add(number: int) -> None:
        row = feed(workspace, address=f"https://tea.example/{number}")
        ChannelProblem.objects.create(workspace=workspace, channel=row, sentence="One entry has no text.")

    add(0)
    page(as_olga, LIST)
    with django_assert_max_num_queries(30) as one:
        page(as_olga, LIST)
    for number in range(1, 30):
        add(number)
    with django_assert_num_queries(len(one)):
        page(as_olga, LIST)


# --- one channel


def test_what_could_not_be_read_is_said(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace)
    ChannelProblem.objects.create(
        workspace=workspace, channel=row, sentence="The entry <b>“Tea”</b> has no text.", count=12
    )
    assert "1 kind of entry could not be read" in page(as_olga, LIST)
    html = page(as_olga, f"/channels/{row.pk}/")
    assert "The entry &lt;b&gt;“Tea”&lt;/b&gt; has no text." in html
    assert "12 times" in html


def test_many_problems_are_cut_and_the_page_says_so(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace)
    ChannelProblem.objects.bulk_create(
        ChannelProblem(workspace=workspace, channel=row, sentence=f"Problem {number}.") for number in range(60)
    )
    html = page(as_olga, f"/channels/{row.pk}/")
    assert html.count("<p>Problem ") == 50
    assert "50+" in html


def test_the_last_ten_mentions_are_shown_newest_first(as_olga: Client, workspace: Any) -> None:
    row = stream(workspace)
    for number in range(12):
        hear(row, f"teapot number {number}", f"at://{number}")
    found = re.findall(r"teapot number (\d+)", page(as_olga, f"/channels/{row.pk}/"))
    assert found == [str(number) for number in range(11, 1, -1)]


def test_what_strangers_wrote_is_never_markup(as_olga: Client, workspace: Any) -> None:
    evil = "<script>alert(1)</script>"
    row = feed(workspace, name=evil, state="trouble", last_error=evil)
    hear(row, evil)
    for url in (LIST, f"/channels/{row.pk}/"):
        assert "<script>alert" not in page(as_olga, url)


def test_a_channel_is_paused_and_resumed(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace, last_error="old trouble", failures=4)
    assert "Paused." in as_olga.post(f"/channels/{row.pk}/pause/", follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == "paused"
    assert f"/channels/{row.pk}/resume/" in page(as_olga, f"/channels/{row.pk}/")
    post(as_olga, f"/channels/{row.pk}/resume/", status=302)
    row.refresh_from_db()
    assert (row.state, row.last_error, row.failures) == ("working", "", 0)
    assert row.due_at is not None


def test_removing_says_first_what_goes_and_what_stays(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace)
    kept = hear(stream(workspace), "kept teapot", "at://kept")
    hear(row, "lost teapot", "at://lost")
    html = page(as_olga, f"/channels/{row.pk}/")
    assert "Gone:" in html
    assert "Kept:" in html
    response = as_olga.post(f"/channels/{row.pk}/remove/", follow=True)
    assert "Tea News is removed" in response.content.decode()
    assert [each.pk for each in Mention.objects.within(workspace)] == [kept.pk]


def test_a_page_left_open_goes_to_the_list_when_its_channel_is_removed(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace)
    row.delete()
    response = as_olga.get(f"/channels/{row.pk or 1}/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == LIST


def test_a_feed_takes_everything_or_only_what_matches(as_olga: Client, workspace: Any) -> None:
    row = feed(workspace)
    post(as_olga, f"/channels/{row.pk}/take-all/", {"take_all": "0"}, 302)
    row.refresh_from_db()
    assert row.take_all is False
    assert "Only what one of your queries matches is kept." in page(as_olga, f"/channels/{row.pk}/")
    post(as_olga, f"/channels/{row.pk}/take-all/", {"take_all": "1"}, 302)
    row.refresh_from_db()
    assert row.take_all is True


def test_only_a_feed_has_that_choice(as_olga: Client, workspace: Any) -> None:
    post(as_olga, f"/channels/{stream(workspace).pk}/take-all/", {"take_all": "1"}, 404)


def test_a_disconnected_account_is_connected_again_with_its_name_filled_in(as_olga: Client, workspace: Any) -> None:
    row = Channel.objects.create(
        workspace=workspace,
        network="bluesky",
        kind="account",
        address="did:plc:x",
        name="@tea.example",
        state="disconnected",
    )
    html = page(as_olga, f"/channels/{row.pk}/")
    link = re.search(r'href="(/channels/new/bluesky/\?identifier=[^"]+)"', html)
    assert link is not None
    assert 'value="tea.example"' in page(as_olga, link[1])


# --- connecting


def test_there_are_four_ways_to_hear(as_olga: Client) -> None:
    html = page(as_olga, NEW)
    for url in ("/channels/new/public/", BLUESKY, FEED, "/imports/new/"):
        assert url in html


def test_public_posts_are_followed_with_one_click_and_only_once(as_olga: Client, workspace: Any) -> None:
    for _time in range(2):
        post(as_olga, "/channels/new/public/", status=302)
    assert Channel.objects.within(workspace).count() == 1
    assert "Listening already" in page(as_olga, NEW)


@pytest.mark.parametrize("network", ["nowhere", "sample", "file", "public"])
def test_a_network_without_a_form_is_not_found(as_olga: Client, network: str) -> None:
    page(as_olga, f"/channels/new/{network}/", 405 if network == "public" else 404)


def test_a_feed_is_connected_for_real(as_olga: Client, workspace: Any, site: str) -> None:
    response = as_olga.post(FEED, {"url": f"{site}/feed", "take_all": "0"}, follow=True)
    row = Channel.objects.within(workspace).get()
    assert (row.name, row.kind, row.address, row.take_all) == ("Tea News", "feed", f"{site}/feed", False)
    assert "Tea News is connected." in response.content.decode()


def test_a_page_without_a_feed_is_refused_in_a_sentence(as_olga: Client, workspace: Any, site: str) -> None:
    html = post(as_olga, FEED, {"url": f"{site}/page", "take_all": "1"}, 422)
    assert 'class="error-list"' in html
    assert f'value="{site}/page"' in html
    assert not Channel.objects.within(workspace).exists()


def test_a_feed_that_cannot_be_reached_says_so_in_the_form(
    as_olga: Client, workspace: Any, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"127.0.0.1:{closed_port}")
    html = post(as_olga, FEED, {"url": f"http://127.0.0.1:{closed_port}/feed", "take_all": "1"}, 422)
    error = re.search(r'<div role="alert"><ul class="error-list"><li>(.+?)</li>', html)
    assert error is not None
    assert error[1].endswith(".")
    assert "Traceback" not in html
    assert not Channel.objects.within(workspace).exists()


def test_a_private_address_is_not_fetched(as_olga: Client, workspace: Any, closed_port: int) -> None:
    html = post(as_olga, FEED, {"url": f"http://127.0.0.1:{closed_port}/feed", "take_all": "1"}, 422)
    assert 'class="error-list"' in html
    assert not Channel.objects.within(workspace).exists()


def test_a_bluesky_server_that_cannot_be_reached_says_so_in_the_form(
    as_olga: Client, workspace: Any, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", f"127.0.0.1:{closed_port}")
    typed = {
        "identifier": "tea.example",
        "password": "abcd-efgh",
        "service": f"http://127.0.0.1:{closed_port}",
    }
    html = post(as_olga, BLUESKY, typed, 422)
    assert 'class="error-list"' in html
    assert 'value="tea.example"' in html
    assert "abcd-efgh" not in html
    assert not Channel.objects.within(workspace).exists()


@pytest.mark.parametrize(("identifier", "password"), [("", "abcd"), ("tea.example", ""), ("not a name!", "abcd")])
def test_a_bluesky_form_that_cannot_work_is_explained(
    as_olga: Client, workspace: Any, identifier: str, password: str
) -> None:
    html = post(as_olga, BLUESKY, {"identifier": identifier, "password": password}, 422)
    assert "field-error" in html or "error-list" in html
    assert not Channel.objects.within(workspace).exists()


def test_the_form_says_where_an_app_password_is_made(as_olga: Client) -> None:
    assert "https://bsky.app/settings/app-passwords" in page(as_olga, BLUESKY)


def test_a_feed_form_without_an_address_is_explained(as_olga: Client) -> None:
    assert "This field is required." in post(as_olga, FEED, {"url": "", "take_all": "1"}, 422)

"""Connecting by the network's own sign-in page: away, back again, and all that can go wrong between.

The server is one of ours that answers as documented; tests/listening/test_mastodon.py goes the whole way on a real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils.html import escape

from makegood.kit import clock
from makegood.listen import api as listen
from makegood.listen.api import Channel
from tests.listening.scene import Answer, Site, site

FORM = "/channels/new/mastodon/"
BACK = "/channels/new/mastodon/back/"
HASHTAG = "/channels/new/hashtag/"
pytestmark = pytest.mark.django_db(transaction=True)


def told(body: Any, status: int = 200) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


def home(path: str) -> Answer:
    """A server that speaks the Mastodon API, in the little that connecting needs."""
    answers: dict[str, Any] = {
        "/api/v1/apps": {"client_id": "app", "client_secret": "app-secret"},
        "/oauth/token": {"access_token": "the-token"},
        "/api/v1/accounts/verify_credentials": {
            "id": "1",
            "username": "shop",
            "acct": "shop",
            "display_name": "The shop",
            "url": "https://social.example/@shop",
        },
        "/api/v2/instance": {"domain": "social.example", "version": "4.5.0", "api_versions": {"mastodon": 7}},
        "/api/v1/timelines/tag/teapot": [],
    }
    found = answers.get(path.partition("?")[0])
    return told(found) if found is not None else told({"error": "Record not found"}, 404)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    with site(home) as made:
        yield made


def leave(client: Client, server: Site) -> str:
    """Fills in the form; the state that the network is to bring back."""
    answer = client.post(FORM, {"instance": server.url})
    assert answer.status_code == 200, answer.content.decode()
    address = answer.headers["Refresh"].partition("url=")[2]
    assert escape(address) in answer.content.decode()
    query = parse_qs(urlsplit(address).query)
    assert query["redirect_uri"] == [f"http://testserver{BACK}"]
    return query["state"][0]


def channels(workspace: Any) -> list[Channel]:
    return list(Channel.objects.within(workspace).filter(network="mastodon"))


def test_an_account_is_connected_and_its_keys_are_nowhere_to_be_seen(
    as_olga: Client, workspace: Any, server: Site
) -> None:
    state = leave(as_olga, server)
    stored = json.dumps(dict(as_olga.session))
    assert "app-secret" not in stored
    assert state not in stored
    answer = as_olga.get(BACK, {"code": "abc", "state": state}, follow=True)
    (channel,) = channels(workspace)
    assert (channel.name, channel.kind, channel.address) == (
        "@shop@social.example",
        "account",
        "https://social.example/@shop",
    )
    assert channel.facts["quotes"] is True
    assert "the-token" not in channel.secret + json.dumps(channel.facts)
    assert listen.credentials_of(channel)["token"] == "the-token"
    html = answer.content.decode()
    assert "@shop@social.example is connected." in html
    assert "the-token" not in html
    assert listen.capability_of(channel).quotes


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "You did not let Makegood in at"),
        ({"code": "abc", "state": "another"}, "This sign-in was not begun here. Please start it again."),
        ({"code": "abc"}, "This sign-in was not begun here. Please start it again."),
        ({}, "This sign-in was not begun here. Please start it again."),
    ],
)
def test_what_goes_wrong_there_is_said_in_a_sentence(
    as_olga: Client, workspace: Any, server: Site, answer: dict[str, str], words: str
) -> None:
    state = leave(as_olga, server)
    if "error" in answer:
        answer = {**answer, "state": state}
    came = as_olga.get(BACK, answer)
    assert came.status_code == 422
    assert words in came.content.decode()
    assert channels(workspace) == []
    # It works once only, however it ended.
    assert "was begun elsewhere" in as_olga.get(BACK, {"code": "abc", "state": state}).content.decode()


def test_it_works_once(as_olga: Client, workspace: Any, server: Site) -> None:
    state = leave(as_olga, server)
    assert as_olga.get(BACK, {"code": "abc", "state": state}).status_code == 302
    count = len(server.asked)
    assert as_olga.get(BACK, {"code": "abc", "state": state}).status_code == 422
    assert len(server.asked) == count


def test_it_works_for_ten_minutes(
    as_olga: Client, workspace: Any, server: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = leave(as_olga, server)
    late = clock.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert "ten minutes" in as_olga.get(BACK, {"code": "abc", "state": state}).content.decode()
    assert channels(workspace) == []


def test_it_works_only_for_who_began_it(
    as_olga: Client, as_sten: Client, workspace: Any, other_workspace: Any, server: Site
) -> None:
    state = leave(as_olga, server)
    assert as_sten.get(BACK, {"code": "abc", "state": state}).status_code == 422
    # Not even with Olga's session in another workspace.
    session = as_olga.session
    session["connecting"] = {**session["connecting"], "workspace": other_workspace.pk}
    session.save()
    assert as_olga.get(BACK, {"code": "abc", "state": state}).status_code == 422
    assert (channels(workspace), channels(other_workspace)) == ([], [])


def test_a_server_that_is_none_is_said_in_the_form(as_olga: Client, server: Site) -> None:
    server.reply = lambda _path: (404, {}, b"")
    answer = as_olga.post(FORM, {"instance": server.url})
    assert answer.status_code == 422
    assert "is not a Mastodon server" in answer.content.decode()
    assert "connecting" not in as_olga.session


def test_a_server_in_a_private_network_is_not_asked(
    as_olga: Client, server: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "")
    for address, fields in ((FORM, {}), (HASHTAG, {"tag": "teapot", "take_all": "1"})):
        answer = as_olga.post(address, {"instance": server.url, **fields})
        assert answer.status_code == 422
        assert "private network" in answer.content.decode()
    assert server.asked == []


def test_other_networks_have_no_way_back(as_olga: Client) -> None:
    for network in ("bluesky", "feed", "nothing"):
        assert as_olga.get(f"/channels/new/{network}/back/").status_code == 404


@pytest.mark.parametrize("address", [FORM, BACK, HASHTAG])
def test_only_who_may_connect(address: str, as_malik: Client, as_vera: Client, as_nobody: Client) -> None:
    assert as_malik.get(address).status_code == 403
    assert as_vera.get(address).status_code == 403
    came = as_nobody.get(address)
    assert came.status_code == 302
    assert "/accounts/login/" in came.headers["location"] or "login" in came.headers["location"]


def test_an_account_that_was_let_go_is_connected_again_by_the_same_page(
    as_olga: Client, workspace: Any, server: Site
) -> None:
    as_olga.get(BACK, {"code": "abc", "state": leave(as_olga, server)})
    (channel,) = channels(workspace)
    Channel.objects.within(workspace).filter(pk=channel.pk).update(
        state="disconnected", last_error="social.example no longer accepts our sign-in.", secret=listen.seal({})
    )
    html = as_olga.get(f"/channels/{channel.pk}/").content.decode()
    assert f"{FORM}?instance=https%3A%2F%2Fsocial.example" in html
    assert (
        'value="https://social.example"' in as_olga.get(FORM, {"instance": "https://social.example"}).content.decode()
    )
    as_olga.get(BACK, {"code": "def", "state": leave(as_olga, server)})
    (again,) = channels(workspace)
    assert (again.pk, again.state, again.last_error) == (channel.pk, "working", "")
    assert listen.credentials_of(again)["token"] == "the-token"


def test_a_hashtag_is_followed_without_an_account(as_olga: Client, workspace: Any, server: Site) -> None:
    fields = {"instance": server.url, "tag": "#teapot", "take_all": "0"}
    answer = as_olga.post(HASHTAG, fields, follow=True)
    (channel,) = channels(workspace)
    assert (channel.kind, channel.take_all) == ("feed", False)
    assert channel.name.startswith("#teapot on ")
    assert f"{channel.name} is connected." in answer.content.decode()
    assert not any(path.startswith("/oauth") for path in server.asked)
    Channel.objects.within(workspace).filter(pk=channel.pk).update(state="disconnected")
    html = as_olga.get(f"/channels/{channel.pk}/").content.decode()
    assert f"{HASHTAG}?instance=http%3A%2F%2F127.0.0.1" in html
    assert "tag=teapot" in html
    bad = as_olga.post(HASHTAG, {**fields, "tag": "two words"})
    assert (bad.status_code, "one hashtag" in bad.content.decode()) == (422, True)


def test_the_page_says_what_this_server_allows(as_olga: Client, workspace: Any, server: Site) -> None:
    as_olga.get(BACK, {"code": "abc", "state": leave(as_olga, server)})
    (channel,) = channels(workspace)
    facts = {**channel.facts, "max_characters": 5000, "software": "gotosocial", "version": "0.20"}
    Channel.objects.within(workspace).filter(pk=channel.pk).update(facts=facts)
    html = as_olga.get(f"/channels/{channel.pk}/").content.decode()
    assert "Up to 5,000 characters." in html
    assert "gotosocial 0.20" in html
    assert "Answers are sent from here." in html

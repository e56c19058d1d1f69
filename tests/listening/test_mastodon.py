"""The product on a real snac server: connected on its sign-in page, heard, answered, let go."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from makegood.listen import api as listen
from tests.listening.scene import due, eventually, look
from tests.servers.snac import Snac, SnacUser

pytestmark = [pytest.mark.mastodon, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(snac_server: Snac, monkeypatch: pytest.MonkeyPatch) -> Snac:
    """The real server, which the product may reach."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    return snac_server


def connect(client: Client, server: Snac, user: SnacUser, workspace: Any) -> listen.Channel:
    """Connects as a shop owner does: the form, the server's own page, and back."""
    sent = client.post("/channels/new/mastodon/", {"instance": server.url})
    assert sent.status_code == 200, sent.content.decode()
    landed = server.sign_in(sent.headers["Refresh"].partition("url=")[2], user.name, user.password)
    came = client.get(landed.removeprefix("http://testserver"), follow=True)
    assert "is connected." in came.content.decode()
    found: listen.Channel = listen.Channel.objects.within(workspace).get(network="mastodon", kind="account")
    return found


def poll(channel: listen.Channel) -> listen.Channel:
    """Reads it now; the row as it is then."""
    due(channel)
    look()
    found: listen.Channel = listen.Channel.objects.within(channel.workspace_id).get(pk=channel.pk)
    return found


def test_a_shop_hears_its_customers_and_says_so_when_it_no_longer_can(
    server: Snac, workspace: Any, as_olga: Client
) -> None:
    shop, customer = server.create_user(), server.create_user()
    channel = connect(as_olga, server, shop, workspace)
    assert channel.facts["software"] == "snac"
    ours = server.post(shop, "Our new teapot is here")
    named = server.post(customer, f"@{shop.name} my pot broke")
    reply = server.post(customer, "Mine never came", reply_to=ours)
    server.told(shop, named, reply)
    row = poll(channel)
    assert row.state == "working"
    mentions = listen.Mention.objects.within(workspace)
    assert set(mentions.values_list("network_id", flat=True)) == {named["uri"], reply["uri"]}
    reasons = dict(listen.Hearing.objects.within(workspace).values_list("mention__network_id", "reason"))
    assert reasons == {named["uri"]: "They named your account", reply["uri"]: "They replied to you"}
    poll(channel)
    assert mentions.count() == 2

    keys = listen.credentials_of(channel)
    body = {name: keys[name] for name in ("client_id", "client_secret")} | {"token": keys["token"]}
    assert server.http.post(f"{server.url}/oauth/revoke", data=body).status_code == 200
    row = poll(channel)
    assert (row.state, row.due_at) == ("disconnected", None)
    shown = as_olga.get(f"/channels/{row.pk}/").content.decode()
    assert escape(row.last_error) in shown
    assert "/channels/new/mastodon/?instance=" in shown
    again = connect(as_olga, server, shop, workspace)
    assert (again.pk, again.state) == (channel.pk, "working")
    assert poll(again).state == "working"


def test_a_hashtag_is_heard_without_an_account(server: Snac, workspace: Any, as_olga: Client) -> None:
    customer = server.create_user()
    fields = {"instance": server.url, "tag": "#samovar", "take_all": "1"}
    assert as_olga.post("/channels/new/hashtag/", fields).status_code == 302
    channel = listen.Channel.objects.within(workspace).get(network="mastodon", kind="feed")
    server.post(customer, "The #samovar leaks")
    eventually(lambda: poll(channel) and listen.Mention.objects.within(workspace).count() == 1)
    (mention,) = listen.Mention.objects.within(workspace)
    assert mention.text == "The #samovar leaks"
    assert not mention.addressed

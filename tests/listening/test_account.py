"""A connected account on the real network: what comes to it is heard once, and what goes wrong is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from makegood.journal.api import Entry
from makegood.listen import api as listen
from tests.listening.conftest import connect
from tests.listening.scene import due, eventually, look
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = [pytest.mark.atproto, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def poll(channel: listen.Channel) -> listen.Channel:
    """Reads the account until it has nothing more; the row as it is then."""
    due(channel)
    look()
    found: listen.Channel = listen.Channel.objects.within(channel.workspace_id).get(pk=channel.pk)
    return found


def heard(channel: listen.Channel) -> dict[str, str]:
    """What was heard, text by id."""
    return dict(listen.Mention.objects.within(channel.workspace_id).values_list("network_id", "text"))


def test_what_comes_to_the_account_is_heard_once_and_with_its_reason(
    network: AtprotoNetwork, account: listen.Channel, shop: TestAccount, customer: TestAccount, workspace: Any
) -> None:
    poll(account)
    ours = network.post(shop, "Our new teapot is here")
    reply = network.post(customer, "Mine never came", reply_to=ours)
    named = network.post(customer, f"Dear @{shop.handle}, where is it?", mention=shop)
    quoted = network.post(customer, "Don't buy this", quote=ours)
    eventually(lambda: poll(account) and len(heard(account)) == 3)
    poll(account)
    assert heard(account).keys() == {reply, named, quoted}
    reasons = listen.Hearing.objects.within(workspace).values_list("mention__network_id", "reason")
    assert dict(reasons) == {
        reply: "They replied to you",
        named: "They named your account",
        quoted: "They quoted you",
    }
    assert all(listen.Mention.objects.within(workspace).values_list("addressed", flat=True))


def test_a_password_that_was_taken_back_is_said_and_connecting_again_hears_what_came_meanwhile(
    network: AtprotoNetwork,
    account: listen.Channel,
    shop: TestAccount,
    customer: TestAccount,
    workspace: Any,
    olga: Any,
    as_olga: Client,
) -> None:
    assert poll(account).state == "working"
    network.revoke_app_passwords(shop)
    spoiled = {**listen.credentials_of(account), "access": "gone"}
    listen.Channel.objects.within(workspace).filter(pk=account.pk).update(secret=listen.seal(spoiled))
    row = poll(account)
    assert (row.state, row.due_at, row.lease_until) == ("disconnected", None, None)
    assert "password" in row.last_error or "connect" in row.last_error.lower()
    assert escape(row.last_error) in as_olga.get(f"/channels/{row.pk}/").content.decode()
    assert due(account)
    assert look() == 0, "it is not asked again and again"
    meanwhile = network.post(customer, f"Dear @{shop.handle}, where is it?", mention=shop)
    again = connect(network, shop, workspace, olga)
    assert again.pk == account.pk
    eventually(lambda: poll(account) and meanwhile in heard(account))
    row = poll(account)
    assert (row.state, row.last_error, row.failures) == ("working", "", 0)
    verbs = Entry.objects.within(workspace).filter(subject=f"channel:{account.pk}").order_by("id")
    told = list(verbs.values_list("verb", flat=True))
    assert told == ["channel.connected", "channel.trouble", "channel.reconnected"]


def test_a_session_that_ran_out_is_renewed_and_kept(
    network: AtprotoNetwork, account: listen.Channel, workspace: Any
) -> None:
    spoiled = {**listen.credentials_of(account), "access": "ran.out.long-ago"}
    listen.Channel.objects.within(workspace).filter(pk=account.pk).update(secret=listen.seal(spoiled))
    row = poll(account)
    assert row.state == "working"
    assert listen.credentials_of(row)["access"] not in ("", "ran.out.long-ago")


def test_a_server_that_is_away_is_trouble_and_then_is_not(
    network: AtprotoNetwork, account: listen.Channel, shop: TestAccount, customer: TestAccount, workspace: Any
) -> None:
    good = listen.credentials_of(account)
    rows = listen.Channel.objects.within(workspace).filter(pk=account.pk)
    rows.update(secret=listen.seal({**good, "service": "http://127.0.0.1:1"}))
    row = poll(account)
    assert (row.state, row.failures) == ("trouble", 1)
    assert row.last_error.endswith("We will try again by ourselves.")
    rows.update(secret=listen.seal(good))
    uri = network.post(customer, f"Dear @{shop.handle}, where is it?", mention=shop)
    eventually(lambda: poll(account) and uri in heard(account))
    assert poll(account).state == "working"

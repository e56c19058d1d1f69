"""The connector against a real AT Protocol network: real PDS, real AppView."""

from __future__ import annotations

import importlib
import time

import pytest

from makegood.activity import Kind
from makegood.connectors.bluesky import profiles
from makegood.connectors.bluesky.auth import connect
from makegood.connectors.bluesky.read import read, thread
from makegood.connectors.bluesky.tests.helpers import connected, expired, trouble_of
from makegood.connectors.bluesky.write import new_key, reply
from makegood.connectors.contract import Draft, Verdict
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = pytest.mark.atproto


# Connecting


async def test_an_account_is_found_by_its_name_and_connected_on_its_own_server(
    network: AtprotoNetwork, shop: TestAccount
) -> None:
    form = {"identifier": f" @{shop.handle.upper()} ", "password": network.app_password(shop)}
    made = await connect(form)
    assert made.id == shop.did
    assert made.handle == shop.handle
    assert made.url == f"https://bsky.app/profile/{shop.did}"
    assert made.credentials["service"].rsplit(":", 1)[1] == network.pds_url.rsplit(":", 1)[1]
    assert made.credentials["access"]


async def test_an_account_is_connected_by_its_did_and_by_a_server_that_was_given(
    network: AtprotoNetwork, shop: TestAccount
) -> None:
    password = network.app_password(shop)
    assert (await connect({"identifier": shop.did, "password": password})).id == shop.did
    form = {"identifier": shop.handle, "password": password, "service": network.pds_url + "/"}
    assert (await connect(form)).id == shop.did


async def test_a_wrong_password_is_told_plainly(network: AtprotoNetwork, shop: TestAccount) -> None:
    trouble = await trouble_of(connect({"identifier": shop.handle, "password": "abcd-abcd-abcd-abcd"}))
    assert trouble.verdict is Verdict.DISCONNECT
    assert "app password" in trouble.sentence
    assert "abcd" not in trouble.sentence + trouble.detail


async def test_a_name_that_nobody_has(network: AtprotoNetwork) -> None:
    trouble = await trouble_of(connect({"identifier": "nobody-at-all.test", "password": "abcd"}))
    assert trouble.verdict is Verdict.REFUSE
    assert "nobody-at-all.test" in trouble.sentence


async def test_an_account_that_was_taken_down(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    network.take_down(shop.did)
    trouble = await trouble_of(connect({"identifier": shop.did, "password": shop.password}))
    assert trouble.verdict is Verdict.DISCONNECT
    assert "taken this account down" in trouble.sentence
    draft = Draft(key=new_key(), text="We are sorry", parent_id=root)
    trouble = await trouble_of(reply(credentials, draft))
    assert trouble.verdict is Verdict.DISCONNECT


# The session


async def test_an_expired_session_is_renewed_and_the_new_one_is_handed_back(
    network: AtprotoNetwork, shop: TestAccount
) -> None:
    credentials = await connected(network, shop)
    old = {**credentials, "access": expired(credentials["access"])}
    page = await read(old, {})
    assert page.credentials is not None
    assert page.credentials["access"] != old["access"]
    assert {**page.credentials, "access": ""} == {**old, "access": ""}
    assert (await read(page.credentials, page.cursor)).credentials is None


async def test_a_broken_session_is_renewed_too(network: AtprotoNetwork, shop: TestAccount) -> None:
    credentials = await connected(network, shop)
    for access in ("", "nonsense"):
        assert (await read({**credentials, "access": access}, {})).credentials is not None


async def test_an_app_password_that_was_taken_back_disconnects_the_channel(
    network: AtprotoNetwork, shop: TestAccount
) -> None:
    credentials = await connected(network, shop)
    network.revoke_app_passwords(shop)
    trouble = await trouble_of(read({**credentials, "access": expired(credentials["access"])}, {}))
    assert trouble.verdict is Verdict.DISCONNECT
    assert "connect again" in trouble.sentence
    assert credentials["password"] not in trouble.sentence + trouble.detail


# Reading


async def test_mentions_replies_and_quotes_arrive_once_and_in_order(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    own = network.post(shop, "Fresh tea today")
    before = await read(credentials, {})
    assert before.activities == ()

    mention = network.post(customer, f"@{shop.handle} my tea never came", mention=shop, langs=("en",))
    answer = network.post(customer, "Is it still fresh?", reply_to=own)
    like = {"subject": network.ref(own), "createdAt": "2026-01-01T00:00:00Z"}
    network.record(customer, "app.bsky.feed.like", like)
    quote = network.post(customer, "Look at this", quote=own, langs=("de",))
    page = await read(credentials, before.cursor)

    assert [activity.id for activity in page.activities] == [mention, answer, quote]
    assert [activity.kind for activity in page.activities] == [Kind.POST, Kind.REPLY, Kind.QUOTE]
    first, second, third = page.activities
    assert first.author.id == customer.did
    assert first.author.handle == customer.handle
    assert first.author.followers == 0
    assert first.mentions == (shop.did,)
    assert (second.parent_id, second.root_id) == (own, own)
    assert second.root_revision == network.ref(own)["cid"]
    assert third.quoted_id == own
    assert third.language == "de"
    assert not page.more
    assert not page.problems

    again = await read(credentials, page.cursor)
    assert again.activities == ()
    assert again.cursor == page.cursor
    # A crash before the commit: the same cursor brings the same again.
    assert (await read(credentials, before.cursor)).activities == page.activities


async def test_a_post_whose_clock_was_slow_is_not_missed(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    network.post(customer, f"@{shop.handle} first", mention=shop)
    before = await read(credentials, {})
    late = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 1200))
    backdated = network.post(customer, f"@{shop.handle} second", mention=shop, createdAt=late)
    page = await read(credentials, before.cursor)
    assert [activity.id for activity in page.activities] == [backdated]


async def test_a_long_backlog_comes_in_parts_without_gap_or_double(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = importlib.import_module("makegood.connectors.bluesky.read")
    monkeypatch.setattr(reading, "PAGE", 4)
    monkeypatch.setattr(reading, "PAGES", 2)
    monkeypatch.setattr(reading, "KEEP", 4)
    monkeypatch.setattr(reading, "OVERLAP", 1000)
    credentials = await connected(network, shop)
    cursor = (await read(credentials, {})).cursor
    written = [network.post(customer, f"@{shop.handle} {n}", mention=shop) for n in range(23)]
    heard: list[str] = []
    rounds = 0
    more = True
    while more:
        page = await read(credentials, cursor)
        heard += [activity.id for activity in page.activities]
        cursor, more, rounds = page.cursor, page.more, rounds + 1
        if rounds == 1:
            written.append(network.post(customer, f"@{shop.handle} meanwhile", mention=shop))
    heard += [activity.id for activity in (await read(credentials, cursor)).activities]
    assert sorted(heard) == sorted(written)
    assert rounds > 2


# Threads


async def test_the_whole_thread_is_read_from_any_of_its_posts(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    answer = network.post(shop, "We are sorry", reply_to=root)
    aside = network.post(customer, "Nobody answers", reply_to=root)
    last = network.post(customer, "Thank you", reply_to=answer)
    credentials = await connected(network, shop)
    expected = [root, answer, aside, last]
    for asked in expected:
        assert [post.id for post in await thread(credentials, asked)] == expected
    assert [post.id for post in await thread(None, last)] == expected
    assert {post.root_id for post in await thread(None, last)} == {root}


async def test_a_thread_whose_first_post_is_gone_shows_what_is_left(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    answer = network.post(shop, "We are sorry", reply_to=root)
    network.delete(customer, root)
    assert [post.id for post in await thread(None, answer)] == [answer]


async def test_a_thread_that_is_gone(network: AtprotoNetwork, customer: TestAccount) -> None:
    root = network.post(customer, "My tea never came")
    network.delete(customer, root)
    trouble = await trouble_of(thread(None, root))
    assert (trouble.verdict, trouble.sentence) == (Verdict.REFUSE, "This post is no longer on Bluesky.")


async def test_profiles_fill_in_the_names_behind_dids(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    network.record(customer, "app.bsky.actor.profile", {"displayName": "Ada"}, rkey="self")
    for credentials in (None, await connected(network, shop)):
        found = await profiles(credentials, [customer.did, shop.did, customer.did, "did:plc:nobody"])
        assert set(found) == {customer.did, shop.did}
        assert (found[customer.did].name, found[customer.did].handle) == ("Ada", customer.handle)


# Real rate limits


async def test_a_real_429_says_how_long_to_wait(
    atproto_limited: AtprotoNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = atproto_limited.create_account()
    form = {"identifier": account.handle, "password": account.password, "service": atproto_limited.pds_url}
    for _ in range(30):
        await connect(form)
    trouble = await trouble_of(connect(form))
    assert trouble.verdict is Verdict.WAIT
    assert trouble.retry_after is not None
    assert 0 < trouble.retry_after <= 300

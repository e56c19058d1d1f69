"""The connector against a real snac server: connecting, reading, threads, looking again."""

from __future__ import annotations

from typing import Any

import pytest

from makegood.activity import Activity, Kind, Visibility
from makegood.connectors.contract import Verdict
from makegood.connectors.mastodon import CONNECTOR
from makegood.connectors.mastodon.auth import begin, connect, finish
from makegood.connectors.mastodon.capability import limits
from makegood.connectors.mastodon.look import look
from makegood.connectors.mastodon.read import read
from makegood.connectors.mastodon.stream import nudges
from makegood.connectors.mastodon.tests.helpers import BACK, connected, sign_in, trouble_of
from makegood.connectors.mastodon.threads import thread
from tests.servers.base import wait_until
from tests.servers.snac import Snac, SnacUser

pytestmark = pytest.mark.mastodon


async def test_an_account_is_connected_by_the_servers_own_sign_in_page(snac_server: Snac, shop: SnacUser) -> None:
    made = await sign_in(snac_server, shop)
    assert made.id == f"{snac_server.url}/{shop.name}"
    assert made.handle == f"{shop.name}@{snac_server.host}"
    assert (made.kind, made.url) == ("account", made.id)
    assert made.facts["software"] == "snac"
    assert made.facts["version"] == "2.75"
    assert made.facts["max_characters"] == 100_000
    assert made.credentials["instance"] == snac_server.url
    assert made.credentials["token"] not in str(made.facts)


async def test_what_the_server_allows_is_what_it_says(snac_server: Snac, shop: SnacUser) -> None:
    can = limits((await sign_in(snac_server, shop)).facts)
    assert can.text is not None
    assert (can.text.limit, can.text.link_length) == (100_000, 32)
    assert can.media is not None
    assert "image/webp" in can.media.types
    assert not can.quotes
    assert can.network == CONNECTOR.capability.network


async def test_a_wrong_state_connects_nothing(snac_server: Snac, shop: SnacUser) -> None:
    begun = await begin({"instance": snac_server.url}, BACK)
    trouble = await trouble_of(finish(begun.pending, {"code": "x", "state": "another"}))
    assert trouble.verdict is Verdict.REFUSE


async def test_a_code_that_is_not_one_connects_nothing(snac_server: Snac) -> None:
    begun = await begin({"instance": snac_server.url}, BACK)
    trouble = await trouble_of(finish(begun.pending, {"code": "x", "state": begun.pending["state"]}))
    assert trouble.verdict is Verdict.REFUSE
    assert "start it again" in trouble.sentence


async def test_access_that_was_taken_back_disconnects_the_channel(snac_server: Snac, shop: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    page = await read(credentials, {})
    body = {name: credentials[name] for name in ("client_id", "client_secret")} | {"token": credentials["token"]}
    assert snac_server.http.post(f"{snac_server.url}/oauth/revoke", data=body).status_code == 200
    trouble = await trouble_of(read(credentials, page.cursor))
    assert trouble.verdict is Verdict.DISCONNECT
    assert "connect the account again" in trouble.sentence
    assert credentials["token"] not in trouble.sentence + trouble.detail


async def test_mentions_and_replies_arrive_once_and_in_order(
    snac_server: Snac, shop: SnacUser, customer: SnacUser
) -> None:
    credentials = await connected(snac_server, shop)
    own = snac_server.post(shop, "Fresh tea today")
    before = await read(credentials, {})
    assert before.activities == ()
    named = snac_server.post(customer, f"@{shop.name} my pot broke #teapot https://example.com/a?b=c&d=e")
    reply = snac_server.post(customer, "Is it still fresh?", reply_to=own)
    secret = snac_server.post(customer, f"@{shop.name} my address is 1 Tea Road", visibility="direct")
    snac_server.told(shop, named, reply, secret)
    page = await read(credentials, before.cursor)
    found = {each.id: each for each in page.activities}
    assert found.keys() == {named["uri"], reply["uri"], secret["uri"]}
    first, second, third = (found[each["uri"]] for each in (named, reply, secret))
    assert first.author.id == f"{snac_server.url}/{customer.name}"
    assert first.author.handle == f"{customer.name}@{snac_server.host}"
    assert first.text == f"@{shop.name}@{snac_server.host} my pot broke #teapot https://example.com/a?b=c&d=e"
    assert first.mentions == (f"{snac_server.url}/{shop.name}",)
    assert first.tags == ("teapot",)
    assert first.links == ("https://example.com/a?b=c&d=e",)
    assert (first.kind, first.visibility) == (Kind.POST, Visibility.PUBLIC)
    assert (second.kind, second.parent_id, second.root_id) == (Kind.REPLY, own["uri"], own["uri"])
    assert third.visibility is Visibility.DIRECT
    again = await read(credentials, page.cursor)
    assert again.activities == ()
    # A crash before the commit: the same cursor brings the same again.
    assert (await read(credentials, before.cursor)).activities == page.activities


async def test_a_thread_is_read_from_any_post_in_it(snac_server: Snac, shop: SnacUser, customer: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    root = snac_server.post(customer, f"@{shop.name} my pot broke")
    answer = snac_server.post(shop, "Sorry!", reply_to=root)
    last = snac_server.post(customer, "Thanks", reply_to=answer)
    # It tells only the direct answers of one post at a time.
    wait_until(lambda: len(snac_server.under(shop, answer)) == 1, "the thread", seconds=60)
    assert len(snac_server.under(shop, root)) == 1
    for post in (root, answer, last):
        found = await thread(credentials, post["uri"])
        assert [each.id for each in found] == [root["uri"], answer["uri"], last["uri"]]
        assert [each.parent_id for each in found] == ["", root["uri"], answer["uri"]]
        assert {each.thread_id for each in found} == {root["uri"]}


async def test_a_thread_of_a_post_that_nobody_knows(snac_server: Snac, shop: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    trouble = await trouble_of(thread(credentials, f"{snac_server.url}/{shop.name}/p/1.1"))
    assert trouble.verdict is Verdict.REFUSE
    assert (await trouble_of(thread(None, f"{snac_server.url}/{shop.name}/p/1.1"))).verdict is Verdict.REFUSE


async def heard(server: Snac, user: SnacUser, status: dict[str, Any], credentials: dict[str, Any]) -> Activity:
    """The post as a reading brings it."""
    server.told(user, status)
    return next(each for each in (await read(credentials, {})).activities if each.id == status["uri"])


async def test_what_was_changed_and_what_is_gone_is_seen(snac_server: Snac, shop: SnacUser, customer: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    kept, changed, gone = (snac_server.post(customer, f"@{shop.name} {word}") for word in ("one", "two", "three"))
    heard_as = [await heard(snac_server, shop, each, credentials) for each in (kept, changed, gone)]
    revisions = {each.id: each.revision for each in heard_as}
    snac_server.edit(customer, changed, f"@{shop.name} two, I mean four")
    snac_server.delete(customer, gone)
    wait_until(lambda: snac_server.is_gone(shop, gone), "the deletion", seconds=60)
    for ids in (revisions, list(revisions)):
        page = await look(credentials, ids)
        assert page.deleted == (gone["uri"],)
        found = {each.id: each for each in page.activities}
        assert found.keys() == {kept["uri"], changed["uri"]}
        assert found[kept["uri"]].edited_at is None
        assert found[changed["uri"]].edited_at is not None
        assert found[changed["uri"]].text.endswith("two, I mean four")


async def test_access_taken_back_deletes_nothing(snac_server: Snac, shop: SnacUser, customer: SnacUser) -> None:
    credentials = await connected(snac_server, shop)
    post = snac_server.post(customer, f"@{shop.name} one")
    activity = await heard(snac_server, shop, post, credentials)
    trouble = await trouble_of(look({**credentials, "token": "nonsense"}, {activity.id: activity.revision}))
    assert trouble.verdict is Verdict.DISCONNECT


async def test_a_hashtag_is_read_without_an_account(snac_server: Snac, customer: SnacUser) -> None:
    made = await connect({"instance": snac_server.url, "tag": "#Kettle"})
    assert (made.kind, made.name) == ("feed", f"#Kettle on {snac_server.host}")
    assert "token" not in made.credentials
    first = snac_server.post(customer, "The #kettle leaks")
    snac_server.post(customer, "No hashtag here")
    snac_server.post(customer, "The #kettle leaks in secret", visibility="direct")
    page = await read(made.credentials, {})
    assert [each.id for each in page.activities] == [first["uri"]]
    assert page.activities[0].visibility is Visibility.PUBLIC
    second = snac_server.post(customer, "Still leaks #kettle")
    page = await read(made.credentials, page.cursor)
    assert [each.id for each in page.activities] == [second["uri"]]
    assert (await read(made.credentials, page.cursor)).activities == ()


async def test_what_is_no_such_server_is_said(snac_server: Snac) -> None:
    trouble = await trouble_of(connect({"instance": snac_server.url, "tag": "two words"}))
    assert "one hashtag" in trouble.sentence


async def test_a_server_that_names_a_stream_and_has_none_is_not_asked_for_it(snac_server: Snac, shop: SnacUser) -> None:
    told = snac_server.call(None, "GET", "/api/v1/instance")
    assert told["urls"]["streaming_api"].startswith("wss://")
    headers = {"authorization": f"Bearer {shop.token}"}
    assert snac_server.http.get(f"{snac_server.url}/api/v1/streaming/user", headers=headers).status_code == 404
    made = await sign_in(snac_server, shop)
    assert made.facts["streaming"] == ""
    trouble = await trouble_of(anext(nudges(made.credentials)))
    assert trouble.verdict is Verdict.REFUSE

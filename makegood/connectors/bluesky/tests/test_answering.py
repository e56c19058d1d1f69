"""Answering on a real AT Protocol network: real PDS, real AppView."""

from __future__ import annotations

import pytest

from makegood.connectors.bluesky import CONNECTOR, delete
from makegood.connectors.bluesky.tests.helpers import connected, draft_with, expired, trouble_of
from makegood.connectors.bluesky.write import find, new_key, reply
from makegood.connectors.contract import Draft, Verdict
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = pytest.mark.atproto


async def test_a_reply_stands_under_the_post_and_is_found_again(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, f"@{shop.handle} my tea never came", mention=shop)
    middle = network.post(customer, "Third day", reply_to=root)
    key = new_key()
    assert await find(credentials, draft_with(key)) is None
    text = f"Sorry, @{customer.handle}! 🍵 See https://example.com/help (#tea)."
    made = await reply(credentials, Draft(key=key, text=text, parent_id=middle, language="en"))
    network.settle()
    assert made.id == f"at://{shop.did}/app.bsky.feed.post/{key}"
    assert made.url == f"https://bsky.app/profile/{shop.did}/post/{key}"
    assert network.replies_under(middle) == [text]
    assert await find(credentials, draft_with(key)) == made

    record = network.repo_posts(shop)[0]["value"]
    assert record["langs"] == ["en"]
    assert record["reply"]["root"] == network.ref(root)
    parts = {
        text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in record["facets"]
    }
    assert parts[f"@{customer.handle}"]["did"] == customer.did
    assert parts["https://example.com/help"]["uri"] == "https://example.com/help"
    assert parts["#tea"]["tag"] == "tea"
    # The customer is told of it, which is what answering is for.
    told = network.call("app.bsky.notification.listNotifications", account=customer)["notifications"]
    assert [note["uri"] for note in told] == [made.id]


async def test_a_key_is_never_written_twice(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    draft = Draft(key=new_key(), text="We are sorry", parent_id=root)
    first = await reply(credentials, draft)
    second = await reply(credentials, draft)
    changed = await reply(credentials, Draft(key=draft.key, text="Something else", parent_id=root))
    network.settle()
    assert first == second == changed
    assert network.replies_under(root) == ["We are sorry"]
    assert len(network.repo_posts(shop)) == 1


async def test_a_reply_with_an_expired_session_is_sent_once_and_renews_it(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    old = {**credentials, "access": expired(credentials["access"])}
    made = await reply(old, Draft(key=new_key(), text="We are sorry", parent_id=root))
    network.settle()
    assert made.credentials is not None
    assert network.replies_under(root) == ["We are sorry"]


async def refused(network: AtprotoNetwork, shop: TestAccount, parent: str, text: str = "We are sorry") -> str:
    """The sentence of a reply that is refused; nothing may have been written."""
    credentials = await connected(network, shop)
    before = len(network.repo_posts(shop))
    trouble = await trouble_of(reply(credentials, Draft(key=new_key(), text=text, parent_id=parent)))
    assert trouble.verdict is Verdict.REFUSE
    assert len(network.repo_posts(shop)) == before
    return trouble.sentence


async def test_a_deleted_parent_is_refused(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    root = network.post(customer, "My tea never came")
    network.delete(customer, root)
    assert "no longer on Bluesky" in await refused(network, shop, root)


async def test_a_customer_who_blocked_us_cannot_be_answered(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    network.block(customer, shop.did)
    assert "has blocked your account" in await refused(network, shop, root)


async def test_somebody_we_blocked_cannot_be_answered(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    block = network.block(shop, customer.did)
    assert "Your account blocks" in await refused(network, shop, root)
    network.delete(shop, block)
    credentials = await connected(network, shop)
    assert await reply(credentials, Draft(key=new_key(), text="We are sorry", parent_id=root))


async def test_closed_replies_are_refused(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    root = network.post(customer, "My tea never came")
    network.close_replies(customer, root)
    assert "closed the replies" in await refused(network, shop, root)


async def test_an_author_whose_account_was_taken_down_is_refused(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    network.take_down(customer.did)
    network.settle()
    sentence = await refused(network, shop, root)
    assert "no longer on Bluesky" in sentence


async def test_the_network_takes_exactly_what_we_allow_and_no_more(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    root = network.post(customer, "My tea never came")
    credentials = await connected(network, shop)
    family = "👩‍👩‍👧‍👦"
    for text in ("é" * 300, "🇩🇪" * 300, family * 119):
        assert CONNECTOR.count is not None
        assert CONNECTOR.count(text) <= 300
        await reply(credentials, Draft(key=new_key(), text=text, parent_id=root))
    network.settle()
    assert len(network.replies_under(root)) == 3
    assert "1 characters too long" in await refused(network, shop, root, "é" * 301)
    assert "3,000 bytes" in await refused(network, shop, root, family * 121)
    assert "empty" in await refused(network, shop, root, " \n ")


async def test_a_reply_can_be_taken_back(network: AtprotoNetwork, shop: TestAccount, customer: TestAccount) -> None:
    credentials = await connected(network, shop)
    root = network.post(customer, "My tea never came")
    key = new_key()
    await reply(credentials, Draft(key=key, text="We are sorry", parent_id=root))
    await delete(credentials, key)
    await delete(credentials, key)
    network.settle()
    assert network.replies_under(root) == []
    assert await find(credentials, draft_with(key)) is None

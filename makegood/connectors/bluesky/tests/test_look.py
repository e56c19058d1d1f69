"""Looking again at posts on the real network."""

from __future__ import annotations

import asyncio

import pytest

from makegood.connectors.bluesky.look import look
from makegood.connectors.bluesky.tests.helpers import connected
from tests.servers.atproto import AtprotoNetwork, TestAccount

pytestmark = pytest.mark.atproto


async def test_what_stands_is_told_from_what_is_gone(
    network: AtprotoNetwork, shop: TestAccount, customer: TestAccount
) -> None:
    stands = network.post(customer, "Still here")
    goes = network.post(customer, "Said in anger")
    credentials = await connected(network, shop)
    await seen(credentials, stands, goes)
    network.delete(customer, goes)
    for _ in range(100):
        page = await look(credentials, [stands, goes])
        if page.deleted:
            break
        await asyncio.sleep(0.1)
    assert page.deleted == (goes,)
    assert [each.id for each in page.activities] == [stands]


async def test_what_the_index_lacks_but_its_server_has_is_not_gone(
    network: AtprotoNetwork, customer: TestAccount
) -> None:
    """As between a post's writing and its indexing: nobody has deleted it."""
    unindexed = network.post(customer, "Just written")
    page = await look(None, [unindexed])
    assert page.deleted == ()


async def test_an_address_that_is_none_is_left_alone(network: AtprotoNetwork) -> None:
    page = await look(None, ["at://did:plc:nobody/app.bsky.feed.post/x"])
    assert page.deleted == ()


async def seen(credentials: dict[str, object], *uris: str) -> None:
    for _ in range(100):
        if len((await look(credentials, uris)).activities) == len(uris):
            return
        await asyncio.sleep(0.1)
    pytest.fail("the index never showed the posts")

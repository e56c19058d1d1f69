"""Nothing is left out when rows share a moment, and when they move while they are read."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopPage
from makegood.connectors.shops.vendure.tests.listing import Listing
from tests.servers.scripted import Scripted, always, as_json

reading = import_module("makegood.connectors.shops.vendure.read")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_HOSTS", "*")
    monkeypatch.setattr(reading, "PAGE", 3)


async def all_of(url: str, cursor: Any, seen: dict[str, int], most: int = 400) -> Any:
    """Reads to the end; how often each order came."""
    for _ in range(most):
        page: ShopPage = await reading.read({"url": url, "key": "k"}, cursor)
        for order in page.orders:
            seen[order.id] = seen.get(order.id, 0) + 1
        cursor = page.cursor
        if not page.more:
            return cursor
    raise AssertionError("it never ends")


@pytest.mark.parametrize("seed", range(12))
async def test_every_order_is_read_though_they_move(seed: int) -> None:
    dice = random.Random(seed)
    listing = Listing(dice)
    listing.fill(dice.randrange(5, 25), dice.choice((1, 2, 50)))
    with Scripted(listing).serving() as server:
        seen: dict[str, int] = {}
        # What moves for ever is read for ever: it stops after a while.
        listing.moves = True

        def calm(asked: Any) -> Any:
            listing.moves = listing.asked < 15
            return listing(asked)

        server.handler = calm
        cursor = await all_of(server.url, {}, seen)
        assert set(seen) == set(listing.rows), "not one is missing"
        listing.moves = False
        listing.change()
        moved = {each for each, at in listing.rows.items() if at == listing.now}
        later: dict[str, int] = {}
        await all_of(server.url, cursor, later)
        assert moved <= set(later)


async def test_a_moment_with_more_rows_than_a_page() -> None:
    listing = Listing(random.Random(1), moves=False)
    listing.fill(20, 1)
    with Scripted(listing).serving() as server:
        seen: dict[str, int] = {}
        await all_of(server.url, {}, seen)
    assert set(seen) == set(listing.rows)
    assert sum(seen.values()) <= 24, "and hardly one twice"


async def test_a_page_costs_one_request_when_nothing_moves() -> None:
    listing = Listing(random.Random(1), moves=False)
    listing.fill(9, 50)
    with Scripted(listing).serving() as server:
        await all_of(server.url, {}, {})
    assert listing.asked == 4, "three full pages and an empty one"


@pytest.mark.parametrize("items", [None, {}, {"items": None}, {"items": [1]}, {"items": [{"id": "1"}]}])
async def test_a_list_that_is_none_is_no_empty_list(items: Any) -> None:
    answer = as_json({"data": {"orders": items}})
    with Scripted(always(answer)).serving() as server, pytest.raises(Trouble) as caught:
        await all_of(server.url, {}, {})
    assert caught.value.verdict is Verdict.RETRY

"""A subject: a shop's connector, a shop it speaks to through a proxy, and people who buy there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from makegood.connectors.contract import Connected
from makegood.connectors.shops.contract import MadeVoucher, Shop, ShopOrder, ShopPage
from tests.faults import Proxy

__all__ = ["ShopReader", "ShopSubject"]


def _cannot(*_: Any) -> Any:
    raise AssertionError("the subject does not say how")


@dataclass
class ShopSubject:
    """A shop connector under test. The functions act on the shop itself, past the proxy.

    - `sign_in()` connects through the proxy, as the owner would; `wrong()` tries with what cannot work.
    - `buy(email)` -> id: somebody buys something and pays; the order's id as `read` and `fetch` have it.
    - `register(email)` -> id: somebody opens an account; the customer's id as `fetch_customers` has it.
    - `touch(id)`: something happens to an order, so that its `changed_at` is later and `read` brings it again.
    - `few_a_page(monkeypatch)`: pages of two or three.
    - `refunded(id)` -> what the shop's back office says was refunded of an order, in minor units, one entry a refund.
    - `vouchers(code)` -> how many discount codes of this name the shop has.
    - `signed(body)` -> headers of a genuine webhook with this body; `event` is a body the shop might send.
    - `currency` is what it sells in; `exempt` says why a rule cannot be put to it, by the name of its
      test without "test_".
    """

    kind: str
    shop: Shop
    proxy: Proxy | None = None
    currency: str = "EUR"
    credentials: Mapping[str, Any] = field(default_factory=dict)
    sign_in: Callable[[], Awaitable[Connected]] = _cannot
    wrong: Callable[[], Awaitable[Any]] = _cannot
    buy: Callable[[str], str] = _cannot
    register: Callable[[str], str] = _cannot
    touch: Callable[[str], None] = _cannot
    few_a_page: Callable[[pytest.MonkeyPatch], None] = _cannot
    refunded: Callable[[str], list[int]] = _cannot
    vouchers: Callable[[str], int] = _cannot
    signed: Callable[[bytes], Mapping[str, str]] = _cannot
    event: bytes = b""
    exempt: Mapping[str, str] = field(default_factory=dict)
    close: ExitStack = field(default_factory=ExitStack)
    first: str = ""
    """An order that stands when the rules begin, and may be read, refunded and changed by them."""
    behind: Mapping[str, Any] = field(default_factory=dict)
    """A cursor behind `first`, before anything else was bought."""

    @property
    def between(self) -> Proxy:
        """Its proxy."""
        assert self.proxy is not None
        return self.proxy

    def reader(self, cursor: Mapping[str, Any] | None = None) -> ShopReader:
        """Somebody who reads on from `cursor`, as the product does."""
        return ShopReader(self, dict(cursor or {}))

    async def one(self, order_id: str) -> ShopOrder:
        """An order as it stands now, by `fetch`."""
        assert self.shop.fetch is not None
        page = await self.shop.fetch(self.credentials, (order_id,))
        assert [order.id for order in page.orders] == [order_id], page
        return page.orders[0]

    async def record(self, order_id: str, amount: int, key: str, words: str = "The lid came broken.") -> str:
        """Notes a refund in the shop."""
        assert self.shop.record_refund is not None
        return await self.shop.record_refund(self.credentials, order_id, amount, self.currency, key, words)

    async def make(self, wish: Any) -> MadeVoucher:
        """Makes a voucher."""
        assert self.shop.make_voucher is not None
        return await self.shop.make_voucher(self.credentials, wish)


@dataclass
class ShopReader:
    """Reads as the product does: keeps what came with the cursor that came with it, or neither."""

    subject: ShopSubject
    cursor: Mapping[str, Any]
    orders: dict[str, ShopOrder] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    pages: int = 0
    between: Callable[[], None] = lambda: None
    """Called after each page."""

    async def read(self) -> dict[str, ShopOrder]:
        """All there is, page for page: the orders that came, by id. Raises Trouble; what came before it is kept."""
        assert self.subject.shop.read is not None
        came: dict[str, ShopOrder] = {}
        more = True
        while more:
            page: ShopPage = await self.subject.shop.read(self.subject.credentials, self.cursor)
            self.cursor, more = page.cursor, page.more
            self.pages += 1
            assert self.pages < 500, "it never ends"
            assert not page.problems, page.problems
            if page.credentials is not None:
                self.subject.credentials = page.credentials
            came |= {order.id: order for order in page.orders}
            self.orders |= came
            self.customers |= {customer.id for customer in page.customers}
            self.between()
        return came

"""What a shop connector is: customers and orders in one shape, how they are read, and what can be made in the shop.

Money is in minor units of an ISO 4217 currency (https://www.iso.org/iso-4217-currency-codes.html): 12.34 EUR is 1234.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.connectors.contract import Connected, Fact

__all__ = [
    "ALL",
    "Event",
    "MadeVoucher",
    "OrderState",
    "Shop",
    "ShopCapability",
    "ShopCustomer",
    "ShopFulfilment",
    "ShopLine",
    "ShopOrder",
    "ShopPage",
    "ShopRefund",
    "VoucherWish",
]

ALL = "*"
"""In `Event.erase`: the shop has closed, or its owner took our app away (Shopify's shop/redact)."""


class OrderState(StrEnum):
    """Where an order is, in words all shops share."""

    OPEN = "open"
    """Placed, not paid."""
    PAID = "paid"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class ShopCustomer:
    """Somebody the shop has a record of. `email` is as the shop has it; `verified` when the shop says it checked it."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    verified: bool = False
    created_at: datetime | None = None
    url: str = ""
    """Their page in the shop's own back office."""


@dataclass(frozen=True)
class ShopLine:
    """One product of an order. `total_minor` is what was paid for the whole line, after discounts, tax included."""

    id: str
    name: str
    quantity: int
    total_minor: int
    sku: str = ""
    product_id: str = ""
    category: str = ""
    cost_minor: int | None = None
    """What the line cost the shop, where it knows."""


@dataclass(frozen=True)
class ShopFulfilment:
    """A parcel."""

    id: str
    state: str = ""
    """In the shop's own words."""
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class ShopRefund:
    """Money the shop says it gave back, whoever did it. `payment_ref` is the processor's id, if known."""

    id: str
    amount_minor: int
    currency: str
    at: datetime
    reason: str = ""
    payment_ref: str = ""


@dataclass(frozen=True)
class ShopOrder:
    """An order as it stands now. `total_minor` is all the customer paid or owes: lines, shipping and tax."""

    id: str
    number: str
    """What the customer knows it by."""
    currency: str
    total_minor: int
    placed_at: datetime
    state: OrderState
    changed_at: datetime
    customer: ShopCustomer | None = None
    email: str = ""
    name: str = ""
    shipping_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0
    promised_at: datetime | None = None
    """By when delivery was promised, where the shop says so."""
    payment_refs: tuple[str, ...] = ()
    """The processor's ids of the payments (a Stripe payment intent or charge, a PayPal capture)."""
    destination: str = ""
    """Town and country of the delivery address, for a person to read."""
    url: str = ""
    lines: tuple[ShopLine, ...] = ()
    fulfilments: tuple[ShopFulfilment, ...] = ()
    refunds: tuple[ShopRefund, ...] = ()


@dataclass(frozen=True)
class ShopPage:
    """What one reading brought, oldest change first. See `makegood.connectors.contract.Page`.

    `orders` and `customers` are whole: what is written replaces what was known. `gone` are ids of orders that the shop
    has deleted. `more`: there is another page to read at once.
    """

    orders: tuple[ShopOrder, ...] = ()
    customers: tuple[ShopCustomer, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    credentials: Mapping[str, Any] | None = None
    next_after: float | None = None
    more: bool = False


@dataclass(frozen=True)
class Event:
    """A webhook that was verified. `id` is the sender's own id of the event: the same for each delivery of it.

    `orders` and `customers` are ids to be fetched anew: what an event says may be older than what we have.
    """

    id: str
    kind: str
    at: datetime | None = None
    orders: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    erase: tuple[str, ...] = ()
    """Customers whose data the shop must have erased (Shopify's customers/redact); `ALL` for everybody's."""


@dataclass(frozen=True)
class VoucherWish:
    """A discount code to make: so much off, or so many percent, for one use. `code` was chosen beforehand."""

    code: str
    currency: str
    amount_minor: int = 0
    percent: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    customer_id: str = ""


@dataclass(frozen=True)
class MadeVoucher:
    """A code that works in the shop."""

    id: str
    code: str
    url: str = ""


@dataclass(frozen=True)
class ShopCapability:
    """What a kind of shop lets us do, as data; each limit with the page it was taken from."""

    kind: str
    title: str
    webhooks: bool = False
    vouchers: bool = False
    refunds: bool = False
    """Refunds can be recorded in it, so that its own back office shows them."""
    poll_seconds: int = 300
    rate_limits: tuple[Fact, ...] = ()
    order_number: str = ""
    """A regular expression of what its order numbers look like, for recognising them in messages; "" where any."""
    tested: str = ""
    """Against what it was tested, in a sentence, for its README and docs/connectors.md."""


@dataclass(frozen=True)
class Shop:
    """A shop's functions. A function that is None is something this kind of shop cannot do.

    All are async, raise `Trouble` and nothing else for anything the shop or the user did, and have a time-out.

    - `connect(form)` -> Connected: checks what the user typed; `id` is the shop's permanent address.
    - `read(credentials, cursor)` -> ShopPage: orders and customers changed since `cursor` ({} the first time: all),
      oldest change first, so that a reading that is cut is taken up where it was. Nothing is left out when several
      rows share one moment, or when a row changes while it is read.
    - `fetch(credentials, ids)` -> ShopPage: these orders as they stand now.
    - `fetch_customers(credentials, ids)` -> ShopPage: these customers as they stand now. Those the shop does not have
      any more are left out: only `Event.erase` asks for somebody to be forgotten.
    - `verify(credentials, headers, body)` -> Event: a webhook. Raises `Trouble` (REFUSE) when it is forged or older
      than the sender's own tolerance. Not async: pure.
    - `subscribe(credentials, address)` -> Mapping: has the shop send its webhooks to `address`, and returns the
      credentials with what verifying them needs. Repeatable: what is subscribed already stays. Raises `Trouble`
      (REFUSE) where the key may not do that, with a sentence that says what to do instead.
    - `make_voucher(credentials, wish)` -> MadeVoucher: repeatable: a code that stands already is returned.
    - `record_refund(credentials, order_id, amount_minor, currency, key, words)` -> str: notes in the shop a refund that
      was made at the processor, and returns its id there. Repeatable by `key`. It moves no money.
    """

    capability: ShopCapability
    connect: Callable[[Mapping[str, str]], Awaitable[Connected]] | None = None
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[ShopPage]] | None = None
    fetch: Callable[[Mapping[str, Any], tuple[str, ...]], Awaitable[ShopPage]] | None = None
    fetch_customers: Callable[[Mapping[str, Any], tuple[str, ...]], Awaitable[ShopPage]] | None = None
    verify: Callable[[Mapping[str, Any], Mapping[str, str], bytes], Event] | None = None
    subscribe: Callable[[Mapping[str, Any], str], Awaitable[Mapping[str, Any]]] | None = None
    make_voucher: Callable[[Mapping[str, Any], VoucherWish], Awaitable[MadeVoucher]] | None = None
    record_refund: Callable[[Mapping[str, Any], str, int, str, str, str], Awaitable[str]] | None = None

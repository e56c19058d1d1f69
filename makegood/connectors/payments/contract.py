"""What a payment connector is: charges and refunds in one shape, how they are read, and how money goes back once.

Money is in minor units of an ISO 4217 currency: 12.34 EUR is 1234, 500 JPY is 500.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from makegood.connectors.contract import Connected, Fact

__all__ = [
    "ChargeState",
    "PaidOut",
    "PayCapability",
    "PayEvent",
    "PayPage",
    "Payment",
    "PayoutWish",
    "Processor",
    "RefundState",
    "RefundWish",
    "Refunded",
]


class ChargeState(StrEnum):
    """Where a payment is."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    DISPUTED = "disputed"
    """The customer's bank has been asked to take it back: refunding as well would pay twice."""


class RefundState(StrEnum):
    """Where money on its way back is."""

    PENDING = "pending"
    """Accepted by the processor, not yet with the customer."""
    DONE = "done"
    FAILED = "failed"
    """The money is with the shop again."""
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Payment:
    """A payment as it stands now. `id` is what a refund names; `refs` are other ids of the same payment."""

    id: str
    amount_minor: int
    currency: str
    at: datetime
    state: ChargeState
    refunded_minor: int = 0
    refs: tuple[str, ...] = ()
    order_number: str = ""
    """The shop's order number, where whoever took the payment noted one."""
    email: str = ""
    name: str = ""
    customer_id: str = ""
    description: str = ""
    method: str = ""
    """How it was paid, for a person to read: "Visa ending 4242"."""
    fingerprint: str = ""
    """The same for two payments by one card or account, where the processor says; never the number."""
    url: str = ""


@dataclass(frozen=True)
class Refunded:
    """A refund that stands at the processor. `key` is ours, "" for one made in its own back office."""

    id: str
    payment_id: str
    amount_minor: int
    currency: str
    state: RefundState
    at: datetime
    key: str = ""
    reason: str = ""


@dataclass(frozen=True)
class PayPage:
    """What one reading brought, oldest first. Whole: what is written replaces what was known."""

    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refunded, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    credentials: Mapping[str, Any] | None = None
    next_after: float | None = None
    more: bool = False


@dataclass(frozen=True)
class PayEvent:
    """A webhook that was verified. `id` is the same for each delivery of one event; `payments` are to be read anew."""

    id: str
    kind: str
    at: datetime | None = None
    payments: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefundWish:
    """Money to give back the way it came. `key` was chosen and stored beforehand: the same key never pays twice."""

    key: str
    payment_id: str
    amount_minor: int
    currency: str
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PayoutWish:
    """Money to an address the customer gave (PayPal), instead of the way it came. `key` as in `RefundWish`."""

    key: str
    email: str
    amount_minor: int
    currency: str
    words: str = ""


@dataclass(frozen=True)
class PaidOut:
    """A payout that stands at the processor."""

    id: str
    amount_minor: int
    currency: str
    state: RefundState
    at: datetime
    key: str = ""


@dataclass(frozen=True)
class PayCapability:
    """What a processor lets us do, as data; each limit with the page it was taken from."""

    kind: str
    title: str
    webhooks: bool = False
    payouts: bool = False
    refund_days: int | None = None
    """How long after the payment it can be refunded."""
    refund_source: str = ""
    key_life: timedelta = timedelta(hours=24)
    """How long the processor remembers an idempotency key; after it only looking the refund up is safe."""
    key_source: str = ""
    payout_key_life: timedelta = timedelta(0)
    """For how long the same payout is not made twice: so long `pay_out` may be repeated, and says how it stands."""
    payout_key_source: str = ""
    poll_seconds: int = 300
    rate_limits: tuple[Fact, ...] = ()
    tested: str = ""


@dataclass(frozen=True)
class Processor:
    """A processor's functions. A function that is None is something it cannot do.

    All are async, raise `Trouble` and nothing else for anything the processor or the user did, and have a time-out.

    - `connect(form)` -> Connected: checks the key the user typed; `id` is the account's permanent id.
    - `read(credentials, cursor)` -> PayPage: payments and refunds that are new or changed since `cursor`.
    - `fetch(credentials, ids)` -> PayPage: these payments with all their refunds as they stand now.
    - `verify(credentials, headers, body)` -> PayEvent: a webhook. `Trouble` (REFUSE) when forged or too old. Pure.
    - `verify_async(credentials, headers, body)` -> PayEvent: the same where a certificate has to be fetched first, and
      kept. It may also end in RETRY: then the webhook is to be answered with a 503, and comes again. A processor has
      one of the two.
    - `subscribe(credentials, address)` -> Mapping: has the processor send its webhooks to `address`, and returns the
      credentials with what verifying them needs. Repeatable. REFUSE where the key may not do that.
    - `refund(credentials, wish)` -> Refunded: gives money back. REFUSE when it certainly did not happen and never
      will; RETRY, WAIT or BUG leave open whether it happened: then `find_refund` is asked before anything else.
    - `find_refund(credentials, wish)` -> Refunded | None: the refund with this very key, by the processor's own
      record; None only when the processor certainly has none.
    - `pay_out(credentials, wish)` -> PaidOut, `find_payout(credentials, wish)` -> PaidOut | None: likewise. Where
      `find_payout` is None, repeating `pay_out` with the same key is the way to ask, for `payout_key_life`.
    """

    capability: PayCapability
    connect: Callable[[Mapping[str, str]], Awaitable[Connected]] | None = None
    read: Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[PayPage]] | None = None
    fetch: Callable[[Mapping[str, Any], tuple[str, ...]], Awaitable[PayPage]] | None = None
    verify: Callable[[Mapping[str, Any], Mapping[str, str], bytes], PayEvent] | None = None
    verify_async: Callable[[Mapping[str, Any], Mapping[str, str], bytes], Awaitable[PayEvent]] | None = None
    subscribe: Callable[[Mapping[str, Any], str], Awaitable[Mapping[str, Any]]] | None = None
    refund: Callable[[Mapping[str, Any], RefundWish], Awaitable[Refunded]] | None = None
    find_refund: Callable[[Mapping[str, Any], RefundWish], Awaitable[Refunded | None]] | None = None
    pay_out: Callable[[Mapping[str, Any], PayoutWish], Awaitable[PaidOut]] | None = None
    find_payout: Callable[[Mapping[str, Any], PayoutWish], Awaitable[PaidOut | None]] | None = None

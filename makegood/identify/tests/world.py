"""A small shop and a small processor that keep to the contracts, and whatever goes wrong with them.

They live in this process and are told what to hold; nothing of Makegood is replaced by them. What real shops and
processors do is tested beside their connectors.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.connectors.contract import Connected, Trouble, Verdict
from makegood.connectors.payments.contract import (
    ChargeState,
    PayCapability,
    PayEvent,
    Payment,
    PayPage,
    Processor,
    Refunded,
    RefundState,
)
from makegood.connectors.shops.contract import (
    Event,
    OrderState,
    Shop,
    ShopCapability,
    ShopCustomer,
    ShopFulfilment,
    ShopLine,
    ShopOrder,
    ShopPage,
    ShopRefund,
)

__all__ = [
    "BASE",
    "PAY",
    "SHOP",
    "World",
    "ann",
    "order",
    "parcel",
    "payment",
    "refund",
    "shop_refund",
    "signed",
    "world",
]

BASE = datetime(2026, 11, 1, 12, tzinfo=UTC)


def ann(**fields: Any) -> ShopCustomer:
    """A customer of the shop."""
    return ShopCustomer(**{"id": "c1", "name": "Ann Lee", "email": "Ann@Example.com", **fields})


def order(number: int | str = 1042, *, minutes: float = 0, **fields: Any) -> ShopOrder:
    """Ann's order as it stood so many minutes after `BASE`; placed at `BASE`, one teapot for 24.90 EUR."""
    known: dict[str, Any] = {
        "id": f"o{number}",
        "number": f"#{number}",
        "currency": "EUR",
        "total_minor": 2490,
        "placed_at": BASE,
        "state": OrderState.PAID,
        "changed_at": BASE + timedelta(minutes=minutes),
        "customer": ann(),
        "lines": (ShopLine(id="1", name="Teapot", quantity=1, total_minor=2490),),
    }
    return ShopOrder(**{**known, **fields})


def parcel(**fields: Any) -> ShopFulfilment:
    """A parcel under way."""
    return ShopFulfilment(**{"id": "p1", "state": "sent", "shipped_at": BASE, "tracking": "JD01", **fields})


def payment(key: str = "ch1", *, minutes: float = 0, **fields: Any) -> Payment:
    """Ann's payment of 24.90 EUR, made so many minutes after `BASE`."""
    known: dict[str, Any] = {
        "id": key,
        "amount_minor": 2490,
        "currency": "EUR",
        "at": BASE + timedelta(minutes=minutes),
        "state": ChargeState.PAID,
        "email": "ann@example.com",
        "fingerprint": "card-of-ann",
    }
    return Payment(**{**known, **fields})


def refund(key: str = "re1", of: str = "ch1", **fields: Any) -> Refunded:
    """All of a payment, given back."""
    known: dict[str, Any] = {
        "id": key,
        "payment_id": of,
        "amount_minor": 2490,
        "currency": "EUR",
        "state": RefundState.DONE,
        "at": BASE,
    }
    return Refunded(**{**known, **fields})


def shop_refund(**fields: Any) -> ShopRefund:
    """What the shop says it gave back."""
    return ShopRefund(**{"id": "r1", "amount_minor": 500, "currency": "EUR", "at": BASE, **fields})


@dataclass
class World:
    """What the shop and the processor hold, each change in a row, and what they do next."""

    changes: list[Any] = field(default_factory=list)
    page_size: int = 2
    troubles: list[BaseException] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    renewed: dict[str, Any] | None = None
    people: dict[str, ShopCustomer] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    """Addresses to which it was told to send its webhooks."""
    after_read: Any = None
    """Called at the end of each reading: what happens in the meantime."""

    def clear(self) -> None:
        """Nothing is held any more."""
        self.__init__()  # type: ignore[misc]

    def newest(self, key: str) -> Any:
        """The thing with this id as it stands now; None when there is none."""
        return next((each for each in reversed(self.changes) if each.id == key), None)

    def begin(self, what: str, wanted: Any) -> None:
        """Notes that something was asked for, and fails if it is told to."""
        self.asked.append((what, wanted))
        if self.troubles:
            raise self.troubles.pop(0)


world = World()


def signed(body: dict[str, Any], secret: str = "whsec") -> tuple[dict[str, str], bytes]:
    """A webhook's headers and body."""
    content = json.dumps(body).encode()
    return {"X-Signature": hmac.digest(secret.encode(), content, "sha256").hex()}, content


async def _connect(form: Mapping[str, str]) -> Connected:
    world.begin("connect", dict(form))
    if form.get("key") != "right":
        raise Trouble(Verdict.REFUSE, "This key is not accepted. Please check it.")
    name = form.get("address", "") or "shop.example"
    credentials = {"key": "right", "webhook_secret": form.get("webhook_secret", ""), "address": name}
    return Connected(id=name, handle=name, name=name, url=f"https://{name}", credentials=credentials)


def _read(page: type[Any], name: str) -> Any:
    async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> Any:
        world.begin("read", dict(cursor))
        start = int(cursor.get("at", 0))
        found = world.changes[start : start + world.page_size]
        end = start + len(found)
        if world.after_read is not None:
            world.after_read()
        facts = {"cursor": {"at": end}, "more": end < len(world.changes), "problems": world.problems}
        return page(**{name: tuple(world.newest(each.id) for each in found)}, **facts, credentials=world.renewed)

    return read


async def _fetch_orders(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    world.begin("fetch", ids)
    found = [(key, world.newest(key)) for key in ids]
    return ShopPage(
        orders=tuple(each for _key, each in found if each), gone=tuple(key for key, each in found if not each)
    )


async def _fetch_customers(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    world.begin("fetch_customers", ids)
    return ShopPage(customers=tuple(world.people[key] for key in ids if key in world.people))


async def _subscribe(credentials: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    world.begin("subscribe", address)
    world.told.append(address)
    return {**credentials, "webhook_secret": "whsec-new"}


async def _fetch_payments(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> PayPage:
    world.begin("fetch", ids)
    found = [world.newest(key) for key in ids]
    refunds = [each for each in world.changes if isinstance(each, Refunded) and each.payment_id in ids]
    return PayPage(payments=tuple(each for each in found if each), refunds=tuple(refunds))


def _checked(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    wanted = hmac.digest(str(credentials.get("webhook_secret")).encode(), body, "sha256").hex()
    if not hmac.compare_digest(headers.get("X-Signature", ""), wanted):
        raise Trouble(Verdict.REFUSE, "This webhook is not signed by the shop.")
    found: dict[str, Any] = json.loads(body)
    return found


def _verify_shop(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> Event:
    told = _checked(credentials, headers, body)
    wants: dict[str, Any] = {name: tuple(told.get(name, ())) for name in ("orders", "customers", "erase")}
    return Event(id=told["id"], kind=told.get("kind", "order.updated"), **wants)


def _verify_pay(credentials: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> PayEvent:
    told = _checked(credentials, headers, body)
    return PayEvent(id=told["id"], kind="charge.updated", payments=tuple(told.get("payments", ())))


SHOP = Shop(
    ShopCapability(kind="testshop", title="Test shop", webhooks=True, order_number=r"[A-Z]{2}[0-9]{6}"),
    connect=_connect,
    read=_read(ShopPage, "orders"),
    fetch=_fetch_orders,
    fetch_customers=_fetch_customers,
    verify=_verify_shop,
    subscribe=_subscribe,
)
PAY = Processor(
    PayCapability(kind="testpay", title="Test pay", webhooks=True),
    connect=_connect,
    read=_read(PayPage, "payments"),
    fetch=_fetch_payments,
    verify=_verify_pay,
)

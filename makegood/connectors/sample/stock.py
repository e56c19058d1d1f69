"""What the sample's customers bought and paid, relative to a given moment. All of it is invented.

Some of them write in the sample's week: one was charged twice, one waits for a parcel, one's came late. The others only
buy, so that there is something to say about what a customer is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.connectors.payments.contract import ChargeState, Payment, PayPage, Refunded, RefundState
from makegood.connectors.sample.content import names
from makegood.connectors.shops.contract import (
    OrderState,
    ShopCustomer,
    ShopFulfilment,
    ShopLine,
    ShopOrder,
    ShopPage,
)

__all__ = ["AUTHORS", "CURRENCY", "bought", "paid"]

CURRENCY = "EUR"
SHIPPING = 490
OTHERS = 72
"""Customers who write nothing."""

_GOODS = {
    "teapot": ("Teapot, moss green", 5400, 2100),
    "cup": ("Speckled cup", 1800, 620),
    "mugs": ("Two mugs, celadon", 3310, 1240),
    "bowl": ("Bowl, blue", 4200, 1530),
    "sampler": ("Oolong sampler", 2200, 900),
    "breakfast": ("Smoky breakfast blend, 250 g", 1460, 520),
    "chai": ("Cardamom chai, 250 g", 1290, 450),
}
"""Name, price and cost in cents."""

_TOWNS = {
    "dev": "Leeds, United Kingdom",
    "maren": "Bremen, Germany",
    "oskar": "Uppsala, Sweden",
    "ines": "Sevilla, Spain",
    "lotte": "Kiel, Germany",
    "bea": "Bath, United Kingdom",
    "wilma": "Bergen, Norway",
    "nadia": "Gent, Belgium",
    "ravi": "Utrecht, Netherlands",
}
"""Where those of the sample's week live who have bought."""
AUTHORS = {key: f"sample:author:{key}" for key in _TOWNS}
"""Whose account on the sample's network is which customer's, by the customer's id."""

_FIRST = ("Ana", "Björn", "Cleo", "Dario", "Effie", "Femke", "Gil", "Hana", "Ivo")
_LAST = ("Achterberg", "Bello", "Conti", "Duval", "Eklund", "Fiore", "Grove", "Holm")


@dataclass(frozen=True)
class _Bought:
    """An order, so many days ago; `promised` and `sent` days after it was placed, `arrived` likewise."""

    number: int
    who: str
    days: float
    goods: tuple[str, ...]
    promised: float | None = None
    sent: float | None = 1.0
    arrived: float | None = 4.0
    twice: bool = False
    """It was paid a second time some minutes later."""


_STORIES = (
    _Bought(1604, "nadia", 402, ("breakfast", "chai")),
    _Bought(1660, "bea", 371, ("cup",)),
    _Bought(1718, "nadia", 296, ("breakfast", "breakfast")),
    _Bought(1733, "wilma", 281, ("teapot",)),
    _Bought(1790, "maren", 214, ("sampler",)),
    _Bought(1802, "wilma", 188, ("cup", "cup")),
    _Bought(1841, "nadia", 131, ("breakfast", "mugs")),
    _Bought(1877, "dev", 97, ("chai",)),
    _Bought(1903, "ravi", 61, ("breakfast",)),
    _Bought(1950, "nadia", 38, ("breakfast",)),
    _Bought(1962, "ravi", 33, ("bowl",), promised=7),
    # Three weeks on its way, where a week was promised; it came this morning.
    _Bought(1988, "maren", 21, ("teapot",), promised=7, sent=17.5, arrived=20.8),
    # Stuck for twelve days.
    _Bought(2031, "oskar", 15.5, ("sampler",), promised=6, sent=2, arrived=None),
    _Bought(2058, "lotte", 8.2, ("teapot",), promised=6, sent=1.5, arrived=3.2),
    _Bought(2066, "bea", 7.1, ("cup",), promised=6, sent=1, arrived=4.6),
    _Bought(2071, "dev", 5.3, ("mugs",), promised=6, sent=None, arrived=None, twice=True),
    _Bought(2094, "wilma", 4.1, ("mugs",), promised=6, sent=0.6, arrived=2.7),
    _Bought(2102, "ines", 3.4, ("sampler",), promised=6, sent=1.2, arrived=None, twice=True),
)


def _others() -> Iterator[_Bought]:
    """Those who only buy: a third once, the others now and again; some have stayed away for long."""
    goods = tuple(_GOODS)
    for number in range(OTHERS):
        times, pause = (1, 0) if number % 3 == 0 else (2 + number % 4, 25 + number * 7 % 45)
        last = 6 + number * 37 % 150
        for again in range(times):
            chosen = (goods[(number + again) % len(goods)], *(("chai",) if (number + again) % 4 == 0 else ()))
            yield _Bought(3000 + number * 10 + again, f"c{number}", last + pause * (times - 1 - again), chosen)


def _customer(key: str, now: datetime) -> ShopCustomer:
    name = names()[key] if key in _TOWNS else f"{_FIRST[int(key[1:]) % 9]} {_LAST[int(key[1:]) % 8]}"
    return ShopCustomer(id=key, name=name, email=f"{key}@example.com", created_at=now - timedelta(days=420))


def _order(row: _Bought, now: datetime) -> ShopOrder:
    placed = now - timedelta(days=row.days)

    def after(days: float | None) -> datetime | None:
        return None if days is None else placed + timedelta(days=days)

    sent, arrived = after(row.sent), after(row.arrived)
    lines = tuple(
        ShopLine(id=str(place), name=name, quantity=1, total_minor=price, sku=key.upper(), cost_minor=cost)
        for place, (key, (name, price, cost)) in enumerate(((key, _GOODS[key]) for key in row.goods), start=1)
    )
    parcels: tuple[ShopFulfilment, ...] = ()
    if sent is not None:
        tracking = f"TM{row.number}0049"
        parcels = (ShopFulfilment("1", "sent", "Courier", tracking, shipped_at=sent, delivered_at=arrived),)
    state = OrderState.DELIVERED if arrived else OrderState.SHIPPED if sent else OrderState.PAID
    customer = _customer(row.who, now)
    total = sum(line.total_minor for line in lines) + SHIPPING
    return ShopOrder(
        id=str(row.number),
        number=f"TM-{row.number}",
        currency=CURRENCY,
        total_minor=total,
        tax_minor=total * 19 // 119,
        shipping_minor=SHIPPING,
        placed_at=placed,
        promised_at=after(row.promised),
        state=state,
        changed_at=arrived or sent or placed,
        customer=customer,
        email=customer.email,
        name=customer.name,
        payment_refs=(f"sample-{row.number}",),
        destination=_TOWNS.get(row.who, "Lyon, France"),
        lines=lines,
        fulfilments=parcels,
    )


def bought(now: datetime) -> ShopPage:
    """Everything the shop sold before `now` (aware), the oldest first."""
    rows = sorted((*_STORIES, *_others()), key=lambda row: -row.days)
    return ShopPage(orders=tuple(_order(row, now) for row in rows))


def paid(now: datetime) -> PayPage:
    """How it was paid: each order once, two of them twice; a lost parcel of long ago was paid back."""
    payments: list[Payment] = []
    for row in (*_STORIES, *_others()):
        order = _order(row, now)
        for again in range(2 if row.twice else 1):
            payment = Payment(
                id=f"sample-{row.number}{'-b' * again}",
                amount_minor=order.total_minor,
                currency=CURRENCY,
                at=order.placed_at + timedelta(minutes=1 + 4 * again),
                state=ChargeState.PAID,
                order_number=order.number,
                email=order.email,
                name=order.name,
                method="Card ending 4242",
                fingerprint=f"sample-card-{row.who}",
            )
            payments.append(payment)
    first = next(each for each in payments if each.order_number == "TM-1790")
    back = Refunded(
        id="sample-back-1790",
        payment_id=first.id,
        amount_minor=first.amount_minor,
        currency=CURRENCY,
        state=RefundState.DONE,
        at=first.at + timedelta(days=20),
        reason="Lost on its way",
    )
    payments[payments.index(first)] = _refunded(first)
    return PayPage(payments=tuple(sorted(payments, key=lambda each: (each.at, each.id))), refunds=(back,))


def _refunded(payment: Payment) -> Payment:
    return replace(payment, refunded_minor=payment.amount_minor)

"""From an order's rows to the order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from makegood.connectors.shops.contract import (
    OrderState,
    ShopCustomer,
    ShopFulfilment,
    ShopLine,
    ShopOrder,
    ShopRefund,
)
from makegood.connectors.shops.orders_file.rows import RefusedError, Row
from makegood.connectors.shops.orders_file.words import state_of

__all__ = ["order_of", "refund_of"]


def order_of(rows: Sequence[Row], refunds: Sequence[Row]) -> ShopOrder:
    """The order that `rows` tell of, and the `refunds` among or behind them. Raises RefusedError with a sentence.

    What is about the whole order is taken from the first row that has it; its lines from each.
    """
    currency = rows[0].currency
    if {row.currency for row in (*rows, *refunds)} != {currency}:
        raise RefusedError(f"Order {rows[0].key} is in two currencies.")
    placed = _time(rows, "placed_at")
    if placed is None:
        raise RefusedError(f"Order {rows[0].key} has no date.")
    lines = tuple(_line(row, number) for number, row in enumerate(rows, start=1) if _has_line(row))
    person, given_back = _customer(rows), [refund_of(row) for row in refunds]
    if (refunded := _sum(rows, "refunded")) and not given_back:
        at = _time(rows, "refunded_at") or _time(rows, "changed_at") or placed
        given_back = [ShopRefund(f"{rows[0].key}-refunded", abs(refunded), currency, at)]
    known = (placed, *(_time(rows, name) for name in ("changed_at", "shipped_at", "delivered_at", "refunded_at")))
    moments = [moment for moment in known if moment is not None]
    return ShopOrder(
        id=rows[0].key,
        number=_word(rows, "number") or rows[0].key,
        currency=currency,
        total_minor=_total(rows, lines),
        placed_at=placed,
        state=_state(rows),
        changed_at=max([*moments, *(refund.at for refund in given_back)]),
        customer=person,
        email=_word(rows, "email"),
        name=_word(rows, "name"),
        shipping_minor=_sum(rows, "shipping") or 0,
        tax_minor=_sum(rows, "tax") or 0,
        # Some exports write a discount as what it takes off, others as what it comes to.
        discount_minor=abs(_sum(rows, "discount") or 0),
        promised_at=_time(rows, "promised_at"),
        payment_refs=tuple(ref.strip() for ref in _word(rows, "payment_ref").split("+") if ref.strip()),
        destination=", ".join(part for part in (_word(rows, "city"), _word(rows, "country")) if part),
        lines=lines,
        fulfilments=_fulfilments(rows),
        refunds=tuple(given_back),
    )


def refund_of(row: Row) -> ShopRefund:
    """The refund that a row tells of. It has the same id whenever the same row is read. Raises RefusedError."""
    amount = next((sum_ for name in ("total", "line_total", "refunded") if (sum_ := row.sum(name))), None)
    if amount is None and (price := row.sum("line_price")):
        amount = price * row.quantity
    at = row.time("refunded_at") or row.time("placed_at")
    if not amount or at is None:
        raise RefusedError(f"The refund of order {row.key} has no {'date' if amount else 'amount'}.")
    told = "\0".join((row.key, str(amount), at.isoformat(), row.word("sku"), row.word("payment_ref")))
    identity = f"{row.key}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    return ShopRefund(identity, abs(amount), row.currency, at, row.word("line_name"), row.word("payment_ref"))


def _total(rows: Sequence[Row], lines: Sequence[ShopLine]) -> int:
    totals = {total: row.line for row in rows if (total := row.sum("total")) is not None}
    if len(totals) > 1:
        raise RefusedError(
            f"Order {rows[0].key} has different totals in its rows. "
            "If that column is the total of a line, please choose it as such."
        )
    if totals:
        return next(iter(totals))
    return sum(line.total_minor for line in lines) + (_sum(rows, "shipping") or 0)


def _has_line(row: Row) -> bool:
    return any(row.word(name) for name in ("line_name", "sku")) or row.sum("line_total") is not None


def _line(row: Row, number: int) -> ShopLine:
    total, price, cost = row.sum("line_total"), row.sum("line_price"), row.sum("cost")
    if total is None:
        total = (price or 0) * row.quantity
    return ShopLine(
        id=f"{row.key}-{number}",
        name=row.word("line_name") or row.word("sku"),
        quantity=row.quantity,
        total_minor=total,
        sku=row.word("sku"),
        category=row.word("category"),
        cost_minor=None if cost is None else cost * row.quantity,
    )


def _customer(rows: Sequence[Row]) -> ShopCustomer | None:
    """Whoever bought, by the shop's number for them or else by their address; nobody without either."""
    email, identity = _word(rows, "email"), _word(rows, "customer_id")
    if not (identity or email):
        return None
    return ShopCustomer(
        id=identity or email.casefold(), name=_word(rows, "name"), email=email, phone=_word(rows, "phone")
    )


def _state(rows: Sequence[Row]) -> OrderState:
    if _time(rows, "delivered_at"):
        return OrderState.DELIVERED
    known = state_of(_word(rows, "state"))
    if known in (None, OrderState.PAID) and _time(rows, "shipped_at"):
        return OrderState.SHIPPED
    return known or OrderState.PAID


def _fulfilments(rows: Sequence[Row]) -> tuple[ShopFulfilment, ...]:
    tracking, carrier = _word(rows, "tracking"), _word(rows, "carrier")
    shipped, delivered = _time(rows, "shipped_at"), _time(rows, "delivered_at")
    if not (tracking or shipped or delivered):
        return ()
    parcel = ShopFulfilment(
        f"{rows[0].key}-1", carrier=carrier, tracking=tracking, shipped_at=shipped, delivered_at=delivered
    )
    return (parcel,)


def _word(rows: Sequence[Row], target: str) -> str:
    return next((word for row in rows if (word := row.word(target))), "")


def _sum(rows: Sequence[Row], target: str) -> int | None:
    return next((amount for row in rows if (amount := row.sum(target)) is not None), None)


def _time(rows: Sequence[Row], target: str) -> datetime | None:
    return next((moment for row in rows if (moment := row.time(target)) is not None), None)

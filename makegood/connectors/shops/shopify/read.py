"""Reading orders and customers, oldest change first.

Both are lists in the order of their last change, which Shopify pages by place and not by count: a row that changes
meanwhile moves to the end and is met again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from makegood.connectors import verdicts
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopCustomer, ShopOrder, ShopPage
from makegood.connectors.shops.shopify import shapes
from makegood.connectors.shops.shopify.api import Admin, Answer, TooCostly, open_admin
from makegood.connectors.shops.shopify.queries import CUSTOMERS, LINES, NODES, ORDERS, PEOPLE
from makegood.kit import clock
from makegood.kit.clock import to_utc

__all__ = ["OVERLAP", "fetch", "fetch_customers", "read"]

SIZE = 10
"""Orders asked for at once; fewer where that costs too much, which the cursor remembers."""
LINES_SIZE = 20
PEOPLE_SIZE = 100
DEEP = 5_000
"""Entries after which a list is begun anew from its newest change: none may be paged deeper than 25,000."""
OVERLAP = timedelta(minutes=10)
"""How far behind the newest change each reading begins: lists are searched in an index, which lags."""
SETTLED = timedelta(minutes=30)
"""When the newest change is older than this, nothing can come in behind it any more; wider than clocks differ."""
Row = dict[str, Any]
UNREADABLE = (ValueError, ArithmeticError)


class _List(msgspec.Struct, omit_defaults=True):
    """How far one of the two lists was read."""

    mark: datetime | None = None
    """The newest change that is known."""
    settled: bool = False
    """All that changed up to `mark` is known for certain."""
    began: datetime | None = None
    """When the reading began that is under way."""
    since: datetime | None = None
    """While a reading is under way: where it began, and Shopify's own word for where it goes on."""
    after: str = ""
    count: int = 0

    def begin(self) -> datetime | None:
        """Where to read from, that moment itself included."""
        if self.after or self.since or self.mark is None:
            return self.since
        return self.mark if self.settled else self.mark - OVERLAP


class _Cursor(msgspec.Struct, omit_defaults=True):
    orders: _List = msgspec.field(default_factory=_List)
    people: _List = msgspec.field(default_factory=_List)
    size: int = 0
    """How many orders may be asked for at once, where `SIZE` cost too much."""


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> ShopPage:
    """Orders changed since `cursor`, at most ten; when there are none left, customers, at most a hundred.

    What changed shortly before the newest known change is brought again until that is half an hour old. Raises
    `Trouble`.
    """
    state = _restore(cursor)
    async with open_admin(credentials) as admin:
        rows, more, answer = await _orders(admin, state)
        orders, problems = await _made(admin, rows)
        people: list[ShopCustomer] = []
        pause = answer.pause
        denied = set(answer.denied)
        if not more:
            persons, more, told = await _people(admin, state)
            people, unread = _persons(admin, persons)
            problems += unread
            pause = told.pause
            denied |= set(told.denied)
        if denied:
            problems.append(_kept_back(admin, denied))
        return ShopPage(
            orders=tuple(orders),
            customers=tuple({each.id: each for each in [*_buyers(orders), *people]}.values()),
            cursor=msgspec.to_builtins(state),
            problems=tuple(problems),
            credentials=_renewed(admin, credentials),
            next_after=pause if more else None,
            more=more,
        )


async def fetch(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These orders as they stand now. Raises `Trouble`.

    One that Shopify does not show is gone, if the app may see all orders; otherwise it may just be old.
    """
    wanted = [each for each in dict.fromkeys(ids) if each.isascii() and each.isdecimal()]
    rows: dict[str, Row] = {}
    size, start, denied = SIZE, 0, set[str]()
    async with open_admin(credentials) as admin:
        while start < len(wanted):
            some = [shapes.gid("Order", each) for each in wanted[start : start + size]]
            try:
                answer = await admin.ask(NODES, {"ids": some, **_flags(admin)})
            except TooCostly as trouble:
                size = _smaller(size, trouble)
                continue
            denied |= set(answer.denied)
            nodes = answer.data.get("nodes")
            found = [each for each in nodes if isinstance(each, dict)] if isinstance(nodes, list) else []
            rows |= {str(each.get("legacyResourceId")): each for each in found}
            start += len(some)
        orders, problems = await _made(admin, list(rows.values()))
        if denied:
            problems.append(_kept_back(admin, denied))
        gone = tuple(each for each in wanted if each not in rows) if "read_all_orders" in admin.scopes else ()
        return ShopPage(
            orders=tuple(orders),
            customers=tuple(_buyers(orders)),
            gone=gone,
            problems=tuple(problems),
            credentials=_renewed(admin, credentials),
        )


async def fetch_customers(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These customers as they stand now; those that Shopify does not show are left out. Raises `Trouble`."""
    wanted = [each for each in dict.fromkeys(ids) if each.isascii() and each.isdecimal()]
    rows: list[Row] = []
    async with open_admin(credentials) as admin:
        denied = set[str]()
        for start in range(0, len(wanted), PEOPLE_SIZE):
            some = [shapes.gid("Customer", each) for each in wanted[start : start + PEOPLE_SIZE]]
            answer = await admin.ask(PEOPLE, {"ids": some})
            denied |= set(answer.denied)
            nodes = answer.data.get("nodes")
            rows += [each for each in nodes if isinstance(each, dict) and each] if isinstance(nodes, list) else []
        customers, problems = _persons(admin, rows)
        if denied:
            problems.append(_kept_back(admin, denied))
        return ShopPage(customers=tuple(customers), problems=tuple(problems), credentials=_renewed(admin, credentials))


def _restore(cursor: Mapping[str, Any]) -> _Cursor:
    try:
        return msgspec.convert(dict(cursor), _Cursor)
    except msgspec.ValidationError as error:
        sentence = "The place up to which we read this shop was damaged. Please connect it again."
        raise Trouble(Verdict.BUG, sentence, detail=str(error)) from error


def _flags(admin: Admin) -> dict[str, Any]:
    """What of an order the app may ask for."""
    return {
        "lines": LINES_SIZE,
        "products": "read_products" in admin.scopes,
        "costs": {"read_products", "read_inventory"} <= admin.scopes,
    }


async def _orders(admin: Admin, state: _Cursor) -> tuple[list[Row], bool, Answer]:
    while True:
        try:
            return await _next(admin, ORDERS, "orders", state.orders, state.size or SIZE, _flags(admin))
        except TooCostly as trouble:
            state.size = _smaller(state.size or SIZE, trouble)


async def _people(admin: Admin, state: _Cursor) -> tuple[list[Row], bool, Answer]:
    return await _next(admin, CUSTOMERS, "customers", state.people, PEOPLE_SIZE, {})


def _smaller(size: int, trouble: TooCostly) -> int:
    """A size that should not cost too much. One order alone that does is a fault of ours."""
    if size == 1:
        raise trouble
    return max(1, min(size - 1, int(size * trouble.share)))


async def _next(
    admin: Admin, query: str, name: str, place: _List, size: int, extra: Mapping[str, Any]
) -> tuple[list[Row], bool, Answer]:
    """The next entries of a list, with `place` moved behind them, and whether there are more."""
    since, began = place.begin(), place.began or clock.now()
    asked = {"first": size, "after": place.after or None, "query": _filter(since), **extra}
    answer = await admin.ask(query, asked)
    rows, further = _connection(admin, answer.data.get(name))
    moments = [moment for moment in (_changed_at(row) for row in rows) if moment is not None]
    newest = max([min(each, clock.now()) for each in [*moments, *([place.mark] if place.mark else [])]], default=None)
    place.mark, place.settled, place.began = newest, False, began
    if not further:
        place.settled = newest is not None and began - newest > SETTLED
        place.began, place.since, place.after, place.count = None, None, "", 0
        return rows, False, answer
    place.since, place.after, place.count = since, further, place.count + len(rows)
    if place.count >= DEEP and moments and (since is None or moments[-1] > since):
        place.since, place.after, place.count = moments[-1], "", 0
    return rows, True, answer


def _filter(since: datetime | None) -> str | None:
    """https://shopify.dev/docs/api/usage/search-syntax"""
    return None if since is None else f"updated_at:>='{to_utc(since).strftime('%Y-%m-%dT%H:%M:%SZ')}'"


def _connection(admin: Admin, found: Any) -> tuple[list[Row], str]:
    """The entries of a list and where it goes on, "" where it ends. Raises `Trouble` for anything else."""
    nodes = found.get("nodes") if isinstance(found, dict) else None
    page = found.get("pageInfo") if isinstance(found, dict) else None
    if not isinstance(nodes, list) or not isinstance(page, dict):
        raise verdicts.no_sense(admin.shop, f"no list: {str(found)[:200]}")
    return [each for each in nodes if isinstance(each, dict)], str(page.get("endCursor") or "") if page.get(
        "hasNextPage"
    ) else ""


def _changed_at(row: Row) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(str(row.get("updatedAt"))))
    except ValueError:
        return None


async def _made(admin: Admin, rows: list[Row]) -> tuple[list[ShopOrder], list[str]]:
    """These orders in our shape, with all their lines."""
    made: list[ShopOrder] = []
    problems: list[str] = []
    for row in rows:
        try:
            made.append(shapes.order(await _whole(admin, row), admin.shop))
        except UNREADABLE as error:
            name = str(row.get("name") or row.get("legacyResourceId"))[:40]
            problems.append(f"Order {name} of {admin.shop} could not be read ({str(error)[:200]}).")
    return made, problems


async def _whole(admin: Admin, row: Row) -> Row:
    """An order with the lines that did not fit into the first answer."""
    if not isinstance(row.get("lineItems"), dict):
        return row
    lines, further = _connection(admin, row["lineItems"])
    while further:
        answer = await admin.ask(LINES, {"id": row.get("id"), "after": further, **_flags(admin), "lines": PEOPLE_SIZE})
        theirs = answer.data.get("order")
        if not isinstance(theirs, dict):
            # Deleted in this moment: it will be gone the next time it is asked for.
            break
        some, further = _connection(admin, theirs.get("lineItems"))
        lines += some
    return {**row, "lineItems": {"nodes": lines}}


def _persons(admin: Admin, rows: list[Row]) -> tuple[list[ShopCustomer], list[str]]:
    made: list[ShopCustomer] = []
    problems: list[str] = []
    for row in rows:
        try:
            made.append(shapes.customer(row, admin.shop))
        except UNREADABLE as error:
            who = str(row.get("legacyResourceId"))[:40]
            problems.append(f"Customer {who} of {admin.shop} could not be read ({str(error)[:200]}).")
    return made, problems


def _buyers(orders: list[ShopOrder]) -> list[ShopCustomer]:
    return list({each.customer.id: each.customer for each in orders if each.customer is not None}.values())


def _kept_back(admin: Admin, denied: set[str]) -> str:
    fields = ", ".join(sorted({each.rpartition(".")[2] for each in denied if each}))
    return f"Shopify does not show our app everything of {admin.shop}: {fields or 'some of it'}. See its access scopes."


def _renewed(admin: Admin, before: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return admin.credentials if admin.credentials != dict(before) else None

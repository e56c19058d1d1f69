"""Reading what has changed, a page at a time, so that nothing is left out and any reading can be taken up again.

Vendure lists by date and by page number, and rows move while we turn the pages. So a walk asks for what is later than
a date, in the order of that date, and remembers the last row it saw. The next page begins with that row; if another
stands there, something before it has moved, and the date's rows are read again. When many rows share one moment (SQLite
keeps whole seconds) the walk counts on through them; else it moves the date on.

An order's own date of change cannot be trusted: refunds and parcels leave it alone, and when its state changes Vendure
3.7.3 writes it twice and puts the old date back the second time. So besides `updatedAt` since the last walk, the orders
of the last 30 days are read again every hour, and those of the last year once a day (`SWEEPS`). Whoever needs to know
about one order at once asks `fetch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.connectors import verdicts
from makegood.connectors.shops.contract import ShopCustomer, ShopOrder, ShopPage
from makegood.connectors.shops.vendure import queries
from makegood.connectors.shops.vendure.api import Api, open_api
from makegood.connectors.shops.vendure.shapes import View, customer_of, order_of
from makegood.kit import clock

__all__ = ["OVERLAP", "PAGE", "SWEEPS", "fetch", "fetch_customers", "read"]

PAGE = 50
OVERLAP = timedelta(minutes=5)
"""So far each walk looks back behind the newest row it knows: a transaction may end after its date."""
SWEEPS: dict[str, tuple[timedelta, timedelta]] = {
    "recent": (timedelta(hours=1), timedelta(days=30)),
    "older": (timedelta(days=1), timedelta(days=365)),
}
"""How often, and how far back, orders are read again by the date they were placed."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
UNREADABLE = "An order or customer of the shop could not be read and was left out. If it stays so, please tell us."


@dataclass(frozen=True)
class _Kind:
    """What a walk lists, and by which date."""

    query: str
    name: str
    date: str
    right: str
    then: str
    """What puts rows of one moment in order. It cannot be the id: what to sort by arrives in the order in which the
    schema names it, and that names the id before all dates (https://spec.graphql.org/October2021/#sec-Input-Objects).
    """


_KINDS = {
    "orders": _Kind(queries.ORDERS, "orders", "updatedAt", "ReadOrder", "code"),
    "customers": _Kind(queries.CUSTOMERS, "customers", "updatedAt", "ReadCustomer", "emailAddress"),
    **{sweep: _Kind(queries.ORDERS, "orders", "orderPlacedAt", "ReadOrder", "code") for sweep in SWEEPS},
}


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> ShopPage:
    """The next page of orders or customers that changed since `cursor`, oldest change first. Raises Trouble.

    The cursor holds `high` (the newest date of change that is known, by kind), `swept` (when each sweep was begun, in
    seconds), the `walk` that is under way and the kinds `todo` after it. An order may come again unchanged.
    """
    state = _begun(cursor)
    walk = state["walk"]
    async with open_api(credentials) as api:
        rows, ended = await _page(api, walk)
        renewed = api.credentials if api.renewed else None
    orders, customers, problems = _told(rows, _KINDS[walk["kind"]].name, _view(credentials))
    if ended:
        if walk["kind"] in ("orders", "customers") and walk["top"]:
            state["high"] = {**state["high"], walk["kind"]: walk["top"]}
        state["walk"] = _start(state["todo"].pop(0), state["high"]) if state["todo"] else None
    return ShopPage(
        orders=orders,
        customers=customers,
        cursor=state,
        problems=problems,
        credentials=renewed,
        more=state["walk"] is not None,
    )


async def fetch(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These orders as they stand now; `gone` are those the shop does not have (or does not show us). Raises Trouble."""
    # A basket is no order yet.
    rows, renewed = await _these(credentials, _KINDS["orders"], ids, {"orderPlacedAt": {"isNull": False}})
    orders, _, problems = _told(rows, "orders", _view(credentials))
    there = {str(row.get("id")) for row in rows}
    gone = tuple(each for each in ids if each not in there)
    return ShopPage(orders=orders, gone=gone, problems=problems, credentials=renewed)


async def fetch_customers(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These customers as they stand now; those the shop does not have are left out. Raises Trouble."""
    rows, renewed = await _these(credentials, _KINDS["customers"], ids, {})
    _, customers, problems = _told(rows, "customers", _view(credentials))
    return ShopPage(customers=customers, problems=problems, credentials=renewed)


async def _these(
    credentials: Mapping[str, Any], kind: _Kind, ids: tuple[str, ...], chosen: Mapping[str, Any]
) -> tuple[list[Any], Mapping[str, Any] | None]:
    """The rows with these ids, and the credentials where they were renewed."""
    rows: list[Any] = []
    async with open_api(credentials) as api:
        for start in range(0, len(ids), PAGE):
            some = list(ids[start : start + PAGE])
            options = {"filter": {"id": {"in": some}, **chosen}, "take": PAGE}
            data = await api.ask(kind.query, f"read {kind.name}", kind.right, options=options)
            rows += _items(api, data, kind.name)
        return rows, api.credentials if api.renewed else None


def _view(credentials: Mapping[str, Any]) -> View:
    return View(int(credentials.get("precision", 2)), str(credentials.get("dashboard", "")))


def _begun(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The cursor with a walk under way, on a copy."""
    state = {"high": {}, "swept": {}, "walk": None, "todo": [], **cursor}
    state["todo"] = list(state["todo"])
    if state["walk"] is None:
        now = clock.now().timestamp()
        # The first reading brings all there is: nothing is to be read again before that.
        due = [
            name
            for name, (every, _) in SWEEPS.items()
            if state["high"] and now - state["swept"].get(name, 0) >= every.total_seconds()
        ]
        state["swept"] = {
            name: now if name in due or not state["high"] else state["swept"].get(name, 0) for name in SWEEPS
        }
        first, *state["todo"] = ["orders", "customers", *due]
        state["walk"] = _start(first, state["high"])
    state["walk"] = dict(state["walk"])
    return state


def _start(kind: str, high: Mapping[str, str]) -> dict[str, Any]:
    if kind in SWEEPS:
        after = clock.now() - SWEEPS[kind][1]
    else:
        known = high.get(kind)
        after = datetime.fromisoformat(known) - OVERLAP if known else BEGINNING
    return {"kind": kind, "after": _written(after), "skip": 0, "anchor": "", "top": high.get(kind, "")}


async def _page(api: Api, walk: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The rows that follow, and whether they are the last; moves `walk` on behind them."""
    kind = _KINDS[walk["kind"]]
    rows = await _rows(api, kind, walk)
    if walk["anchor"]:
        if rows and str(rows[0]["id"]) == walk["anchor"]:
            rows = rows[1:]
        else:
            walk["skip"], walk["anchor"] = 0, ""
            rows = await _rows(api, kind, walk)
    if not rows:
        return rows, True
    last, after = _moment(rows[-1], kind.date), datetime.fromisoformat(walk["after"])
    beyond = last.replace(microsecond=last.microsecond // 1000 * 1000) - MILLISECOND
    if beyond > after:
        walk["after"] = _written(beyond)
        walk["skip"] = sum(1 for row in rows if _moment(row, kind.date) > beyond)
    else:
        walk["skip"] += len(rows)
    walk["anchor"] = str(rows[-1]["id"])
    walk["top"] = max(walk["top"], _written(last))
    return rows, len(rows) < PAGE


async def _rows(api: Api, kind: _Kind, walk: Mapping[str, Any]) -> list[dict[str, Any]]:
    again = 1 if walk["anchor"] else 0
    chosen: dict[str, Any] = {kind.date: {"after": walk["after"]}}
    if kind.name == "orders" and kind.date != "orderPlacedAt":
        # A basket is no order yet.
        chosen["orderPlacedAt"] = {"isNull": False}
    options = {
        "filter": chosen,
        "sort": {kind.date: "ASC", kind.then: "ASC"},
        "skip": walk["skip"] - again,
        "take": PAGE + again,
    }
    data = await api.ask(kind.query, f"read {kind.name}", kind.right, options=options)
    rows = _items(api, data, kind.name)
    try:
        for row in rows:
            _moment(row, kind.date)
            str(row["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise verdicts.no_sense(api.who, f"a row of {kind.name} without id or {kind.date}") from error
    return rows


def _items(api: Api, data: Mapping[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    rows = found.get("items") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise verdicts.no_sense(api.who, f"{name} without items")
    return rows


def _moment(row: Mapping[str, Any], date: str) -> datetime:
    return clock.to_utc(datetime.fromisoformat(row[date]))


def _written(moment: datetime) -> str:
    """One way of writing, so that what is later also sorts later."""
    return moment.isoformat(timespec="microseconds")


def _told(
    rows: list[Any], name: str, view: View
) -> tuple[tuple[ShopOrder, ...], tuple[ShopCustomer, ...], tuple[str, ...]]:
    """The orders, the customers, and what could not be read."""
    orders: list[ShopOrder] = []
    customers: list[ShopCustomer] = []
    problems: dict[str, None] = {}
    for row in rows:
        try:
            if name == "customers":
                customers.append(customer_of(row, view))
            elif (order := order_of(row, view)) is not None:
                orders.append(order)
        except ValueError:
            problems[UNREADABLE] = None
    return tuple(orders), tuple(customers), tuple(problems)

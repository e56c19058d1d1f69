"""Reading orders and customers, oldest change first.

WooCommerce tells changes to the second, and a row that changes moves to the end. So orders are read by what changed
after a moment, always the first page; a second in which more changed than a page holds is walked by number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopCustomer, ShopOrder, ShopPage
from makegood.connectors.shops.woocommerce import shapes
from makegood.connectors.shops.woocommerce.api import PAGE, Fault, Server, object_of, open_server, rows_of
from makegood.kit import clock

__all__ = ["OVERLAP", "fetch", "fetch_customers", "read"]

OVERLAP = timedelta(minutes=2)
"""How far behind the newest change each reading begins: a checkout notes its time before it is saved."""
SETTLED = timedelta(minutes=10)
"""When the newest change is older than this, nothing can come in behind it any more; wider than clocks differ."""
SECOND = timedelta(seconds=1)
Rows = list[dict[str, Any]]
UNREADABLE = (ValueError, ArithmeticError)


class _Place(msgspec.Struct, omit_defaults=True):
    """How far a list in the order of numbers was read: so many rows, the last of them `anchor`."""

    offset: int = 0
    anchor: int = 0


class _Cursor(msgspec.Struct, omit_defaults=True):
    mark: datetime | None = None
    """The newest change that is known."""
    settled: bool = False
    """All that changed up to `mark` is known for certain."""
    began: datetime | None = None
    """When the reading began that is under way."""
    after: datetime | None = None
    """While a reading is under way: where its next page begins (that moment itself is done)."""
    second: datetime | None = None
    """The second that is walked by number, and how far."""
    within: _Place = msgspec.field(default_factory=_Place)
    people: _Place = msgspec.field(default_factory=_Place)
    """How far the customers were read, who have no moment of change to ask for."""


async def read(credentials: Mapping[str, Any], cursor: Mapping[str, Any]) -> ShopPage:
    """Orders changed since `cursor`, at most 100; when there are none left, customers with a new account.

    What changed shortly before the newest known change is brought again until that is ten minutes old. Raises
    `Trouble`.
    """
    state = _restore(cursor)
    async with open_server(credentials) as server:
        rows, state, more = await _changed(server, state)
        page = await _page(server, rows)
        people: Rows = []
        if not more:
            people, state.people, done = await _walk(server, "wc/v3/customers", {}, state.people)
            more = not done
    known = {each.id for each in page.customers}
    others, unread = _customers(server, [row for row in people if str(row["id"]) not in known])
    return ShopPage(
        orders=page.orders,
        customers=(*page.customers, *others),
        gone=page.gone,
        cursor=msgspec.to_builtins(state),
        problems=(*page.problems, *unread),
        more=more,
    )


async def fetch(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These orders as they stand now; `gone` are those that were deleted or put in the bin. Raises `Trouble`."""
    wanted = [each for each in dict.fromkeys(ids) if each.isascii() and each.isdecimal()]
    rows: Rows = []
    gone = [each for each in ids if each not in wanted]
    async with open_server(credentials) as server:
        for start in range(0, len(wanted), PAGE):
            some = wanted[start : start + PAGE]
            params = {"include": ",".join(some), "per_page": PAGE, "status": "any", "orderby": "id", "order": "asc"}
            rows += await _rows(server, "wc/v3/orders", params)
        found = {str(row["id"]) for row in rows}
        # What the list leaves out may be in a state that it does not show, so each is asked for by itself.
        for number in (each for each in wanted if each not in found):
            row = await _one(server, number)
            if row is None or row.get("status") == "trash":
                gone.append(number)
            else:
                rows.append(row)
        page = await _page(server, rows)
    return ShopPage(orders=page.orders, customers=page.customers, gone=tuple(gone), problems=page.problems)


async def fetch_customers(credentials: Mapping[str, Any], ids: tuple[str, ...]) -> ShopPage:
    """These customers as they stand now; those the shop does not have are left out. Raises `Trouble`."""
    async with open_server(credentials) as server:
        found, problems = await _these(server, ids)
    return ShopPage(customers=tuple(found), problems=tuple(problems))


def _restore(cursor: Mapping[str, Any]) -> _Cursor:
    try:
        return msgspec.convert(dict(cursor), _Cursor)
    except msgspec.ValidationError as error:
        sentence = "The place up to which we read this shop was damaged. Please connect it again."
        raise Trouble(Verdict.BUG, sentence, detail=str(error)) from error


async def _rows(server: Server, path: str, params: Mapping[str, Any]) -> Rows:
    return rows_of(server, await server.get(path, params), path)


async def _one(server: Server, number: str) -> dict[str, Any] | None:
    path = f"wc/v3/orders/{number}"
    try:
        return object_of(server, await server.get(path), path)
    except Fault as fault:
        if fault.status == 404 and fault.code == "woocommerce_rest_shop_order_invalid_id":
            return None
        raise


async def _changed(server: Server, state: _Cursor) -> tuple[Rows, _Cursor, bool]:
    """The next page of changed orders, the cursor after it, and whether there may be more."""
    params = {"status": "any", "dates_are_gmt": "true"}
    began = state.began or clock.now()
    if state.second is not None:
        params |= {
            "modified_after": _written(state.second - SECOND),
            "modified_before": _written(state.second + SECOND),
        }
        rows, place, done = await _walk(server, "wc/v3/orders", params, state.within)
        if done:
            return rows, _Cursor(mark=state.mark, began=began, after=state.second, people=state.people), True
        state.within = place
        return rows, state, True
    after = state.after or (state.mark if state.settled else state.mark and state.mark - OVERLAP)
    params |= {"orderby": "modified", "order": "asc", "per_page": str(PAGE)}
    if after is not None:
        params["modified_after"] = _written(after)
    rows = await _rows(server, "wc/v3/orders", params)
    moments = [moment for moment in map(shapes.changed_at, rows) if moment is not None]
    if after is not None and moments and moments[0] <= after:
        sentence = f"The WooCommerce of {server.host} is too old to be read. Please update it to 5.8 or newer."
        raise Trouble(Verdict.REFUSE, sentence, detail=f"modified_after {after}: {moments[0]}")
    newest = _newest(moments, state.mark)
    if len(rows) < PAGE or not moments:
        settled = newest is not None and began - newest > SETTLED
        return rows, _Cursor(mark=newest, settled=settled, people=state.people), False
    under_way = _Cursor(mark=newest, began=began, people=state.people)
    if moments[0] == moments[-1]:
        under_way.second = moments[-1]
    else:
        under_way.after = moments[-1] - SECOND
    return rows, under_way, True


def _newest(moments: Sequence[datetime], mark: datetime | None) -> datetime | None:
    """The newest change, but none of the future: a wrong clock in the shop must not hide what comes after."""
    return max([min(moment, clock.now()) for moment in [*moments, *([mark] if mark else [])]], default=None)


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


async def _walk(server: Server, path: str, params: Mapping[str, Any], place: _Place) -> tuple[Rows, _Place, bool]:
    """The next rows in the order of their numbers, where they end, and whether they are the last.

    The list can only be asked for by offset. When a row that was read has gone since, the rest has moved up: so each
    page begins with the last row that was read, and where that is not there it is looked for further up.
    """
    offset = max(0, place.offset - 1)
    while True:
        asked = {**params, "orderby": "id", "order": "asc", "per_page": PAGE, "offset": offset}
        rows = await _rows(server, path, asked)
        if not offset or (rows and rows[0]["id"] <= place.anchor):
            break
        offset = max(0, offset - PAGE)
    new = [row for row in rows if row["id"] > place.anchor]
    after = _Place(offset + len(rows), rows[-1]["id"]) if rows else _Place()
    return new, after, len(rows) < PAGE


async def _page(server: Server, rows: Rows) -> ShopPage:
    """These orders with their refunds and with those who have an account."""
    shown = [row for row in rows if row.get("status") not in shapes.UNSAID and row.get("status") != "trash"]
    binned = tuple(str(row["id"]) for row in rows if row.get("status") == "trash")
    buyers, problems = await _buyers(server, shown)
    orders: list[ShopOrder] = []
    for row in shown:
        refunds: Rows = []
        if row.get("refunds"):
            refunds = await _rows(server, f"wc/v3/orders/{row['id']}/refunds", {"per_page": PAGE})
        try:
            buyer = buyers.get(str(row.get("customer_id")))
            orders.append(shapes.order(row, server.base, sorted(refunds, key=lambda one: int(one["id"])), buyer))
        except UNREADABLE as error:
            problems.append(f"Order {row['id']} of {server.host} could not be read ({str(error)[:200]}).")
    return ShopPage(orders=tuple(orders), customers=tuple(buyers.values()), gone=binned, problems=tuple(problems))


async def _buyers(server: Server, rows: Rows) -> tuple[dict[str, ShopCustomer], list[str]]:
    """Who placed these orders and has an account. Guests have none: an order has their address."""
    found, problems = await _these(server, [str(row.get("customer_id") or "") for row in rows])
    return {each.id: each for each in found}, problems


async def _these(server: Server, ids: Sequence[str]) -> tuple[list[ShopCustomer], list[str]]:
    """The customers with these numbers, whatever role they have in WordPress."""
    numbers = sorted({each for each in ids if each.isascii() and each.isdecimal() and int(each)}, key=int)
    rows: Rows = []
    for start in range(0, len(numbers), PAGE):
        some = ",".join(numbers[start : start + PAGE])
        rows += await _rows(server, "wc/v3/customers", {"include": some, "role": "all", "per_page": PAGE})
    return _customers(server, rows)


def _customers(server: Server, rows: Rows) -> tuple[list[ShopCustomer], list[str]]:
    found: list[ShopCustomer] = []
    problems: list[str] = []
    for row in rows:
        try:
            found.append(shapes.customer(row, server.base))
        except UNREADABLE as error:
            problems.append(f"Customer {row['id']} of {server.host} could not be read ({str(error)[:200]}).")
    return found, problems

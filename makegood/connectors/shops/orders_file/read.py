"""Reading a file of orders: twice through it, in pages, from any page on.

An order's rows may stand apart, its refund hundreds of lines later, and the whole order twice. The first time through
notes which orders have how many stretches of rows, and every refund; the second makes the orders, each where its last
row stands. What is kept meanwhile is a hash of each order's number, the refunds, and the rows of orders whose rows
stand apart: some 100 bytes an order, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.shops.contract import ShopOrder, ShopPage
from makegood.connectors.shops.orders_file.columns import LINE_TARGETS, TARGETS
from makegood.connectors.shops.orders_file.order import order_of
from makegood.connectors.shops.orders_file.rows import RefusedError, Row, rows_of
from makegood.connectors.shops.orders_file.shape import Choices
from makegood.connectors.tables import Position, Sniffed, source

__all__ = ["MOST_PROBLEMS", "PAGE", "read_pages"]

PAGE = 200
MOST_PROBLEMS = 100
"""Of one page; a file that is wrong from top to bottom says so in fewer words."""


@dataclass
class _Seen:
    """What the first time through has noted: stretches of rows by order, and refunds by order."""

    stretches: dict[int, int] = field(default_factory=dict)
    refunds: dict[str, list[Row]] = field(default_factory=dict)


def read_pages(path: Path, sniffed: Sniffed, choices: Choices, start: Position | None = None) -> Iterator[ShopPage]:
    """The orders of a file, 200 a page, with what could not be read, each by its line number and reason.

    `sniffed` is what `sniff` found. A page's cursor holds `offset` and `line`: `Position(**cursor)` as `start` goes on
    behind it, which reads the file from its beginning all the same but makes nothing of what was brought. The same row
    always becomes the same order, so that reading a file twice does no harm. Raises Trouble (REFUSE), before the first
    page, when columns are missing or the file is gone.
    """
    _check(sniffed, choices)
    try:
        readable = source(path, encoding=sniffed.encoding, copied=sniffed.copied)
        size = readable.stat().st_size
        if start is not None and start.offset > size:
            raise Trouble(Verdict.REFUSE, "The file is shorter than it was. Please upload it again.")
    except OSError as error:
        raise Trouble(Verdict.REFUSE, "The file is gone. Please upload it again.", detail=repr(error)) from error
    return _pages(readable, sniffed, choices, start or Position(0, 1))


def _check(sniffed: Sniffed, choices: Choices) -> None:
    mapping = choices.mapping
    for target, column in mapping.items():
        if target not in TARGETS or column not in sniffed.columns:
            sentence = f"This file has no column named {column}. Please choose the columns again."
            raise Trouble(Verdict.REFUSE, sentence)
    for wanted, words in (
        ({"number", "id"}, "the number of the order"),
        ({"placed_at"}, "the date of the order"),
        ({"total", "line_total", "line_price"}, "what was paid"),
    ):
        if not wanted & mapping.keys():
            raise Trouble(Verdict.REFUSE, f"Please choose the column that holds {words}.")


def _pages(path: Path, sniffed: Sniffed, choices: Choices, start: Position) -> Iterator[ShopPage]:
    seen = _first_time(path, sniffed, choices)
    orders: list[ShopOrder] = []
    problems: list[str] = []
    position = start
    for position, order, told in _second_time(path, sniffed, choices, seen):
        if position.offset <= start.offset:
            continue
        problems += told
        orders += [order] if order else []
        if len(orders) >= PAGE or len(problems) >= MOST_PROBLEMS:
            yield _page(orders, problems, position, more=True)
            orders, problems = [], []
    # A refund whose order was not made is said last: only now is it certain.
    for rows in seen.refunds.values():
        problems += [
            f"Line {row.line}: this is a refund of order {row.key}, which is not in this file." for row in rows
        ]
    yield _page(orders, problems, position, more=False)


def _page(orders: list[ShopOrder], problems: list[str], position: Position, *, more: bool) -> ShopPage:
    if len(problems) > MOST_PROBLEMS:
        rest = len(problems) - MOST_PROBLEMS
        problems = [*problems[:MOST_PROBLEMS], f"And {rest} more like these."]
    cursor = {"offset": position.offset, "line": position.line}
    customers = {order.customer.id: order.customer for order in orders if order.customer}
    return ShopPage(
        orders=tuple(orders),
        customers=tuple(customers.values()),
        cursor=cursor,
        problems=tuple(problems),
        more=more,
    )


def _stretches(path: Path, sniffed: Sniffed, choices: Choices) -> Iterator[list[Row]]:
    """Rows that stand together and are of one order; a refused row, and a refund, by itself."""

    def apart(row: Row) -> tuple[str, int]:
        return ("", row.line) if row.refusal or row.gives_back else (row.key, 0)

    for _, rows in groupby(rows_of(path, sniffed, choices), key=apart):
        yield list(rows)


def _first_time(path: Path, sniffed: Sniffed, choices: Choices) -> _Seen:
    seen = _Seen()
    for rows in _stretches(path, sniffed, choices):
        first = rows[0]
        if first.refusal:
            continue
        if first.gives_back:
            seen.refunds.setdefault(first.key, []).append(first)
        else:
            seen.stretches[hash(first.key)] = seen.stretches.get(hash(first.key), 0) + 1
    return seen


def _second_time(
    path: Path, sniffed: Sniffed, choices: Choices, seen: _Seen
) -> Iterator[tuple[Position, ShopOrder | None, list[str]]]:
    """Each order where its last row ends, each problem where it stands; takes the refunds out of `seen`."""
    waiting: dict[str, list[list[Row]]] = {}
    by_line = any(target in choices.mapping for target in LINE_TARGETS)
    for rows in _stretches(path, sniffed, choices):
        first, after = rows[0], rows[-1].after
        if first.refusal:
            yield after, None, [f"Line {first.line}: {first.refusal}"]
            continue
        if first.gives_back:
            continue
        seen.stretches[hash(first.key)] -= 1
        stretches = [*waiting.pop(first.key, []), rows]
        if seen.stretches[hash(first.key)] > 0:
            waiting[first.key] = stretches
            continue
        whole, told = _together(stretches, by_line=by_line)
        try:
            yield after, order_of(whole, seen.refunds.pop(first.key, [])), told
        except RefusedError as refused:
            yield after, None, [*told, f"Line {first.line}: {refused}"]


def _together(stretches: list[list[Row]], *, by_line: bool) -> tuple[list[Row], list[str]]:
    """One order's rows out of its stretches, and what is to be said about them.

    A stretch that says what another has said is the order a second time. Where each row is a line, the others add to
    the order; where each row is an order, the last of them is how it stands now.
    """
    whole: list[list[Row]] = []
    for rows in stretches:
        if _said(rows) not in [_said(other) for other in whole]:
            whole.append(rows)
    if len(whole) == 1:
        return whole[0], []
    if by_line:
        return [row for rows in whole for row in rows], []
    lines = " and ".join(str(rows[0].line) for rows in whole[-2:])
    return whole[-1], [
        f"Line {whole[-1][0].line}: order {whole[0][0].key} stands in lines {lines}; the last one counts."
    ]


def _said(rows: list[Row]) -> list[Row]:
    return [replace(row, line=0, after=Position()) for row in rows]

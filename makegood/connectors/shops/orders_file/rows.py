"""From one record of the file to its values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from makegood.connectors.shops.orders_file.amounts import currency_in, minor_in, quantity_in
from makegood.connectors.shops.orders_file.columns import TARGETS
from makegood.connectors.shops.orders_file.shape import Choices
from makegood.connectors.shops.orders_file.words import is_refund
from makegood.connectors.tables import Position, Record, Sniffed, cells, flat, parse_date, records
from makegood.kit.money import exponent
from makegood.kit.text import clean, excerpt, squash

__all__ = ["RefusedError", "Row", "rows_of"]

T = TypeVar("T")

TIMES = ("placed_at", "changed_at", "refunded_at", "promised_at", "shipped_at", "delivered_at")
SUMS = ("total", "shipping", "tax", "discount", "refunded", "line_total", "line_price", "cost")


class RefusedError(Exception):
    """Why a record cannot be used, in a sentence without its line number."""


@dataclass(frozen=True)
class Row:
    """A record's values. `words` are those of targets that are text, `sums` in minor units of `currency`.

    `line` is where it begins, `after` the place behind it, `refusal` a sentence when it cannot be used.
    """

    line: int
    after: Position
    key: str = ""
    currency: str = ""
    words: Mapping[str, str] | None = None
    sums: Mapping[str, int] | None = None
    times: Mapping[str, datetime] | None = None
    quantity: int = 1
    refusal: str = ""

    def word(self, target: str) -> str:
        """The text of a target, "" where the row has none."""
        return (self.words or {}).get(target, "")

    def sum(self, target: str) -> int | None:
        """The amount of a target in minor units, None where the row has none."""
        return (self.sums or {}).get(target)

    def time(self, target: str) -> datetime | None:
        """The moment of a target in UTC, None where the row has none."""
        return (self.times or {}).get(target)

    @property
    def gives_back(self) -> bool:
        """Whether the row is a refund: it says so, its order's total or its number of pieces is below nothing."""
        total = self.sum("total")
        return is_refund(self.word("kind")) or (total is not None and total < 0) or self.quantity < 0


def rows_of(path: Path, sniffed: Sniffed, choices: Choices) -> Iterator[Row]:
    """Every record of the file, read or refused. `path` is what `tables.source` gives."""
    delimiter = sniffed.delimiter if sniffed.format == "csv" else None
    with path.open("rb") as file:
        for record in records(file, sniffed.start, delimiter):
            try:
                values = _values(record, sniffed, choices.mapping)
                if any(values.values()):
                    yield _row(record, values, choices)
            except RefusedError as refused:
                yield Row(record.line, record.after, refusal=str(refused))


def _values(record: Record, sniffed: Sniffed, mapping: Mapping[str, str]) -> dict[str, str]:
    if record.refusal:
        raise RefusedError(record.refusal.removeprefix(f"Line {record.line}: "))
    try:
        if sniffed.format == "jsonl":
            named = flat(record.data)
        else:
            found = cells(record.data, sniffed.delimiter)
            if any(cell.strip() for cell in found[len(sniffed.columns) :]):
                raise RefusedError(
                    f"It has {len(found)} cells, the file {len(sniffed.columns)} columns. "
                    "Text that holds the separator must stand in quotation marks."
                )
            named = dict(zip(sniffed.columns, found, strict=False))
    except csv.Error as error:
        raise RefusedError("It is not written as CSV should be.") from error
    except ValueError as error:
        raise RefusedError("It is not a JSON object.") from error
    return {target: squash(clean(named.get(mapping[target], ""))) for target in TARGETS if target in mapping}


def _row(record: Record, values: Mapping[str, str], choices: Choices) -> Row:
    key = values.get("id") or values.get("number", "")
    if not key:
        raise RefusedError("It has no order number.")
    written = {target: values[target] for target in SUMS if values.get(target)}
    currency = _currency(values.get("currency", ""), written, choices)
    sums = {
        target: _read(lambda text: minor_in(text, choices.decimal, currency), text) for target, text in written.items()
    }
    times = {}
    for target in TIMES:
        if values.get(target):
            moment = parse_date(values[target], choices.timezone, day_first=choices.day_first)
            if moment is None:
                raise RefusedError(f"“{excerpt(values[target], 40)}” cannot be read as a date.")
            times[target] = moment
    quantity = _read(lambda text: quantity_in(text, choices.decimal), values.get("quantity", ""))
    words = {target: text for target, text in values.items() if target not in SUMS and target not in TIMES and text}
    return Row(record.line, record.after, key, currency, words, sums, times, quantity)


def _currency(column: str, written: Mapping[str, str], choices: Choices) -> str:
    """What the row's amounts are in: its column, a sign beside an amount, or what was chosen for the file."""
    told = {column.upper()} if column else set()
    told |= {sign for text in written.values() if (sign := _read(currency_in, text))}
    if len(told) > 1:
        raise RefusedError(f"It names two currencies, {' and '.join(sorted(excerpt(each, 10) for each in told))}.")
    currency = next(iter(told), "") or choices.currency
    try:
        exponent(currency)
    except ValueError as error:
        shown = f"“{excerpt(currency, 10)}” is no currency." if currency else "It names no currency."
        raise RefusedError(f"{shown} A code such as EUR is wanted.") from error
    return currency


def _read(reading: Callable[[str], T], text: str) -> T:
    try:
        return reading(text)
    except ValueError as error:
        raise RefusedError(str(error)) from error

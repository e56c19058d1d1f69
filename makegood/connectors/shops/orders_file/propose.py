"""What a file's own content says about how to read it, and what only a person can say."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import tzinfo
from itertools import islice
from pathlib import Path

from makegood.connectors.shops.orders_file.amounts import currency_in, decimal_mark
from makegood.connectors.shops.orders_file.columns import guess_columns
from makegood.connectors.shops.orders_file.rows import SUMS, TIMES
from makegood.connectors.shops.orders_file.shape import Choices, Proposal
from makegood.connectors.tables import Sniffed, cells, day_first, flat, proven_order, records, source

__all__ = ["propose"]

LOOKED_AT = 5000
"""Records at the head of the file that are looked at."""
DAYS = "Which is it: is 3/4/2026 the 3rd of April, or the 4th of March?"
MARKS = "Which mark stands before the cents?"
CURRENCY = "In which currency are the amounts? The file does not say."
WANTED = {
    "number": "Please choose the column that holds the number of the order.",
    "placed_at": "Please choose the column that holds the date of the order.",
    "total": "Please choose the column that holds what was paid.",
}


def propose(path: Path, sniffed: Sniffed, timezone: tzinfo, currency: str = "") -> Proposal:
    """Likely choices for a file that `sniff` has looked at. `currency` is the shop's own, proposed where the file names
    none. `timezone` is the shop's. Reads the first 5,000 records.
    """
    mapping = guess_columns(sniffed.columns, sniffed.samples)
    rows = list(islice(_rows(path, sniffed), LOOKED_AT))
    notes: list[str] = []
    questions: dict[str, str] = {}
    for target, sentence in WANTED.items():
        fits = {"total": ("total", "line_total", "line_price")}.get(target, (target,))
        if not any(each in mapping for each in fits):
            questions[target] = sentence

    dates = [row[column] for row in rows for target in TIMES if (column := mapping.get(target, "")) in row]
    first, why = day_first(dates)
    if why:
        notes.append(why)
        # Dots are only written between day, month and year; all else may be either way round.
        if proven_order(dates) is None and not why.endswith("dots."):
            questions["day_first"] = DAYS

    mark, why, certain = decimal_mark(written for row in rows for written in _sums_of(row, mapping))
    if why:
        notes.append(why)
    if not certain:
        questions["decimal"] = MARKS

    named = mapping.get("currency", "")
    silent = [row for row in rows if not row.get(named, "").strip() and not any(map(_named, _sums_of(row, mapping)))]
    if silent:
        questions |= {} if currency else {"currency": CURRENCY}
        if currency:
            notes.append(f"Amounts without a currency are read as {currency}.")
    choices = Choices(mapping, timezone, day_first=first, decimal=mark, currency=currency)
    return Proposal(choices, tuple(notes), questions)


def _rows(path: Path, sniffed: Sniffed) -> Iterator[dict[str, str]]:
    readable = source(path, encoding=sniffed.encoding, copied=sniffed.copied)
    csv_file = sniffed.format == "csv"
    with readable.open("rb") as file:
        for record in records(file, sniffed.start, sniffed.delimiter if csv_file else None):
            # What cannot be read is said when the file is read.
            with suppress(csv.Error, ValueError):
                yield flat(record.data) if not csv_file else _cells(record.data, sniffed)


def _cells(data: bytes, sniffed: Sniffed) -> dict[str, str]:
    return dict(zip(sniffed.columns, cells(data, sniffed.delimiter), strict=False))


def _sums_of(row: Mapping[str, str], mapping: Mapping[str, str]) -> list[str]:
    return [row[column] for target in SUMS if (column := mapping.get(target, "")) in row]


def _named(written: str) -> bool:
    with suppress(ValueError):
        return bool(currency_in(written))
    return False

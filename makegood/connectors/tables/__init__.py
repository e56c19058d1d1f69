"""Tables out of files, for the connectors that read them: CSV with any separator and JSONL, of any size.

`sniff` looks at a file, `records` splits it from any `Position`, `cells` and `flat` read one record, `parse_date` the
dates that exports are full of, and `by_name` tells columns by their names.
"""

from __future__ import annotations

from makegood.connectors.tables.dates import day_first, looks_like_date, parse_date, proven_order
from makegood.connectors.tables.names import by_name, plain
from makegood.connectors.tables.shape import MAX_RECORD, Position, Sniffed
from makegood.connectors.tables.sniff import cells, flat, sniff, source
from makegood.connectors.tables.split import Record, records

__all__ = [
    "MAX_RECORD",
    "Position",
    "Record",
    "Sniffed",
    "by_name",
    "cells",
    "day_first",
    "flat",
    "looks_like_date",
    "parse_date",
    "plain",
    "proven_order",
    "records",
    "sniff",
    "source",
]

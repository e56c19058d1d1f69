"""What is known about a table before it is read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_RECORD", "Position", "Sniffed"]

MAX_RECORD = 131_072
"""Bytes in one record; longer ones are refused. It is also the longest field Python's csv module takes."""


@dataclass(frozen=True)
class Position:
    """A place between two records: the byte `offset` of the next one, and its `line`, counted from 1."""

    offset: int = 0
    line: int = 1


@dataclass(frozen=True, kw_only=True)
class Sniffed:
    """What `sniff` found. All of it is plain data, to be stored with the import.

    `format` is csv or jsonl. `encoding` is a Python codec; `copied` says that the file is read through a copy
    in UTF-8 beside it. `columns` are their names, made up where the file gives none. `samples` are the first
    20 records, by column. `start` is where the first record begins. `day_first` tells how 3/4/2026 is read,
    `date_note` says why.
    """

    format: str
    encoding: str
    delimiter: str
    columns: list[str]
    samples: list[dict[str, str]]
    size_bytes: int
    copied: bool
    start: Position
    day_first: bool
    date_note: str

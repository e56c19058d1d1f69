"""What is known about a file before it is read, and what reading it brings."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.activity import Activity

__all__ = ["MAX_RECORD", "TARGETS", "Position", "Row", "Sniffed"]

MAX_RECORD = 131_072
"""Bytes in one record; longer ones are refused. It is also the longest field Python's csv module takes."""

TARGETS = (
    *("text", "posted_at", "author_name", "author_handle", "author_id", "id", "url", "network"),
    *("language", "rating", "title", "followers", "parent_id", "root_id"),
)
"""What a column can be mapped to; text is the one that must be."""


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


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: an `activity`, or a `refusal`, a sentence with its line number. `line` is where it begins.

    `position` is behind it: to go on after a crash, start there. `note` is something to tell the person about
    the whole import, said with the first record it is true of.
    """

    line: int
    position: Position
    activity: Activity | None = None
    refusal: str = ""
    note: str = ""

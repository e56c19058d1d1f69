"""Splitting a file into records by bytes, in flat memory, so that reading can stop and go on anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from makegood.connectors.tables.shape import MAX_RECORD, Position

__all__ = ["Record", "records"]

MAX_LINES = 1000
"""Lines one quoted record may span; past that a quotation mark was never closed."""


@dataclass(frozen=True)
class Record:
    """The bytes of one record with its line end, where it began, and where the next begins.

    `refusal` is set, and `data` empty, for one that cannot be used.
    """

    data: bytes
    line: int
    after: Position
    refusal: str = ""


def records(file: BinaryIO, start: Position, delimiter: str | None) -> Iterator[Record]:
    """The records from `start` on. With a `delimiter` (CSV) quoted fields may hold line ends; without (JSONL)
    each line is a record. Blank lines are passed over. A quotation mark that is never closed costs its own
    line only.
    """
    file.seek(start.offset)
    offset, line = start.offset, start.line
    while first := file.readline(MAX_RECORD + 1):
        if len(first) > MAX_RECORD:
            offset += len(first) + (0 if first.endswith(b"\n") else _skip_line(file))
            line += 1
            yield Record(b"", line - 1, Position(offset, line), f"Line {line - 1} is too long.")
            continue
        whole, lines = _whole(file, first, delimiter)
        begun, offset, line = line, offset + len(whole or first), line + lines
        after = Position(offset, line)
        if whole is None:
            file.seek(offset)
            sentence = f"Line {begun}: a quotation mark opens here and is not closed."
            yield Record(b"", begun, after, sentence)
        elif whole.strip():
            yield Record(whole, begun, after)


def _whole(file: BinaryIO, first: bytes, delimiter: str | None) -> tuple[bytes | None, int]:
    """The record that begins with the line `first` and how many lines it has; None when its quotes do not
    close.
    """
    if delimiter is None or b'"' not in first:
        return first, 1
    mark = delimiter.encode()
    quoted = _open_after(first, mark, quoted=False)
    parts, size = [first], len(first)
    while quoted:
        more = file.readline(MAX_RECORD + 1)
        size += len(more)
        if not more or size > MAX_RECORD or len(parts) >= MAX_LINES:
            return None, 1
        parts.append(more)
        quoted = _open_after(more, mark, quoted=True)
    return b"".join(parts), len(parts)


def _open_after(line: bytes, delimiter: bytes, *, quoted: bool) -> bool:
    """Whether a quoted field is still open at the end of `line`, by the rules of Python's csv module: a field
    is quoted when its very first character is a quotation mark, and two of them inside stand for one.
    """
    position = 0
    while True:
        if not quoted:
            if line[position : position + 1] == b'"':
                position += 1
            else:
                position = line.find(delimiter, position) + 1
                if position == 0:
                    return False
                continue
        closing = line.find(b'"', position)
        if closing < 0:
            return True
        position = closing + 1
        quoted = line[position : position + 1] == b'"'
        if quoted:
            position += 1
            continue
        position = line.find(delimiter, position) + 1
        if position == 0:
            return False


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while chunk := file.readline(MAX_RECORD):
        skipped += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return skipped

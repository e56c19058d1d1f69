"""Looking at a file before it is read: format, encoding, delimiter, columns, and which column means what."""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.tables.dates import day_first, looks_like_date
from makegood.connectors.tables.shape import Position, Sniffed
from makegood.connectors.tables.split import records
from makegood.kit.text import clean, squash

__all__ = ["cells", "flat", "sniff", "source"]

HEAD = 262_144
SAMPLES = 20
LOOKED_AT = 500
DELIMITERS = (",", ";", "\t", "|")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "big5", "cp949"]
_PACKED = {
    b"PK\x03\x04": "This is a workbook or a ZIP file. Please save it as CSV (UTF-8) and try again.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook. Please save it as CSV (UTF-8) and try again.",
    b"\x1f\x8b": "This file is packed with gzip. Please unpack it first.",
    b"%PDF": "This is a PDF. Please export {what} as CSV.",
}


def sniff(path: Path, what: str = "the posts") -> Sniffed:
    """What kind of file this is, from its first 256 kB. Raises Trouble (REFUSE) with what to do when it
    cannot be imported: empty, packed, not text, a JSON array. `what` is in it, for these sentences.

    A file that is not UTF-8 is first copied into UTF-8 beside itself, as `source` says.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    for magic, sentence in _PACKED.items():
        if head.startswith(magic):
            raise Trouble(Verdict.REFUSE, sentence.format(what=what))
    encoding = _encoding(head)
    copied = encoding not in ("utf-8", "utf-8-sig") or (b"\r" in head and b"\n" not in head)
    readable = source(path, encoding=encoding, copied=copied)
    with readable.open("rb") as file:
        text = file.read(HEAD).decode("utf-8-sig", "replace").lstrip()
    if not text.strip("\ufeff\r\n\t ,;"):
        raise Trouble(Verdict.REFUSE, "This file is empty.")
    if "\0" in text:
        raise Trouble(Verdict.REFUSE, f"This is not a text file. Please export {what} as CSV or JSONL.")
    offset = 3 if encoding == "utf-8-sig" and not copied else 0
    look = _look_at_json if text.startswith(("{", "[")) else _look_at_csv
    shape, delimiter, columns, rows, start = look(readable, text, offset)
    order, note = day_first(value for row in rows for value in row.values())
    return Sniffed(
        format=shape,
        encoding=encoding,
        delimiter=delimiter,
        columns=columns,
        samples=rows[:SAMPLES],
        size_bytes=readable.stat().st_size,
        copied=copied,
        start=start,
        day_first=order,
        date_note=note,
    )


def source(path: Path, *, encoding: str, copied: bool) -> Path:
    """The file to read: `path` itself, or its copy in UTF-8 with plain line ends, made when it is not there
    yet.

    Byte offsets are into this file. What cannot be decoded becomes U+FFFD.
    """
    if not copied:
        return path
    copy = path.with_name(path.name + ".utf8")
    if not copy.exists() or copy.stat().st_mtime_ns < path.stat().st_mtime_ns:
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        with (
            path.open(encoding=encoding, errors="replace", newline=None) as old,
            unfinished.open("w", encoding="utf-8", newline="") as new,
        ):
            while chunk := old.read(HEAD):
                new.write(chunk)
        unfinished.replace(copy)
    return copy


def cells(data: bytes, delimiter: str) -> list[str]:
    """The fields of one CSV record. Raises csv.Error."""
    return next(csv.reader([_decode(data)], delimiter=delimiter), [])


def flat(data: bytes) -> dict[str, str]:
    """The values of one JSON object as text, those of objects inside it under "outer.inner". Raises
    ValueError.
    """
    try:
        found = json.loads(_decode(data))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return dict(_flatten(found, ""))


def _flatten(found: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, dict) and prefix.count(".") < 3:
            pairs += _flatten(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            pairs.append((prefix + name, value))
        else:
            pairs.append((prefix + name, "" if value is None else json.dumps(value, ensure_ascii=False)))
    return pairs


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Exports glued together from several programs hold lines in another encoding.
        return data.decode("cp1252", "replace")


def _encoding(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8" if head.count(b"\0") * 4 < len(head) or not head else _wide(head)
    except UnicodeDecodeError:
        if head.count(b"\0") * 4 >= len(head):
            return _wide(head)
    # Few files come this far, and the library takes 2 MB.
    from charset_normalizer import from_bytes

    best = from_bytes(head[:65_536], cp_isolation=_LIKELY).best()
    return best.encoding if best else "cp1252"


def _wide(head: bytes) -> str:
    return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"


_Look = tuple[str, str, list[str], list[dict[str, str]], Position]


def _look_at_json(path: Path, text: str, offset: int) -> _Look:
    if text.startswith("["):
        if re.match(r"\[\s*[{\]]", text) is None:
            return _look_at_csv(path, text, offset)
        raise Trouble(
            Verdict.REFUSE,
            "This is one JSON list. Please save it with one object on each line (JSONL), "
            "for example with: jq -c '.[]' posts.json > posts.jsonl",
        )
    start = Position(offset, 1)
    rows: list[dict[str, str]] = []
    with path.open("rb") as file:
        for record in islice(records(file, start, None), LOOKED_AT):
            try:
                rows.append(flat(record.data))
            except ValueError:
                continue
    if not rows:
        sentence = "This JSON is spread over several lines. Please save it with one object on each line (JSONL)."
        raise Trouble(Verdict.REFUSE, sentence)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        raise Trouble(Verdict.REFUSE, "The objects in this file are empty.")
    return "jsonl", "", columns, rows, start


def _look_at_csv(path: Path, text: str, offset: int) -> _Look:
    start = Position(offset, 1)
    announced = re.match(r"sep=(.)\r?\n", text)
    with path.open("rb") as file:
        if announced:
            file.seek(offset)
            start = Position(offset + len(file.readline()), 2)
        choices = (announced[1],) if announced and announced[1].isascii() else DELIMITERS
        delimiter = max(choices, key=lambda choice: _fit(_head_rows(file, start, choice)[0]))
        rows, positions = _head_rows(file, start, delimiter)
    if not rows:
        raise Trouble(Verdict.REFUSE, "No record of this file can be read. Please export it again as CSV.")
    named = _is_header(rows[0])
    columns = _names(rows[0] if named else [""] * Counter(map(len, rows)).most_common(1)[0][0])
    if named:
        start, rows = positions[0], rows[1:]
    samples = [dict(zip(columns, row, strict=False)) for row in rows]
    return "csv", delimiter, columns, samples, start


def _head_rows(file: Any, start: Position, delimiter: str) -> tuple[list[list[str]], list[Position]]:
    rows, positions = [], []
    for record in islice(records(file, start, delimiter), LOOKED_AT):
        if record.refusal:
            continue
        try:
            rows.append(cells(record.data, delimiter))
            positions.append(record.after)
        except csv.Error:
            continue
    return rows, positions


def _fit(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """How well a delimiter explains these rows: how many have the commonest width, and that width."""
    if not rows:
        return (0.0, 0)
    width, count = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:
        return (0.0, 1)
    header = 1.0 if len(rows[0]) == width else 0.0
    return (header + count / len(rows), width)


def _is_header(row: Sequence[str]) -> bool:
    """Whether a first row names columns: nothing in it is a date, a number, an address or a sentence."""
    values = [value.strip() for value in row if value.strip()]
    return bool(values) and not any(
        len(value) > 60
        or value.startswith(("http://", "https://", "@"))
        or re.fullmatch(r"[-+]?[\d.,]+", value)
        or (value[0].isdigit() and looks_like_date(value))
        for value in values
    )


def _names(row: Sequence[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(row, start=1):
        name = squash(clean(cell)) or f"Column {number}"
        repeat = 2
        unique = name
        while unique in names:
            unique, repeat = f"{name} ({repeat})", repeat + 1
        names.append(unique)
    return names

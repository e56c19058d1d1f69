"""From the records of a file to activities, one at a time."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from urllib.parse import urlsplit

from makegood.activity import Activity, Author, Kind
from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.files.shape import TARGETS, Row
from makegood.connectors.tables import Position, Record, Sniffed, cells, flat, parse_date, records, source
from makegood.kit import clock
from makegood.kit.text import clean, excerpt, squash

__all__ = ["NETWORK", "read_rows"]

NETWORK = "file"
UNDATED = "Some posts have no date. They are given the time of this import."
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
_NETWORK = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}$")


def read_rows(
    path: Path,
    sniffed: Sniffed,
    mapping: Mapping[str, str],
    start: Position | None = None,
    *,
    timezone: tzinfo,
    now: datetime | None = None,
) -> Iterator[Row]:
    """Every record of the file from `start` on (its first when None), as an activity or a refusal, in flat
    memory.

    `mapping` is from target (`TARGETS`) to column; text, or else title, must be there. Dates without an
    offset are in `timezone`; a missing date becomes `now`. The same record always gets the same id, so that
    reading it twice does no harm. Raises Trouble (REFUSE) on an impossible mapping or a file that has gone or
    shrunk, before the first row.
    """
    unknown = [c for t, c in mapping.items() if t not in TARGETS or c not in sniffed.columns]
    if unknown or not ({"text", "title"} & mapping.keys()):
        sentence = "Please choose the column that holds the text."
        if unknown:
            sentence = f"This file has no column named {unknown[0]}. Please choose the columns again."
        raise Trouble(Verdict.REFUSE, sentence)
    begin = start or sniffed.start
    try:
        readable = source(path, encoding=sniffed.encoding, copied=sniffed.copied)
        size = readable.stat().st_size
    except OSError as error:
        raise Trouble(Verdict.REFUSE, "The file is gone. Please upload it again.", detail=repr(error)) from error
    if begin.offset > size:
        raise Trouble(Verdict.REFUSE, "The file is shorter than it was. Please upload it again.")
    return _rows(readable, sniffed, mapping, begin, timezone, now or clock.now())


def _rows(
    path: Path, sniffed: Sniffed, mapping: Mapping[str, str], start: Position, zone: tzinfo, now: datetime
) -> Iterator[Row]:
    noted = False
    delimiter = sniffed.delimiter if sniffed.format == "csv" else None
    with path.open("rb") as file:
        for record in records(file, start, delimiter):
            try:
                values = _values(record, sniffed, mapping)
                activity = _activity(values, sniffed, zone, now)
            except _RefusedError as refused:
                yield Row(line=record.line, position=record.after, refusal=str(refused))
                continue
            note = "" if noted or values["posted_at"] else UNDATED
            noted = noted or bool(note)
            yield Row(line=record.line, position=record.after, activity=activity, note=note)


class _RefusedError(Exception):
    """Why one record cannot be used, in a sentence without its line number."""


def _values(record: Record, sniffed: Sniffed, mapping: Mapping[str, str]) -> dict[str, str]:
    if record.refusal:
        raise _RefusedError(record.refusal)
    try:
        if sniffed.format == "jsonl":
            named = flat(record.data)
        else:
            found = cells(record.data, sniffed.delimiter)
            if any(cell.strip() for cell in found[len(sniffed.columns) :]):
                raise _RefusedError(
                    f"Line {record.line} has {len(found)} cells, the file {len(sniffed.columns)} columns. "
                    "Text that holds the separator must stand in quotation marks."
                )
            named = dict(zip(sniffed.columns, found, strict=False))
    except csv.Error as error:
        raise _RefusedError(f"Line {record.line} is not written as CSV should be.") from error
    except ValueError as error:
        raise _RefusedError(f"Line {record.line} is not a JSON object.") from error
    values = {target: clean(named.get(mapping.get(target, ""), "")).strip() for target in TARGETS}
    if not (values["text"] or values["title"]):
        raise _RefusedError(f"Line {record.line} has no text.")
    values["line"] = str(record.line)
    return values


def _activity(values: Mapping[str, str], sniffed: Sniffed, zone: tzinfo, now: datetime) -> Activity:
    handle = squash(values["author_handle"]).removeprefix("@")
    name = squash(values["author_name"])
    author = squash(values["author_id"]) or handle or name
    identity = squash(values["id"]) or _identity(author, values)
    rating = _rating(values["rating"])
    parent = squash(values["parent_id"])
    network = squash(values["network"]).lower()
    language = values["language"].replace("_", "-")
    return Activity(
        network=network if _NETWORK.match(network) else NETWORK,
        id=identity,
        author=Author(
            id=author or "unknown",
            handle=handle,
            name=excerpt(name, 200),
            followers=_count(values["followers"]),
        ),
        text=values["text"] or values["title"],
        posted_at=_posted_at(values, sniffed, zone, now),
        kind=Kind.REPLY if parent else Kind.REVIEW if rating else Kind.POST,
        title=excerpt(values["title"], 500),
        url=_web(values["url"]),
        root_id=squash(values["root_id"]) or parent or identity,
        parent_id=parent,
        language=language if _LANGUAGE.match(language) else "",
        rating=rating,
    )


def _identity(author: str, values: Mapping[str, str]) -> str:
    """The date goes in as it is written: a missing one would else be another at every import."""
    told = "\0".join((author, values["text"] or values["title"], values["posted_at"]))
    return f"sha256-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _posted_at(values: Mapping[str, str], sniffed: Sniffed, zone: tzinfo, now: datetime) -> datetime:
    written = values["posted_at"]
    if not written:
        return now
    found = parse_date(written, zone, day_first=sniffed.day_first)
    if found is None:
        raise _RefusedError(f"Line {values['line']}: “{excerpt(written, 40)}” cannot be read as a date.")
    # A little ahead is a clock that goes fast; a lot is a day and a month changed round.
    if found > now + timedelta(days=1):
        raise _RefusedError(f"Line {values['line']}: the date “{excerpt(written, 40)}” is in the future.")
    return min(found, now)


def _rating(written: str) -> int | None:
    """Stars from 1 to 5, out of "4", "4.0", "4,5", "4/5", "4 out of 5" or "★★★★☆"; None for anything else."""
    if stars := written.count("★"):
        return min(stars, 5)
    found = re.match(
        r"([1-5])(?:[.,](\d))?(?:\s*(?:/|of|out of|von|sur|de)\s*5)?(?:\s*stars?)?$", written, re.IGNORECASE
    )
    if found is None:
        return None
    # Half a star counts up, as the stars on a page are drawn.
    return min(5, int(found[1]) + (1 if int(found[2] or 0) >= 5 else 0))


def _count(written: str) -> int | None:
    found = re.fullmatch(r"(\d{1,12}|\d{1,3}(?:[,. ’']\d{3}){1,3})(?:\.0)?", written)
    return int(re.sub(r"\D", "", found[1])) if found else None


def _web(written: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(squash(written))
        if parts.scheme in ("http", "https") and parts.hostname and len(written) <= 2000:
            return parts.geturl().replace(" ", "%20")
    return ""

"""Writing a file and reading it back, as the tests of files do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from makegood.connectors.files import Position, Row, guess_mapping, read_rows, sniff

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def write(path: Path, content: str | bytes) -> Path:
    file = path / "posts"
    for old in path.glob("posts*"):
        old.unlink()
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def read(file: Path, start: Position | None = None, zone: str = "UTC", **mapping: str) -> list[Row]:
    found = sniff(file)
    chosen = mapping or guess_mapping(found.columns, found.samples)
    return list(read_rows(file, found, chosen, start, timezone=ZoneInfo(zone), now=NOW))


def texts(rows: list[Row]) -> list[str]:
    return [row.activity.text for row in rows if row.activity]


def refusals(rows: list[Row]) -> list[str]:
    return [row.refusal for row in rows if row.refusal]

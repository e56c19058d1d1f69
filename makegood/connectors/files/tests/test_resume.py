"""Reading goes on exactly where it stopped, whatever is in the file."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.files import Position, Row, read_rows, sniff
from makegood.connectors.files.tests.reading import NOW, read, refusals, texts, write

MESSY = 'text,name\na,x\n"b\n""q"", c",y\n,empty\n\n5" d,w\n"ü\r\n",v\nlast,u\n"oops,z\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_reading_goes_on_exactly_after_any_row(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path, MESSY.encode(encoding))
    rows = read(file)
    assert len(texts(rows)) == 5
    assert len(refusals(rows)) == 2
    for number, row in enumerate(rows, start=1):
        rest = read(file, row.position)
        assert [(r.activity, r.refusal, r.position) for r in rest] == [
            (r.activity, r.refusal, r.position) for r in rows[number:]
        ]


# A lone carriage return is a line end to csv; writers quote it, exports of real posts do not hold it.
CELL = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n,;"\t'), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12), delimiter=st.sampled_from(",;\t"))
def test_what_csv_wrote_is_read_and_resumed(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "name"), *((f"t{text}", name) for text, name in rows)])
    file = write(tmp_path, out.getvalue())
    found = sniff(file)
    assert found.delimiter == delimiter

    def go(start: Position | None) -> list[Row]:
        return list(read_rows(file, found, {"text": "text", "author_name": "name"}, start, timezone=UTC, now=NOW))

    whole = go(None)
    expected = [f"t{text}".replace("\u2028", "\n").replace("\u2029", "\n").strip() for text, _ in rows]
    assert texts(whole) == expected
    for number, row in enumerate(whole, start=1):
        rest = go(row.position)
        assert [(r.activity, r.line, r.position) for r in rest] == [
            (r.activity, r.line, r.position) for r in whole[number:]
        ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(raw=b"{}")
@given(raw=st.binary(max_size=400) | st.text(alphabet='a,";\n\r{}[]:1', max_size=200).map(str.encode))
def test_any_bytes_are_rows_or_a_sentence(tmp_path: Path, raw: bytes) -> None:
    file = write(tmp_path, raw)
    try:
        found = sniff(file)
    except Trouble as trouble:
        assert trouble.verdict is Verdict.REFUSE  # noqa: PT017 - either way out is right
        return
    rows = list(read_rows(file, found, {"text": found.columns[0]}, timezone=UTC, now=NOW))
    ends = [row.position.offset for row in rows]
    assert ends == sorted(ends)
    assert all(bool(row.activity) != bool(row.refusal) for row in rows)

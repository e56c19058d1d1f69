"""What kind of file it is: format, encoding, delimiter, columns."""

from __future__ import annotations

import codecs
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from makegood.connectors.contract import Trouble, Verdict
from makegood.connectors.files import guess_mapping, sniff
from makegood.connectors.files.tests.reading import read, refusals, texts, write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["text", "name"], [f"a{delimiter}b, c; d", "Ada"], ["x", "Bea"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    file = write(tmp_path, out.getvalue())
    assert sniff(file).delimiter == delimiter
    assert texts(read(file)) == [f"a{delimiter}b, c; d", "x"]


def test_the_separator_that_excel_announces(tmp_path: Path) -> None:
    file = write(tmp_path, "sep=;\r\ntext;name\r\na,b,c;Ada\r\n")
    assert texts(read(file)) == ["a,b,c"]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("text,name\nSchöne Grüße 👋,Zoë\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "text,name\nSchöne Grüße 👋,Zoë\n".encode(), "utf-8-sig"),
        ("text,name\nSchöne Grüße 👋,Zoë\n".encode("utf-16"), "utf-16"),
        ("text,name\nSchöne Grüße 👋,Zoë\n".encode("utf-16-le"), "utf-16-le"),
        ("text,name\nSchöne Grüße 👋,Zoë\n".encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + "text,name\nSchöne Grüße 👋,Zoë\n".encode("utf-32-le"), "utf-32"),
    ],
)
def test_unicode(tmp_path: Path, raw: bytes, encoding: str) -> None:
    file = write(tmp_path, raw)
    found = sniff(file)
    assert (found.encoding, found.columns) == (encoding, ["text", "name"])
    assert texts(read(file)) == ["Schöne Grüße 👋"]


@pytest.mark.parametrize("text", ["Schöne Grüße aus München, es war großartig", "Le café était très déçu, déjà à Noël"])
def test_windows_1252(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, f'text,name\n"{text}",Zoë\n"{text} – “so”",x\n'.encode("cp1252"))
    assert texts(read(file)) == [text, f"{text} – “so”"]


def test_a_line_in_another_encoding_late_in_the_file(tmp_path: Path) -> None:
    lines = b"text,name\n" + b"plain,x\n" * 60_000 + "Grüße,x\n".encode("cp1252")
    assert texts(read(write(tmp_path, lines)))[-1] == "Grüße"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    rows = read(write(tmp_path, end.join(["text,name", "a,x", "", '"b ""q""",y', "c,z"])))
    assert texts(rows) == ["a", 'b "q"', "c"]
    assert [row.line for row in rows] == [2, 4, 5]


def test_columns_get_names(tmp_path: Path) -> None:
    assert sniff(write(tmp_path, "text,,text\na,b,c\n")).columns == ["text", "Column 2", "text (2)"]
    file = write(tmp_path, "2026-03-01,It never came and nobody answers\n2026-03-02,It came today at last\n")
    found = sniff(file)
    assert found.columns == ["Column 1", "Column 2"]
    assert guess_mapping(found.columns, found.samples) == {"text": "Column 2", "posted_at": "Column 1"}
    assert len(read(file)) == 2


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ["Datum", "Verfasser", "Nachricht"],
            {"posted_at": "Datum", "author_name": "Verfasser", "text": "Nachricht"},
        ),
        (
            ["created_at", "full_text", "id_str"],
            {"posted_at": "created_at", "text": "full_text", "id": "id_str"},
        ),
        (["Réseau", "Texte"], {"network": "Réseau", "text": "Texte"}),
        (["Review Body", "Star Rating"], {"text": "Review Body", "rating": "Star Rating"}),
        (["x", "y"], {}),
    ],
)
def test_guessing_by_name(columns: list[str], expected: dict[str, str]) -> None:
    assert guess_mapping(columns, []) == expected


def test_jsonl(tmp_path: Path) -> None:
    lines: list[Any] = [
        {
            "id": 1,
            "text": "a\nb",
            "author": {"name": "Ada", "id": 5},
            "created_at": 1772445600,
            "tags": ["x"],
        },
        {"id": 2, "text": None},
        {"id": 3, "text": "c", "extra": True},
    ]
    raw = "\n".join(json.dumps(line) for line in lines) + "\n{broken\n[1]\n\n" + '{"a":' * 5000 + "\n"
    file = write(tmp_path, raw)
    found = sniff(file)
    assert found.format == "jsonl"
    assert {"author.name", "extra"} <= set(found.columns)
    rows = read(file, id="id", text="text", author_name="author.name", posted_at="created_at")
    assert texts(rows) == ["a\nb", "c"]
    assert rows[0].activity is not None
    assert rows[0].activity.posted_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert refusals(rows) == [
        "Line 2 has no text.",
        *(f"Line {number} is not a JSON object." for number in (4, 5, 7)),
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"\x1f\x8bxx", "unpack"),
        (b"%PDF-1.7", "PDF"),
        (b'[{"text": "a"}]', "jq -c"),
        (b'{\n  "text": "a"\n}', "several lines"),
        (b"{}", "objects in this file are empty"),
        (b"{}\n{}\n", "objects in this file are empty"),
        (b"text,\0\0\nx,y\n" + b"z" * 50, "not a text file"),
    ],
)
def test_what_cannot_be_imported_says_what_to_do(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        sniff(write(tmp_path, raw))
    assert caught.value.verdict is Verdict.REFUSE

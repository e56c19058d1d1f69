from __future__ import annotations

import codecs
import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makegood.activity import Kind
from makegood.connectors.contract import Arrival, Trouble, Verdict
from makegood.connectors.files import CONNECTOR, Position, Row, guess_mapping, read_rows, sniff
from makegood.connectors.files.shape import MAX_RECORD

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


def test_what_it_can_do() -> None:
    assert (CONNECTOR.capability.network, CONNECTOR.capability.arrival) == ("file", (Arrival.FILE,))


def test_a_whole_row(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "ID,Date,Author,Username,Text,URL,Platform,Lang,Stars,Title,Followers,in_reply_to\n"
        '9,2026-03-01 10:00,Ada L,@ada,"Late, again\nstill",https://x.example/9,Trustpilot,en_GB,2,Hm,"1,234",8\n',
    )
    [row] = read(file, zone="Europe/Berlin")
    activity = row.activity
    assert activity is not None
    assert (activity.id, activity.network, activity.text) == ("9", "trustpilot", "Late, again\nstill")
    assert activity.posted_at == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert (activity.author.id, activity.author.handle, activity.author.name) == ("ada", "ada", "Ada L")
    assert (activity.author.followers, activity.rating, activity.title) == (1234, 2, "Hm")
    assert (activity.language, activity.url) == ("en-GB", "https://x.example/9")
    assert (activity.kind, activity.parent_id, activity.root_id) == (Kind.REPLY, "8", "8")
    assert (row.line, row.position) == (2, Position(file.stat().st_size, 4))


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
        (b"text,\0\0\nx,y\n" + b"z" * 50, "not a text file"),
    ],
)
def test_what_cannot_be_imported_says_what_to_do(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(Trouble, match=says) as caught:
        sniff(write(tmp_path, raw))
    assert caught.value.verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00"),
        ("2026-03-01", "2026-03-01T05:00:00"),
        ("1772359200", "2026-03-01T10:00:00"),
        ("1772359200000", "2026-03-01T10:00:00"),
        ("Sun, 01 Mar 2026 10:00:00 +0000", "2026-03-01T10:00:00"),
        ("Sun Mar 01 10:00:00 +0000 2026", "2026-03-01T10:00:00"),
        ("Mar 1, 2026 at 5:00 AM", "2026-03-01T10:00:00"),
        ("1 March 2026", "2026-03-01T05:00:00"),
        ("01.03.2026 05:00", "2026-03-01T10:00:00"),
        ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00"),
        ("2/28/26, 5:00 PM", "2026-02-28T22:00:00"),
        ("28/02/2026 17:00:01", "2026-02-28T22:00:01"),
    ],
)
def test_dates(tmp_path: Path, written: str, moment: str) -> None:
    [row] = read(write(tmp_path, f'text,date\nx,"{written}"\n'), zone="America/New_York")
    assert row.activity is not None, row.refusal
    assert row.activity.posted_at == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "day", "says"),
    [
        (["3/4/2025", "13/4/2025"], True, "above 12"),
        (["3/4/2025", "4/13/2025"], False, "above 12"),
        (["3/4/2025 5:00 PM"], False, "am and pm"),
        (["3.4.2025"], True, "dots"),
        (["3/4/2025"], True, "Please check"),
        (["2025-04-03"], True, ""),
    ],
)
def test_day_or_month_first_is_decided_for_the_file_and_said(
    tmp_path: Path, dates: list[str], day: bool, says: str
) -> None:
    file = write(tmp_path, "text,date\n" + "".join(f"x,{date}\n" for date in dates))
    found = sniff(file)
    assert found.day_first is day
    assert says in found.date_note
    first = read(file)[0].activity
    assert first is not None
    assert (first.posted_at.month == 4) is day


def test_dates_that_are_missing_wrong_or_to_come(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "text,date\na,\nb,soon\nc,2030-01-01\nd,\ne,2026-03-04T20:00Z\n"))
    assert [row.activity.posted_at for row in rows if row.activity] == [NOW, NOW, NOW]
    assert [bool(row.note) for row in rows] == [True, False, False, False, False]
    assert refusals(rows) == [
        "Line 3: “soon” cannot be read as a date.",
        "Line 4: the date “2030-01-01” is in the future.",
    ]


def test_without_an_id_the_same_row_keeps_the_same_one(tmp_path: Path) -> None:
    file = write(tmp_path, "text,name,date\na,Ada,\na,Ada,\na,Bea,\na,Ada,2026-01-01\n")
    found = sniff(file)
    mapping = guess_mapping(found.columns, found.samples)
    ids = [[r.activity.id for r in read_rows(file, found, mapping, timezone=UTC, now=now) if r.activity]
           for now in (NOW, NOW.replace(hour=20))]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


@pytest.mark.parametrize(
    ("written", "stars"),
    [
        ("4", 4),
        ("4.0", 4),
        ("4,5", 5),
        ("3/5", 3),
        ("★★★☆☆", 3),
        ("5 stars", 5),
        ("9", None),
        ("", None),
        ("good", None),
        ("0", None),
    ],
)
def test_ratings(tmp_path: Path, written: str, stars: int | None) -> None:
    [row] = read(write(tmp_path, f'text,rating\nx,"{written}"\n'))
    assert row.activity is not None
    assert (row.activity.rating, row.activity.kind) == (stars, Kind.REVIEW if stars else Kind.POST)


def test_bad_rows_are_refused_by_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = read(write(tmp_path, 'text,name\na,x\n,y\nb,c,d\n"never closed,z\nlast,w\n'))
    assert texts(rows) == ["a", "last"]
    assert [row.line for row in rows] == [2, 3, 4, 5, 6]
    for row, part in zip(
        [r for r in rows if r.refusal], ["Line 3 has no", "Line 4 has 3", "Line 5: a quot"], strict=True
    ):
        assert row.refusal.startswith(part)


def test_an_unclosed_quote_costs_its_own_line_in_a_long_file(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "text,name\n" + 'a,b\n"oops,b\n' + "c,d\n" * 5000))
    assert (len(texts(rows)), len(refusals(rows))) == (5001, 1)


def test_a_stray_quote_inside_a_field_is_just_a_quote(tmp_path: Path) -> None:
    assert texts(read(write(tmp_path, 'text,name\n5" pipe,x\na "b" c,y\n'))) == ['5" pipe', 'a "b" c']


def test_a_ten_megabyte_line_is_refused_in_flat_memory(tmp_path: Path) -> None:
    file = write(tmp_path, b"text,name\na,x\n" + b"y" * (10 * 2**20) + b"\nb,z\n" + b"e" * (MAX_RECORD + 1))
    found = sniff(file)
    tracemalloc.start()
    rows = list(read_rows(file, found, {"text": "text"}, timezone=UTC, now=NOW))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert texts(rows) == ["a", "b"]
    assert refusals(rows) == ["Line 3 is too long to be a post.", "Line 5 is too long to be a post."]
    assert peak < 2 * 2**20


def test_many_rows_are_read_in_flat_memory(tmp_path: Path) -> None:
    file = write(tmp_path, "text,name\n" + "Where is my parcel,Ada\n" * 20_000)
    found = sniff(file)
    tracemalloc.start()
    count = sum(1 for row in read_rows(file, found, {"text": "text"}, timezone=UTC, now=NOW) if row.activity)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 2**20


@pytest.mark.parametrize("mapping", [{}, {"posted_at": "date"}, {"text": "nosuch"}, {"text": "text", "nosuch": "date"}])
def test_an_impossible_mapping_is_refused_at_once(tmp_path: Path, mapping: dict[str, str]) -> None:
    file = write(tmp_path, "text,date\na,\n")
    with pytest.raises(Trouble) as caught:
        read_rows(file, sniff(file), mapping, timezone=UTC)
    assert caught.value.verdict is Verdict.REFUSE


def test_a_file_that_went_or_shrank_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "text,date\na,\n")
    found = sniff(file)
    with pytest.raises(Trouble, match="shorter"):
        read_rows(file, found, {"text": "text"}, Position(999, 9), timezone=UTC)
    file.unlink()
    with pytest.raises(Trouble, match="gone"):
        read_rows(file, found, {"text": "text"}, timezone=UTC)


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

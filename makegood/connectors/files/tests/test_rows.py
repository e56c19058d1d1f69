"""What a row becomes, and what is refused."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from makegood.activity import Kind
from makegood.connectors.contract import Arrival, Trouble, Verdict
from makegood.connectors.files import CONNECTOR, Position, guess_mapping, read_rows, sniff
from makegood.connectors.files.tests.reading import NOW, read, refusals, texts, write
from makegood.connectors.tables import MAX_RECORD


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
    assert refusals(rows) == ["Line 3 is too long.", "Line 5 is too long."]
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

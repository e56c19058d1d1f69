from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.kit import keyset

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_key_reads_as_the_row_it_was_made_of() -> None:
    assert keyset.read(keyset.after_row(NOON, 12)) == (NOON, 12)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(min_value=0, max_value=10**18 - 1))
def test_every_row_has_a_key(moment: datetime, number: int) -> None:
    assert keyset.read(keyset.after_row(moment, number)) == (moment, number)


def test_parts_of_a_second_are_kept() -> None:
    moment = NOON.replace(microsecond=1)
    assert keyset.read(keyset.after_row(moment, 1)) == (moment, 1)


def test_a_moment_of_another_zone_stays_that_moment() -> None:
    moment = NOON.astimezone(timezone(timedelta(hours=-5, minutes=-30)))
    assert keyset.read(keyset.after_row(moment, 1)) == (NOON, 1)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "~",
        "12",
        "yesterday~12",
        "2026-11-22T12:00:00+00:00",
        "2026-11-22T12:00:00+00:00~",
        "2026-11-22T12:00:00+00:00~twelve",
        "2026-11-22T12:00:00+00:00~-1",
        "2026-11-22T12:00:00+00:00~1_2",
        "2026-11-22T12:00:00+00:00~ 12",
        "2026-11-22T12:00:00+00:00~١٢",
        "2026-11-22T12:00:00+00:00~²",
        "2026-11-22T12:00:00+00:00~12~12",
        "2026-11-22T12:00:00+00:00~" + "9" * 19,
        "2026-11-22T12:00:00+00:00~" + "9" * 10_000,
        "2026-11-22T12:00:00~12",
        "2026-11-22T12:00:00 00:00~12",
        "2026-13-22T12:00:00+00:00~12",
        "\x00~12",
    ],
)
def test_what_is_no_key_is_the_first_page(key: str) -> None:
    assert keyset.read(key) is None


@given(st.text())
def test_nothing_breaks_it(key: str) -> None:
    found = keyset.read(key)
    assert found is None or found[0].tzinfo is not None

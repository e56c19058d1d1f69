from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from makegood.web.spans import SpanField, parse_span, show_span


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        (" 45 min ", 45),
        ("1h", 60),
        ("1 h 30 min", 90),
        ("1 Hour, 5 Minutes", 65),
        ("2 days", 2880),
        ("1 d 1 h 1 m", 1501),
        ("0", 0),
    ],
)
def test_reads_what_people_write(text: str, minutes: int) -> None:
    assert parse_span(text) == minutes


@pytest.mark.parametrize(
    "text",
    ["", " ", "soon", "h", "1 week", "-5", "1.5 h", "1 2", "5 h 3", "9999999", "１０", "1 h" * 40 + "x"],
)
def test_refuses_the_rest(text: str) -> None:
    with pytest.raises(ValueError):
        parse_span(text)


@given(st.integers(min_value=0, max_value=30 * 24 * 60))
def test_what_is_shown_can_be_read_back(minutes: int) -> None:
    assert parse_span(show_span(minutes)) == minutes


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        assert parse_span(text) >= 0
    except ValueError as error:
        assert str(error) == text  # noqa: PT017 - any other error fails the test


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "1 d")])
def test_says_it_shortly(minutes: int, words: str) -> None:
    assert show_span(minutes) == words


def test_the_field_shows_words_and_gives_minutes() -> None:
    field = SpanField()
    assert field.prepare_value(240) == "4 h"
    assert field.prepare_value("as typed") == "as typed"
    assert field.clean("4 h") == 240
    with pytest.raises(ValidationError, match="such as 45 min"):
        field.clean("soon")
    with pytest.raises(ValidationError):
        field.clean("")

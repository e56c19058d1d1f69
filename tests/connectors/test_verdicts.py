"""The table of verdicts: what it says, and that the documentation says the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.connectors import verdicts
from makegood.connectors.contract import Verdict
from makegood.kit.http import NetworkError
from tests.connectors.sentences import faults_of

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "connectors.md"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def table() -> str:
    """The table as docs/connectors.md has it."""
    rows = [f"| {row.met} | {row.verdict} | {row.sentence.format(who='The network')} |" for row in verdicts.TABLE]
    return "\n".join(["| what was met | verdict | what you read |", "|---|---|---|", *rows])


def test_the_documentation_has_the_table() -> None:
    shown = DOCUMENT.read_text("utf-8").split("<!-- verdicts -->\n")[1].split("\n<!-- /verdicts -->")[0]
    assert shown == table()


@pytest.mark.parametrize("row", verdicts.TABLE, ids=lambda row: row.met)
def test_each_sentence_is_plain_and_says_what_to_do(row: verdicts.Meaning) -> None:
    assert not faults_of(row.sentence.format(who="Bluesky"))


@given(st.integers(300, 599))
def test_each_status_has_a_meaning(status: int) -> None:
    trouble = verdicts.from_answer("Bluesky", status, {"retry-after": "7"})
    assert (trouble.verdict is Verdict.WAIT) == (status == 429)
    assert (trouble.retry_after == 7.0) == (trouble.verdict in {Verdict.WAIT, Verdict.RETRY})
    assert str(status) in trouble.detail
    assert "{" not in trouble.sentence


@pytest.mark.parametrize(
    "kind", ["timeout", "unreachable", "private", "too_big", "bad_url", "tls", "protocol", "truncated"]
)
def test_each_way_to_get_no_answer_has_a_meaning(kind: str) -> None:
    trouble = verdicts.from_network("Bluesky", NetworkError(kind, "It failed.", "errno 7"))
    assert not faults_of(trouble.sentence)
    assert trouble.detail == f"{kind}: errno 7"


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-4"}, 0),
        ({"Retry-After": "99999999"}, 86_400),
        ({"Retry-After": http_date(40)}, 40),
        ({"Retry-After": http_date(40), "Date": http_date(2)}, 40),
        ({"Retry-After": http_date(3640), "Date": http_date(3600)}, 40),
        ({"Retry-After": http_date(-86_360), "Date": http_date(-86_400)}, 40),
        ({"RateLimit-Reset": str(int(NOW.timestamp()) + 3640), "Date": http_date(3600)}, 40),
        ({"Retry-After": http_date(40), "Date": "yesterday"}, 40),
        ({"Retry-After": http_date(40), "Date": "Mon, 01 Jan 0001 00:00:00 +2359"}, 40),
    ],
)
def test_how_long_a_server_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert verdicts.wait_of(headers, NOW) == seconds

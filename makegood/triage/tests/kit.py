"""What the triage tests share: an utterance with as little around it as can be, and the table of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from makegood.activity import Activity, Author, Kind
from makegood.triage.reader import Context, Judgement
from makegood.triage.rules import default_reader

TABLE = Path(__file__).with_name("utterances.txt")


class Row(NamedTuple):
    """A line of the table."""

    language: str
    intent: str
    urgency: str
    topic: str
    response: str
    text: str


def rows() -> list[Row]:
    """The table of utterances."""
    lines = TABLE.read_text("utf-8").splitlines()
    return [Row(*(part.strip() for part in line.split("|", 5))) for line in lines if not line.startswith("#")]


def said(text: str, **more: object) -> Activity:
    """An utterance; `more` are fields of Activity, or `followers`."""
    followers = more.pop("followers", None)
    fields: dict[str, object] = {"kind": Kind.POST, "posted_at": datetime(2026, 1, 5, 9, tzinfo=UTC)} | more
    author = Author(id="author:1", followers=followers)  # type: ignore[arg-type]
    return Activity(network="any", id="any:1", author=author, text=text, **fields)  # type: ignore[arg-type]


def read(text: str, context: Context | None = None, **more: object) -> Judgement:
    """The default reader's judgement."""
    return default_reader().read(said(text, **more), context or Context())

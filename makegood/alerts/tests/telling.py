"""What the tests of sending share."""

from __future__ import annotations

from email.header import decode_header, make_header
from typing import Any

from makegood.alerts.api import Alert
from makegood.alerts.finding import find_new
from makegood.alerts.tests.test_finding import complaint, line
from makegood.desk.models import Conversation
from makegood.listen.tests.make import channel

__all__ = ["body_of", "states", "subject_of", "unanswered"]


def states() -> list[str]:
    return [row.state for row in Alert.objects.across("every alert there is").order_by("id")]


def body_of(letter: Any) -> str:
    found = letter.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found.decode()


def subject_of(letter: Any) -> str:
    return str(make_header(decode_header(str(letter["Subject"]))))


def unanswered(workspace: Any, number: int) -> Conversation:
    """Something to tell: an answer that nobody knows of whether it stands."""
    row = complaint(channel(workspace, address=f"place{number}"))
    line(row, "reply.unknown", reply=number)
    find_new()
    return row

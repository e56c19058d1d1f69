"""What the worker does for advocates and links, as often as it likes."""

from __future__ import annotations

from collections.abc import Sequence

from makegood.amplify.advocates.finding import find_advocates
from makegood.amplify.advocates.flow import note_thanks_in_answers
from makegood.amplify.referring.counting import forget_days
from makegood.amplify.referring.flow import note_handed_in_answers
from makegood.journal import api as journal

__all__ = ["look_after_advocates"]


def look_after_advocates() -> None:
    """The step "advocates": finds them, sees who was thanked and given a link, and throws away yesterday's hashes."""
    find_advocates()
    while journal.read_on("answers-to-advocates", ["reply.sent", "reply.by_hand"], _answered):
        pass
    forget_days()


def _answered(lines: Sequence[journal.Entry]) -> None:
    talks = {
        int(key) for kind, _colon, key in (line.subject.partition(":") for line in lines) if kind == "conversation"
    }
    note_thanks_in_answers(talks)
    note_handed_in_answers(talks)

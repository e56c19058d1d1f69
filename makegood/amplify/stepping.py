"""The steps of this stage: what each does, in order, whenever it is called."""

from __future__ import annotations

from makegood.amplify.praising import finding, flow, permitting
from makegood.amplify.sharing import down, outbox

__all__ = ["find_praise", "share_due"]


def find_praise() -> None:
    """The step "praise": what is praise, what was said of it, and what they have answered."""
    finding.find_new()
    flow.note_thanked()
    permitting.note_asked()
    permitting.read_answers()
    permitting.read_doubts()


def share_due() -> None:
    """The step "shares": what is due goes out, what is to be down comes down, and what is all down is noted."""
    outbox.send_due()
    down.settle_undone()

"""What this workspace has said before: kept as sketches when an answer goes out, looked at for the next one."""

from __future__ import annotations

from datetime import timedelta

from makegood.kit import clock
from makegood.reply.models import Reply, SaidBefore
from makegood.reply.tone.finding import Earlier
from makegood.reply.tone.sketches import packed, sketch_of, unpacked

__all__ = ["earlier", "remember"]

MONTH = timedelta(days=30)
MOST = 500
"""The newest answers that a draft is held against."""
COUNTED_STATES = (Reply.State.QUEUED, Reply.State.SENDING, Reply.State.SENT, Reply.State.UNKNOWN)


def remember(row: Reply, text: str) -> None:
    """Keeps the sketch of an answer that goes out, in the caller's transaction. One taken back does not count."""
    found = sketch_of(text)
    kept = {"sketch": packed(found.sketch), "sentences": packed(found.sentences), "at": clock.now()}
    SaidBefore.objects.within(row.workspace_id).update_or_create(
        reply=row, defaults=kept, create_defaults=kept | {"workspace_id": row.workspace_id}
    )


def earlier(workspace_id: int) -> list[Earlier]:
    """The newest answers of the last 30 days, 500 at most. One query."""
    rows = SaidBefore.objects.within(workspace_id).filter(at__gte=clock.now() - MONTH, reply__state__in=COUNTED_STATES)
    newest = rows.order_by("-at").values_list("sketch", "sentences")[:MOST]
    return [Earlier(unpacked(bytes(sketch)), unpacked(bytes(sentences))) for sketch, sentences in newest]

"""Removing a person from what was done for them. What it cost and who decided it stays: money records are kept as the
law asks (https://gdpr-info.eu/art-17-gdpr/, paragraph 3 b).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from makegood.resolve.authority import lock
from makegood.resolve.models import ApprovalRequest, Outcome, Refund, Remedy, ReturnCase, Wish

__all__ = ["erase_threads", "export_threads", "under_way"]

State = Remedy.State
OPEN = (State.REQUESTED, State.AUTO_APPROVED, State.APPROVED)
MOVING = (Refund.State.DUE, Refund.State.SENDING, Refund.State.UNKNOWN)
FIGURES = frozenset({"way", "percent", "lines", "variant", "quantity"})
"""What of a remedy's details is no word about a person."""


def under_way(workspace_id: int, conversations: Collection[int]) -> set[int]:
    """Those of these conversations (ids) in which something is yet to be decided or done, which takes its facts.

    In the caller's transaction; nothing new is decided in the workspace until that ends.
    """
    lock(workspace_id)
    remedies = Remedy.objects.within(workspace_id).filter(conversation__in=conversations)
    held = set(remedies.filter(state__in=OPEN).values_list("conversation_id", flat=True))
    moving = Refund.objects.within(workspace_id).filter(remedy__in=remedies.values("pk"), state__in=MOVING)
    returning = ReturnCase.objects.within(workspace_id).filter(remedy__in=remedies.values("pk"))
    returning = returning.filter(state__in=[ReturnCase.State.OPEN, ReturnCase.State.SENT])
    held |= set(moving.values_list("remedy__conversation_id", flat=True))
    return held | set(returning.values_list("remedy__conversation_id", flat=True))


def export_threads(workspace_id: int, conversations: Collection[int]) -> dict[str, Any]:
    """What was asked for and done in these conversations (ids), as plain values ready for JSON. 3 queries."""
    rows = Remedy.objects.within(workspace_id).filter(conversation__in=conversations).order_by("asked_at", "pk")
    wishes = Wish.objects.within(workspace_id).filter(conversation__in=conversations).order_by("at", "pk")
    outcomes = Outcome.objects.within(workspace_id).filter(conversation__in=conversations).exclude(answer="")
    return {
        "outcomes": [{"at": each.at.isoformat(), "answer": each.answer} for each in outcomes.order_by("pk") if each.at],
        "wishes": [{"at": each.at.isoformat(), "text": each.text} for each in wishes],
        "done_for_them": [
            {
                "kind": row.kind,
                "state": row.state,
                "at": row.asked_at.isoformat(),
                "amount_minor": row.amount_minor,
                "currency": row.currency,
                "details": row.details,
                "words": row.words,
                "reason": row.reason_words,
            }
            for row in rows
        ],
    }


def erase_threads(workspace_id: int, conversations: Collection[int], *, who: bool) -> int:
    """Empties what was done in these conversations (ids) of words and addresses, in the caller's transaction.

    With `who` it is the person that is erased: it is not kept either whose limits it counted against. Returns how many
    remedies that were. The caller has looked at `under_way`.
    """
    Wish.objects.within(workspace_id).filter(conversation__in=conversations).delete()
    outcomes = Outcome.objects.within(workspace_id).filter(conversation__in=conversations)
    outcomes.update(words="", ready_at=None, due_at=None)
    rows = list(Remedy.objects.within(workspace_id).select_for_update().filter(conversation__in=conversations))
    keys = [row.pk for row in rows]
    for row in rows:
        row.details = _figures(row.details)
        row.words = row.reason_words = row.problem = row.reversed_because = row.to_do = ""
        row.ready_words = row.ready_public = ""
        row.tell_from = None
        if row.decided_by_id is not None:
            row.decided_because = ""
        if who:
            row.contact = None
            row.person_key = f"erased:{row.conversation_id}"
    names = ["details", "words", "reason_words", "problem", "reversed_because", "decided_because", "ready_words"]
    names += ["ready_public", "to_do", "tell_from"]
    Remedy.objects.within(workspace_id).bulk_update(rows, [*names, "contact", "person_key"], batch_size=200)
    Refund.objects.within(workspace_id).filter(remedy__in=keys).update(payout_to="", sentence="", shop_sentence="")
    ApprovalRequest.objects.within(workspace_id).filter(remedy__in=keys).update(story={}, note="", counter={})
    ReturnCase.objects.within(workspace_id).filter(remedy__in=keys).update(label="", tracking="")
    return len(keys)


def _figures(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name in FIGURES}

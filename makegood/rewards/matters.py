"""What a line of points is about: a case with all its conversations, or a conversation that is in none."""

from __future__ import annotations

from dataclasses import dataclass

from makegood.desk import api as desk

__all__ = ["Matter", "matter_of", "matter_of_case"]


@dataclass(frozen=True)
class Matter:
    """`key` is "case:12" or "conversation:5"; `conversations` are the ids of those in it, also when the lines were
    written before they came into one case.
    """

    key: str
    conversations: tuple[int, ...]


def matter_of(conversation: desk.Conversation | None, case: desk.Case | None = None) -> Matter | None:
    """What a conversation or a case belongs to; None where neither is given. At most 1 query."""
    if case is not None:
        return matter_of_case(case.workspace_id, case.pk)
    if conversation is None:
        return None
    if conversation.case_id is None:
        return Matter(f"conversation:{conversation.pk}", (conversation.pk,))
    return matter_of_case(conversation.workspace_id, conversation.case_id)


def matter_of_case(workspace_id: int, case_id: int) -> Matter:
    """A case by its id. 1 query."""
    rows = desk.Conversation.objects.within(workspace_id).filter(case_id=case_id)
    return Matter(f"case:{case_id}", tuple(rows.order_by("pk").values_list("pk", flat=True)))

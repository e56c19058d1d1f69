"""What the conversation's side pane says of cases."""

from __future__ import annotations

from typing import Any

from makegood.accounts.api import Membership, Right, allows
from makegood.desk import api as desk

__all__ = ["case_side_context"]

SHOWN_IN_CASE = 6


def case_side_context(member: Membership, row: desk.Conversation) -> dict[str, Any]:
    """The case it is in, the others in it, and what is suggested; nothing for who sees only what is shared.

    At most 3 queries.
    """
    if not allows(member.role, Right.READ):
        return {"case_shown": False}
    case = desk.case_of(member.workspace, row.case_id) if row.case_id else None
    others = [each for each in desk.conversations_in(case) if each.pk != row.pk] if case else []
    return {
        "case_shown": True,
        "case": case,
        "case_others": others[:SHOWN_IN_CASE],
        "case_more": max(0, len(others) - SHOWN_IN_CASE),
        "case_suggestions": desk.suggestions_for([row]),
        "can_case": allows(member.role, Right.WORK),
    }

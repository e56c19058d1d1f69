"""What the pages show of working together: notes with names in them, who has it, with whom it is shared, collisions."""

from __future__ import annotations

from typing import Any

from makegood.accounts.api import Membership, Right, allows, members, teams
from makegood.desk import api as desk
from makegood.reply import api as reply
from makegood.web.request import MemberRequest

__all__ = ["collision_of", "together_context", "workers"]

ON_THEIR_WAY = frozenset({"proposed", "queued", "sending"})


def workers(workspace: Any) -> list[Membership]:
    """The members who can be given a conversation: those who may work on it."""
    return [one for one in members(workspace) if allows(one.role, Right.WORK)]


def together_context(request: MemberRequest, row: desk.Conversation) -> dict[str, Any]:
    """For the conversation's page: `notes` (each with its `pieces`), `members` and `teams` it can be given to,
    `shares`, `can_share_with`, `shut_out` (named collaborators who cannot see it), a collaborator's `own_share`.

    Collaborators get the notes meant for them and nothing about who else is there.
    """
    viewer = request.membership
    notes = desk.notes_of(row, viewer)
    names = desk.names_in(request.workspace, [note.text for note in notes])
    for note in notes:
        note.pieces = desk.parts(note.text, names)  # type: ignore[attr-defined]
    context: dict[str, Any] = {"notes": notes, "my_key": f"u{request.user.pk}"}
    shares = desk.shares_of(row)
    if not desk.sees_all(viewer):
        own = next((each for each in shares if each.user_id == viewer.user_id), None)
        return context | {"own_share": own, "members": [], "teams": [], "shares": [], "can_share_with": []}
    shared_with = {each.user_id for each in shares}
    helpers = desk.collaborators(request.workspace)
    return context | {
        "members": [one.user for one in workers(request.workspace)],
        "teams": teams(request.workspace),
        "shares": shares,
        "can_share_with": [one.user for one in helpers if one.user_id not in shared_with],
        "has_collaborators": bool(helpers),
        "shut_out": desk.shut_out(row, notes) if helpers else [],
    }


def collision_of(request: MemberRequest, row: desk.Conversation) -> desk.Collision | None:
    """What speaks against sending what was just posted: the form says what its page showed (`seen`); with `anyway` the
    writer knows and wants to.
    """
    if request.POST.get("anyway"):
        return None
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
    waiting = [(one.lead.author, one.lead.changed_at) for one in reply.pending(row) if one.state in ON_THEIR_WAY]
    return desk.collision(row, request.user, number, waiting)

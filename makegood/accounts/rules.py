"""Who may do what: pure, and the only place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from makegood.accounts.models import Invitation, Role

__all__ = [
    "Right",
    "allows",
    "invitation_problem",
    "may_change",
    "may_give",
    "timezones",
    "workspace_problem",
]

LONGEST_TARGET = 30 * 24 * 60
LONGEST_UNDO = 120
LONGEST_OUTCOME = 60


class Right(StrEnum):
    """Something a member may be allowed to do."""

    SEE = "see"
    """See the conversations that are shared with oneself; who may also READ sees all."""
    READ = "read"
    """See every conversation, and figures."""
    NOTE = "note"
    """Leave notes where one may see."""
    PROPOSE = "propose"
    """Write an answer that goes out once somebody has approved it."""
    WORK = "work"
    """Assess, assign, label, note, close."""
    ANSWER = "answer"
    """Send replies."""
    APPROVE = "approve"
    """Approve, amend or decline what others propose; share conversations with collaborators."""
    LISTEN = "listen"
    """Change queries and imports."""
    CONNECT = "connect"
    """Connect, pause and remove channels."""
    INVITE = "invite"
    """Invite people and change roles below one's own."""
    SETTINGS = "settings"
    """Change the workspace's settings."""
    AUDIT = "audit"
    """Read the whole journal."""


_VIEWER = frozenset({Right.SEE, Right.READ})
_COLLABORATOR = frozenset({Right.SEE, Right.NOTE, Right.PROPOSE})
_AGENT = _VIEWER | _COLLABORATOR | {Right.WORK, Right.ANSWER}
_MANAGER = _AGENT | {Right.APPROVE, Right.LISTEN, Right.CONNECT, Right.INVITE, Right.AUDIT}
_OWNER = _MANAGER | {Right.SETTINGS}

_RIGHTS: dict[str, frozenset[Right]] = {
    Role.VIEWER: _VIEWER,
    Role.COLLABORATOR: _COLLABORATOR,
    Role.AGENT: _AGENT,
    Role.MANAGER: _MANAGER,
    Role.OWNER: _OWNER,
}
_RANK = [Role.VIEWER, Role.COLLABORATOR, Role.AGENT, Role.MANAGER, Role.OWNER]


def allows(role: str, right: Right) -> bool:
    """Whether a member with this role has this right."""
    return right in _RIGHTS.get(role, frozenset())


def may_give(own: str, given: str) -> bool:
    """Whether a member may give somebody this role: owners any, managers those below their own."""
    if own == Role.OWNER:
        return True
    return allows(own, Right.INVITE) and _RANK.index(Role(given)) < _RANK.index(Role(own))


def may_change(own: str, theirs: str, new: str) -> bool:
    """Whether a member may turn somebody's role into another: both must be theirs to give."""
    return may_give(own, theirs) and may_give(own, new)


def invitation_problem(invitation: Invitation, at: datetime) -> str | None:
    """Why this invitation opens no door at the moment `at`, as a sentence; None when it does."""
    if invitation.accepted_at:
        return _("This invitation has been used already. Each link lets one person in; ask for a new one.")
    if invitation.revoked_at:
        return _("This invitation was taken back. If that surprises you, ask the person who sent it.")
    if invitation.expires_at <= at:
        return _("This invitation has run out. Ask the person who sent it for a new one.")
    return None


def timezones() -> list[str]:
    """The names of the time zones that this machine knows, in order."""
    return sorted({"UTC", *available_timezones()})


def workspace_problem(values: Mapping[str, Any]) -> str | None:
    """What is wrong with a workspace's settings, as a sentence; None when they are fine.

    `values` holds all of them, targets in minutes.
    """
    if not str(values["name"]).strip():
        return _("A workspace needs a name.")
    if values["timezone"] not in timezones():
        return _("This time zone is not known. Choose one from the list.")
    targets = [values["answer_now"], values["answer_today"], values["answer_whenever"]]
    if min(targets) < 1 or max(targets) > LONGEST_TARGET:
        return _("An answer target lies between one minute and 30 days.")
    if targets != sorted(targets):
        return _("What is more urgent cannot have more time: now, then today, then whenever.")
    if not 0 <= values["undo_seconds"] <= LONGEST_UNDO:
        return _("The time to undo lies between 0 and 120 seconds.")
    if not 1 <= values["outcome_days"] <= LONGEST_OUTCOME:
        return _("Customers have between 1 and 60 days to say whether it is right now.")
    return None

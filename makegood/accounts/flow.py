"""What changes people and workspaces: one transaction a function, each with its line in the journal.

What may not be done raises `AccountError`, whose sentence can be shown to the person who tried.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from makegood.accounts.models import Invitation, Membership, Role, Team, User, Workspace
from makegood.accounts.rules import (
    Right,
    allows,
    invitation_problem,
    may_change,
    may_give,
    workspace_problem,
)
from makegood.journal import api as journal
from makegood.kit import clock

__all__ = [
    "AccountError",
    "accept_invitation",
    "change_profile",
    "change_role",
    "change_workspace",
    "create_workspace",
    "first_run",
    "invite",
    "join",
    "look_up_invitation",
    "remove_member",
    "revoke",
]

INVITATION_DAYS = 7
CHANGEABLE = (
    "name",
    "brand",
    "timezone",
    "answer_now",
    "answer_today",
    "answer_whenever",
    "undo_seconds",
    "outcome_days",
)


class AccountError(Exception):
    """Something that may not be done. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def first_run(shop: str, name: str, email: str, password: str) -> tuple[User, Workspace]:
    """The very first person and their workspace. Of several at once one wins, the others get AccountError."""
    # This row exists in every database, so it can be locked before there is anything of ours to lock. On
    # SQLite the transaction is immediate and is the lock.
    ContentType.objects.select_for_update().get_or_create(app_label="accounts", model="user")
    if User.objects.exists():
        raise AccountError(_("Makegood has been set up already. Sign in, or ask the owner for an invitation."))
    user = _new_user(name, email, password)
    return user, create_workspace(shop, user)


@transaction.atomic
def create_workspace(name: str, owner: User, *, timezone: str = "UTC") -> Workspace:
    """A new workspace with its first owner."""
    workspace = Workspace.objects.create(name=name.strip(), timezone=timezone)
    member = Membership(workspace=workspace, user=owner, role=Role.OWNER)
    member.save()
    journal.record(workspace.pk, "workspace.created", workspace, actor=owner, name=workspace.name)
    journal.record(workspace.pk, "member.joined", member, actor=owner, user=owner.pk, role=str(Role.OWNER))
    return workspace


@transaction.atomic
def invite(
    workspace: Workspace, by: User, role: str, email: str = "", days: int = INVITATION_DAYS
) -> tuple[Invitation, str]:
    """An invitation, valid for `days` days, and the secret of its link, which is kept nowhere."""
    own = _member(workspace, by)
    if role not in Role.values or not may_give(own.role, role):
        raise AccountError(_("Your own role does not let you invite somebody with this one."))
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        workspace=workspace,
        email=email.strip().lower(),
        role=role,
        secret_hash=_hash(secret),
        created_by=by,
        expires_at=clock.now() + timedelta(days=days),
    )
    invitation.save()
    journal.record(workspace.pk, "member.invited", invitation, actor=by, role=role, days=days)
    return invitation, secret


def look_up_invitation(secret: str) -> Invitation:
    """The open invitation with this secret, its workspace and inviter loaded.

    AccountError says what is wrong with the link.
    """
    return _open_invitation(secret, lock=False)


@transaction.atomic
def accept_invitation(secret: str, user: User) -> Membership:
    """Makes `user` a member. AccountError when the link no longer opens, or they are one already."""
    invitation = _open_invitation(secret, lock=True)
    if Membership.objects.within(invitation.workspace_id).filter(user=user).exists():
        raise AccountError(
            _("You belong to %(workspace)s already. The link stays free for somebody else.")
            % {"workspace": invitation.workspace.name}
        )
    member = Membership(workspace=invitation.workspace, user=user, role=invitation.role)
    member.save()
    invitation.accepted_at = clock.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    journal.record(
        invitation.workspace_id,
        "member.joined",
        member,
        actor=user,
        user=user.pk,
        role=invitation.role,
        invitation=invitation.pk,
    )
    return member


@transaction.atomic
def join(secret: str, name: str, email: str, password: str) -> Membership:
    """Makes a new person and lets them in by an invitation, both or neither."""
    _open_invitation(secret, lock=True)
    return accept_invitation(secret, _new_user(name, email, password))


@transaction.atomic
def revoke(workspace: Workspace, by: User, invitation_id: int) -> None:
    """Takes an open invitation back; one that is not open any more stays as it is."""
    own = _member(workspace, by)
    invitation = Invitation.objects.within(workspace).select_for_update(no_key=True).filter(pk=invitation_id).first()
    if invitation is None:
        raise AccountError(_("This invitation does not exist."))
    if not may_give(own.role, invitation.role):
        raise AccountError(_("Your own role does not let you take this invitation back."))
    if invitation.accepted_at or invitation.revoked_at:
        return
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    journal.record(workspace.pk, "invitation.revoked", invitation, actor=by, role=invitation.role)


@transaction.atomic
def change_role(workspace: Workspace, by: User, member_id: int, role: str) -> Membership:
    """Gives a member another role."""
    own, member = _member_to_change(workspace, by, member_id)
    if role not in Role.values or not may_change(own.role, member.role, role):
        raise AccountError(_("Your own role does not let you make this change."))
    if role == member.role:
        return member
    _keep_an_owner(workspace, member)
    before, member.role = member.role, role
    # Only agents learn: a manager approves, and what a collaborator writes waits anyway.
    member.learning = member.learning and role == Role.AGENT
    member.save(update_fields=["role", "learning"])
    journal.record(
        workspace.pk,
        "member.role_changed",
        member,
        actor=by,
        user=member.user_id,
        before=before,
        after=role,
    )
    return member


@transaction.atomic
def remove_member(workspace: Workspace, by: User, member_id: int) -> None:
    """Takes a member out of the workspace; anybody may leave by themselves. What they did stays."""
    own, member = _member_to_change(workspace, by, member_id)
    if member.pk != own.pk and not may_give(own.role, member.role):
        raise AccountError(_("Your own role does not let you remove this person."))
    _keep_an_owner(workspace, member)
    journal.record(workspace.pk, "member.removed", member, actor=by, user=member.user_id, role=member.role)
    for team in Team.objects.within(workspace).filter(members=member.user_id):
        team.members.remove(member.user_id)
    member.delete()


@transaction.atomic
def change_workspace(workspace: Workspace, by: User, **values: Any) -> Workspace:
    """Changes settings of the workspace (any of CHANGEABLE); targets in minutes."""
    if not allows(_member(workspace, by).role, Right.SETTINGS):
        raise AccountError(_("Only an owner may change the workspace's settings."))
    assert set(values) <= set(CHANGEABLE), values
    row = _locked(workspace)
    problem = workspace_problem({name: getattr(row, name) for name in CHANGEABLE} | values)
    if problem:
        raise AccountError(problem)
    changed = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    if changed:
        for name, (_before, after) in changed.items():
            setattr(row, name, after)
        row.save(update_fields=list(changed))
        journal.record(workspace.pk, "workspace.changed", row, actor=by, changed=changed)
    return row


@transaction.atomic
def change_profile(user: User, *, name: str, language: str) -> None:
    """Changes a person's name and the language they see Makegood in. Every workspace of theirs is told."""
    if (user.name, user.language) == (name, language):
        return
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    mine = Membership.objects.across("one person, all their workspaces").filter(user=user)
    journal.record_all(
        [journal.line(each.workspace_id, "member.changed", each, actor=user, user=user.pk) for each in mine]
    )


def _new_user(name: str, email: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name.strip())
    except IntegrityError as error:
        raise AccountError(
            _("Somebody uses this e-mail address already. If it is you, sign in and open the link again.")
        ) from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _open_invitation(secret: str, *, lock: bool) -> Invitation:
    rows = Invitation.objects.across("the secret names the workspace")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    invitation = rows.select_related("workspace", "created_by").filter(secret_hash=_hash(secret)).first()
    if invitation is None:
        raise AccountError(_("This link is not right. Check that you copied all of it, or ask for a new one."))
    problem = invitation_problem(invitation, clock.now())
    if problem:
        raise AccountError(problem)
    return invitation


def _locked(workspace: Workspace) -> Workspace:
    """One change of a workspace's people at a time, so that two owners cannot demote each other at once."""
    return Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _member(workspace: Workspace, user: User) -> Membership:
    member = Membership.objects.within(workspace).filter(user=user).first()
    if member is None:
        raise AccountError(_("You do not belong to this workspace."))
    return member


def _member_to_change(workspace: Workspace, by: User, member_id: int) -> tuple[Membership, Membership]:
    _locked(workspace)
    own = _member(workspace, by)
    member = Membership.objects.within(workspace).filter(pk=member_id).first()
    if member is None:
        raise AccountError(_("This person does not belong to the workspace any more."))
    return own, member


def _keep_an_owner(workspace: Workspace, member: Membership) -> None:
    if member.role != Role.OWNER:
        return
    if not Membership.objects.within(workspace).filter(role=Role.OWNER).exclude(pk=member.pk).exists():
        raise AccountError(_("A workspace needs an owner. Make somebody else an owner first."))

"""The front door of accounts: people, workspaces, roles and rights."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from makegood.accounts.adapter import mail_works
from makegood.accounts.flow import (
    AccountError,
    accept_invitation,
    change_profile,
    change_role,
    change_workspace,
    create_workspace,
    first_run,
    invite,
    join,
    look_up_invitation,
    remove_member,
    revoke,
)
from makegood.accounts.models import Invitation, Membership, Role, Team, User, Workspace
from makegood.accounts.rules import Right, allows, may_change, may_give, timezones
from makegood.accounts.teams import (
    create_team,
    members_of_team,
    remove_team,
    rename_team,
    set_learning,
    set_team_members,
    teams,
)
from makegood.kit import clock

__all__ = [
    "AccountError",
    "Invitation",
    "Membership",
    "Right",
    "Role",
    "Team",
    "User",
    "Workspace",
    "accept_invitation",
    "allows",
    "any_user_exists",
    "change_profile",
    "change_role",
    "change_workspace",
    "create_team",
    "create_workspace",
    "first_run",
    "invite",
    "join",
    "look_up_invitation",
    "mail_works",
    "may_change",
    "may_give",
    "members",
    "members_of_team",
    "membership_of",
    "memberships_of",
    "new_password_link",
    "open_invitations",
    "people_with_second_step",
    "remove_member",
    "remove_team",
    "rename_team",
    "revoke",
    "set_learning",
    "set_team_members",
    "setup_code",
    "setup_code_needed",
    "setup_link",
    "teams",
    "timezones",
    "workspaces_of",
]


def any_user_exists() -> bool:
    """Whether Makegood has been set up."""
    return User.objects.exists()


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's memberships, oldest first, each with its workspace."""
    mine = Membership.objects.across("one person, all their workspaces").filter(user=user)
    return mine.select_related("workspace").order_by("joined_at", "pk")


def workspaces_of(user: User) -> list[Workspace]:
    """The workspaces a person belongs to, in the order they joined them."""
    return [member.workspace for member in memberships_of(user)]


def membership_of(user: User, workspace: Workspace) -> Membership | None:
    """A person's place in a workspace, None when they have none."""
    return Membership.objects.within(workspace).filter(user=user).first()


def members(workspace: Workspace) -> QuerySet[Membership]:
    """Everybody in a workspace, each with the person, in the order they joined."""
    return Membership.objects.within(workspace).select_related("user").order_by("joined_at", "pk")


def people_with_second_step(users: Iterable[int]) -> set[int]:
    """Those of these people (ids) who sign in with a passkey or a one-time code."""
    rows = Authenticator.objects.filter(user_id__in=list(users)).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))


def open_invitations(workspace: Workspace) -> QuerySet[Invitation]:
    """The invitations that nobody has used, revoked or let run out, newest first."""
    rows = Invitation.objects.within(workspace).filter(accepted_at=None, revoked_at=None)
    return rows.filter(expires_at__gt=clock.now()).select_related("created_by").order_by("-created_at", "-pk")


def new_password_link(email: str) -> str | None:
    """An address where this person chooses a new password, for whoever runs Makegood without mail.

    None when there is no such person.
    """
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        return None
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return str(settings.PUBLIC_URL + path)


def setup_code() -> str:
    """The code that proves to the first-run page that one can see this machine's terminal."""
    digest = hmac.new(settings.MASTER_KEY, b"makegood first run", hashlib.sha256).hexdigest()
    return digest[:24]


def setup_code_needed() -> bool:
    """Whether others could open the first-run page: it listens, or is published, beyond this machine."""
    return not (_is_loopback(settings.HOST) and _is_loopback(urlsplit(settings.PUBLIC_URL).hostname or ""))


def setup_link() -> str:
    """The address where a new Makegood is set up."""
    query = f"?code={setup_code()}" if setup_code_needed() else ""
    return f"{settings.PUBLIC_URL}{reverse('start')}{query}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

"""Workspaces, the people in them, and what each may do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit.scope import Scoped

__all__ = ["Invitation", "Membership", "Role", "Team", "User", "Workspace"]


class Role(models.TextChoices):
    """What a member may do; `rules.allows` says it in full."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    AGENT = "agent", _("Agent")
    COLLABORATOR = "collaborator", _("Collaborator")
    VIEWER = "viewer", _("Viewer")


class UserManager(BaseUserManager["User"]):
    """People sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new person. `email` is kept in lower case, as two people never share one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractUser):
    """A person who signs in."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10, blank=True)

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_full_name(self) -> str:
        """The name as the person wrote it."""
        return self.name

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """A shop: the boundary of everything anyone can see."""

    name = models.CharField(max_length=120)
    brand = models.CharField(max_length=120, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)
    # Minutes from the customer's post to our first answer, by urgency.
    answer_now = models.PositiveIntegerField(default=60)
    answer_today = models.PositiveIntegerField(default=240)
    answer_whenever = models.PositiveIntegerField(default=1440)
    undo_seconds = models.PositiveIntegerField(default=8)
    outcome_days = models.PositiveSmallIntegerField(default=3)
    """How many days a customer has to say whether it is right now, before the conversation comes back."""

    def __str__(self) -> str:
        return self.name


class Membership(Scoped):
    """A person's place in a workspace."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    learning = models.BooleanField(default=False)
    """A newcomer: what they write waits until somebody has approved it."""
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_each")]


class Team(Scoped):
    """People who look after one kind of thing, named together in notes and given work together."""

    name = models.CharField(max_length=40)
    members = models.ManyToManyField(User, related_name="teams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_team_a_name")]


class Invitation(Scoped):
    """A link that lets one person join. Only a hash of its secret is kept."""

    email = models.EmailField(blank=True)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

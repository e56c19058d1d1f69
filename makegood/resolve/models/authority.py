"""Who may decide how much, and what is asked of whom when that is not enough."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.accounts.api import Role
from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["ApprovalLink", "ApprovalRequest", "Delegate", "Limit"]


class Limit(Scoped):
    """How much members of a role may decide by themselves, in the limit's own currency only. Null: no such limit."""

    role = models.CharField(max_length=12, choices=Role.choices)
    kind = models.CharField(max_length=12, blank=True)
    """A kind of remedy; "" for all that have no limit of their own."""
    currency = models.CharField(max_length=3)
    per_case_minor = models.BigIntegerField(null=True)
    per_person_year_minor = models.BigIntegerField(null=True)
    per_month_minor = models.BigIntegerField(null=True)
    four_eyes_minor = models.BigIntegerField(null=True)
    """Above it nobody of this role decides alone, whatever the rest says."""
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "role", "kind"], name="one_limit_a_role_and_kind")]


class ApprovalRequest(Scoped):
    """A remedy above what the one who asks may decide: it waits for somebody who may."""

    class State(models.TextChoices):
        OPEN = "open", _("waiting for a decision")
        APPROVED = "approved", _("approved")
        COUNTERED = "countered", _("another offer was made")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("nobody decided in time")
        WITHDRAWN = "withdrawn", _("taken back")

    remedy = models.OneToOneField("resolve.Remedy", on_delete=models.CASCADE, related_name="approval")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    why = models.CharField(max_length=300)
    """Which limit it is above."""
    story = models.JSONField(default=dict)
    """The facts of `makegood.resolve.story.Facts`, as they were when it was asked: four lines and three figures,
    which each member reads in their own language."""
    needs_two = models.BooleanField(default=False)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Of two who must agree, the one who already did."""
    first_for = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Whose place that one took as their delegate."""
    first_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(default=clock.now)
    escalate_at = models.DateTimeField(null=True)
    """When everybody else who may decide is asked as well."""
    escalated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_for = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Whose place the decider took as their delegate."""
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    counter_minor = models.BigIntegerField(null=True)
    counter = models.JSONField(default=dict)
    """The rest of the other offer: {"kind": ..., "cost_minor": ..., "details": {...}, "words": ..., "role": ...}."""

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "state", "-asked_at", "-id"], name="approval_by_state"),
            models.Index(fields=["expires_at"], condition=models.Q(state="open"), name="approval_to_expire"),
            models.Index(
                fields=["escalate_at"],
                condition=models.Q(state="open", escalated_at__isnull=True),
                name="approval_to_escalate",
            ),
        ]


class ApprovalLink(Scoped):
    """A way in to one request for one person: signed, short-lived, used once. Only a hash of its secret is kept."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.CASCADE, related_name="links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["request", "user"], name="approval_link_of")]


class Delegate(Scoped):
    """Who decides in somebody's place while they are away; both days included, in the shop's time zone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "ends_on"], name="delegate_until")]

"""What we owe and by when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Clock"]


class Clock(Scoped):
    """One thing owed to one customer by a moment: it runs, rests while they have the word, and is kept or broken."""

    class Kind(models.TextChoices):
        FIRST_ANSWER = "first_answer", _("first answer")
        NEXT_UPDATE = "next_update", _("next update")
        RESOLUTION = "resolution", _("resolution")
        PROMISE = "promise", _("promise")

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    policy_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    """Why it runs and for how long: the policy that matched, or the words of the promise."""
    words = models.CharField(max_length=300, blank=True)
    """What was promised, as it was written."""
    started_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(null=True)
    """Null while it rests."""
    target_minutes = models.PositiveIntegerField(null=True)
    """Business minutes it was given; null for a promise, which has a date."""
    paused_at = models.DateTimeField(null=True)
    left_minutes = models.IntegerField(null=True)
    """Business minutes that were left when it was paused."""
    warn_at = models.DateTimeField(null=True)
    """When it should be spoken of before it breaks."""
    warned_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    kept = models.BooleanField(null=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Who gave the promise."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "kind"],
                condition=models.Q(stopped_at__isnull=True) & ~models.Q(kind="promise"),
                name="one_running_clock_a_kind",
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "due_at"], condition=models.Q(stopped_at__isnull=True), name="clock_running"
            ),
            models.Index(
                fields=["warn_at"],
                condition=models.Q(stopped_at__isnull=True, warned_at__isnull=True),
                name="clock_to_warn",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(stopped_at__isnull=True, broken_at__isnull=True),
                name="clock_to_break",
            ),
            models.Index(fields=["conversation", "kind"], name="clock_of_conversation"),
        ]

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
    """Opening minutes it was given; null for a promise, which has a date."""
    # due_at is always target_minutes less used_seconds of opening time after runs_from, so that it can be set anew
    # whenever the rules change.
    runs_from = models.DateTimeField(null=True)
    """Since when it runs without a rest; null while it rests, and for a promise."""
    used_seconds = models.PositiveBigIntegerField(default=0)
    """Opening time that was used up before `runs_from`."""
    paused_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    """When it should be spoken of before it breaks."""
    warned_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    kept = models.BooleanField(null=True)
    """Null while it runs, and for one that fell away: nothing was owed any more."""
    moved_because = models.CharField(max_length=300, blank=True)
    """Why a promise was last moved to another date."""
    made_in = models.CharField(max_length=40, blank=True)
    """Where the promise was given ("reply:12"), so that it falls away when that is taken back."""
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
            models.Index(
                fields=["workspace", "stopped_at"],
                condition=models.Q(stopped_at__isnull=False),
                name="clock_stopped",
            ),
            models.Index(
                fields=["workspace", "broken_at"], condition=models.Q(broken_at__isnull=False), name="clock_broken"
            ),
        ]

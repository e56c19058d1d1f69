"""A problem with an outcome, over all the conversations it is spoken of in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Case", "CaseSuggestion"]


class Case(Scoped):
    """One problem: what it is, who looks after it, and how it ended."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SOLVED = "solved", _("Solved")
        UNSOLVED = "unsolved", _("Ended without a solution")
        MERGED = "merged", _("Merged into another")

    title = models.CharField(max_length=200)
    problem = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="merged")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "state", "-changed_at", "-id"], name="case_newest"),
        ]


class CaseSuggestion(Scoped):
    """Two conversations that may be about one problem or from one person; a member decides, never Makegood."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken up")
        DECLINED = "declined", _("Declined")

    first = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    strength = models.FloatField()
    """0 to 1: how much speaks for it."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="one_suggestion_a_pair")]
        indexes = [models.Index(fields=["second", "state"], name="suggestion_by_second")]

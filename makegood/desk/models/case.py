"""A problem with an outcome, over all the conversations it is spoken of in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["Case", "CaseClue", "CaseSuggestion"]


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
    state_before = models.CharField(max_length=10, blank=True)
    """Only while merged: what it was before, and is again when the merge is undone."""
    took_along = models.JSONField(default=list)
    """Only while merged: the ids of the conversations that were in it, which come back when the merge is undone."""
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "state", "-changed_at", "-id"], name="case_newest"),
            models.Index(fields=["workspace", "owner", "state", "-changed_at", "-id"], name="case_of_owner"),
        ]

    @property
    def has_ended(self) -> bool:
        """Whether it has an outcome."""
        return self.state in (self.State.SOLVED, self.State.UNSOLVED)


class CaseClue(Scoped):
    """Something a conversation says by which another may be known to belong to it: an order number, a handle.

    `value` is made alike on all networks (see clues.py), so that equal clues are found by an index.
    """

    conversation = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "kind", "value"], name="one_clue_each")]
        indexes = [models.Index(fields=["workspace", "kind", "value", "-conversation"], name="clue_by_value")]


class CaseSuggestion(Scoped):
    """Two conversations that may be about one problem or from one person; a member decides, never Makegood."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN = "taken", _("Taken up")
        DECLINED = "declined", _("Declined")

    first = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("desk.Conversation", on_delete=models.CASCADE, related_name="+")
    reasons = models.JSONField(default=list)
    """[[kind, words, network, network], ...], the strongest first; each member reads them in their own language."""
    strength = models.FloatField()
    """0 to 1: how much speaks for it."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="one_suggestion_a_pair")]
        indexes = [models.Index(fields=["second", "state"], name="suggestion_by_second")]

"""When the shop is open, and what it wants to owe by when."""

from __future__ import annotations

from django.db import models

from makegood.kit import clock
from makegood.kit.scope import Scoped

__all__ = ["BusinessHours", "Recount", "SlaPolicy", "SpecialDay"]


class BusinessHours(Scoped):
    """A week of opening hours in a time zone."""

    name = models.CharField(max_length=80)
    timezone = models.CharField(max_length=64)
    week = models.JSONField(default=list)
    """For Monday to Sunday, a list of [start, end] in minutes from midnight; an end after 1440 is on the next day."""
    is_default = models.BooleanField(default=False)
    """The workspace's own answer times are counted in these hours; where none are, around the clock."""
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_hours_a_name"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(is_default=True), name="one_default_hours"
            ),
        ]


class SpecialDay(Scoped):
    """A day unlike its weekday: closed, or open at other hours."""

    hours = models.ForeignKey(BusinessHours, on_delete=models.CASCADE, related_name="special_days")
    day = models.DateField()
    name = models.CharField(max_length=120, blank=True)
    spans = models.JSONField(default=list)
    """As one day of a week; empty means closed."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hours", "day"], name="one_special_day_each")]
        indexes = [models.Index(fields=["workspace", "hours", "day"], name="special_days_in_order")]


class SlaPolicy(Scoped):
    """What is owed by when, for the conversations it fits. The first that fits, by position, holds."""

    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    # Conditions: any of a list will do; an empty list asks for nothing.
    labels = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    """Ids of channels."""
    intents = models.JSONField(default=list)
    urgencies = models.JSONField(default=list)
    # Targets in minutes of opening time.
    first_answer = models.PositiveIntegerField(null=True)
    next_update = models.PositiveIntegerField(null=True)
    resolution = models.PositiveIntegerField(null=True)
    hours = models.ForeignKey(BusinessHours, on_delete=models.SET_NULL, null=True, related_name="policies")
    """Null: around the clock."""
    pause_waiting = models.BooleanField(default=True)
    """Whether clocks rest while we wait for the customer."""
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_policy_a_name")]
        indexes = [models.Index(fields=["workspace", "position", "id"], name="policy_in_order")]


class Recount(Scoped):
    """The rules have changed: the clocks of this workspace are to be set anew, conversation by conversation."""

    asked_at = models.DateTimeField(default=clock.now)
    done_to = models.BigIntegerField(default=0)
    """The last conversation that was done; the next ones follow."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_recount_a_workspace")]
